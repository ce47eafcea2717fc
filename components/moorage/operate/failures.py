"""The last failure of an app, as `why` explains it."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from moorage.rollout.ask import AskError, Ecs
from moorage.rollout.evidence import collect
from moorage.rollout.observed import LONG_AGO, Deployment, Service, failed_of
from moorage.rollout.watch import Outcome, progress, short

from .place import Past, Place

T = TypeVar("T")

_KEPT = timedelta(minutes=55)
"""For about an hour ECS tells of a task that stopped (API reference, DescribeTasks)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, and what is known about it."""

    outcome: Outcome
    """Of kind `rolled_back`, `failed`, `going` (it still tries), `unstable` (tasks of a revision that runs
    stop) or `gone`."""
    want: str
    """The ARN of the revision that failed."""
    now: bool
    """Whether it is how things are; else a later deployment was successful."""
    at: datetime | None = None
    """When its deployment began."""
    sentence: str = ""
    """What goes on, for kinds that are no end of a rollout."""


def last_failure(place: Place, app: str) -> Failure | None:
    """Return the last failure that ECS remembers of an app, None if nothing failed.

    Raises:
        AskError: the service cannot be described.
    """
    ecs = place.ecs(app)
    service = ecs.service()
    primary = service.primary
    if primary is None:
        return Failure(Outcome("gone"), "", now=True)
    past: list[Past] = []
    unasked = ""
    try:
        past = place.past(app)
    except AskError as error:
        unasked = f"earlier deployments: {error}"
    rollout = next((item for item in service.deployments if item.rollout_state == "FAILED"), None)
    rolled_back = bool(past) and past[0].deployment.failed
    since = past[0].deployment.created_at if rolled_back else LONG_AGO
    unstable = None if rollout else _unstable(ecs, service, primary, since)
    if unstable:
        return unstable
    if rollout or rolled_back:
        want = rollout.task_definition if rollout else past[0].task_definition
        since = rollout.created_at if rollout else past[0].deployment.created_at
        kind = "failed" if primary is rollout else "rolled_back"
        return _of(ecs, service, kind, want, rollout, since, now=True, unasked=unasked)
    earlier = next((item for item in past if item.deployment.failed), None)
    if earlier is None:
        return None
    since = earlier.deployment.created_at
    return _of(ecs, service, "rolled_back", earlier.task_definition, None, since, now=False, unasked=unasked)


def _unstable(ecs: Ecs, service: Service, primary: Deployment, since: datetime) -> Failure | None:
    """Return what is wrong with a deployment that has not failed: it goes on, or its tasks stop later.

    What stopped before `since` is a failure that another one followed.
    """
    going = primary.rollout_state == "IN_PROGRESS"
    arns = ecs.stopped()
    tasks = failed_of(ecs.tasks(arns[:100]) if arns else [], primary.task_definition, primary)
    stopped = [task for task in tasks if task.created_at >= since or task.stopped_at >= since]
    stuck = any(re.search(r" unable to ", event) for event in service.events_since(primary.created_at)[:3])
    missing = primary.running < primary.desired
    if not stopped and not (missing and stuck):
        return None
    line = progress(primary.task_definition, primary, service)
    kind = "going" if going else "unstable"
    failure = _of(
        ecs, service, kind, primary.task_definition, primary, primary.created_at, now=going or missing
    )
    return Failure(failure.outcome, failure.want, failure.now, failure.at, line)


def _of(
    ecs: Ecs,
    service: Service,
    kind: str,
    want: str,
    deployment: Deployment | None,
    since: datetime,
    *,
    now: bool,
    unasked: str = "",
) -> Failure:
    evidence = asyncio.run(collect(ecs, want, service, deployment, _call))
    missing = [*evidence.unasked, unasked] if unasked else list(evidence.unasked)
    if not evidence.stopped and datetime.now(UTC) - since > _KEPT:
        missing.append("why tasks stopped: ECS forgets them after about an hour")
    known = replace(evidence, unasked=missing)
    primary = service.primary
    return Failure(Outcome(kind, primary.task_definition if primary else "", known), want, now, since)


async def _call(function: Callable[..., T], /, *arguments: object) -> T:
    """Nothing else goes on meanwhile: no thread is needed."""
    return function(*arguments)


def running_line(place: Place, app: str) -> str:
    """Return in one line what a service runs, or is about to."""
    service = place.ecs(app).service()
    primary = service.primary
    if primary is None:
        return "the service is gone"
    going = primary.rollout_state == "IN_PROGRESS" or (service.shifts and _shifting(place, app))
    verb = "is being deployed" if going else "is running"
    return f"{short(primary.task_definition)} {verb}, {primary.running}/{primary.desired} tasks"


def _shifting(place: Place, app: str) -> bool:
    """Return whether requests are being moved, as far as that is told: the service itself does not say."""
    try:
        return any(item.deployment.going for item in place.past(app)[:1])
    except AskError:
        return False
