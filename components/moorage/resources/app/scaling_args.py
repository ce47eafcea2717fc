"""The arguments of an app for autoscaling and its queue."""

from typing import NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types


class MetricArgs(TypedDict):
    """A CloudWatch metric, with a data point each minute."""

    namespace: str
    """Its namespace, such as `Shop/Orders`."""
    name: str
    """Its name."""
    dimensions: NotRequired[types.Strings]
    """Its dimensions, all of them. Default: none."""
    statistic: NotRequired[types.Statistic]
    """`Average`, `Minimum`, `Maximum`, `SampleCount` or `Sum`. Default: `Average`."""


class TargetMetricArgs(MetricArgs):
    """A CloudWatch metric to hold. It must fall when tasks are added, as an average over them does."""

    target: types.Number
    """The value to hold, above 0."""


class StepArgs(TypedDict):
    """A step: what changes from a value of the metric on."""

    value: types.Number
    """The value of the metric from which it applies, to that of the next step."""
    change: types.Integer
    """Tasks or percent that are added, or removed with a minus; with `exact` the number of tasks."""


class StepScalingArgs(TypedDict):
    """Step scaling by a CloudWatch metric. Each of `above` and `below` makes an alarm."""

    metric: MetricArgs
    """The metric of the alarms."""
    above: NotRequired[list[StepArgs]]
    """Steps that scale out, at their value or above, at most 20. Default: none."""
    below: NotRequired[list[StepArgs]]
    """Steps that scale in, at their value or below, at most 20. Default: none."""
    adjustment: NotRequired[types.Adjustment]
    """The meaning of each `change`: `change` in tasks, `percent` of the tasks, or `exact` number of tasks.
    Default: `change`."""
    minutes: NotRequired[types.Integer]
    """Minutes in a row in which a metric must be there, 1 to 60. Default: 1."""


class QueueScalingArgs(TypedDict):
    """Scaling by the messages in a queue: one task for a number of messages, also the first."""

    messages_per_task: NotRequired[types.Integer]
    """Messages for one task, 1 to 100000: those that wait, and those that are being worked on. It sets the
    exact count, each minute; after 5 minutes without messages there are `min` tasks. Above 20 tasks it
    counts in 20 equal steps. Default: 10."""
    name: NotRequired[pulumi.Input[str]]
    """The name of an SQS queue. Default: that of the app's `queue`."""


class PredictiveArgs(TypedDict):
    """Predictive scaling beside the other targets: it learns from 1 to 14 days, and scales out ahead of a
    load that comes back each day or week; it never scales in."""

    metric: NotRequired[types.ForecastMetric]
    """The load that is forecast: `cpu`, `memory` or `requests`. Default: `cpu`."""
    target: types.Integer
    """Percent of CPU or memory, or requests per task and minute, to hold, 1 to 1000000."""
    mode: NotRequired[types.Forecast]
    """`forecast_and_scale`, or `forecast_only` to look at the forecast first. Default:
    `forecast_and_scale`."""
    buffer: NotRequired[types.Integer]
    """Seconds that tasks start ahead, 0 to 3600. Default: 300."""
    above_max: NotRequired[types.Integer]
    """Percent by which a forecast near or above `max` may exceed it, 1 to 100. Default: max is honored."""


class ScalingScheduleArgs(TypedDict):
    """A change of the bounds at a time; they stay until the next one. One without `min` and `max` restores
    those of `autoscaling`."""

    schedule: str
    """`cron(...)` with six fields, `rate(...)` or `at(...)`, such as `cron(0 20 ? * MON-FRI *)`."""
    timezone: NotRequired[str]
    """The time zone of `cron` and `at`, such as `Europe/Vienna`. Default: `UTC`."""
    min: NotRequired[types.Integer]
    """The fewest tasks from then on, 0 to 5000. Default: that of `autoscaling`."""
    max: NotRequired[types.Integer]
    """The most tasks from then on, 0 to 5000; 0 stops all. Default: that of `autoscaling`."""


class AutoscalingArgs(TypedDict):
    """The bounds and targets of autoscaling. Without a target it holds 60 percent CPU, or with `queue` scales
    by its messages. A change of any of it replaces no task."""

    min: types.Integer
    """The fewest tasks, 0 to 5000; also the initial count. 0 needs something that starts the first task:
    `queue`, `steps` or a schedule."""
    max: types.Integer
    """The most tasks, 1 to 5000."""
    cpu: NotRequired[types.Integer]
    """Percent of CPU to hold on average, 1 to 100. Default: 60 if no other target is given."""
    memory: NotRequired[types.Integer]
    """Percent of memory to hold on average, 1 to 100. Default: none."""
    requests: NotRequired[types.Integer]
    """Requests per task and minute to hold on average, 1 to 1000000; needs `load_balancer`. Default: none."""
    latency: NotRequired[types.Number]
    """Seconds of latency to hold on average, above 0; needs `load_balancer`. Without requests there is no
    data, and it does not scale in. Default: none."""
    metric: NotRequired[TargetMetricArgs]
    """A CloudWatch metric to hold. Default: none."""
    steps: NotRequired[StepScalingArgs]
    """Step scaling by a CloudWatch metric. Default: none."""
    queue: NotRequired[QueueScalingArgs]
    """Scaling by the messages in a queue; not beside other targets. Default: the app's `queue`, if no other
    target is given."""
    predictive: NotRequired[PredictiveArgs]
    """Predictive scaling, beside the other targets. Default: none."""
    schedules: NotRequired[list[ScalingScheduleArgs]]
    """Changes of the bounds at times, such as no task at night. Default: none."""
    scale_in_cooldown: NotRequired[types.Integer]
    """Seconds after a scale-in until the next, 0 to 3600. Default: 120."""
    scale_out_cooldown: NotRequired[types.Integer]
    """Seconds that a scale-out has to take effect, 0 to 3600. Default: 30."""


class QueueArgs(TypedDict):
    """An SQS queue from which the app takes its work, and a dead-letter queue. Both are encrypted, refuse
    requests without TLS, and are protected in the preset `prod`. An empty object has all defaults."""

    visibility_timeout: NotRequired[types.Integer]
    """Seconds that a received message is hidden from other tasks, 0 to 43200, at least `stop_timeout`: longer
    than a message takes, else it is worked on twice. Default: 120."""
    max_receive_count: NotRequired[types.Integer]
    """Receives, 1 to 1000, after which a message that was not deleted goes to the dead-letter queue. Default:
    5."""
    retention_days: NotRequired[types.Integer]
    """Days that a message is kept, 1 to 14; the dead-letter queue keeps it 14. Default: 4."""
