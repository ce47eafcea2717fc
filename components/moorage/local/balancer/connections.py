"""The server of a listener that forwards connections, as a Network Load Balancer does.

AWS page: "Listeners for your Network Load Balancers".
"""

import asyncio
from typing import Any

from moorage.local.streams import join

from .proxy import Listener
from .rules import Forward
from .targets import Target, TargetGroup

_CONNECT_TIMEOUT = 5.0


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
        self._tasks.add(task)
        self._listener.busy.add(task)
        try:
            await self._forward(client, _Connection(task))
        finally:
            self._tasks.discard(task)
            self._listener.busy.discard(task)
            client[1].close()

    async def _forward(self, client: Any, connection: _Connection) -> None:
        """Join a client with the first target that accepts a connection, if one does."""
        action = self._listener.rules.default
        group = self._groups.get((isinstance(action, Forward) and action.next_group()) or "")
        tried: set[Target] = set()
        while group is not None and (target := group.pick(tried, None)) is not None:
            target.enter(connection)
            try:
                async with asyncio.timeout(_CONNECT_TIMEOUT):
                    upstream = await asyncio.open_connection(target.host, target.port)
            except (OSError, TimeoutError):
                tried.add(target)
            else:
                await join(client, upstream)
                return
            finally:
                target.leave(connection)
