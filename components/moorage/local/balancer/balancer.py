"""The load balancer with its listeners and target groups."""

import asyncio
import contextlib
import dataclasses
import errno
import functools
import logging
import socket
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from moorage.local.streams import stop_listening
from moorage.rollout.states import TargetState

from .connections import Connections
from .health import AGENT
from .messages import Handle
from .model import ListenerSpec, PortInUse, TargetGroupSpec, TargetHealth
from .proxy import Listener, Proxy
from .rules import Rules
from .targets import Target, TargetGroup

if TYPE_CHECKING:
    from .http2_server import ClientConnection

HOST = "127.0.0.1"

CLIENT_KEEP_ALIVE = 60.0
"""Seconds a client's connection may be idle between requests."""

_log = logging.getLogger(__name__)

# Malformed requests are answered with 400 by aiohttp, which also logs each with a traceback; failures of the
# balancer itself are logged by the proxy.
_quiet = logging.getLogger(f"{__name__}.http")
_quiet.setLevel(logging.CRITICAL)


@dataclasses.dataclass(slots=True)
class _Port:
    """A listening socket with its server."""

    socket: socket.socket
    listener: Listener
    http: web.Server | Connections
    http2: "set[ClientConnection]"
    server: asyncio.Server


class Balancer:
    """A load balancer on 127.0.0.1; all methods are called in one event loop."""

    def __init__(self, idle_timeout: float = 60.0) -> None:
        """Make a balancer without listeners.

        `idle_timeout`: seconds without data to or from a target until its request, or tunnel, is abandoned
        with 504 (AWS: load balancer attribute idle_timeout.timeout_seconds).
        """
        self._idle_timeout = idle_timeout
        self.groups: dict[str, TargetGroup] = {}
        """The target groups, by ARN."""
        self._ports: dict[int, _Port] = {}
        self._proxy = Proxy(self.groups)
        self._callbacks: list[Callable[[str, str, TargetHealth], None]] = []
        self._session: aiohttp.ClientSession | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        self._dropping: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()

    async def configure(self, listeners: Sequence[ListenerSpec], groups: Sequence[TargetGroupSpec]) -> None:
        """Set the listeners and target groups; call it again at any time, also under load.

        Sockets of ports that stay are not touched, and nothing in flight is cut. Raises PortInUse, or
        ValueError for invalid rules; then nothing has changed.
        """
        async with self._lock:
            rules = {spec.port: Rules(spec) for spec in listeners}
            if len(rules) < len(listeners):
                raise ValueError(f"local port used by two listeners: {sorted(s.port for s in listeners)}")
            arns = {group.arn for group in groups}
            for spec in listeners:
                if missing := rules[spec.port].group_arns() - arns:
                    raise ValueError(
                        f"listener {spec.arn} forwards to unknown target groups {sorted(missing)}"
                    )
            bound = _bind(spec.port for spec in listeners if spec.port not in self._ports)

            self._ensure_running()
            self._set_groups(groups)
            for port in self._ports.keys() - rules.keys():
                self._retire(self._ports.pop(port))
            for spec in listeners:
                await self._set_listener(spec, rules[spec.port], bound.get(spec.port), listeners)

    def register(
        self, group_arn: str, target_id: str, host: str, port: int, check_port: int | None = None
    ) -> None:
        """Register a target and start checking it at once; it is "initial" until its first passed check.

        Checks connect to `check_port`, by default to the port of requests.

        Registering the same address again changes nothing; another address replaces the target, and one that
        is draining continues to drain. Raises ValueError for a group that `configure` did not set.
        """
        group = self._group(group_arn)
        self._ensure_running()
        assert self._session is not None
        old = group.targets.get(target_id)
        if old is not None and old.health.state is not TargetState.DRAINING:
            if (old.host, old.port, old.check_port) == (host, port, check_port or port):
                return
            _keep(self._dropping, old.drop())
        target = Target(group, target_id, host, port, check_port)
        group.targets[target_id] = target
        group.changed(target)
        target.watch(self._session)

    async def deregister(self, group_arn: str, target_id: str) -> None:
        """Send the target no new requests; return when those in flight have ended.

        After the group's deregistration delay they are cut; idle connections to the target are closed
        at once. Does nothing for a target, or a group, that is no longer there.
        """
        group = self.groups.get(group_arn)
        target = group and group.targets.get(target_id)
        if group is None or target is None:
            return
        await target.drain(group.spec.deregistration_delay)
        if group.targets.get(target_id) is target:
            del group.targets[target_id]
            group.refresh()

    def health(self, group_arn: str) -> dict[str, TargetHealth]:
        """Health by target id, draining targets included. Raises ValueError for an unknown group."""
        return {target.id: target.health for target in self._group(group_arn).targets.values()}

    def subscribe(self, callback: Callable[[str, str, TargetHealth], None]) -> None:
        """Call `callback(group_arn, target_id, health)` on every change."""
        self._callbacks.append(callback)

    async def close(self, grace: float = 1.0) -> None:
        """Stop listening, wait `grace` seconds for requests in flight, then cut them."""
        async with self._lock:
            ports = list(self._ports.values())
            self._ports.clear()
            await asyncio.gather(*(_finish(port, grace) for port in ports))
            # Cancelled before its first turn, a task would leave its socket open.
            await asyncio.sleep(0)
            for task in self._retiring:
                task.cancel()
            await asyncio.gather(*self._retiring, return_exceptions=True)
            self._set_groups(())
            await asyncio.gather(*self._dropping)
            if self._sweeper is not None:
                self._sweeper.cancel()
                self._sweeper = None
            if self._session is not None:
                await self._session.close()
                self._session = None
            # Transports close with the next turns of the loop.
            await asyncio.sleep(0)

    def _group(self, arn: str) -> TargetGroup:
        try:
            return self.groups[arn]
        except KeyError:
            raise ValueError(f"target group {arn} is unknown; configured: {sorted(self.groups)}") from None

    def _ensure_running(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
            )
            self._sweeper = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        """Abandon requests that are idle for too long; one timer for all, which costs less than one each."""
        while True:
            await asyncio.sleep(min(1.0, self._idle_timeout / 4))
            limit = time.monotonic() - self._idle_timeout
            for exchange in self._proxy.exchanges:
                if exchange.last < limit:
                    exchange.abort(504, "did not answer in time")

    def _changed(self, group_arn: str, target_id: str, health: TargetHealth) -> None:
        for callback in self._callbacks:
            try:
                callback(group_arn, target_id, health)
            except Exception:
                # A failing subscriber must not end the health checks.
                _log.exception("a subscriber to target health failed")

    def _set_groups(self, groups: Sequence[TargetGroupSpec]) -> None:
        for spec in groups:
            if spec.arn in self.groups:
                self.groups[spec.arn].spec = spec
            else:
                self.groups[spec.arn] = TargetGroup(spec, self._changed)
        for arn in self.groups.keys() - {spec.arn for spec in groups}:
            for target in self.groups.pop(arn).targets.values():
                _keep(self._dropping, target.drop())

    async def _set_listener(
        self, spec: ListenerSpec, rules: Rules, sock: socket.socket | None, all: Sequence[ListenerSpec]
    ) -> None:
        local_port = functools.partial(_local_port, list(all), spec)
        port = self._ports.get(spec.port)
        same = port is not None and port.listener.spec.connections == spec.connections
        if port is not None and same and port.listener.spec.tls is spec.tls:
            listener = port.listener
            if listener.spec != spec:
                listener.rules = rules
            listener.spec, listener.local_port = spec, local_port
            return
        # Another certificate: the same open socket with a new server on it, so no connection is refused.
        sock = port.socket.dup() if port is not None else sock
        assert sock is not None
        listener = Listener(spec, rules, local_port)
        handle = functools.partial(self._proxy.handle, listener)
        http = Connections(listener, self.groups) if spec.connections else _http(handle)
        http2: set[ClientConnection] = set()
        protocol = http
        if spec.tls is not None and isinstance(http, web.Server):
            from .http2_server import Negotiation  # h2 takes a tenth of a second to import

            protocol = functools.partial(Negotiation, http, handle, http2)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(protocol, sock=sock, ssl=spec.tls, backlog=512)
        self._ports[spec.port] = _Port(sock, listener, http, http2, server)
        if port is not None:
            self._retire(port)

    def _retire(self, port: _Port) -> None:
        """Close a listener; requests on it end in their own time."""
        _keep(self._retiring, _finish(port, None))


def _http(handle: Handle) -> web.Server:
    return web.Server(
        handle,
        handler_cancellation=True,
        access_log=None,
        logger=_quiet,
        keepalive_timeout=CLIENT_KEEP_ALIVE,
        auto_decompress=False,
        max_line_size=16384,
        max_field_size=16384,
        max_headers=1024,
    )


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None]) -> None:
    """Run a coroutine in the background, among `tasks` until it is done."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _finish(port: _Port, grace: float | None) -> None:
    """Stop accepting, and close each connection once it has no request; cut them after `grace` seconds."""
    port.listener.closing = True
    await stop_listening(port.server)
    for connection in port.http2:
        connection.announce_end()
    loop = asyncio.get_running_loop()
    end = None if grace is None else loop.time() + grace
    try:
        while True:
            # Two turns of the loop lie between reading a request and its handler's start.
            for _ in range(3):
                await asyncio.sleep(0)
            for connection in port.http.connections:
                if connection not in port.listener.busy:
                    connection.force_close()
            if not port.listener.busy or (end is not None and loop.time() >= end):
                return
            await asyncio.sleep(0.02)
    finally:
        for connection in list(port.http2):
            connection.close(wait=False)
        await port.http.shutdown(0.1)


def _bind(ports: Iterable[int]) -> dict[int, socket.socket]:
    """Bind all ports or none. Raises PortInUse, or OSError for a port that cannot be bound."""
    bound: dict[int, socket.socket] = {}
    with contextlib.ExitStack() as opened:
        for port in ports:
            try:
                # It listens at once: two sockets may bind one port, but only one of them can listen on it.
                bound[port] = opened.enter_context(socket.create_server((HOST, port), backlog=512))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortInUse(port) from error
                raise
        opened.pop_all()
    return bound


def _local_port(listeners: Sequence[ListenerSpec], own: ListenerSpec, public_port: int) -> int | None:
    """Return the local port for a port on AWS: of the same load balancer, else of any, else None."""
    balancer = own.arn.rpartition("/")[0]
    matching = [spec for spec in listeners if spec.public_port == public_port]
    matching.sort(key=lambda spec: spec.arn.rpartition("/")[0] != balancer)
    return matching[0].port if matching else None
