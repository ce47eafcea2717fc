"""`status`: health, deployments, targets and the last events of apps."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from moorage.console import Printer, ago
from moorage.rollout.diagnosis import without_ids
from moorage.rollout.observed import Deployment
from moorage.rollout.revisions import short

from .health import AppState, Health, look
from .places import Place, chosen

_EVENTS = 5
_PAST = 5


def status(place: Place, out: Printer, app: str | None) -> int:
    """Print the status of apps; return 1 if one of them is unhealthy."""
    apps = [look(place, app) for app in chosen(place, app)]
    out.document(
        "status", {"place": {"kind": place.kind, "name": place.name}, "apps": [_document(i) for i in apps]}
    )
    for number, item in enumerate(apps):
        if number:
            out.say()
        _print(item, out)
    if not apps:
        out.say(f"{place.name} has no app")
    return 1 if any(item.state is AppState.UNHEALTHY for item in apps) else 0


def _print(item: Health, out: Printer) -> None:
    if item.service.primary is None:
        out.say(f"{item.app}: the service is gone")
        return
    out.say(f"{item.app}: {item.state}; {item.progress}")
    for problem in item.problems:
        out.say(f"  {problem}")
    if item.addresses:
        out.say(f"  reached at {', '.join(item.addresses)}")
    out.say()
    header = ("DEPLOYMENT", "REVISION", "STATE", "RUNNING", "STARTING", "FAILED", "BEGAN")
    out.table(header, [_row(deployment) for deployment in item.service.deployments])
    if len(item.past) > 1:
        out.say()
        rows = [
            (short(past.task_definition), past.deployment.status, ago(past.deployment.created_at))
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
            ("EVENT", "MESSAGE"),
            [(ago(event.created_at), event.message) for event in item.service.events[:_EVENTS]],
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
        ago(item.created_at),
    )


def _document(item: Health) -> dict[str, Any]:
    return {
        "app": item.app,
        "state": item.state,
        "problems": item.problems,
        "addresses": item.addresses,
        "deployments": [_deployment(deployment) for deployment in item.service.deployments],
        "earlier": [
            {
                "revision": short(past.task_definition),
                "status": past.deployment.status,
                "reason": past.deployment.reason,
                "created_at": past.deployment.created_at,
            }
            for past in item.past
        ],
        "targets": item.targets,
        "events": item.service.events[:20],
        "not_known": item.unasked,
    }


def _deployment(item: Deployment) -> dict[str, Any]:
    document = asdict(item)
    return document | {"revision": short(document.pop("task_definition"))}
