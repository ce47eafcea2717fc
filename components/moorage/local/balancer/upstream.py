"""Connections to one target: aiohttp's client, set up to pass on what it gets."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import LooseHeaders
from multidict import CIMultiDict
from yarl import URL

_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10.0)
"""To connect, in seconds; as an ALB's."""

MAX_IDLE = 50.0
"""Seconds a connection is kept for requests that can be sent twice."""

TRUSTED_IDLE = 1.0
"""Seconds. A request that cannot be sent twice takes no connection that was idle for longer: servers close
idle connections after 2 s and more, and a request that crosses such a close on its way would be lost."""

_REPEATED_LENGTH = re.compile(
    rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*(?=\r\n(?:.*\r\n)?content-length:[ \t]*\1[ \t]*(?:\r\n|$))",
    re.IGNORECASE | re.DOTALL,
)
_NO_CONTENT_TYPE = CIMultiDict[None]({"Content-Type": None})
_INTERIM = re.compile(rb"HTTP/1\.\d 1(?!01)")


class Stale(Exception):
    """A connection that served before closed without a byte of an answer: the request may be sent again."""


class _Connection(ResponseHandler):
    """A connection to a target.

    aiohttp's parser refuses an answer when what follows its head in the same segment is a body that should
    not be there (HEAD, 204, 304), and a repeated length; servers send both, and nginx passes them.
    """

    served = -1
    """Requests before the current one."""
    received = False
    """Whether a byte of the current answer has come."""
    _in_head = True

    def set_response_params(self, **params: Any) -> None:
        """Prepare for the answer to the next request."""
        self.served += 1
        self._in_head, self.received = True, False
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Parse; the head of an answer on its own."""
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
        """Fail whoever waits for the answer, or reads a body in which a chunk is bad."""
        if isinstance(exc, HttpProcessingError) and self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(aiohttp.ClientPayloadError(exc.message))
        super().set_exception(exc, *args, **kwargs)


class _Request(aiohttp.ClientRequest):
    """A request with no header fields but those that came; aiohttp would add some.

    Names that begin with "_" are private to aiohttp here and below; checked with 3.14.5.
    """

    def update_headers(self, headers: LooseHeaders | None) -> None:
        """Take all of them, Host included."""
        self.headers = CIMultiDict(headers or ())

    def update_auto_headers(self, skip_auto_headers: Iterable[str] | None) -> None:
        """Add none, and none for the body later."""
        self._skip_auto_headers = _NO_CONTENT_TYPE


class _Connector(aiohttp.TCPConnector):
    """A pool of connections."""

    def __init__(self, max_idle: float) -> None:
        super().__init__(limit=0, keepalive_timeout=max_idle)  # pyright: ignore[reportUnknownMemberType]
        self._factory = lambda: _Connection(self._loop)

    def close_idle(self) -> None:
        for connections in self._conns.values():
            for connection, _ in connections:
                connection.close()


class Upstream:
    """What sends requests to one target.

    A ClientSession on top would add half as much again to the cost of a request, for cookies, redirects and
    the like, which a balancer must not have.
    """

    def __init__(self, host: str, port: int) -> None:
        """Keep the address; nothing is opened."""
        self._host, self._port = host, port
        self._loop = asyncio.get_running_loop()
        self._pools = {True: _Connector(MAX_IDLE), False: _Connector(TRUSTED_IDLE)}

    async def request(
        self, method: str, scheme: str, target: str, fields: CIMultiDict[str], data: Any, safe: bool
    ) -> aiohttp.ClientResponse:
        """Send a request and return the head of its answer; `safe` says whether it can be sent twice.

        Raises Stale when it was safe; asyncio.TimeoutError only while it connects.
        """
        url = URL.build(scheme=scheme, host=self._host, port=self._port, path=target, encoded=True)
        # An ALB does not verify targets' certificates.
        request = _Request(method, url, headers=fields, data=data, loop=self._loop, ssl=False)
        connection = await self._pools[safe].connect(request, [], _TIMEOUT)
        protocol = cast(_Connection, connection.protocol)
        protocol.set_response_params(
            skip_payload=method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            max_line_size=16384,
            max_field_size=32768,
            max_headers=1024,
        )
        response = None
        try:
            response = await request.send(connection)
            return await response.start(connection)
        except BaseException as error:
            closed = isinstance(error, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError))
            stale = closed and safe and protocol.served and not protocol.received
            if response is not None:
                response.close()
            connection.close()
            if stale:
                raise Stale from error
            if closed:
                where = "within its answer's head" if protocol.received else "without an answer"
                raise aiohttp.ClientConnectionError(f"closed the connection {where}") from error
            raise

    def close_idle(self) -> None:
        """Close the connections without a request on them."""
        for pool in self._pools.values():
            pool.close_idle()

    async def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.close()
