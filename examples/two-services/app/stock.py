"""The stock: how many there are of an article, and which task has answered."""

import json
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARTICLES = {"tea": 12, "coffee": 3}


class Stock(BaseHTTPRequestHandler):
    """Answers /ARTICLE."""

    def do_GET(self) -> None:
        """Answer a request."""
        left = ARTICLES.get(self.path.strip("/"))
        body = json.dumps({"left": left, "task": socket.gethostname()}).encode()
        self.send_response(200 if left is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    address = (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "9000")))
    ThreadingHTTPServer(address, Stock).serve_forever()
