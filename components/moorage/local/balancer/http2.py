"""HTTP/2 connections (RFC 9113) of clients and to targets, on h2's state machine."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import cast

import aiohttp
import h2.connection
import h2.events
from aiohttp.base_protocol import BaseProtocol
from h2.config import H2Configuration
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes
from hyperframe.frame import Frame, GoAwayFrame

from .model import CONNECT_TIMEOUT

Fields = Sequence[tuple[bytes, bytes]]

MAX_STREAMS = 128
"""Requests in parallel on one connection of a client, as on an ALB."""

_BUFFER = 1 << 16
_CONNECTION_WINDOW = 1 << 25
"""Bytes that a peer may have on the way in all streams: more than all buffers hold, so that a stream whose
reader is slow holds up no other."""
_LAST_STREAM = (1 << 31) - 1


class StreamLost(ConnectionError):
    """A stream was reset, or its connection was lost."""

    def __init__(self, text: str, untouched: bool = False) -> None:
        """Keep whether the peer cannot have processed the request."""
        super().__init__(text)
        self.untouched = untouched


class _Machine(h2.connection.H2Connection):
    """The state machine. Names that begin with "_" are private to h2; checked with 4.4.1."""

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[h2.events.Event]]:
        """Report the frame. h2 would end the connection, but streams that are open go on (RFC 9113, 6.8)."""
        event = h2.events.ConnectionTerminated()
        event.last_stream_id = frame.last_stream_id
        return [], [event]


class Stream:
    """One request with its answer. The reader of its incoming body pauses and resumes it."""

    connected = True

    def __init__(self, connection: "Connection", id: int) -> None:
        """Make a stream without an incoming head."""
        self.connection, self.id = connection, id
        loop = asyncio.get_running_loop()
        self.head: asyncio.Future[Fields] = loop.create_future()
        """The header fields of a target's answer."""
        self.body = aiohttp.StreamReader(cast(BaseProtocol, self), _BUFFER, loop=loop)
        self.trailers: Fields = ()
        """The incoming trailers, once the body has ended."""
        self.lost: StreamLost | None = None
        self.on_lost: Callable[[], object] = lambda: None
        self.writable = asyncio.Event()
        self.ended = False
        """True if all has been sent."""
        self._paused = False
        self._unacknowledged = 0

    def pause_reading(self) -> None:
        """Let the peer's window run out."""
        self._paused = True

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Give the peer back what it sent meanwhile."""
        self._paused = False
        self._acknowledge()

    def feed(self, data: bytes, size: int) -> None:
        """Take data, which counted as `size` bytes in the window."""
        self._unacknowledged += size
        if not self.body.is_eof() and self.lost is None:
            self.body.feed_data(data)
        if not self._paused:
            self._acknowledge()

    def _acknowledge(self) -> None:
        size, self._unacknowledged = self._unacknowledged, 0
        if size:
            self.connection.machine.acknowledge_received_data(size, self.id)
            self.connection.flush()

    def lose(self, error: StreamLost) -> None:
        """End what waits for the stream."""
        if self.lost is not None:
            return
        self.lost = error
        if not self.head.done():
            self.head.set_exception(error)
            self.head.exception()  # there may be no waiter
        if not self.body.is_eof():
            self.body.set_exception(error)
        self.writable.set()
        self.on_lost()

    def send_headers(self, fields: Fields, end: bool = False) -> None:
        """Send a head, or trailers. Raises StreamLost, or ValueError for fields that cannot be sent."""
        if self.lost is not None:
            raise self.lost
        try:
            self.connection.machine.send_headers(self.id, fields, end_stream=end)
        except ProtocolError as error:
            raise ValueError(str(error)) from error
        self.ended = end
        self.connection.flush()

    async def send(self, data: bytes) -> None:
        """Send data at the pace of the peer. Raises StreamLost."""
        while data:
            size = await self._room()
            self.connection.machine.send_data(self.id, data[:size])
            self.connection.flush()
            data = data[size:]

    async def _room(self) -> int:
        machine = self.connection.machine
        while True:
            await self.connection.flowing.wait()
            if self.lost is not None:
                raise self.lost
            size = min(machine.local_flow_control_window(self.id), machine.max_outbound_frame_size)
            if size > 0:
                return size
            self.writable.clear()
            await self.writable.wait()

    def end(self, trailers: Fields = ()) -> None:
        """End what is sent. Raises StreamLost, or ValueError for trailers that cannot be sent."""
        if trailers:
            self.send_headers(trailers, end=True)
            return
        if self.lost is not None:
            raise self.lost
        self.connection.machine.end_stream(self.id)
        self.ended = True
        self.connection.flush()

    def abort(self, code: ErrorCodes = ErrorCodes.INTERNAL_ERROR) -> None:
        """Reset the stream, if it has not ended on both sides."""
        self.connection.forget(self, code)


class Connection(asyncio.Protocol):
    """One connection; `accept` takes the streams that a client opens, None makes the client's side."""

    def __init__(self, accept: Callable[[Stream, Fields, bool], object] | None = None) -> None:
        """Make a connection that `connection_made` opens."""
        self.machine = _Machine(H2Configuration(client_side=accept is None, header_encoding=None))
        self.transport: asyncio.Transport | None = None
        self.flowing = asyncio.Event()
        """Set unless the transport's buffer is full."""
        self.flowing.set()
        self.streams: dict[int, Stream] = {}
        self.closing = False
        """True if no new stream may be opened."""
        self.served = 0
        """Streams so far."""
        self._accept = accept

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the preface."""
        self.transport = cast(asyncio.Transport, transport)
        self.machine.initiate_connection()
        self.machine.update_settings(
            {SettingCodes.MAX_CONCURRENT_STREAMS: MAX_STREAMS}
            if self._accept
            else {SettingCodes.ENABLE_PUSH: 0}
        )
        self.machine.increment_flow_control_window(_CONNECTION_WINDOW)
        self.flush()

    def flush(self) -> None:
        """Send what the state machine has written."""
        data = self.machine.data_to_send()
        if data and self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def pause_writing(self) -> None:
        """Hold what streams send."""
        self.flowing.clear()

    def resume_writing(self) -> None:
        """Let streams send."""
        self.flowing.set()

    def data_received(self, data: bytes) -> None:
        """Hand frames to their streams."""
        try:
            events = self.machine.receive_data(data)
        except ProtocolError as error:
            self.flush()
            self._lose(f"broke the protocol HTTP/2: {error}")
            if self.transport is not None:
                self.transport.close()
            return
        for event in events:
            self._take(event)
        self.flush()

    def _take(self, event: h2.events.Event) -> None:
        stream = self.streams.get(getattr(event, "stream_id", None) or 0)
        match event:
            case h2.events.RequestReceived() if self._accept is not None:
                self.served += 1
                stream = self.streams[event.stream_id] = Stream(self, event.stream_id)
                self._accept(stream, event.headers, event.stream_ended is not None)
            case h2.events.RemoteSettingsChanged():
                self._wake(0)
            case h2.events.WindowUpdated():
                self._wake(event.stream_id)
            case h2.events.ConnectionTerminated():
                self._no_more(event.last_stream_id or 0)
            case h2.events.ResponseReceived() if stream and not stream.head.done():
                stream.head.set_result(event.headers)
            case h2.events.TrailersReceived() if stream:
                stream.trailers = event.headers
            case h2.events.DataReceived() if stream:
                stream.feed(event.data, event.flow_controlled_length)
            case h2.events.DataReceived():
                # The connection's window counts data of a stream that was reset, too.
                self.machine.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded() if stream and stream.lost is None:
                stream.body.feed_eof()
            case h2.events.StreamReset() if stream:
                refused = event.error_code == ErrorCodes.REFUSED_STREAM
                stream.lose(StreamLost("reset the request", untouched=refused))
            case _:
                pass  # interim answers, pings and unknown frames

    def _no_more(self, last: int) -> None:
        """Open no new stream; lose those after the `last` one that a target takes."""
        self.closing = True
        for stream in list(self.streams.values()):
            if self._accept is None and stream.id > last:
                stream.lose(StreamLost("closed the connection", untouched=True))
        if not self.streams:
            self.close()

    def _wake(self, id: int) -> None:
        for stream in self.streams.values():
            if id in (0, stream.id):
                stream.writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """End all streams."""
        self._lose("closed the connection")

    def _lose(self, text: str) -> None:
        self.closing = True
        self.flowing.set()
        for stream in list(self.streams.values()):
            stream.lose(StreamLost(text))

    def has_room(self) -> bool:
        """Return whether another stream can be opened to the peer."""
        most = self.machine.remote_settings.max_concurrent_streams
        return not self.closing and len(self.streams) < most and self.served < _LAST_STREAM // 2 - 1

    def open(self, fields: Fields, end: bool) -> Stream:
        """Send a request's head, and with `end` no body. Raises ValueError for fields that cannot be sent."""
        stream = Stream(self, self.machine.get_next_available_stream_id())
        stream.send_headers(fields, end)
        self.streams[stream.id] = stream
        self.served += 1
        return stream

    def forget(self, stream: Stream, code: ErrorCodes = ErrorCodes.CANCEL) -> None:
        """Remove a stream; reset it, if it has not ended on both sides."""
        if self.streams.pop(stream.id, None) is None:
            return
        if stream.lost is None and not (stream.ended and stream.body.is_eof()):
            self.machine.reset_stream(stream.id, code)
            self.flush()
            stream.lost = StreamLost("was reset by the balancer")
            stream.writable.set()
        if self.closing and not self.streams:
            self.close()

    def announce_end(self) -> None:
        """Ask the peer for no new streams; those that it opens meanwhile are served."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(GoAwayFrame(0, last_stream_id=_LAST_STREAM).serialize())

    def close(self, wait: bool = True) -> None:
        """Close the connection; with `wait`, once the peer has closed its side of TLS."""
        self.closing = True
        if self.transport is not None and not self.transport.is_closing():
            self.machine.close_connection()
            self.flush()
            self.transport.close()
        if self.transport is not None and not wait:
            self.transport.abort()


async def connect(host: str, port: int, tls: bool) -> Connection:
    """Open a connection to a target. Raises OSError or TimeoutError.

    An ALB does not verify certificates of targets.
    """
    context = None
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
    async with asyncio.timeout(CONNECT_TIMEOUT):
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection, host, port, ssl=context
        )
    return connection
