"""`status`: deployments, tasks, targets and the last events of apps, and whether all is well."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moorage.local.view import ago
from moorage.rollout.ask import AskError, Denied
from moorage.rollout.diagnosis import without_ids
from moorage.rollout.observed import Deployment, Service, service_of
from moorage.rollout.watch import progress, short

from .place import Past, Place, TargetRow
from .printing import Printer

_EVENTS = 5
_PAST = 5


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of an app."""

    app: str
    service: Service
    past: Sequence[Past]
    targets: Sequence[TargetRow]
    unasked: Sequence[str]
    """What could not be asked, each with the reason."""

    @property
    def problems(self) -> list[str]:
        """What is not as it should be, each a sentence."""
        primary = self.service.primary
        if self.service.status in ("MISSING", "INACTIVE", "DRAINING") or primary is None:
            return ["the service is gone"]
        found: list[str] = []
        last = self.past[0] if self.past else None
        if (last and last.deployment.failed) or primary.rollout_state == "FAILED":
            what = short(last.task_definition if last else primary.task_definition)
            found.append(f"the last rollout, of {what}, failed: `moorage why {self.app}` says why")
        elif primary.running < primary.desired and primary.rollout_state in ("COMPLETED", ""):
            found.append(f"{primary.running} of {primary.desired} tasks run")
        if number := sum(target.state == "unhealthy" for target in self.targets):
            found.append(f"{number} unhealthy target{'' if number == 1 else 's'}")
        return found

    @property
    def state(self) -> str:
        """`healthy`, `deploying` or `unhealthy`."""
        primary = self.service.primary
        if self.problems:
            return "unhealthy"
        # With blue/green and the like the service itself does not tell that requests are still being moved.
        going = any(item.deployment.going for item in self.past[:1])
        return "deploying" if going or (primary and primary.rollout_state == "IN_PROGRESS") else "healthy"


def look(place: Place, app: str) -> Status:
    """Return the status of an app; only the service itself must be known.

    With blue/green and the like its deployments too: nothing else tells whether the last one is over.
    """
    unasked: list[str] = []
    service = service_of({"services": list(filter(None, [place.service(app)]))})
    past: list[Past] = []
    targets: list[TargetRow] = []
    try:
        past = place.past(app)
    except AskError as error:
        if service.shifts:
            raise
        unasked.append(f"earlier deployments: {_why(error)}")
    try:
        targets = place.targets(app)
    except AskError as error:
        unasked.append(f"targets: {_why(error)}")
    return Status(app, service, past, targets, unasked)


def _why(error: AskError) -> str:
    return f"{error.action} is not allowed" if isinstance(error, Denied) and error.action else str(error)


def status(place: Place, apps: Sequence[str], out: Printer) -> int:
    """Print how apps are; return 1 when one of them is not well."""
    found = [look(place, app) for app in apps]
    out.document(
        "status", {"place": {"kind": place.kind, "name": place.name}, "apps": [_document(i) for i in found]}
    )
    for number, item in enumerate(found):
        if number:
            out.say()
        _print(item, out)
    if not found:
        out.say(f"{place.name} has no app")
    return 1 if any(item.state == "unhealthy" for item in found) else 0


def _print(item: Status, out: Printer) -> None:
    primary = item.service.primary
    if primary is None:
        out.say(f"{item.app}: the service is gone")
        return
    line = progress(primary.task_definition, primary, item.service)
    out.say(f"{item.app}: {item.state}; {line}")
    for problem in item.problems:
        out.say(f"  {problem}")
    out.say()
    header = ("DEPLOYMENT", "REVISION", "STATE", "RUNNING", "STARTING", "FAILED", "BEGAN")
    out.table(header, [_row(deployment) for deployment in item.service.deployments])
    if len(item.past) > 1:
        out.say()
        rows = [
            (short(past.task_definition), past.deployment.status, _ago(past.deployment.created_at))
            for past in item.past[:_PAST]
        ]
        out.table(("EARLIER", "STATUS", "BEGAN"), rows)
    if item.targets:
        out.say()
        counted = Counter((target.state, without_ids(target.reason)) for target in item.targets)
        rows = [(state, str(number), reason) for (state, reason), number in counted.items()]
        out.table(("TARGETS", "NUMBER", "REASON"), rows)
    if item.service.events:
        out.say()
        out.table(
            ("EVENT", "WHAT"),
            [(_ago(event.created_at), event.message) for event in item.service.events[:_EVENTS]],
        )
    for what in item.unasked:
        out.say(f"not known: {what}")


def _row(item: Deployment) -> tuple[str, ...]:
    return (
        item.status,
        short(item.task_definition),
        item.rollout_state or "-",
        f"{item.running}/{item.desired}",
        str(item.pending),
        str(item.failed),
        _ago(item.created_at),
    )


def _ago(moment: datetime) -> str:
    return ago(moment.timestamp())


def _document(item: Status) -> dict[str, Any]:
    return {
        "app": item.app,
        "state": item.state,
        "problems": item.problems,
        "deployments": [
            {
                "id": deployment.id,
                "status": deployment.status,
                "revision": short(deployment.task_definition),
                "rollout_state": deployment.rollout_state,
                "reason": deployment.reason,
                "desired": deployment.desired,
                "running": deployment.running,
                "pending": deployment.pending,
                "failed": deployment.failed,
                "created_at": deployment.created_at,
            }
            for deployment in item.service.deployments
        ],
        "earlier": [
            {
                "revision": short(past.task_definition),
                "status": past.deployment.status,
                "reason": past.deployment.reason,
                "created_at": past.deployment.created_at,
            }
            for past in item.past
        ],
        "targets": [
            {"id": target.id, "group": target.group, "state": target.state, "reason": target.reason}
            for target in item.targets
        ],
        "events": [
            {"message": event.message, "created_at": event.created_at} for event in item.service.events[:20]
        ],
        "not_known": list(item.unasked),
    }
