"""One request on one connection to a target: send it, and pass the answer on as it comes."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, cast

import aiohttp
from aiohttp import HttpVersion10, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import RawResponseMessage, StreamWriter
from aiohttp.http_exceptions import HttpProcessingError

from .messages import Sent, response_head
from .upstream import Upstream

KEEP, CLOSE = Sent(True), Sent(False)

REPLAYABLE = 1 << 16
"""Bytes of a body kept to send it again; a longer one, or one that is still coming, is streamed."""


class TargetFailed(Exception):
    """The target did not answer, and the client has not been sent anything yet."""

    def __init__(self, status: int, text: str, untouched: bool = False) -> None:
        """Take the status to answer with, and whether the target cannot have seen the request."""
        super().__init__(text)
        self.status = status
        self.untouched = untouched


class Unanswered(Exception):
    """The connection ended without a byte of an answer: the request may be sent again if it is safe to."""


class ClientFailed(Exception):
    """The client broke its request off, or broke it."""


class _Broken(ClientFailed):
    """Put into a connection whose request cannot be completed."""


_CUT = (aiohttp.ClientPayloadError, HttpProcessingError, TimeoutError, ConnectionAbortedError, _Broken)
"""What reading a body raises when the target, or the client's own request, breaks off."""


class Exchange:
    """One request, sent as often as it takes."""

    def __init__(
        self, request: web.BaseRequest, head: bytes, websocket: bool, closing: Callable[[], bool]
    ) -> None:
        """Read the body when it is all here and small; otherwise leave it to be streamed."""
        self.request = request
        self.method = request.method
        self.sent = False
        """Whether any of it was written to a target."""
        self._websocket = websocket
        self._closing = closing
        self._chunked = "Transfer-Encoding" in request.headers
        self._consumed = False
        content = request.content
        self.streaming = request.body_exists and not (content.is_eof() and content.total_bytes <= REPLAYABLE)
        if request.body_exists and not self.streaming:
            body = content.read_nowait()
            if self._chunked:
                body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
            head += body
        self._opening = head

    @property
    def replayable(self) -> bool:
        """Whether all of the request could be sent once more."""
        return not self._consumed

    async def run(self, connection: Upstream, added: str) -> tuple[int, web.StreamResponse]:
        """Send the request and pass the answer on.

        Raises Unanswered, TargetFailed or ClientFailed, and ConnectionError when the client went away.
        """
        if connection.transport is None:
            raise Unanswered
        connection.transport.write(self._opening)
        self.sent = True
        upload: asyncio.Task[None] | None = None
        if self.streaming:
            upload = asyncio.create_task(self._upload(connection))
        try:
            message, payload = await self._answer(connection)
            if message.code == 101:
                return 101, await self._tunnel(connection, message)
            return message.code, await self._pass_on(connection, message, payload, upload, added)
        finally:
            if upload is not None and not upload.done():
                connection.force_close()
                upload.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await upload

    async def _answer(self, connection: Upstream) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
        """The head of the final answer; interim ones (100, 103) are not passed on."""
        try:
            while True:
                message, payload = await connection.read()
                if message.code >= 200 or (message.code == 101 and self._websocket):
                    connection.payload = payload
                    return message, payload
                if message.code == 101:
                    raise TargetFailed(502, "switched protocols unasked")
        except HttpProcessingError as error:
            raise TargetFailed(502, f"sent a malformed answer: {error.message}") from error
        except TimeoutError as error:
            raise TargetFailed(504, "did not answer in time") from error
        except ConnectionAbortedError as error:
            raise TargetFailed(502, str(error)) from error
        except aiohttp.ClientConnectionError as error:
            if connection.received:
                raise TargetFailed(502, "closed the connection within its answer's head") from error
            raise Unanswered from error

    async def _upload(self, connection: Upstream) -> None:
        """Stream the request's body, at the pace of the slower side."""
        content = self.request.content
        writer = StreamWriter(connection, asyncio.get_running_loop())
        if self._chunked:
            writer.enable_chunking()
        while True:
            try:
                chunk = await content.readany()
            except Exception:
                connection.abort_exchange(_Broken("the client broke its request off"))
                return
            self._consumed = True
            try:
                if not chunk:
                    await writer.write_eof()
                    return
                await writer.write(chunk)
            except ConnectionError:
                return  # the target closed: its answer, or the lack of one, says what to do
            connection.last = time.monotonic()

    async def _pass_on(
        self,
        connection: Upstream,
        message: RawResponseMessage,
        payload: aiohttp.StreamReader,
        upload: asyncio.Task[None] | None,
        added: str,
    ) -> web.StreamResponse:
        request = self.request
        headers = message.headers
        has_body = not (self.method == "HEAD" or message.code in (204, 304))
        sized = not has_body or ("Content-Length" in headers and not message.chunked)
        keep = request.keep_alive and not self._closing() and (upload is None or upload.done())
        chunked = not sized and request.version != HttpVersion10
        if chunked:
            added += "Transfer-Encoding: chunked\r\n"
        keep = keep and (sized or chunked)
        added += "Connection: keep-alive\r\n" if keep else "Connection: close\r\n"
        named = headers.getall("Connection") if "Connection" in headers else ()
        head = response_head(request, message.code, message.reason, message.raw_headers, named, added)
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client went away")
        try:
            if payload.is_eof() and payload.total_bytes <= REPLAYABLE:
                data = payload.read_nowait()
                if chunked:
                    data = (b"%x\r\n%b\r\n" % (len(data), data) if data else b"") + b"0\r\n\r\n"
                transport.write(head + data)
                return KEEP if keep else CLOSE
            transport.write(head)
            writer = request.writer
            if chunked:
                writer.enable_chunking()
            while chunk := await payload.readany():
                await writer.write(chunk)
            await writer.write_eof()
        except _CUT:
            # The status line is out: only an unfinished answer can tell the client that this one is broken.
            connection.force_close()
            transport.abort()
            return CLOSE
        return KEEP if keep else CLOSE

    async def _tunnel(self, connection: Upstream, message: RawResponseMessage) -> web.StreamResponse:
        """Copy bytes both ways until one side ends or the idle timeout strikes."""
        request = self.request
        protocol = request.protocol
        if protocol.transport is None or connection.transport is None:
            raise ConnectionResetError("one side of the tunnel went away")
        extra = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        protocol.transport.write(response_head(request, 101, message.reason, message.raw_headers, (), extra))
        over = asyncio.Event()
        connection.on_abort = over.set
        up = _Pipe(protocol, connection, connection, over)
        down = _Pipe(connection, protocol, connection, over)
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
        self, source: BaseProtocol, sink: BaseProtocol, connection: Upstream, over: asyncio.Event
    ) -> None:
        self._source, self._sink, self._connection, self._over = source, sink, connection, over
        self._writer = StreamWriter(sink, asyncio.get_running_loop())
        self._resume: asyncio.Task[None] | None = None

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Pass bytes on; stop the source while the sink's buffer is full."""
        self._connection.last = time.monotonic()
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
