"""A small web app: counts the words of what is posted to it.

Settings, from the environment: HOST (default 0.0.0.0) and PORT (default 8080).
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import wordtide

HOST = os.environ.get("HOST", "0.0.0.0")
PORT = int(os.environ.get("PORT", "8080"))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/":
            self.answer(200, f"tally, counting with wordtide {wordtide.__version__}\n")
        elif self.path == "/health":
            self.answer(200, "ok\n")
        else:
            self.answer(404, "not here\n")

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        text = self.rfile.read(length).decode("utf-8", "replace")
        if self.path != "/tally":
            self.answer(404, "not here\n")
            return
        counts = wordtide.tally(text)
        if not counts:
            self.answer(400, "post some words\n")
            return
        word, count = counts[0]
        total = sum(count for _, count in counts)
        found = {"words": total, "most": {"word": word, "count": count}}
        self.answer(200, json.dumps(found) + "\n", "application/json")

    def answer(self, status, text, kind="text/plain; charset=utf-8"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, line, *values):
        print(line % values, flush=True)


def main():
    # As the first process of a container, Python would otherwise ignore `docker stop`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"tally listens on {HOST}:{PORT}", flush=True)
    ThreadingHTTPServer((HOST, PORT), Handler).serve_forever()


if __name__ == "__main__":
    main()
