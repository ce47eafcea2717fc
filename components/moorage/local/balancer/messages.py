"""Header fields of forwarded requests and answers, and answers of the balancer itself.

AWS pages: "HTTP headers and Application Load Balancers", "Troubleshoot your Application Load Balancers".
"""

import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from aiohttp import HttpVersion, web
from multidict import CIMultiDict, CIMultiDictProxy

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

HTTP2 = HttpVersion(2, 0)

HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
"""Titles of an ALB's error pages."""
_REPLACED = HOP_BY_HOP | {"expect", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port"}


class Cookie(NamedTuple):
    """A cookie of the balancer."""

    text: str
    """The value of Set-Cookie."""
    beside: str | None
    """The cookie of the application beside which it is sent; None for every answer."""


class Sent(web.StreamResponse):
    """An answer that has been written already, for aiohttp's server."""

    def __init__(self, keep_alive: bool) -> None:
        """Keep whether the client's connection stays open."""
        super().__init__()
        self._stay = keep_alive

    @property
    def keep_alive(self) -> bool | None:
        """True if the client's connection stays open."""
        return self._stay

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing."""

    async def write_eof(self, data: bytes | bytearray | memoryview = b"") -> None:
        """Do nothing."""


def _fields(headers: CIMultiDictProxy[str], dropped: frozenset[str]) -> CIMultiDict[str]:
    """Return the fields to pass on, in order, without those that Connection names (RFC 9110, 7.6.1)."""
    fields = CIMultiDict(headers)
    if "Connection" in headers:
        named = {name.strip().lower() for value in headers.getall("Connection") for name in value.split(",")}
        # A peer cannot strip Host and the length from what the next one reads.
        dropped = dropped | (named - {"host", "content-length", ""})
    for name in dropped:
        fields.popall(name, None)
    if "".join(fields.values()).isascii():
        return fields
    return CIMultiDict((name, _utf8(value)) for name, value in fields.items())


def _utf8(value: str) -> str:
    """Return a value as aiohttp can write it: bytes that are not UTF-8 are read as Latin-1."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value


def request_target(request: web.BaseRequest) -> str:
    """Return path and query, byte for byte."""
    target = request.raw_path
    # Proxies get the absolute form.
    return target if target.startswith(("/", "*")) else request.url.raw_path_qs


def request_fields(request: web.BaseRequest, https: bool, port: int, websocket: bool) -> CIMultiDict[str]:
    """Return the header fields of a request as the target gets them."""
    fields = _fields(request.headers, _REPLACED)
    remote = request.remote or "127.0.0.1"
    fields["X-Forwarded-For"] = ", ".join((*request.headers.getall("X-Forwarded-For", ()), remote))
    fields["X-Forwarded-Proto"] = "https" if https else "http"
    fields["X-Forwarded-Port"] = str(port)
    fields.setdefault("X-Amzn-Trace-Id", f"Root=1-{int(time.time()):08x}-{random.getrandbits(96):024x}")
    fields.setdefault("Host", f"127.0.0.1:{port}")  # HTTP/1.0
    if websocket:
        fields["Connection"], fields["Upgrade"] = "Upgrade", "websocket"
    return fields


def answer_fields(headers: CIMultiDictProxy[str], cookies: Iterable[Cookie] = ()) -> CIMultiDict[str]:
    """Return the header fields of a target's answer as the client gets them, with the balancer's cookies."""
    fields = _fields(headers, HOP_BY_HOP)
    own = fields.getall("Set-Cookie", ())
    for text, beside in cookies:
        if beside is None or any(cookie.startswith(f"{beside}=") for cookie in own):
            fields.add("Set-Cookie", text)
    return fields


def _phrase(status: int) -> str:
    return _PHRASES.get(status, "Unknown")


def error_page(status: int) -> bytes:
    """Return an HTML error page as that of an ALB."""
    title = f"{status} {_phrase(status)}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    ).encode()


def make_answer(
    status: int, content_type: str, body: bytes, added: Mapping[str, str] | None = None
) -> web.Response:
    """Return an answer of the balancer itself."""
    headers = {"Server": "awselb/2.0", "Content-Type": content_type, **(added or {})}
    return web.Response(status=status, reason=_phrase(status), body=body, headers=headers)
