"""Target groups: selection, registration and draining of targets."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Container
from typing import Protocol

import aiohttp

from moorage.rollout.states import TargetState

from .health import DRAINING, Monitor, probe
from .model import TargetGroupSpec, TargetHealth
from .upstream import Upstream

Listen = Callable[[str, str, TargetHealth], None]


class Work(Protocol):
    """A request or a connection at a target."""

    def abort(self, status: int, text: str) -> None:
        """End it, a request with an error answer if that is still possible."""


class Target:
    """One registered target."""

    def __init__(
        self, group: "TargetGroup", id: str, host: str, port: int, check_port: int | None = None
    ) -> None:
        """Start as "initial"; `watch` starts the checks, on `check_port` if it is not that of requests."""
        self.group, self.id, self.host, self.port = group, id, host, port
        self.check_port = check_port or port
        self.token = hashlib.sha256(f"{group.spec.arn} {id}".encode()).hexdigest()[:32]
        self.monitor = Monitor()
        self.health = self.monitor.health
        self.upstream = Upstream(host, port)
        self.busy: set[Work] = set()
        """The requests and connections in flight, WebSocket tunnels included."""
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._task: asyncio.Task[None] | None = None

    def watch(self, session: aiohttp.ClientSession) -> None:
        """Start the health checks at once."""
        self._task = asyncio.get_running_loop().create_task(self._watch(session))

    async def _watch(self, session: aiohttp.ClientSession) -> None:
        loop = asyncio.get_running_loop()
        born = loop.time()
        while True:
            # Read each time: a reconfiguration may have changed it.
            check = self.group.spec.health_check
            result = await probe(session, check, self.host, self.check_port)
            self.set_health(self.monitor.observe(result, check, loop.time() - born))
            await asyncio.sleep(self.monitor.delay(check))

    def set_health(self, health: TargetHealth) -> None:
        """Set the health, and notify the group when it differs."""
        if health != self.health:
            self.health = health
            self.group.changed(self)

    def enter(self, work: Work) -> None:
        """Count a request or a connection in."""
        self.busy.add(work)
        self._quiet.clear()

    def leave(self, work: Work) -> None:
        """Count it out."""
        self.busy.discard(work)
        if not self.busy:
            self._quiet.set()

    def stop_watching(self) -> None:
        """Stop the health checks."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def drain(self, delay: float) -> None:
        """Return when no requests are in flight; after `delay` seconds, cut the remaining ones."""
        self.stop_watching()
        self.set_health(DRAINING)
        self.upstream.close_idle()
        try:
            async with asyncio.timeout(delay):
                await self._quiet.wait()
        except TimeoutError:
            for work in self.busy:
                work.abort(502, "deregistration delay is over")
        await self.drop()

    async def drop(self) -> None:
        """Remove the target; requests in flight continue."""
        self.stop_watching()
        try:
            await self._quiet.wait()
        finally:
            await self.upstream.close()


class TargetGroup:
    """The registered targets of one group."""

    def __init__(self, spec: TargetGroupSpec, listen: Listen) -> None:
        """Start empty. `spec` may be replaced; targets keep their health."""
        self.spec = spec
        self.targets: dict[str, Target] = {}
        self.usable: list[Target] = []
        """The targets that may get requests, updated on changes rather than per request."""
        self._listen = listen
        self._next = 0

    def changed(self, target: Target) -> None:
        """Update the usable targets, then notify the listener."""
        self.refresh()
        if self.targets.get(target.id) is target:
            self._listen(self.spec.arn, target.id, target.health)

    def refresh(self) -> None:
        """Use the healthy targets; else unhealthy ones (an ALB fails open); else initial ones."""
        for state in (TargetState.HEALTHY, TargetState.UNHEALTHY, TargetState.INITIAL):
            self.usable = [target for target in self.targets.values() if target.health.state is state]
            if self.usable:
                return

    def pick(self, tried: Container[Target], token: str | None) -> Target | None:
        """Return the target for a request: the one its cookie names, else by the group's algorithm."""
        usable = self.usable
        if tried:
            usable = [target for target in usable if target not in tried]
        if not usable:
            return None
        if token is not None:
            for target in usable:
                if target.token == token:
                    return target
        if self.spec.algorithm == "weighted_random":
            return random.choice(usable)
        self._next += 1
        start = self._next % len(usable)
        if self.spec.algorithm == "round_robin":
            return usable[start]
        return min(usable[start:] + usable[:start], key=lambda target: len(target.busy))
