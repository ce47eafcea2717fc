"""Schedules without a future run."""

from collections.abc import Iterator
from datetime import UTC, datetime

from moorage.graph import View
from moorage.graph.types import EVENT_RULE, SCHEDULE, SCHEDULED_ACTION
from moorage.model.schedule import is_over, never_comes
from moorage.offline import Resource
from moorage.offline.values import text
from moorage.plan.finding import FindingSeverity

from .rule import Fault, Rule

_SOURCE = "Schedule types on EventBridge Scheduler"


def _schedules(view: View) -> Iterator[tuple[Resource, str, str]]:
    """Yield each schedule and scheduled action with its expression and time zone."""
    for resource in view.links.of_type(SCHEDULE, EVENT_RULE, SCHEDULED_ACTION):
        inputs = view.links.inputs(resource)
        name = "schedule" if resource.type == SCHEDULED_ACTION else "scheduleExpression"
        zone = "timezone" if resource.type == SCHEDULED_ACTION else "scheduleExpressionTimezone"
        expression = text(inputs.get(name))
        if expression is not None:
            yield resource, expression, text(inputs.get(zone)) or "UTC"


@Rule(
    "preflight/schedule-never",
    "a schedule of EventBridge or of autoscaling that names only days that no calendar has, such as 31 "
    "February, or a fifth Monday in February 2027",
    _SOURCE,
    "give `schedule` a day that exists in its months",
)
def _never(view: View) -> Iterator[Fault]:
    for resource, expression, _ in _schedules(view):
        if never_comes(expression):
            yield Fault(resource, f"the schedule {expression} never runs: its day does not exist in any year")


@Rule(
    "preflight/schedule-over",
    "a schedule of EventBridge or of autoscaling whose last date or year is in the past",
    _SOURCE,
    "give `schedule` a future date, or remove it",
    FindingSeverity.WARNING,
)
def _over(view: View) -> Iterator[Fault]:
    now = datetime.now(UTC)
    for resource, expression, timezone in _schedules(view):
        if not never_comes(expression) and is_over(expression, timezone, now):
            yield Fault(
                resource,
                f"the schedule {expression} ({timezone}) has no future run: its last date is in the past",
            )
