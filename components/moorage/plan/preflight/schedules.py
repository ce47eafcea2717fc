"""Schedules that have no run left."""

from collections.abc import Iterator
from datetime import UTC, datetime

from moorage.model.schedule import is_over, never_comes
from moorage.offline.values import text
from moorage.plan.finding import Finding
from moorage.plan.types import EVENT_RULE, SCHEDULE

from .report import error, warning
from .services import Services


def check(services: Services) -> Iterator[Finding]:
    """Look at every schedule of EventBridge, at the time of the evaluation.

    One that is over is a warning: the stack of a job that ran once is still a good one.
    """
    now = datetime.now(UTC)
    for resource in [*services.stack.of_type(SCHEDULE), *services.stack.of_type(EVENT_RULE)]:
        inputs = services.stack.inputs(resource)
        expression = text(inputs.get("scheduleExpression"))
        timezone = text(inputs.get("scheduleExpressionTimezone")) or "UTC"
        if expression is None:
            continue
        if never_comes(expression):
            yield error(
                "schedule-never",
                resource,
                f"the schedule {expression} never comes: it names no day that any year has",
                "give `schedule` a day that its months have",
            )
        elif is_over(expression, timezone, now):
            yield warning(
                "schedule-over",
                resource,
                f"the schedule {expression} ({timezone}) has no run left: its last date is over",
                "give `schedule` a date to come, or remove the Job",
            )
