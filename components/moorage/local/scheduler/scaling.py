"""The autoscaler of a local run: by schedules, and by the messages in local queues."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from moorage.local.model import QueueSteps, ScalingSpec
from moorage.model.schedule import runs

from .scheduler import Scheduler

EVERY = 2.0
"""Seconds between two looks, each in place of a minute of CloudWatch."""

_MISSED = timedelta(days=1)
"""The longest time, as of a machine that sleeps, whose schedules are caught up on."""

log = logging.getLogger(__name__)

Messages = Callable[[str], Awaitable[Mapping[str, int]]]
"""Returns the numeric attributes of a queue, by its name."""


@dataclass(slots=True)
class _Scaled:
    """The scaling of one service."""

    spec: ScalingSpec
    began: datetime
    last: datetime
    minimum: int
    maximum: int
    streaks: dict[QueueSteps, int] = field(default_factory=dict["QueueSteps", int])
    """Looks in a row in which a policy applied."""


class Autoscaler:
    """Changes the counts of a scheduler's services."""

    def __init__(self, scheduler: Scheduler, messages: Messages) -> None:
        """Keep both; `start` begins."""
        self._scheduler, self._messages = scheduler, messages
        self._scaled: dict[str, _Scaled] = {}
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look every few seconds, until `stop`, if a service is scaled."""
        if self._running is None and any(s.spec.scaling for s in self._scheduler.services.values()):
            self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            self._running = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except Exception:
                log.exception("scaling")

    async def look(self) -> None:
        """Scale each service once."""
        now = datetime.fromtimestamp(self._scheduler.now(), UTC)
        for app, service in list(self._scheduler.services.items()):
            spec = service.spec.scaling
            if spec is None or service.overridden:
                self._scaled.pop(app, None)
                continue
            scaled = self._scaled.get(app)
            if scaled is None or scaled.spec != spec:
                scaled = self._scaled[app] = _Scaled(spec, now, now, spec.minimum, spec.maximum)
            count = await self._count(scaled, service.count, now)
            if count != service.count and self._scheduler.services.get(app) is service:
                log.info("%s: scaling from %s to %s", app, service.count, count)
                self._scheduler.autoscale(app, count)

    async def _count(self, scaled: _Scaled, count: int, now: datetime) -> int:
        """Return the new count of a service."""
        after = max(scaled.last, now - _MISSED)
        for action in scaled.spec.schedules:
            if runs(action.schedule, action.timezone, scaled.began, after, now):
                scaled.minimum = scaled.minimum if action.minimum is None else action.minimum
                scaled.maximum = scaled.maximum if action.maximum is None else action.maximum
        scaled.last = now
        for policy in scaled.spec.policies:
            values = await self._messages(policy.queue)
            chosen = _exact(scaled, policy, sum(values.get(name, 0) for name in policy.attributes))
            count = count if chosen is None else chosen
        return min(max(count, scaled.minimum), scaled.maximum)


def _exact(scaled: _Scaled, policy: QueueSteps, value: int) -> int | None:
    """Return the count that a policy sets, once its alarm has been on for long enough."""
    over = value - policy.threshold
    applies = over >= 0 if policy.above else over <= 0
    scaled.streaks[policy] = scaled.streaks.get(policy, 0) + 1 if applies else 0
    if scaled.streaks[policy] < policy.periods:
        return None
    for step in policy.steps:
        low = step.low is None or (over >= step.low if policy.above else over > step.low)
        high = step.high is None or (over < step.high if policy.above else over <= step.high)
        if low and high:
            return step.tasks
    return None
