"""Autoscaling of a service by Application Auto Scaling."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .arguments import mapping
from .choices import Adjustment, BalancerType, Forecast, ForecastMetric, Statistic
from .later import later
from .lookup import Lookup, described, described_each, described_if_given
from .problems import Problems
from .queue import QUEUE_NAME

MOST_STEPS = 20
"""Steps of one policy ("Quotas for Application Auto Scaling")."""

IDLE_MINUTES = 5
"""Minutes without a message after which a queue's last task is stopped."""

_TARGETS = ("memory", "requests", "latency", "metric", "steps", "queue")
"""The targets of which one is enough for a service not to be scaled by CPU."""


class Metric(NamedTuple):
    """A CloudWatch metric."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: Statistic


class Tracking(NamedTuple):
    """A metric, and the value to hold."""

    metric: Metric
    target: float


class Step(NamedTuple):
    """The adjustment from a value of a metric on, to the next step's."""

    value: float
    change: int


class Steps(NamedTuple):
    """A step scaling policy in each direction, with an alarm on the sum of metrics."""

    name: str
    """The part of the names of its resources."""
    metrics: tuple[Metric, ...]
    adjustment: Adjustment
    above: tuple[Step, ...]
    """From the lowest value to the highest; the first is the alarm's threshold."""
    below: tuple[Step, ...]
    """From the highest value to the lowest; the first is the alarm's threshold."""
    minutes_above: int
    """Minutes in a row after which the alarm is in the state ALARM."""
    minutes_below: int


class Predictive(NamedTuple):
    """Predictive scaling: the load of past days, forecast."""

    metric: ForecastMetric
    target: int
    mode: Forecast
    buffer: int
    """Seconds that tasks start before the forecast load."""
    above_max: int | None
    """Percent above the forecast that the maximum may be raised to; None to honor the maximum."""


class Schedule(NamedTuple):
    """A scheduled change of the bounds."""

    schedule: str
    timezone: str
    minimum: int
    maximum: int


class Autoscaling(NamedTuple):
    """The bounds of a service's count, its targets and schedules."""

    minimum: int
    maximum: int
    cpu: int | None
    memory: int | None
    requests: int | None
    latency: float | None
    metric: Tracking | None
    steps: tuple[Steps, ...]
    predictive: Predictive | None
    schedules: tuple[Schedule, ...]
    scale_in_cooldown: int
    """Seconds, as `scale_out_cooldown`."""
    scale_out_cooldown: int

    @property
    def most(self) -> int:
        """The highest maximum at any time."""
        return max([self.maximum, *(schedule.maximum for schedule in self.schedules)])


def is_tracked(values: Lookup) -> bool:
    """Return whether an app's autoscaling names a target other than CPU, or its queue is one."""
    named = any(values.given(f"autoscaling.{name}") is not None for name in _TARGETS)
    return named or by_own_queue(values) is not None


def by_own_queue(values: Lookup) -> dict[str, Any] | None:
    """Return the default of `autoscaling.queue`: the app's own queue, if nothing else is a target."""
    others = ("cpu", *_TARGETS[:-1])
    named = any(values.given(f"autoscaling.{name}") is not None for name in others)
    return {} if values.given("queue") is not None and not named else None


def autoscaling(values: Lookup) -> Autoscaling | None:
    """Return the autoscaling that an app's arguments describe."""
    config = values.given("autoscaling")
    if config is None:
        return None
    minimum, maximum = values["autoscaling.min"], values["autoscaling.max"]
    schedules = tuple(
        Schedule(
            item["schedule"],
            item["timezone"],
            minimum if item["min"] is None else item["min"],
            maximum if item["max"] is None else item["max"],
        )
        for item in values.inner("autoscaling.schedules")
    )
    most = max([maximum, 1, *(schedule.maximum for schedule in schedules)])
    return described(
        Autoscaling,
        values,
        "autoscaling.",
        minimum=minimum,
        maximum=maximum,
        metric=_tracking(values) if values.given("autoscaling.metric") else None,
        steps=tuple(_steps(values, most)),
        predictive=described_if_given(Predictive, values, "autoscaling.predictive"),
        schedules=schedules,
    )


def _tracking(values: Lookup) -> Tracking:
    return Tracking(_metric(values, "autoscaling.metric"), values["autoscaling.metric.target"])


def _metric(values: Lookup, path: str) -> Metric:
    dimensions: Mapping[str, str] = values[f"{path}.dimensions"] or {}
    return described(Metric, values, f"{path}.", dimensions=dimensions)


def _steps(values: Lookup, most: int) -> Iterator[Steps]:
    config = values.given("autoscaling.steps")
    if config is not None:
        above, below = (
            described_each(Step, values, f"autoscaling.steps.{side}") for side in ("above", "below")
        )
        minutes = values["autoscaling.steps.minutes"]
        yield Steps(
            "steps",
            (_metric(values, "autoscaling.steps.metric"),),
            values["autoscaling.steps.adjustment"],
            tuple(sorted(above, key=lambda step: step.value)),
            tuple(sorted(below, key=lambda step: -step.value)),
            minutes,
            minutes,
        )
    if values["autoscaling.queue"] is not None:
        name = values.given("autoscaling.queue.name") or later(QUEUE_NAME)
        yield backlog(name, values["autoscaling.queue.messages_per_task"], most)


def backlog(queue: str, messages: int, most: int) -> Steps:
    """Return the steps that run one task for a number of messages of a queue, at most `most` tasks.

    The messages of a task, `backlog per task`, are not tracked as a target: they are undefined without a task
    ("Scaling based on Amazon SQS" divides by the number of tasks). Exact counts start the first task, and
    messages that are being worked on count too, so that a task with a long message is not stopped.
    """
    counts = sorted({-(-most * number // MOST_STEPS) for number in range(1, MOST_STEPS + 1)})
    above = [
        Step(before * messages + 1, count) for before, count in zip([0, *counts[:-1]], counts, strict=True)
    ]
    return Steps(
        "queue",
        tuple(
            Metric("AWS/SQS", f"ApproximateNumberOfMessages{state}", {"QueueName": queue}, Statistic.MAXIMUM)
            for state in ("Visible", "NotVisible")
        ),
        Adjustment.EXACT,
        tuple(above),
        (Step(0, 0),),
        1,
        IDLE_MINUTES,
    )


def intervals(steps: Sequence[Step], *, rising: bool) -> Iterator[tuple[float | None, float | None, int]]:
    """Yield lower bound, upper bound and adjustment of each step, relative to the alarm's threshold
    ("How step scaling for Application Auto Scaling works"); None for no bound."""
    threshold = steps[0].value
    ends: list[float | None] = [*(step.value - threshold for step in steps[1:]), None]
    for step, end in zip(steps, ends, strict=True):
        begin = step.value - threshold
        yield (begin, end, step.change) if rising else (end, begin, step.change)


def check_scaling(scaling: Autoscaling, args: Mapping[str, Any], problems: Problems) -> None:
    """Check an app's autoscaling against itself and the app's other arguments."""
    config = mapping(args.get("autoscaling"))
    if scaling.maximum < scaling.minimum and not problems.concerns("autoscaling"):
        problems.add("autoscaling.max", scaling.maximum, f"must be at least min, {scaling.minimum}")
    for index, schedule in enumerate(scaling.schedules):
        if schedule.maximum < schedule.minimum:
            wrong = f"must be at least min, {schedule.minimum}; set both"
            problems.add(f"autoscaling.schedules[{index}].max", schedule.maximum, wrong)
    if "queue" in config and "name" not in mapping(config["queue"]) and "queue" not in args:
        problems.say("autoscaling.queue.name", "is required: the app has no queue of its own")
    balancer = mapping(args.get("load_balancer"))
    if scaling.predictive and scaling.predictive.metric is ForecastMetric.REQUESTS:
        if "arn_suffix" not in balancer:
            problems.add("autoscaling.predictive.metric", "requests", "needs load_balancer.arn_suffix")
        if balancer.get("type") == BalancerType.NETWORK:
            wrong = "cannot be counted by a network load balancer, which forwards connections"
            problems.add("autoscaling.predictive.metric", "requests", wrong)
    if "steps" in config:
        _check_steps(next(steps for steps in scaling.steps if steps.name == "steps"), problems)
    _check_from_zero(scaling, problems)


def _check_steps(steps: Steps, problems: Problems) -> None:
    """Check the steps of a metric; ranges of two alarms must not meet, else each would undo the other."""
    where = "autoscaling.steps"
    if not steps.above and not steps.below:
        problems.say(where, "needs above or below")
    for side, chosen, sign, way in (("above", steps.above, 1, "out"), ("below", steps.below, -1, "in")):
        if len({step.value for step in chosen}) < len(chosen):
            problems.say(f"{where}.{side}", "has the same value twice")
        for step in chosen:
            if steps.adjustment is not Adjustment.EXACT and step.change * sign <= 0:
                problems.add(f"{where}.{side}.change", step.change, f"must be {side} 0: it scales {way}")
            if steps.adjustment is Adjustment.EXACT and step.change < 0:
                problems.add(f"{where}.{side}.change", step.change, "must be from 0: a number of tasks")
    if steps.above and steps.below and steps.below[0].value >= steps.above[0].value:
        wrong = f"must be below the lowest value in above, {steps.above[0].value:g}"
        problems.add(f"{where}.below.value", steps.below[0].value, wrong)


def _check_from_zero(scaling: Autoscaling, problems: Problems) -> None:
    """Check that something starts the first task again where there can be none."""
    if any(starts_first(steps) for steps in scaling.steps):
        zero = next((index for index, item in enumerate(scaling.schedules) if not item.maximum), None)
        if zero is not None and not any(item.maximum for item in scaling.schedules):
            wrong = "stops the last task, and no schedule raises it again; add one without min and max"
            problems.add(f"autoscaling.schedules[{zero}].max", 0, wrong)
        return
    if any(item.minimum for item in scaling.schedules):
        return
    stopped = next((index for index, item in enumerate(scaling.schedules) if not item.minimum), None)
    if not scaling.minimum:
        wrong = (
            "nothing starts the first task: CPU, memory, requests and latency have no data without tasks; "
            "give `queue`, `steps` that scale out, or a schedule with a min from 1, or use a Job with a "
            "schedule instead"
        )
        problems.add("autoscaling.min", 0, wrong)
    elif stopped is not None:
        wrong = "stops the last task, and nothing starts it again; add a schedule without min and max"
        problems.add(f"autoscaling.schedules[{stopped}].min", 0, wrong)


def starts_first(steps: Steps) -> bool:
    """Return whether steps can start the first task; a percentage of none is none."""
    return steps.adjustment is not Adjustment.PERCENT and any(step.change > 0 for step in steps.above)
