"""Schedules that have no run left, at the time of the evaluation."""

from collections.abc import Iterator
from datetime import UTC, datetime

from moorage.graph import View
from moorage.graph.types import EVENT_RULE, SCHEDULE
from moorage.model.schedule import is_over, never_comes
from moorage.offline import Resource
from moorage.offline.values import text
from moorage.plan.finding import Severity

from .rule import Fault, Rule

_SOURCE = "Schedule types on EventBridge Scheduler"


def _schedules(view: View) -> Iterator[tuple[Resource, str, str]]:
    """Yield each schedule of EventBridge with its expression and time zone."""
    for resource in view.links.of_type(SCHEDULE, EVENT_RULE):
        inputs = view.links.inputs(resource)
        expression = text(inputs.get("scheduleExpression"))
        if expression is not None:
            yield resource, expression, text(inputs.get("scheduleExpressionTimezone")) or "UTC"


def _never(view: View) -> Iterator[Fault]:
    for resource, expression, _ in _schedules(view):
        if never_comes(expression):
            yield Fault(resource, f"the schedule {expression} never comes: it names no day that any year has")


def _over(view: View) -> Iterator[Fault]:
    now = datetime.now(UTC)
    for resource, expression, timezone in _schedules(view):
        if not never_comes(expression) and is_over(expression, timezone, now):
            yield Fault(
                resource, f"the schedule {expression} ({timezone}) has no run left: its last date is over"
            )


RULES = (
    Rule(
        "preflight/schedule-never",
        "a schedule of EventBridge that names only days that no calendar has, such as 31 February, or a "
        "fifth Monday in February 2027",
        _SOURCE,
        "give `schedule` a day that its months have",
        _never,
    ),
    Rule(
        "preflight/schedule-over",
        "a schedule of EventBridge whose last date or year is over at the time of the plan",
        _SOURCE,
        "give `schedule` a date to come, or remove the Job",
        _over,
        Severity.WARNING,
    ),
)
