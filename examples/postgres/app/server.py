"""Counts its visits in PostgreSQL."""

import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

COUNT = "INSERT INTO visits DEFAULT VALUES RETURNING id"


def visit() -> tuple[int, dict[str, object]]:
    """Count a visit; the connection is described by PGHOST, PGUSER, ... (libpq)."""
    try:
        with psycopg.connect(connect_timeout=5) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS visits (id bigserial PRIMARY KEY)")
            row = connection.execute(COUNT).fetchone()
            return 200, {"visits": row[0] if row else 0}
    except psycopg.Error as error:
        if "password authentication failed" in str(error):
            # RDS rotated the password: a new task reads the new one.
            stop()
        return 503, {"error": f"no database: {type(error).__name__}"}


def stop(*_: object) -> None:
    """End the task after the requests that are being answered."""
    threading.Thread(target=server.shutdown).start()


class Handler(BaseHTTPRequestHandler):
    """Answers the health check without the database, every other path with the count."""

    def do_GET(self) -> None:
        """Send the answer as JSON."""
        status, answer = (200, {"healthy": True}) if self.path == "/healthz" else visit()
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(
    (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))), Handler
)
server.daemon_threads = False
signal.signal(signal.SIGTERM, stop)
server.serve_forever()
server.server_close()
