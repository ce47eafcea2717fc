"""Requests to a guard, signed by botocore as the AWS SDK for Python signs them."""

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import get_current_datetime

from moorage.local.aws.credentials import Credentials
from moorage.local.aws.guard import Guard, Identity

HOST = "127.0.0.1:4000"
ACCOUNT, REGION = "123456789012", "eu-west-1"
OURS = Credentials("MOORAGE0123456789", "the secret of this run")
IDENTITY = Identity(
    OURS, (HOST, "localhost:4000", "172.18.0.1:5000", "host.docker.internal:4000"), ACCOUNT, REGION
)
TARGETS = {"dynamodb": "DynamoDB_20120810.Scan", "ssm": "AmazonSSM.GetParameter"}

Headers = dict[str, str]


@dataclass
class Services:
    """Stands for the data services: keeps what is passed on, answers as ministack does."""

    scopes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    bodies: list[bytes] = field(default_factory=list[bytes])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.scopes.append(scope)
        self.bodies.append(body)
        headers = [(b"Access-Control-Allow-Origin", b"*"), (b"x-amzn-requestid", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"passed"})


@dataclass(frozen=True)
class Answer:
    """An answer of the guard."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@dataclass
class Call:
    """A request as it is sent."""

    method: str
    url: str
    headers: Headers
    body: bytes = b""

    def answer(self, services: Services, parts: int = 1) -> Answer:
        """Send it through a guard, the body in some parts."""
        return asyncio.run(self._answer(services, parts))

    async def _answer(self, services: Services, parts: int) -> Answer:
        split = urlsplit(self.url)
        sent = {"host": split.netloc, **self.headers}
        raw = [(name.lower().encode(), value.encode()) for name, value in sent.items() if value]
        size = -(-len(self.body) // parts) or 1
        cut = [self.body[at : at + size] for at in range(0, len(self.body), size)] or [b""]
        messages = [
            {"type": "http.request", "body": part, "more_body": number < len(cut) - 1}
            for number, part in enumerate(cut)
        ]
        sends: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            sends.append(message)

        scope = {
            "type": "http",
            "method": self.method,
            "path": split.path,
            "raw_path": split.path.encode(),
            "query_string": split.query.encode(),
            "headers": raw,
        }
        await Guard(services, IDENTITY)(scope, receive, send)
        start, *rest = sends
        return Answer(start["status"], dict(start["headers"]), b"".join(m.get("body", b"") for m in rest))


def signed(
    service: str = "dynamodb",
    url: str = f"http://{HOST}/",
    method: str = "POST",
    body: bytes = b"{}",
    credentials: Credentials = OURS,
    **headers: str,
) -> Call:
    """Return a signed call; header names have `_` for `-`."""
    kind: Callable[..., Any] = S3SigV4Auth if service == "s3" else SigV4Auth
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if service in TARGETS:
        sent |= {"x-amz-target": TARGETS[service], "content-type": "application/x-amz-json-1.0"}
    request = AWSRequest(method, url, headers=sent, data=body)
    kind(credentials, service, REGION).add_auth(request)
    return Call(method, url, dict(request.headers.items()), body)


def moment(**ago: float) -> datetime.datetime:
    """Return a time in the past for botocore's clock."""
    return get_current_datetime() - datetime.timedelta(**ago)
