"""Watching of local rollouts, with the watcher for AWS."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from moorage.rollout.ask import Loop, call_directly
from moorage.rollout.watch import Awaited, Outcome, follow

from .client import Client
from .ecs import LocalEcs

_LOOK = 0.1
"""Seconds between two polls: the local API is cheap and never stale."""

_GIVEN_UP_AFTER = 900.0
"""Seconds, as on AWS."""


class Rollout(NamedTuple):
    """A rollout and how it ended."""

    app: str
    what: str
    """`new`, `scaled` or `unchanged`."""
    want: str
    """The ARN of the requested revision."""
    outcome: Outcome


async def follow_rollout(
    client: Client, begun: dict[str, Any], say: Callable[[str], None], warn: Callable[[str], None]
) -> Rollout:
    """Follow a rollout that the supervisor began; `say` takes its progress, `warn` its warnings."""
    ecs = LocalEcs(client, begun["app"])
    warned: set[str] = set()

    def pass_on() -> None:
        for notice in ecs.notices:
            if notice not in warned:
                warned.add(notice)
                warn(f"{begun['app']}: {notice}")

    async def look_again(_seconds: float) -> None:
        pass_on()
        await asyncio.sleep(_LOOK)

    awaited = Awaited(ecs, begun["task_definition"], _GIVEN_UP_AFTER, deployment=begun["deployment"])
    # The supervisor answers at once: no thread is needed.
    loop = Loop(say, call_directly, look_again, time.monotonic)
    outcome = await follow(awaited, loop, given_up=lambda: ecs.failing)
    # Nothing checks an app without a load balancer: its deployment completes though nothing listens.
    pass_on()
    return Rollout(begun["app"], begun["what"], begun["task_definition"], outcome)
