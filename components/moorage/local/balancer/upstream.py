"""Connections to one target: of aiohttp's client, and over HTTP/2."""

import asyncio
import re
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from .model import CONNECT_TIMEOUT

if TYPE_CHECKING:
    from . import http2

_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT)

MAX_IDLE = 50.0
"""Seconds a connection is kept for requests that can be sent twice."""

TRUSTED_IDLE = 1.0
"""Seconds. A request that cannot be sent twice takes no connection that was idle for longer: servers close
idle connections after 2 s and more, and a request that crosses such a close on its way would be lost."""

_REPEATED_LENGTH = re.compile(
    rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*(?=\r\n(?:.*\r\n)?content-length:[ \t]*\1[ \t]*(?:\r\n|$))",
    re.IGNORECASE | re.DOTALL,
)
_INTERIM = re.compile(rb"HTTP/1\.\d 1(?!01)")


class TargetConnection(ResponseHandler):
    """A connection to a target.

    aiohttp's parser refuses an answer when what follows its head in the same segment is a body that should
    not be there (HEAD, 204, 304), and a repeated length; servers send both, and nginx passes them.
    """

    served = -1
    """Requests before the current one."""
    received = False
    """True if a byte of the current answer has arrived."""
    _in_head = True

    def begin(self, method: str) -> None:
        """Prepare for the answer to the next request."""
        self.served += 1
        self._in_head, self.received = True, False
        self.set_response_params(
            skip_payload=method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            max_line_size=16384,
            max_field_size=32768,
            max_headers=1024,
        )

    def data_received(self, data: bytes) -> None:
        """Parse data, the head of an answer separately."""
        # There is no data when the reader of an earlier answer makes aiohttp go on with what it held back.
        self.received = self.received or bool(data)
        while self._in_head and data:
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end:
                break
            self._in_head = _INTERIM.match(head) is not None
            if head.lower().count(b"\r\ncontent-length:") > 1:
                head = _REPEATED_LENGTH.sub(b"", head)
            super().data_received(head + end)
            if not rest:
                return
            data = rest
        super().data_received(data)

    def set_exception(self, exc: BaseException, *args: Any, **kwargs: Any) -> None:
        """Fail the reader of the answer, or of a body with a malformed chunk."""
        if isinstance(exc, HttpProcessingError) and self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(aiohttp.ClientPayloadError(exc.message))
        super().set_exception(exc, *args, **kwargs)


class _Connector(aiohttp.TCPConnector):
    """A pool of connections. Names that begin with "_" are private to aiohttp; checked with 3.14.5."""

    def __init__(self, max_idle: float) -> None:
        super().__init__(limit=0, keepalive_timeout=max_idle)  # pyright: ignore[reportUnknownMemberType]
        self._factory = lambda: TargetConnection(self._loop)

    def close_idle(self) -> None:
        for connections in self._conns.values():
            for connection, _ in connections:
                connection.close()


class Upstream:
    """Pooled connections to one target.

    A ClientSession or a ClientRequest on top would cost as much again as the rest of a proxied request, for
    cookies, redirects, default header fields and the like, which a balancer must not have.
    """

    def __init__(self, host: str, port: int) -> None:
        """Keep the address; `connect` opens connections."""
        self.loop = asyncio.get_running_loop()
        self._address = (host, port)
        self._http2: list[http2.Connection] = []
        self._connecting = asyncio.Lock()
        self._pools = {True: _Connector(MAX_IDLE), False: _Connector(TRUSTED_IDLE)}
        # A connector only reads the destination. An ALB does not verify certificates of targets.
        self._origins = {
            scheme: aiohttp.ClientRequest(
                "GET", URL.build(scheme=scheme, host=host, port=port), loop=self.loop, ssl=False
            )
            for scheme in ("http", "https")
        }

    def connect(self, scheme: str, safe: bool) -> Awaitable[Connection]:
        """Return a pooled or new connection; `safe` says whether its request can be sent twice.

        Raises TimeoutError or aiohttp.ClientConnectorError.
        """
        return self._pools[safe].connect(self._origins[scheme], [], _TIMEOUT)

    async def http2(self, tls: bool) -> "http2.Connection":
        """Return a connection that has room for a request. Raises OSError or TimeoutError."""
        from . import http2  # h2 takes a tenth of a second to import

        async with self._connecting:
            self._http2 = [connection for connection in self._http2 if not connection.closing]
            for connection in self._http2:
                if connection.has_room():
                    return connection
            self._http2.append(await http2.connect(*self._address, tls))
            return self._http2[-1]

    def close_idle(self) -> None:
        """Close the idle connections."""
        for pool in self._pools.values():
            pool.close_idle()
        for connection in self._http2:
            if not connection.streams:
                connection.close()

    async def close(self) -> None:
        """Close all connections."""
        for connection in self._http2:
            connection.close()
        for pool in self._pools.values():
            await pool.close()
