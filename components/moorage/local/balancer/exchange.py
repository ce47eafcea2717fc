"""One request to one target, and its answer as it comes."""

import asyncio
import functools
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
from aiohttp import HttpVersion10, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import RawResponseMessage, StreamWriter
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict

from .messages import Cookie, Sent, answer_fields
from .upstream import TargetConnection, Upstream

KEEP, CLOSE = Sent(True), Sent(False)

IDEMPOTENT = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"))

REPLAYABLE = 1 << 16
"""Largest body, in bytes, that is kept for a retry; a longer or incomplete one is streamed."""


class TargetFailed(Exception):
    """The target did not answer, and nothing was sent to the client yet."""

    def __init__(self, status: int, text: str, untouched: bool = False) -> None:
        """Keep the status to answer with, and whether the target cannot have seen the request."""
        super().__init__(text)
        self.status = status
        self.untouched = untouched


class ClientFailed(Exception):
    """The client aborted its request, or sent a malformed one."""


class Stale(Exception):
    """A pooled connection had been closed already: the request may be sent again."""


@dataclass(eq=False, slots=True)
class Exchange:
    """One request; `run` may be called again as long as no target has seen it."""

    request: web.BaseRequest
    scheme: str
    """The scheme of the targets: http or https."""
    target: str
    """Path and query."""
    fields: CIMultiDict[str]
    """Header fields as the target gets them."""
    websocket: bool
    closing: Callable[[], bool]
    """Returns whether the client's connection has to end with this answer."""
    last: float = field(default_factory=time.monotonic)
    """The time at which data last passed, in either direction."""
    status: int | None = None
    """Status of the answer, once its head has been sent to the client."""
    _body: bytes | None = None
    _failure: TargetFailed | None = None
    _broken: bool = False
    _task: asyncio.Task[Any] | None = None

    def __post_init__(self) -> None:
        """Read a small body that has arrived completely; any other is streamed."""
        content = self.request.content
        if content.is_eof() and content.total_bytes <= REPLAYABLE:
            self._body = content.read_nowait()

    def abort(self, status: int, text: str) -> None:
        """End the exchange: with an error answer, or by closing the connection if the answer has begun."""
        if self._failure is None and self._task is not None:
            self._failure = TargetFailed(status, text)
            self._task.cancel()

    async def run(self, upstream: Upstream, cookies: Iterable[Cookie]) -> web.StreamResponse:
        """Send the request and pass the answer on.

        Raises TargetFailed or ClientFailed, and ConnectionError when the client went away.
        """
        self._task = asyncio.current_task()
        try:
            try:
                return await self._attempt(upstream, cookies)
            except Stale:
                return await self._attempt(upstream, cookies)
        except Stale as error:
            raise TargetFailed(502, str(error)) from error
        except asyncio.CancelledError:
            # asyncio.timeout does the same, at a cost that every request would pay.
            if self._failure is None or self._task is None or self._task.uncancel():
                raise
            if self.status is None:
                raise self._failure from None
            return self._cut()
        finally:
            self._task = None

    async def _attempt(self, upstream: Upstream, cookies: Iterable[Cookie]) -> web.StreamResponse:
        safe = self.request.method in IDEMPOTENT and self._body is not None
        try:
            pooled = await upstream.connect(self.scheme, safe)
        except TimeoutError as error:
            raise TargetFailed(504, "connecting timed out", untouched=True) from error
        except aiohttp.ClientConnectorError as error:
            number = error.os_error.errno
            text = os.strerror(number) if number else str(error.os_error)
            raise TargetFailed(502, text, untouched=True) from error
        connection = cast(TargetConnection, pooled.protocol)
        upload: asyncio.Task[None] | None = None
        try:
            connection.begin(self.request.method)
            upload = await self._send(connection, upstream.loop)
            message, payload = await self._answer(connection, safe)
            if message.code == 101:
                return await self._tunnel(connection, message)
            answer = await self._pass_on(message, payload, cookies)
            if upload is None or upload.done():
                pooled.release()
            return answer
        finally:
            # Does nothing to a connection that was released.
            pooled.close()
            if upload is not None and not upload.done():
                upload.cancel()
                await asyncio.wait((upload,))

    async def _send(
        self, connection: TargetConnection, loop: asyncio.AbstractEventLoop
    ) -> asyncio.Task[None] | None:
        """Send the request; return the task that still streams its body, if any."""
        writer, fields = StreamWriter(connection, loop), self.fields
        if self._body is not None:
            if self.request.body_exists:
                fields["Content-Length"] = str(len(self._body))
        elif "Content-Length" not in fields:
            fields["Transfer-Encoding"] = "chunked"
            writer.enable_chunking()
        try:
            await writer.write_headers(f"{self.request.method} {self.target} HTTP/1.1", fields)
            if self._body is not None:
                await writer.write_eof(self._body)
                return None
            writer.send_headers()
        except ConnectionError:
            return None  # the target closed: the missing answer decides
        return loop.create_task(self._upload(writer, connection))

    async def _upload(self, writer: StreamWriter, connection: TargetConnection) -> None:
        """Stream the request's body, at the pace of the slower side."""
        content = self.request.content
        while True:
            try:
                chunk = await content.readany()
            except Exception:
                self._broken = True
                if connection.transport is not None:
                    connection.transport.abort()
                return
            self.last = time.monotonic()
            try:
                if not chunk:
                    await writer.write_eof()
                    return
                await writer.write(chunk)
            except ConnectionError:
                return  # the target closed: its answer, or the lack of one, decides

    async def _answer(
        self, connection: TargetConnection, safe: bool
    ) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
        """Return the head of the final answer; interim ones (100, 103) are not passed on."""
        try:
            while True:
                message, payload = await connection.read()
                if message.code >= 200 or (message.code == 101 and self.websocket):
                    return message, payload
                if message.code == 101:
                    raise TargetFailed(502, "switched protocols without being asked")
        except (HttpProcessingError, aiohttp.ClientError, OSError) as error:
            if self._broken:
                raise ClientFailed from error
            if isinstance(error, HttpProcessingError):
                raise TargetFailed(502, f"sent a malformed answer: {error.message}") from error
            if connection.received:
                raise TargetFailed(502, "closed the connection within its answer's head") from error
            # Only a reused connection can have been stale; on a new one the target did get the request.
            failed = Stale if safe and connection.served else functools.partial(TargetFailed, 502)
            raise failed("closed the connection without an answer") from error

    async def _pass_on(
        self, message: RawResponseMessage, content: aiohttp.StreamReader, cookies: Iterable[Cookie]
    ) -> web.StreamResponse:
        request, writer = self.request, self.request.writer
        fields = answer_fields(message.headers, cookies)
        has_body = not (request.method == "HEAD" or message.code in (204, 304))
        sized = not has_body or "Content-Length" in fields
        chunked = not sized and request.version != HttpVersion10
        keep = request.keep_alive and (sized or chunked) and not self.closing() and request.content.is_eof()
        fields["Connection"] = "keep-alive" if keep else "close"
        if chunked:
            fields["Transfer-Encoding"] = "chunked"
            writer.enable_chunking()
        await self._send_head(message, fields)
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
            # The status line is sent: only an unfinished answer shows the client that it is broken.
            return self._cut()
        return KEEP if keep else CLOSE

    async def _send_head(self, message: RawResponseMessage, fields: CIMultiDict[str]) -> None:
        version = "1.0" if self.request.version == HttpVersion10 else "1.1"
        try:
            await self.request.writer.write_headers(f"HTTP/{version} {message.code} {message.reason}", fields)
        except ValueError as error:
            raise TargetFailed(502, f"sent a malformed answer: {error}") from error
        self.status = message.code

    def _cut(self) -> web.StreamResponse:
        if self.request.transport is not None:
            self.request.transport.abort()
        return CLOSE

    async def _tunnel(self, connection: TargetConnection, message: RawResponseMessage) -> web.StreamResponse:
        """Copy bytes both ways until one side ends."""
        protocol = self.request.protocol
        fields = answer_fields(message.headers)
        fields["Connection"], fields["Upgrade"] = "Upgrade", "websocket"
        await self._send_head(message, fields)
        self.request.writer.send_headers()
        over = asyncio.Event()
        up = _Pipe(self, protocol, connection, over)
        down = _Pipe(self, connection, protocol, over)
        # aiohttp hands bytes after an upgrade to an object with a WebSocket reader's methods.
        protocol.set_parser(cast(Any, up))
        connection.set_parser(down, None)
        try:
            await over.wait()
        finally:
            up.stop()
            down.stop()
        return CLOSE


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
        """End the tunnel: the source has no more data."""
        self._over.set()

    def stop(self) -> None:
        """Release the waiters."""
        if self._resume is not None:
            self._resume.cancel()
