"""One request to one target: send it, and pass the answer on as it comes."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
from aiohttp import HttpVersion10, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import StreamWriter
from multidict import CIMultiDict

from .messages import Sent, answer_fields
from .upstream import Stale, Upstream

KEEP, CLOSE = Sent(True), Sent(False)

IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"))

REPLAYABLE = 1 << 16
"""Bytes of a body kept to send it again; a longer one, or one that is still coming, is streamed."""


class TargetFailed(Exception):
    """The target did not answer, and the client has not been sent anything yet."""

    def __init__(self, status: int, text: str, untouched: bool = False) -> None:
        """Take the status to answer with, and whether the target cannot have seen the request."""
        super().__init__(text)
        self.status = status
        self.untouched = untouched


class ClientFailed(Exception):
    """The client broke its request off, or broke it."""


@dataclass(eq=False, slots=True)
class Exchange:
    """One request; `run` may be called again as long as no target has seen it."""

    request: web.BaseRequest
    scheme: str
    """What targets speak: http or https."""
    target: str
    """Path and query."""
    fields: CIMultiDict[str]
    """Header fields as the target gets them."""
    websocket: bool
    closing: Callable[[], bool]
    """Whether the client's connection has to end with this answer."""
    last: float = field(default_factory=time.monotonic)
    """When data last passed, in either direction."""
    status: int | None = None
    """Status of the answer, once its head has been sent to the client."""
    _body: bytes | None = None
    _failure: TargetFailed | None = None
    _broken: bool = False
    _task: asyncio.Task[Any] | None = None

    def __post_init__(self) -> None:
        """Read the body when it is all here and small; otherwise leave it to be streamed."""
        content = self.request.content
        if content.is_eof() and content.total_bytes <= REPLAYABLE:
            self._body = content.read_nowait()

    def abort(self, status: int, text: str) -> None:
        """End the exchange: with an answer that says so, or by cutting the client off within its answer."""
        if self._failure is None and self._task is not None:
            self._failure = TargetFailed(status, text)
            self._task.cancel()

    async def run(self, upstream: Upstream, cookies: Iterable[str]) -> web.StreamResponse:
        """Send the request and pass the answer on.

        Raises TargetFailed or ClientFailed, and ConnectionError when the client went away.
        """
        self._task = asyncio.current_task()
        try:
            response = await self._answer(upstream)
            try:
                if response.status == 101:
                    return await self._tunnel(response)
                return await self._pass_on(response, cookies)
            finally:
                if not response.closed:
                    response.close()
        except asyncio.CancelledError:
            # asyncio.timeout does the same, at a cost that every request would pay.
            if self._failure is None or self._task is None or self._task.uncancel():
                raise
            if self.status is None:
                raise self._failure from None
            return self._cut()
        finally:
            self._task = None

    async def _answer(self, upstream: Upstream) -> aiohttp.ClientResponse:
        """The head of the final answer; interim ones (100, 103) are not passed on."""
        try:
            try:
                response = await self._send(upstream)
            except Stale:
                response = await self._send(upstream)
        except Stale as error:
            raise TargetFailed(502, "closed the connection without an answer") from error
        except TimeoutError as error:
            raise TargetFailed(504, "connecting timed out", untouched=True) from error
        except (aiohttp.ClientError, OSError) as error:
            if self._broken:
                raise ClientFailed from error
            raise _failure(error) from error
        if response.status == 101 and not self.websocket:
            response.close()
            raise TargetFailed(502, "switched protocols unasked")
        return response

    def _send(self, upstream: Upstream) -> Awaitable[aiohttp.ClientResponse]:
        method = self.request.method
        data = self._upload() if self._body is None else self._body or None
        safe = method in IDEMPOTENT and self._body is not None
        return upstream.request(method, self.scheme, self.target, self.fields, data, safe)

    async def _upload(self) -> AsyncIterator[bytes]:
        """The request's body, at the pace of the slower side."""
        try:
            async for chunk in self.request.content.iter_any():
                self.last = time.monotonic()
                yield chunk
        except Exception:
            self._broken = True
            raise

    async def _pass_on(self, response: aiohttp.ClientResponse, cookies: Iterable[str]) -> web.StreamResponse:
        request, writer, content = self.request, self.request.writer, response.content
        fields = answer_fields(response.headers)
        for cookie in cookies:
            fields.add("Set-Cookie", cookie)
        has_body = not (request.method == "HEAD" or response.status in (204, 304))
        sized = not has_body or "Content-Length" in fields
        chunked = not sized and request.version != HttpVersion10
        keep = request.keep_alive and (sized or chunked) and not self.closing() and request.content.is_eof()
        fields["Connection"] = "keep-alive" if keep else "close"
        if chunked:
            fields["Transfer-Encoding"] = "chunked"
            writer.enable_chunking()
        await self._send_head(response, fields)
        try:
            if content.is_eof():
                await writer.write_eof(content.read_nowait())
                return KEEP if keep else CLOSE
            if not content.total_bytes:
                writer.send_headers()
            while chunk := await content.readany():
                self.last = time.monotonic()
                await writer.write(chunk)
            await writer.write_eof()
        except (aiohttp.ClientError, OSError):
            # The status line is out: only an unfinished answer can tell the client that this one is broken.
            return self._cut()
        return KEEP if keep else CLOSE

    async def _send_head(self, response: aiohttp.ClientResponse, fields: CIMultiDict[str]) -> None:
        version = "1.0" if self.request.version == HttpVersion10 else "1.1"
        try:
            await self.request.writer.write_headers(
                f"HTTP/{version} {response.status} {response.reason}", fields
            )
        except ValueError as error:
            raise TargetFailed(502, f"sent a malformed answer: {error}") from error
        self.status = response.status

    def _cut(self) -> web.StreamResponse:
        if self.request.transport is not None:
            self.request.transport.abort()
        return CLOSE

    async def _tunnel(self, response: aiohttp.ClientResponse) -> web.StreamResponse:
        """Copy bytes both ways until one side ends."""
        protocol = self.request.protocol
        upstream = response.connection.protocol if response.connection is not None else None
        if protocol.transport is None or upstream is None or upstream.transport is None:
            raise ConnectionResetError("one side of the tunnel went away")
        fields = answer_fields(response.headers)
        fields["Connection"], fields["Upgrade"] = "Upgrade", "websocket"
        await self._send_head(response, fields)
        self.request.writer.send_headers()
        over = asyncio.Event()
        up = _Pipe(self, protocol, upstream, over)
        down = _Pipe(self, upstream, protocol, over)
        # aiohttp hands bytes after an upgrade to an object with a WebSocket reader's methods.
        protocol.set_parser(cast(Any, up))
        upstream.set_parser(down, None)
        try:
            await over.wait()
        finally:
            up.stop()
            down.stop()
        return CLOSE


def _failure(error: aiohttp.ClientError | OSError) -> TargetFailed:
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return TargetFailed(502, os.strerror(number) if number else str(error.os_error), untouched=True)
    if isinstance(error, aiohttp.ClientResponseError):
        return TargetFailed(502, f"sent a malformed answer: {error.message}")
    return TargetFailed(502, str(error))


class _Pipe:
    """One direction of a tunnel, fed by the protocol of the side that sends."""

    def __init__(
        self, exchange: Exchange, source: BaseProtocol, sink: BaseProtocol, over: asyncio.Event
    ) -> None:
        self._exchange, self._source, self._sink, self._over = exchange, source, sink, over
        self._writer = StreamWriter(sink, asyncio.get_running_loop())
        self._resume: asyncio.Task[None] | None = None

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Pass bytes on; stop the source while the sink's buffer is full."""
        self._exchange.last = time.monotonic()
        if self._sink.transport is None:
            self._over.set()
            return False, b""
        self._sink.transport.write(data)
        if self._sink.writing_paused and self._resume is None and self._source.transport is not None:
            self._source.transport.pause_reading()
            self._resume = asyncio.create_task(self._resume_when_drained())
        return False, b""

    async def _resume_when_drained(self) -> None:
        try:
            await self._writer.drain()
        except ConnectionError:
            self._over.set()
            return
        finally:
            self._resume = None
        if self._source.transport is not None:
            self._source.transport.resume_reading()

    def feed_eof(self) -> None:
        """The source ended."""
        self._over.set()

    def stop(self) -> None:
        """Let go of what waits."""
        if self._resume is not None:
            self._resume.cancel()
