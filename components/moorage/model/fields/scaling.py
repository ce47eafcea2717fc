"""Rows of autoscaling, and of a queue."""

from typing import Any

from moorage.model.choices import Adjustment, Forecast, ForecastMetric, Statistic
from moorage.model.problems import Problems
from moorage.model.scaling import MOST_STEPS, by_own_queue, is_tracked
from moorage.model.schedule import check_schedule, check_timezone

from .balancing import OF_REQUESTS
from .field import Exclude, Field, Fields, Form, Need, Range, within
from .shared import PERCENT, at_most
from .values import Derived

_SECONDS = "seconds"
_BALANCED = (Need("load_balancer.arn_suffix"),)


def _positive(field: str, value: Any, problems: Problems) -> None:
    if value <= 0:
        problems.add(field, value, "must be above 0")


# API reference, MetricStat.
_METRIC: Fields = {
    "namespace": Field(form=Form(r"[^:]\S{0,254}", "1 to 255 characters, and not begin with a colon")),
    "name": Field(form=Form(r"[ -~]{1,255}", "1 to 255 printable characters")),
    "dimensions": Field(),
    "statistic": Field(Statistic.AVERAGE, choices=Statistic),
}

_STEP: Fields = {"value": Field(), "change": Field()}

AUTOSCALING: Fields = {
    "min": Field(range=Range(0, 5000, "tasks")),
    "max": Field(range=Range(1, 5000, "tasks")),
    "cpu": Field(
        Derived(lambda values: None if is_tracked(values) else 60),
        "60 if no other target is given",
        range=PERCENT,
    ),
    "memory": Field(range=PERCENT),
    "requests": Field(
        range=Range(1, 1000000, "requests per task and minute"), needs=_BALANCED, excludes=OF_REQUESTS
    ),
    "latency": Field(check=_positive, needs=_BALANCED, excludes=OF_REQUESTS),
    **within("metric", _METRIC),
    "metric.target": Field(check=_positive),
    **within("steps.metric", _METRIC),
    "steps.adjustment": Field(Adjustment.CHANGE, choices=Adjustment),
    "steps.minutes": Field(1, range=Range(1, 60, "minutes")),
    **{
        row: field
        for side in ("above", "below")
        for row, field in {
            f"steps.{side}": Field(check=at_most(MOST_STEPS)),
            **within(f"steps.{side}[]", _STEP),
        }.items()
    },
    "queue": Field(
        Derived(by_own_queue),
        "the app's `queue`, if no other target is given",
        excludes=tuple(
            Exclude(f".{name}", why="is a target of its own; the queue sets the exact count")
            for name in ("cpu", "memory", "requests", "latency", "metric", "steps")
        ),
    ),
    "queue.name": Field(
        words="that of the app's `queue`",
        form=Form(r"[A-Za-z0-9_-]{1,80}(\.fifo)?", "the name of a queue, not its URL or ARN"),
    ),
    "queue.messages_per_task": Field(10, range=Range(1, 100000, "messages")),
    "predictive.metric": Field(ForecastMetric.CPU, choices=ForecastMetric),
    "predictive.target": Field(range=Range(1, 1000000)),
    "predictive.mode": Field(Forecast.SCALE, choices=Forecast),
    "predictive.buffer": Field(300, range=Range(0, 3600, _SECONDS)),
    "predictive.above_max": Field(words="max is honored", range=PERCENT),
    "schedules[].schedule": Field(check=check_schedule),
    "schedules[].timezone": Field("UTC", check=check_timezone),
    "schedules[].min": Field(words="that of `autoscaling`", range=Range(0, 5000, "tasks")),
    "schedules[].max": Field(words="that of `autoscaling`", range=Range(0, 5000, "tasks")),
    "scale_in_cooldown": Field(120, range=Range(0, 3600, _SECONDS)),
    "scale_out_cooldown": Field(30, range=Range(0, 3600, _SECONDS)),
}

# API reference, SetQueueAttributes.
QUEUE: Fields = {
    "visibility_timeout": Field(120, range=Range(0, 43200, _SECONDS)),
    "max_receive_count": Field(5, range=Range(1, 1000, "receives")),
    "retention_days": Field(4, range=Range(1, 14, "days")),
}
