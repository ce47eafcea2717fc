"""One page: which task answered, and on what it runs."""

import json
import os
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.request import ProxyHandler, build_opener


def task() -> dict[str, str]:
    """Return what the page says, from the task metadata endpoint of ECS."""
    uri = os.environ.get("ECS_CONTAINER_METADATA_URI_V4")
    if not uri:
        return {"task": socket.gethostname(), "zone": "no zone", "launch": "no cluster"}
    with build_opener(ProxyHandler({})).open(f"{uri}/task", timeout=5) as answer:
        known = json.load(answer)
    return {
        "task": known["TaskARN"].rsplit("/", 1)[-1],
        "zone": known["AvailabilityZone"],
        "launch": {"EC2": "EC2", "FARGATE": "Fargate"}.get(known.get("LaunchType"), "ECS"),
    }


PAGE = Template(Path("page.html").read_text()).substitute(task()).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers every path with the page."""

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Omit the load balancer's checks from the log."""
        if not self.headers.get("User-Agent", "").startswith("ELB-HealthChecker"):
            super().log_message(format, *args)


server = ThreadingHTTPServer(
    (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))), Handler
)
# At SIGTERM requests that are being answered are finished.
server.daemon_threads = False
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
