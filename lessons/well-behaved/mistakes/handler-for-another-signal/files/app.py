"""Keeps notes: POST /notes writes one down, GET /notes reads them all, GET /health says whether all is well.

POST /jam breaks it on purpose: from then on it is not well.
"""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FILE = "/data/notes.txt"
jammed = False


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.answer(503 if jammed else 200, "jammed\n" if jammed else "ok\n")
        elif self.path == "/notes":
            with open(FILE) as notes:
                self.answer(200, notes.read())
        else:
            self.answer(404, "not here\n")

    def do_POST(self):
        global jammed
        text = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if self.path == "/notes":
            write(text)
            self.answer(201, "noted\n")
        elif self.path == "/jam":
            jammed = True
            self.answer(200, "jammed\n")
        else:
            self.answer(404, "not here\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, line, *values):
        print(line % values, flush=True)


def write(text):
    with open(FILE, "a") as notes:
        notes.write(text + "\n")


def main():
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    os.makedirs("/data", exist_ok=True)
    write("the mast was greased")
    print("notes listens on 8080", flush=True)
    ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()


if __name__ == "__main__":
    main()
