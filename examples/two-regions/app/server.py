"""Says which region answered."""

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = f"Hello from {os.environ.get('AWS_REGION', 'nowhere')}\n".encode()


class Handler(BaseHTTPRequestHandler):
    """Answers every path."""

    def do_GET(self) -> None:
        """Send the region."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)


server = ThreadingHTTPServer(
    (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))), Handler
)
# At SIGTERM requests that are being answered are finished.
server.daemon_threads = False
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
