"""The guard of the data services: it passes on only requests signed with the run's credentials."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import unquote

from moorage.local.aws.credentials import Credentials
from moorage.local.origins import refused

from .payload import Payload, payload
from .refusals import Reason, Refusal
from .request import Request, Scope, is_served
from .signature import (
    PAYLOAD_HASH,
    SIGNATURE_PARAMETERS,
    UNSIGNED_PAYLOAD,
    Claim,
    claim,
    verify,
    verify_version_2,
)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SERVED = ("dynamodb", "s3", "secretsmanager", "sns", "sqs", "ssm")
"""The services of the local run, as credential scopes name them."""
_TARGETS = {
    "dynamodb": ("DynamoDB_20120810.", "DynamoDBStreams_20120810."),
    "secretsmanager": ("secretsmanager.",),
    "sqs": ("AmazonSQS.",),
    "ssm": ("AmazonSSM.",),
}
"""Prefixes of X-Amz-Target by service; services of other protocols do not have this header."""
LARGEST = 16 * 1024 * 1024
"""Limit of a request in bytes; the largest is DynamoDB's BatchWriteItem ("Quotas in Amazon DynamoDB")."""
LARGEST_OBJECT = 5 * 1024**3
"""Limit of one upload to S3 in bytes ("Uploading objects", Amazon S3)."""
_ADDRESS = re.compile(r"[\d.]+:\d+")
_REPLACED = (b"host", b"authorization", b"x-amz-security-token")


class Identity(NamedTuple):
    """The accepted credentials and host names."""

    credentials: Credentials
    hosts: tuple[str, ...]
    """Host names with their port, lower case; the first is the one that the services know."""
    account: str
    region: str


class Guard:
    """An ASGI application around that of the data services."""

    def __init__(self, app: App, identity: Identity) -> None:
        """Pass on to `app`."""
        self._app, self._identity = app, identity
        self._bucket_hosts = tuple(host for host in identity.hosts if not _ADDRESS.fullmatch(host))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; WebSockets are refused."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, body = Request.of(scope), _Body(receive)
        try:
            admitted = await self._admit(scope, request, body)
            await self._app(admitted, body.receive, _without_cors(send))
            if body.refusal is not None:
                raise body.refusal
        except Refusal as refusal:
            status, kind, text = refusal.response(request.service, request.header("content-type"))
            headers = [(b"content-type", kind), (b"content-length", str(len(text)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": text})

    async def _admit(self, scope: Scope, request: Request, body: "_Body") -> Scope:
        """Return the request as the services get it; `body` then checks its body.

        Raises:
            Refusal: the request is not allowed.
        """
        bucket = request.bucket(self._bucket_hosts)
        hosts = [host[len(bucket) + 1 :] if bucket else host for host in request.all("host")]
        if why := refused(hosts, request.all("origin"), self._identity.hosts):
            raise Refusal(Reason.FORBIDDEN, why)
        if _confirms_subscription(request):
            return {**scope, "headers": [(b"host", self._identity.hosts[0].encode())]}
        claimed = claim(request)
        if claimed is None and not request.parameter("AWSAccessKeyId"):
            raise Refusal(Reason.UNSIGNED, "the request is not signed (Signature Version 4)")
        service = claimed.service if claimed else "s3"
        if service not in SERVED:
            served = ", ".join(SERVED)
            raise Refusal(Reason.FORBIDDEN, f"{service} is not served by the local run; served are {served}")
        path = f"/{bucket}{request.path}" if bucket else request.path
        if not is_served(service, unquote(path)):
            raise Refusal(Reason.FORBIDDEN, f"{request.path} is not a path of {service}")
        targets = _TARGETS.get(service, ())
        if not all(target.startswith(targets) for target in request.all("x-amz-target")):
            raise Refusal(Reason.FORBIDDEN, f"X-Amz-Target is not an operation of {service}")
        body.limit(LARGEST_OBJECT if service == "s3" else LARGEST, request.header("content-length"))
        if claimed is not None:
            await self._check(request, claimed, body)
        else:
            verify_version_2(request, path, self._identity.credentials)
        return self._passed(scope, claimed, bucket)

    async def _check(self, request: Request, claimed: Claim, body: "_Body") -> None:
        if claimed.service == "s3" and claimed.expires is not None:
            signed_hash = UNSIGNED_PAYLOAD
        else:
            signed_hash = request.header(PAYLOAD_HASH) or await body.digest()
        sign = verify(request, claimed, self._identity.credentials, signed_hash)
        body.payload = payload(claimed.service, signed_hash, claimed, sign)

    def _passed(self, scope: Scope, claimed: Claim | None, bucket: str) -> Scope:
        """Return the scope with one host, one form of credentials and one style of S3 paths.

        ministack takes an access key of twelve digits for the account, and some hosts for other services.
        """
        identity = self._identity
        region, service = (claimed.region, claimed.service) if claimed else (identity.region, "s3")
        credential = f"{identity.account}/20000101/{region}/{service}/aws4_request"
        authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
        headers = [item for item in scope["headers"] if item[0].lower() not in _REPLACED]
        headers += [(b"host", identity.hosts[0].encode()), (b"authorization", authorization.encode())]
        query = scope["query_string"]
        if claimed is None or claimed.expires is not None:
            query = b"&".join(
                pair
                for pair in query.split(b"&")
                if unquote(pair.partition(b"=")[0].decode("latin-1")) not in SIGNATURE_PARAMETERS
            )
        prefix = f"/{bucket}" if bucket else ""
        return {
            **scope,
            "headers": headers,
            "query_string": query,
            "path": prefix + scope["path"],
            "raw_path": prefix.encode() + scope["raw_path"],
        }


def _confirms_subscription(request: Request) -> bool:
    """Return whether a request is for the SubscribeURL of SNS, whose token is its only credential."""
    return (
        request.method == "GET"
        and request.path == "/"
        and not request.all("authorization")
        and request.parameter("Action") == "ConfirmSubscription"
        and {name for name, _ in request.query} == {"Action", "TopicArn", "Token"}
    )


def _without_cors(send: Send) -> Send:
    async def send_without(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                item for item in message["headers"] if not item[0].lower().startswith(b"access-control-")
            ]
            message = {**message, "headers": headers}
        await send(message)

    return send_without


class _Body:
    """The request's body, checked while it is read."""

    def __init__(self, receive: Receive) -> None:
        self.payload: Payload | None = None
        """The check; None for a body that is not signed, or that `digest` has read."""
        self.refusal: Refusal | None = None
        """The reason for cutting it off."""
        self._receive = receive
        self._limit = self._size = 0
        self._read: bytes | None = None

    def limit(self, largest: int, content_length: str) -> None:
        """Refuse more than `largest` bytes."""
        self._limit = largest
        if content_length.isdigit():
            self._check_size(int(content_length))

    async def digest(self) -> str:
        """Read the whole body, and return its SHA-256."""
        parts: list[bytes] = []
        more = True
        while more:
            message = await self._next()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        self._read = b"".join(parts)
        return hashlib.sha256(self._read).hexdigest()

    async def receive(self) -> Message:
        """Return the next ASGI message; a disconnect once the body is not the signed one."""
        if self._read is not None:
            body, self._read = self._read, None
            return {"type": "http.request", "body": body, "more_body": False}
        try:
            message = await self._next()
            if self.payload is not None and message["type"] == "http.request":
                self.payload.feed(message.get("body", b""))
                if not message.get("more_body", False):
                    self.payload.end()
        except Refusal as refusal:
            self.refusal = refusal
            return {"type": "http.disconnect"}
        return message

    async def _next(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self._check_size(self._size)
        return message

    def _check_size(self, size: int) -> None:
        if size > self._limit:
            raise Refusal(Reason.TOO_LARGE, f"the body is larger than {self._limit} bytes")
