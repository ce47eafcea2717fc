"""POST /ID/SECONDS sends an order that takes so many seconds to work on."""

import http.server
import json
import os
import signal
import threading

import boto3

queue, sqs = os.environ["ORDERS"], boto3.client("sqs")


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET for the health check, and POST."""

    def do_GET(self) -> None:
        """Say that it is here."""
        self.answer(200, "POST /ID/SECONDS\n")

    def do_POST(self) -> None:
        """Send an order."""
        match self.path.split("/")[1:]:
            case [order, seconds] if order and seconds.isdecimal() and int(seconds) <= 30:
                sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"id": order, "seconds": seconds}))
                self.answer(202, f"order {order} is in the queue\n")
            case _:
                self.answer(400, "POST /ID/SECONDS, at most 30\n")

    def answer(self, status: int, text: str) -> None:
        """Send a plain text."""
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Print no line for each health check."""


server = http.server.ThreadingHTTPServer(
    (os.environ.get("HOST", ""), int(os.environ.get("PORT", "8080"))), Handler
)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
