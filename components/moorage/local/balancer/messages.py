"""Heads of requests and answers as they pass, and the answers that the balancer makes itself.

AWS pages: "HTTP headers and Application Load Balancers", "Troubleshoot your Application Load Balancers".
"""

import random
import time
from collections.abc import Iterable
from http import HTTPStatus

from aiohttp import HttpVersion10, web

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
_REPLACED = HOP_BY_HOP | {b"expect", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-port"}


class Sent(web.StreamResponse):
    """Tells aiohttp's server that the answer has been written already."""

    def __init__(self, keep_alive: bool) -> None:
        """Say whether the client's connection stays open."""
        super().__init__()
        self._stay = keep_alive

    @property
    def keep_alive(self) -> bool | None:
        """Whether the client's connection stays open."""
        return self._stay

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to prepare."""

    async def write_eof(self, data: bytes | bytearray | memoryview = b"") -> None:
        """Nothing is left to write."""


def _dropped(connection: Iterable[str], standard: frozenset[bytes]) -> frozenset[bytes]:
    """The fields to drop: the standard ones, and those that Connection names (RFC 9110, 7.6.1)."""
    named = {name.strip().lower().encode() for value in connection for name in value.split(",")}
    # Host and lengths are not for a peer to strip from what the next one reads.
    return standard | (named - {b"host", b"content-length", b""})


def request_head(request: web.BaseRequest, https: bool, port: int, websocket: bool) -> bytes:
    """The head of a request as the target gets it."""
    headers = request.headers
    target = request.raw_path
    if not target.startswith(("/", "*")):  # absolute form, as sent to proxies
        target = request.url.raw_path_qs
    dropped = _REPLACED
    if "Connection" in headers:
        dropped = _dropped(headers.getall("Connection"), _REPLACED)
    remote = request.remote or "127.0.0.1"
    if "X-Forwarded-For" in headers:
        remote = ", ".join((*headers.getall("X-Forwarded-For"), remote))
    lines = [f"{request.method} {target} HTTP/1.1\r\n".encode("utf-8", "surrogateescape")]
    lines += [b"%b: %b\r\n" % field for field in request.raw_headers if field[0].lower() not in dropped]
    extra = (
        f"X-Forwarded-For: {remote}\r\nX-Forwarded-Proto: {'https' if https else 'http'}\r\n"
        f"X-Forwarded-Port: {port}\r\n"
    )
    if "X-Amzn-Trace-Id" not in headers:
        extra += f"X-Amzn-Trace-Id: Root=1-{int(time.time()):08x}-{random.getrandbits(96):024x}\r\n"
    if "Host" not in headers:  # HTTP/1.0
        extra += f"Host: 127.0.0.1:{port}\r\n"
    if "Transfer-Encoding" in headers:
        extra += "Transfer-Encoding: chunked\r\n"
    if websocket:
        extra += "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    lines.append(f"{extra}\r\n".encode("utf-8", "surrogateescape"))
    return b"".join(lines)


def response_head(
    request: web.BaseRequest,
    code: int,
    reason: str,
    fields: Iterable[tuple[bytes, bytes]],
    connection: Iterable[str],
    added: str,
) -> bytes:
    """The head of a target's answer as the client gets it; `added` holds whole lines."""
    dropped = _dropped(connection, HOP_BY_HOP) if connection else HOP_BY_HOP
    version = "1.0" if request.version == HttpVersion10 else "1.1"
    lines = [f"HTTP/{version} {code} {reason}\r\n".encode("utf-8", "surrogateescape")]
    lines += [b"%b: %b\r\n" % field for field in fields if field[0].lower() not in dropped]
    lines.append(f"{added}\r\n".encode())
    return b"".join(lines)


def phrase(status: int) -> str:
    """The title of a status code, as an ALB's error pages give it."""
    if status == 503:
        return "Service Temporarily Unavailable"
    if status == 504:
        return "Gateway Time-out"
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def error_page(status: int) -> bytes:
    """A small HTML page, as an ALB answers with."""
    title = f"{status} {phrase(status)}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    ).encode()


def make_answer(
    request: web.BaseRequest, status: int, content_type: str, body: bytes, added: str, keep_alive: bool
) -> bytes:
    """A whole answer of the balancer's own; `added` holds whole lines."""
    version = "1.0" if request.version == HttpVersion10 else "1.1"
    stamp = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    head = (
        f"HTTP/{version} {status} {phrase(status)}\r\nServer: awselb/2.0\r\nDate: {stamp}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        f"Connection: {'keep-alive' if keep_alive else 'close'}\r\n{added}\r\n"
    ).encode("utf-8", "surrogateescape")
    return head if request.method == "HEAD" else head + body
