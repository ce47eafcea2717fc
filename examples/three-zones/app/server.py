"""One page: which container answered."""

import json
import os
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.request import ProxyHandler, build_opener


def container() -> tuple[str, str]:
    """Return the container's short id and its zone, from the task metadata endpoint of ECS."""
    uri = os.environ.get("ECS_CONTAINER_METADATA_URI_V4")
    if not uri:
        return socket.gethostname(), "no zone"
    ask = build_opener(ProxyHandler({})).open
    with ask(uri, timeout=5) as of_container, ask(f"{uri}/task", timeout=5) as of_task:
        return json.load(of_container)["DockerId"][:12], json.load(of_task)["AvailabilityZone"]


ID, ZONE = container()
PAGE = Template(Path("page.html").read_text()).substitute(id=ID, zone=ZONE).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers every path with the page."""

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)


server = ThreadingHTTPServer(
    (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))), Handler
)
# At SIGTERM requests that are being answered are finished.
server.daemon_threads = False
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print(f"container {ID} in {ZONE} serves", flush=True)
server.serve_forever()
server.server_close()
