"""The last failure of an app, as `why` explains it."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from moorage.rollout.ask import call_directly
from moorage.rollout.evidence import Evidence, collect
from moorage.rollout.observed import LONG_AGO, Deployment
from moorage.rollout.revisions import short
from moorage.rollout.states import Ending, RolloutState
from moorage.rollout.watch import Outcome

from .health import Health
from .place import Past
from .places import Place

_KEPT = timedelta(minutes=55)
"""ECS keeps a stopped task for about an hour (API reference, DescribeTasks)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure and its evidence."""

    outcome: Outcome
    """Of kind `rolled_back`, `failed`, `going` (in progress), `unstable` (tasks of the running revision
    stop), `unhealthy` (as `status` reports) or `gone`."""
    want: str
    """The ARN of the revision that failed."""
    now: bool
    """Whether the failure is current; if not, a later deployment succeeded."""
    at: datetime | None = None
    """When its deployment began."""
    sentence: str = ""
    """The current state, for kinds that are not the ending of a rollout."""


def last_failure(place: Place, health: Health) -> Failure | None:
    """Return the last failure of an app that ECS remembers; None if nothing failed.

    It is current whenever `status` reports the app as unhealthy.
    """
    primary = health.service.primary
    if health.gone or primary is None:
        return Failure(Outcome(Ending.GONE), "", now=True)
    if health.failed:
        kind = Ending.FAILED if primary is health.failed else Ending.ROLLED_BACK
        return _failure(place, health, kind, health.failed)
    current = _failure(place, health, Ending.UNHEALTHY, primary)
    rolled_back = health.last if health.last and health.last.deployment.failed else None
    unstable = _unstable(health, current, rolled_back.deployment.created_at if rolled_back else LONG_AGO)
    if unstable and (unstable.now or not health.problems):
        return unstable
    if rolled_back:
        return _failure(place, health, Ending.ROLLED_BACK, rolled_back)
    if health.problems:
        return replace(current, sentence=f"{health.progress}: {'; '.join(health.problems)}")
    earlier = next((item for item in health.past if item.deployment.failed), None)
    return replace(_failure(place, health, Ending.ROLLED_BACK, earlier), now=False) if earlier else None


def _unstable(health: Health, current: Failure, since: datetime) -> Failure | None:
    """Return the failure of a deployment that has not failed: it is in progress, or its tasks stopped later.

    Tasks that stopped before `since` belong to an earlier failure.
    """
    primary, evidence = health.service.primary, current.outcome.evidence
    if primary is None or evidence is None:
        return None
    stopped = [task for task in evidence.stopped if max(task.created_at, task.stopped_at) >= since]
    events = health.service.events_since(primary.created_at)[:3]
    stuck = any(re.search(r" unable to ", event) for event in events)
    if not stopped and not (primary.short and stuck):
        return None
    going = primary.rollout_state == RolloutState.IN_PROGRESS
    sentence = health.progress if going else f"{health.progress}, but tasks stopped since"
    outcome = Outcome(Ending.GOING if going else Ending.UNSTABLE, primary, evidence)
    return replace(current, outcome=outcome, now=going or primary.short, sentence=sentence)


def _failure(place: Place, health: Health, kind: Ending, deployment: Deployment | Past) -> Failure:
    """Return a current failure of a deployment with its evidence.

    The deployment is a past one if the service no longer lists it.
    """
    if isinstance(deployment, Past):
        listed, since = None, deployment.deployment.created_at
    else:
        listed, since = deployment, deployment.created_at
    service, want = health.service, deployment.task_definition
    evidence: Evidence = asyncio.run(collect(place.ecs(health.app), want, service, listed, call_directly))
    missing = list(dict.fromkeys((*evidence.unasked, *health.unasked)))
    if not evidence.stopped and kind is not Ending.UNHEALTHY and datetime.now(UTC) - since > _KEPT:
        missing.append("why tasks stopped: ECS forgets them after about an hour")
    outcome = Outcome(kind, service.primary, replace(evidence, unasked=missing))
    return Failure(outcome, want, now=True, at=since)


def running_line(health: Health) -> str:
    """Return in one line the revision that a service runs or deploys."""
    primary = health.service.primary
    if primary is None:
        return "the service is gone"
    verb = "is being deployed" if health.going else "is running"
    return f"{short(primary.task_definition)} {verb}, {primary.running}/{primary.desired} tasks"
