"""The last failure of an app, as `why` explains it."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from moorage.rollout.ask import AskError, Ecs
from moorage.rollout.evidence import Evidence, collect
from moorage.rollout.observed import LONG_AGO, Deployment, Service, ServiceDeployment, failed_of
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


def failed(deployment: ServiceDeployment) -> bool:
    """Return whether a deployment did not succeed; one that a newer one replaced did not fail."""
    if deployment.status.startswith("ROLLBACK"):
        return True
    stopped = deployment.status in ("STOPPED", "STOP_REQUESTED")
    return stopped and bool(re.search(r"(?i)circuit breaker|alarm|failed|rollback", deployment.reason))


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
    rolled_back = bool(past) and failed(past[0].deployment)
    since = past[0].deployment.created_at if rolled_back else LONG_AGO
    unstable = None if rollout else _unstable(ecs, service, primary, since)
    if unstable:
        return unstable
    if rollout or rolled_back:
        want = rollout.task_definition if rollout else past[0].task_definition
        since = rollout.created_at if rollout else past[0].deployment.created_at
        kind = "failed" if primary is rollout else "rolled_back"
        return _of(ecs, service, kind, want, rollout, since, now=True, unasked=unasked)
    earlier = next((item for item in past if failed(item.deployment)), None)
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
    known = Evidence(
        evidence.stopped, evidence.targets, evidence.events, evidence.reason, evidence.log, missing
    )
    primary = service.primary
    return Failure(Outcome(kind, primary.task_definition if primary else "", known), want, now, since)


async def _call(function: Callable[..., T], /, *arguments: object) -> T:
    """Nothing else goes on meanwhile: no thread is needed."""
    return function(*arguments)


def running_line(service: Service) -> str:
    """Return in one line what a service runs."""
    primary = service.primary
    if primary is None:
        return "the service is gone"
    return f"{short(primary.task_definition)} is running, {primary.running}/{primary.desired} tasks"
