"""Requests of clients over HTTP/2, for the same handler as those over HTTP/1.1.

An ALB speaks HTTP/2 on HTTPS listeners only, to clients that choose it by ALPN (AWS: "Listeners for your
Application Load Balancers").
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler
from h2.errors import ErrorCodes
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from .http2 import Connection, Fields, Stream
from .messages import HOP_BY_HOP, HTTP2, Handle

_PRINTABLE = re.compile(r"[!-~]+")


def text(value: bytes) -> str:
    """Return a value as aiohttp has it."""
    return value.decode("utf-8", "surrogateescape")


def encoded(fields: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return header fields as HTTP/2 has them; those of an HTTP/1.1 connection are dropped."""
    return [
        (name.lower().encode(), value.encode("utf-8", "surrogateescape"))
        for name, value in fields.items()
        if name.lower() not in HOP_BY_HOP
    ]


class Http2Writer(AbstractStreamWriter):
    """Writes an answer on a stream."""

    def __init__(self, stream: Stream) -> None:
        """Keep the stream."""
        self.stream = stream

    async def write_headers(self, status_line: str, headers: CIMultiDict[str]) -> None:
        """Send the head of an answer with a body. Raises ValueError for fields that cannot be sent."""
        self.begin(int(status_line.split(" ", 2)[1]), headers)

    def begin(self, status: int, fields: CIMultiDict[str], end: bool = False) -> None:
        """Send the head of an answer, and with `end` no body."""
        self.stream.send_headers([(b":status", str(status).encode()), *encoded(fields)], end)

    async def write(self, chunk: bytes | bytearray | memoryview) -> None:
        """Send a part of the body."""
        await self.stream.send(bytes(chunk))

    async def write_eof(self, chunk: bytes = b"") -> None:
        """Send the last part of the body."""
        await self.stream.send(bytes(chunk))
        self.stream.end()

    async def drain(self) -> None:
        """Do nothing: `write` waits."""

    def enable_compression(self, encoding: str = "deflate", strategy: int | None = None) -> None:
        """Do nothing: the balancer compresses no answer."""

    def enable_chunking(self) -> None:
        """Do nothing: frames end a body."""


@dataclass(eq=False, slots=True)
class _Carrier:
    """The parts of a connection that a request of aiohttp's reads."""

    transport: Stream
    peername: tuple[str, int] | None
    sockname: tuple[str, int] | None
    ssl_context: ssl.SSLContext | None


class ClientConnection(Connection):
    """A connection of a client, whose streams are requests for `handle`."""

    def __init__(self, handle: Handle, open: set["ClientConnection"]) -> None:
        """Be in `open` while the connection is."""
        super().__init__(self._begin)
        self._handle, self._open = handle, open

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the preface."""
        super().connection_made(transport)
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End all requests."""
        self._open.discard(self)
        super().connection_lost(exc)

    def _begin(self, stream: Stream, fields: Fields, ended: bool) -> None:
        pseudo = {text(name): text(value) for name, value in fields if name.startswith(b":")}
        if not all(_PRINTABLE.fullmatch(value) for value in pseudo.values()) or not pseudo.get(
            ":path", "*"
        ).startswith(("/", "*")):
            # A malformed request is a stream error (RFC 9113, 8.1.1).
            self.forget(stream, ErrorCodes.PROTOCOL_ERROR)
            return
        task = asyncio.create_task(self._answer(stream, pseudo, fields, ended))
        stream.on_lost = task.cancel

    async def _answer(self, stream: Stream, pseudo: dict[str, str], fields: Fields, ended: bool) -> None:
        try:
            request = self._request(stream, pseudo, _headers(pseudo, fields), ended)
            answer = await self._handle(request)
            await answer.prepare(request)
            await answer.write_eof()
        except ConnectionError:
            pass  # the client went away
        finally:
            # What is left of the request's body is not wanted.
            self.forget(stream, ErrorCodes.NO_ERROR)

    def _request(
        self, stream: Stream, pseudo: dict[str, str], headers: CIMultiDict[str], ended: bool
    ) -> web.BaseRequest:
        assert self.transport is not None
        target = pseudo.get(":path", "*")
        path, _, query = target.partition("?")
        message = RawRequestMessage(
            pseudo[":method"],
            target,
            HTTP2,
            CIMultiDictProxy(headers),
            (),
            False,
            None,
            False,
            False,
            URL.build(path=path, query_string=query, encoded=True),
        )
        info = self.transport.get_extra_info
        carrier = _Carrier(stream, info("peername"), info("sockname"), info("sslcontext"))
        loop = asyncio.get_running_loop()
        task = cast("asyncio.Task[None]", asyncio.current_task())
        return web.BaseRequest(
            message,
            EMPTY_PAYLOAD if ended else stream.body,
            cast(RequestHandler, carrier),
            Http2Writer(stream),
            task,
            loop,
        )


def _headers(pseudo: dict[str, str], fields: Fields) -> CIMultiDict[str]:
    """Return header fields as HTTP/1.1 has them: with Host, and one Cookie (RFC 9113, 8.2.3)."""
    headers = CIMultiDict((text(name), text(value)) for name, value in fields if not name.startswith(b":"))
    if ":authority" in pseudo:
        headers["Host"] = pseudo[":authority"]
    if "Cookie" in headers:
        headers["Cookie"] = "; ".join(headers.getall("Cookie"))
    return headers


class Negotiation(asyncio.Protocol):
    """A TLS connection until the protocol is known that the client has chosen by ALPN."""

    def __init__(self, http1: web.Server, handle: Handle, open: set[ClientConnection]) -> None:
        """Keep what makes the connection's protocol."""
        self._http1, self._handle, self._open = http1, handle, open

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the connection on."""
        chosen = transport.get_extra_info("ssl_object").selected_alpn_protocol()
        protocol = ClientConnection(self._handle, self._open) if chosen == "h2" else self._http1()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
