"""Connections to targets: aiohttp's client protocol and parser, without its session on top.

A session costs three times what the rest of a proxied request does, and hides what a balancer has to know:
whether a byte of the answer came before the connection failed.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable

from aiohttp import StreamReader
from aiohttp.client_proto import ResponseHandler

MAX_IDLE = 256
"""Idle connections kept per target."""

CONNECT_TIMEOUT = 10.0
"""Seconds; as an ALB's."""


class Upstream(ResponseHandler):
    """One connection to a target."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for `connection_made`."""
        super().__init__(loop)
        self.received = False
        """Whether a byte of the current answer has come."""
        self.last = time.monotonic()
        """When data last passed, in either direction."""
        self.fresh = True
        """Whether this is the first request on the connection."""
        self.payload: StreamReader | None = None
        """The body of the current answer."""
        self.on_abort: Callable[[], None] | None = None
        """Ends the tunnel that the connection has become."""
        self._skips_body: bool | None = None

    def data_received(self, data: bytes) -> None:
        """Note that the answer has begun, then parse."""
        self.received = True
        self.last = time.monotonic()
        super().data_received(data)

    def abort_exchange(self, error: Exception) -> None:
        """Make whoever waits for the answer, or for more of it, fail with `error`; nothing more is read."""
        self.set_exception(error)
        if self.payload is not None and not self.payload.is_eof():
            self.payload.set_exception(error)
        if self.on_abort is not None:
            self.on_abort()

    def discard(self) -> None:
        """Close at once, whatever is still to be written."""
        self.force_close()
        self.abort()

    def begin(self, head: bool) -> None:
        """Prepare for one exchange; the answer to HEAD has no body whatever its headers say."""
        self.received = False
        self.payload = None
        self.last = time.monotonic()
        if head is not self._skips_body:
            self._skips_body = head
            self.set_response_params(
                skip_payload=head,
                read_until_eof=True,
                auto_decompress=False,
                max_line_size=16384,
                max_field_size=32768,
            )


class Pool:
    """Idle connections to one target; the last used is taken first, being the least likely to be stale."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Keep the address; nothing is opened."""
        self._host, self._port, self._tls = host, port, tls
        self._idle: deque[Upstream] = deque()
        self._closed = False

    def take(self, max_idle: float) -> Upstream | None:
        """An open connection that was idle for at most `max_idle` seconds, or None."""
        idle = self._idle
        while idle:
            if time.monotonic() - idle[-1].last > max_idle:
                return None
            connection = idle.pop()
            if connection.is_connected() and not connection.should_close:
                return connection
            connection.close()
        return None

    async def open(self) -> Upstream:
        """Open a connection; raises OSError (TimeoutError included)."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_TIMEOUT):
            _, connection = await loop.create_connection(
                lambda: Upstream(loop), self._host, self._port, ssl=self._tls
            )
        return connection

    def give(self, connection: Upstream) -> None:
        """Take a connection back when it can serve another request, else close it."""
        if self._closed or connection.should_close or len(self._idle) >= MAX_IDLE:
            connection.close()
            return
        connection.fresh = False
        self._idle.append(connection)

    def prune(self, older_than: float) -> None:
        """Close connections idle for more than so many seconds."""
        while self._idle and time.monotonic() - self._idle[0].last > older_than:
            self._idle.popleft().close()

    def cut_idle(self) -> None:
        """Close every idle connection."""
        while self._idle:
            self._idle.popleft().close()

    def close(self) -> None:
        """Close the idle ones now and the others when they come back."""
        self._closed = True
        self.cut_idle()
