"""Keeps a ship's log: POST /log adds an entry, GET /log shows them all. The entries are in a redis named `store`."""

import http.server
import os
import signal
import socket
import sys

STORE = (os.environ.get("STORE_HOST", "store"), 6379)


def redis(*words):
    """Sends one command and gives the answer's lines; RESP is a protocol made to be read by hand."""
    with socket.create_connection(STORE, timeout=5) as connection:
        parts = [word.encode() for word in words]
        request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        connection.sendall(request)
        answer = connection.makefile("rb")
        head = answer.readline().decode().strip()
        if head.startswith("-"):
            raise OSError(head)
        if not head.startswith("*"):
            return [head[1:]]
        lines = []
        for _ in range(int(head[1:])):
            size = int(answer.readline()[1:])
            lines.append(answer.read(size + 2)[:-2].decode())
        return lines


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.answer(200, "well\n")
        elif self.path == "/log":
            self.with_store(lambda: "".join(f"{line}\n" for line in redis("LRANGE", "log", "0", "-1")))
        else:
            self.answer(404, "not here\n")

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        entry = self.rfile.read(size).decode()
        self.with_store(lambda: f"entry {redis('RPUSH', 'log', entry)[0]}\n")

    def with_store(self, work):
        try:
            self.answer(200, work())
        except OSError as error:
            self.answer(503, f"the store at {STORE[0]} cannot be asked: {error}\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    bind = os.environ.get("BIND", "")
    print(f"the log is open on {bind or 'every address'}, port 8080", flush=True)
    http.server.ThreadingHTTPServer((bind, 8080), Handler).serve_forever()
