"""JWT Pizza's API: its documentation and its menu."""

import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

data = json.loads(Path("docs.json").read_text())
menu = data.pop("menu")
ANSWERS = {
    "/": ("text/html; charset=utf-8", Path("page.html").read_bytes()),
    "/api/docs": ("application/json", json.dumps(data).encode()),
    "/api/order/menu": ("application/json", json.dumps(menu).encode()),
}


class Handler(BaseHTTPRequestHandler):
    """Answers what is in ANSWERS."""

    def do_GET(self) -> None:
        """Send an answer, 404 for what is not there."""
        kind, body = ANSWERS.get(self.path, ("application/json", b'{"message": "unknown endpoint"}'))
        self.send_response(200 if self.path in ANSWERS else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "80"))), Handler)
# At SIGTERM requests that are being answered are finished.
server.daemon_threads = False
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("JWT Pizza serves", flush=True)
server.serve_forever()
server.server_close()
