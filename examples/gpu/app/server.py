"""Answers with the GPUs that the container has."""

import os
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def gpus() -> str:
    """Return the names of the GPUs, a line each."""
    if shutil.which("nvidia-smi") is None:
        return "no GPU\n"
    ask = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    return subprocess.run(ask, capture_output=True, text=True, check=True).stdout


class Handler(BaseHTTPRequestHandler):
    """Answers every path with the GPUs, and the health check without asking for them."""

    def do_GET(self) -> None:
        """Answer a request."""
        body = ("ok\n" if self.path == "/healthz" else gpus()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    address = (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080")))
    ThreadingHTTPServer(address, Handler).serve_forever()
