"""The server of a listener that forwards connections, as a Network Load Balancer does.

AWS page: "Listeners for your Network Load Balancers".
"""

import asyncio
from typing import Any

from .proxy import Listener
from .rules import Forward
from .targets import Target, TargetGroup

_CONNECT_TIMEOUT = 5.0
_CHUNK = 65536

_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    """A client's connection, as a target knows it."""

    def __init__(self, task: "asyncio.Task[Any]") -> None:
        self._task = task

    def abort(self, status: int, text: str) -> None:
        """End it."""
        self._task.cancel()


class Connections:
    """Forwards each connection to a target, or closes it if none accepts it."""

    connections = ()
    """Those that can be closed at once: none."""

    def __init__(self, listener: Listener, groups: dict[str, TargetGroup]) -> None:
        """Look up target groups in `groups` at each connection."""
        self._listener = listener
        self._groups = groups
        self._tasks: set[asyncio.Task[Any]] = set()

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(), self._serve)

    async def shutdown(self, timeout: float) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout)

    async def _serve(self, *client: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        counters, (_, writer) = self._listener.counters, client
        counters.requests += 1
        counters.active += 1
        self._tasks.add(task)
        self._listener.busy.add(task)
        try:
            counters.errors += not await self._forwarded(client, _Connection(task))
        finally:
            counters.active -= 1
            self._tasks.discard(task)
            self._listener.busy.discard(task)
            writer.close()

    async def _forwarded(self, client: Any, connection: _Connection) -> bool:
        """Join a client with the first target that accepts a connection; return whether one did."""
        action = self._listener.rules.default
        group = self._groups.get((isinstance(action, Forward) and action.next_group()) or "")
        tried: set[Target] = set()
        while group is not None and (target := group.pick(tried, None)) is not None:
            target.enter(connection)
            try:
                async with asyncio.timeout(_CONNECT_TIMEOUT):
                    upstream = await asyncio.open_connection(target.host, target.port)
            except (OSError, TimeoutError):
                target.counters.errors += 1
                tried.add(target)
            else:
                await _joined(client, upstream)
                return True
            finally:
                target.leave(connection)
        return False


async def _joined(client: _Stream, upstream: _Stream) -> None:
    """Pass on what both sides send until both have ended, or one has broken off."""
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_passed(client[0], upstream[1]))
            both.create_task(_passed(upstream[0], client[1]))
    except* OSError:
        pass
    finally:
        upstream[1].close()


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        # TLS has no half-closed connections.
        writer.close()
