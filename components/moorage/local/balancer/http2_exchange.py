"""One request of a client over HTTP/2 to a target over HTTP/2, gRPC among them."""

import asyncio
import time
from collections.abc import Iterable
from typing import cast

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from .exchange import KEEP, ClientFailed, Exchange, Stale, TargetFailed
from .http2 import Fields, Stream, StreamLost
from .http2_server import Http2Writer, encoded, text
from .messages import Cookie, answer_fields
from .upstream import Upstream


class Http2Exchange(Exchange):
    """Passes on frames as they come, the trailers included, in which gRPC has its status."""

    __slots__ = ("_read",)
    _read: bool

    async def _attempt(self, upstream: Upstream, cookies: Iterable[Cookie]) -> web.StreamResponse:
        self._read = False
        try:
            connection = await upstream.http2(self.scheme == "https")
        except TimeoutError as error:
            raise TargetFailed(504, "connecting timed out", untouched=True) from error
        except OSError as error:
            raise TargetFailed(502, error.strerror or str(error), untouched=True) from error
        try:
            stream = connection.open(self._head(), end=self._body == b"")
        except ValueError as error:
            raise ClientFailed from error
        upload = asyncio.create_task(self._upload_frames(stream))
        try:
            return await self._pass_back(stream, cookies)
        except StreamLost as error:
            if error is not stream.lost:
                raise  # it is the client's
            if self.status is not None:
                return self._cut()
            if error.untouched and not self._read:
                raise Stale(str(error)) from error
            raise TargetFailed(502, str(error)) from error
        finally:
            connection.forget(stream)
            upload.cancel()
            await asyncio.wait((upload,))

    def _head(self) -> Fields:
        fields = self.fields.copy()
        pseudo = {
            ":method": self.request.method,
            ":scheme": self.scheme,
            ":authority": fields.pop("Host"),
            ":path": self.target,
        }
        # The only value that HTTP/2 allows; gRPC servers ask for it.
        te = [(b"te", b"trailers")] if self.request.headers.get("TE", "").lower() == "trailers" else []
        return [*((name.encode(), value.encode()) for name, value in pseudo.items()), *encoded(fields), *te]

    async def _upload_frames(self, stream: Stream) -> None:
        """Send the request's body, at the pace of the slower side."""
        try:
            if self._body is not None:
                if self._body:
                    await stream.send(self._body)
                    stream.end()
                return
            while chunk := await self.request.content.readany():
                self._read = True
                self.last = time.monotonic()
                await stream.send(chunk)
            stream.end()
        except StreamLost:
            pass  # the target's: its answer decides; the client's: the exchange is cancelled

    async def _pass_back(self, stream: Stream, cookies: Iterable[Cookie]) -> web.StreamResponse:
        writer = cast(Http2Writer, self.request.writer)
        head = CIMultiDict((text(name), text(value)) for name, value in await stream.head)
        self.last = time.monotonic()
        status = int(head.pop(":status"))
        fields = answer_fields(CIMultiDictProxy(head), cookies)
        # A gRPC error is a head without a body, and has to stay one.
        complete = stream.body.at_eof() and not stream.trailers
        try:
            writer.begin(status, fields, end=complete)
        except ValueError as error:
            raise TargetFailed(502, f"sent a malformed answer: {error}") from error
        self.status = status
        if complete:
            return KEEP
        while chunk := await stream.body.readany():
            self.last = time.monotonic()
            await writer.write(chunk)
        writer.stream.end(stream.trailers)
        return KEEP
