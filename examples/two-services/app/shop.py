"""The shop: it asks the stock for each article."""

import json
import os
import urllib.error
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def ask(article: str) -> tuple[int, str]:
    """Return a status and what to tell a customer."""
    try:
        with urllib.request.urlopen(f"{os.environ['STOCK']}/{article}", timeout=5) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, f"no {article} here\n"
    except OSError as error:
        return HTTPStatus.BAD_GATEWAY, f"the stock does not answer: {error}\n"
    return HTTPStatus.OK, f"{article}: {found['left']} left, says {found['task']}\n"


class Shop(BaseHTTPRequestHandler):
    """Answers /ARTICLE, and the health check without the stock."""

    def do_GET(self) -> None:
        """Answer a request."""
        article = self.path.strip("/")
        status, text = ask(article) if article else (HTTPStatus.OK, "open\n")
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    address = (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080")))
    ThreadingHTTPServer(address, Shop).serve_forever()
