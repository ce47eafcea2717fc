"""Schedules that have no run left."""

from collections.abc import Iterator
from datetime import UTC, datetime

from moorage.offline.values import text
from moorage.plan.finding import Finding
from moorage.plan.types import EVENT_RULE, SCHEDULE
from moorage.spec.schedule import is_over

from .report import warning
from .services import Services


def check(services: Services) -> Iterator[Finding]:
    """Look at every schedule of EventBridge, at the time of the evaluation.

    A warning: the stack of a job that ran once is still a good one.
    """
    now = datetime.now(UTC)
    for resource in [*services.stack.of_type(SCHEDULE), *services.stack.of_type(EVENT_RULE)]:
        inputs = services.stack.inputs(resource)
        expression = text(inputs.get("scheduleExpression"))
        timezone = text(inputs.get("scheduleExpressionTimezone")) or "UTC"
        if expression is not None and is_over(expression, timezone, now):
            yield warning(
                "schedule-over",
                resource,
                f"the schedule {expression} ({timezone}) has no run left: its last date is over",
                "give `schedule` a date to come, or remove the Job",
            )
