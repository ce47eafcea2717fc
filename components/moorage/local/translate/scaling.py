"""Scaling of a program's services as a local run does it: by schedules, and by the messages in queues."""

import re

from moorage.graph import PolicyKind, ScalingAlarm, ScalingPolicy, Service
from moorage.graph.values import known, plain
from moorage.local.model import BoundsAt, CountStep, QueueSteps, ScalingSpec
from moorage.offline.values import entries, mapping, number

# CloudWatch's metric, and the attribute of SQS's API ("Resources required to process Amazon SQS messages").
_ATTRIBUTES = {
    "ApproximateNumberOfMessagesVisible": "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}

_SUM = re.compile(r"(\w+|FILL\(\w+, ?0\))( \+ (\w+|FILL\(\w+, ?0\)))*")

_ABOVE = {"GreaterThanOrEqualToThreshold": True, "LessThanOrEqualToThreshold": False}


def scaling_spec(service: Service) -> ScalingSpec | None:
    """Return what scales a service locally; None if nothing does."""
    scaling = service.scaling
    if scaling is None or known(scaling.minimum) is None or known(scaling.maximum) is None:
        return None
    policies = tuple(steps for policy in scaling.policies if (steps := queue_steps(policy)))
    schedules = tuple(
        BoundsAt(action.schedule, action.timezone, known(action.minimum), known(action.maximum))
        for action in scaling.schedules
        if action.schedule
    )
    if not policies and not schedules:
        return None
    return ScalingSpec(known(scaling.minimum) or 0, known(scaling.maximum) or 0, policies, schedules)


def not_scaled(service: Service) -> list[ScalingPolicy]:
    """Return the policies that do not run locally: their metrics are CloudWatch's."""
    policies = service.scaling.policies if service.scaling else ()
    return [policy for policy in policies if queue_steps(policy) is None]


def queue_steps(policy: ScalingPolicy) -> QueueSteps | None:
    """Return a policy of exact counts by the messages in one queue; None for any other."""
    steps = mapping(policy.resource.inputs.get("stepScalingPolicyConfiguration"))
    if policy.kind is not PolicyKind.STEPS or steps.get("adjustmentType") != "ExactCapacity":
        return None
    if len(policy.alarms) != 1:
        return None
    (alarm,) = policy.alarms
    queue, attributes = _measured(alarm)
    inputs = alarm.resource.inputs
    above, threshold = _ABOVE.get(plain(inputs.get("comparisonOperator"))), plain(inputs.get("threshold"))
    if not queue or above is None or not threshold:
        return None
    adjustments = entries(steps.get("stepAdjustments"))
    return QueueSteps(
        queue,
        attributes,
        float(threshold),
        above,
        number(inputs.get("evaluationPeriods")) or 1,
        tuple(
            CountStep(
                _bound(step.get("metricIntervalLowerBound")),
                _bound(step.get("metricIntervalUpperBound")),
                number(step.get("scalingAdjustment")) or 0,
            )
            for step in adjustments
        ),
    )


def _measured(alarm: ScalingAlarm) -> tuple[str, tuple[str, ...]]:
    """Return the queue of an alarm, and its attributes that are summed up; nothing for other metrics."""
    queues = {plain(mapping(metric.get("dimensions")).get("QueueName")) for metric in alarm.metrics}
    attributes = [_ATTRIBUTES.get(plain(metric.get("metricName")), "") for metric in alarm.metrics]
    plainly = len(alarm.metrics) == 1 if not alarm.expression else _SUM.fullmatch(alarm.expression)
    if len(queues) != 1 or not all(attributes) or not plainly:
        return "", ()
    return queues.pop(), tuple(attributes)


def _bound(value: object) -> float | None:
    return float(plain(value)) if plain(value) else None
