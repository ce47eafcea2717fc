"""Writes a line of JSON for each request; /slow and /broken make the alarms go off."""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Watched(BaseHTTPRequestHandler):
    """Answers every path."""

    def do_GET(self) -> None:
        """Answer a request."""
        began = time.monotonic()
        time.sleep(1 if self.path == "/slow" else 0)
        status = 500 if self.path == "/broken" else 200
        body = b"broken\n" if status == 500 else b"hello\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        seconds = round(time.monotonic() - began, 3)
        print(json.dumps({"path": self.path, "status": status, "seconds": seconds}))

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Leave the log to `do_GET`."""


if __name__ == "__main__":
    address = (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080")))
    ThreadingHTTPServer(address, Watched).serve_forever()
