"""Autoscaling of a service: the scalable target, its policies and schedules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.choices import Adjustment, Forecast, ForecastMetric
from moorage.model.scaling import Autoscaling, Metric, Predictive, Steps, intervals
from moorage.resources.inputs import present

from .target_groups import Targets
from .wiring import Wiring

_PREDEFINED = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": "ALBRequestCountPerTarget",
}

_PAIRS = {
    ForecastMetric.CPU: "ECSServiceCPUUtilization",
    ForecastMetric.MEMORY: "ECSServiceMemoryUtilization",
    ForecastMetric.REQUESTS: "ALBRequestCount",
}
"""Load and target ("Create a predictive scaling policy for Amazon ECS")."""

_ADJUSTMENTS = {
    Adjustment.CHANGE: "ChangeInCapacity",
    Adjustment.PERCENT: "PercentChangeInCapacity",
    Adjustment.EXACT: "ExactCapacity",
}

_MODES = {Forecast.ONLY: "ForecastOnly", Forecast.SCALE: "ForecastAndScale"}


class _Scaled(NamedTuple):
    """A scalable target, as its policies and schedules take it."""

    wiring: Wiring
    name: str
    scaling: Autoscaling
    target: aws.appautoscaling.Target
    balancer: pulumi.Input[str]
    """The dimension of the load balancer; empty without one."""
    group: pulumi.Input[str]
    """The dimension of the target group; empty without one."""

    def policy(self, name: str, type_: str, **configuration: Any) -> aws.appautoscaling.Policy:
        """Make a scaling policy."""
        return aws.appautoscaling.Policy(
            f"{self.name}-scaling-{name}",
            policy_type=type_,
            service_namespace=self.target.service_namespace,
            scalable_dimension=self.target.scalable_dimension,
            resource_id=self.target.resource_id,
            **configuration,
            opts=self.wiring.child,
        )

    def label(self, metric: str) -> pulumi.Input[str] | None:
        """Return the target group of a predefined metric of requests; None for the others."""
        return (
            pulumi.Output.concat(self.balancer, "/", self.group)
            if metric == ForecastMetric.REQUESTS
            else None
        )


def autoscaling(wiring: Wiring, app: AppSpec, service: aws.ecs.Service, targets: Targets | None) -> None:
    """Make the scalable target, a policy for each target and a scheduled action for each schedule, if the app
    is scaled."""
    scaling = app.autoscaling
    if scaling is None:
        return
    scalable = aws.appautoscaling.Target(
        f"{app.name}-scaling",
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/", wiring.cluster["name"], "/", service.name),
        min_capacity=scaling.minimum,
        max_capacity=scaling.maximum,
        opts=wiring.child,
    )
    balancer = wiring.load_balancer
    places = (balancer.get("arn_suffix", ""), targets.group.arn_suffix) if targets and balancer else ("", "")
    scaled = _Scaled(wiring, app.name, scaling, scalable, *places)
    for name, specification, value in _tracked(scaled):
        scaled.policy(
            name,
            "TargetTrackingScaling",
            target_tracking_scaling_policy_configuration={
                **specification,
                "target_value": value,
                # Scale out fast and in slowly: the reverse costs requests.
                "scale_out_cooldown": scaling.scale_out_cooldown,
                "scale_in_cooldown": scaling.scale_in_cooldown,
            },
        )
    for steps in scaling.steps:
        _steps(scaled, steps)
    if scaling.predictive is not None:
        configuration = _predictive(scaled, scaling.predictive)
        scaled.policy(
            "predictive", "PredictiveScaling", predictive_scaling_policy_configuration=configuration
        )
    _schedules(scaled)


def _tracked(scaled: _Scaled) -> Iterator[tuple[str, Any, float]]:
    """Yield the name, the metric's specification and the value of each target."""
    scaling = scaled.scaling
    for name, metric in _PREDEFINED.items():
        value = getattr(scaling, name)
        if value is not None:
            predefined = present(predefined_metric_type=metric, resource_label=scaled.label(name))
            yield name, {"predefined_metric_specification": predefined}, value
    if scaling.latency is not None:
        latency = {
            "namespace": "AWS/ApplicationELB",
            "metric_name": "TargetResponseTime",
            "dimensions": [
                {"name": "LoadBalancer", "value": scaled.balancer},
                {"name": "TargetGroup", "value": scaled.group},
            ],
            "statistic": "Average",
        }
        yield "latency", {"customized_metric_specification": latency}, scaling.latency
    if scaling.metric is not None:
        metric = scaling.metric.metric
        dimensions = [
            {"name": name, "value": scaled.wiring.input(value)}
            for name, value in sorted(metric.dimensions.items())
        ]
        custom = present(
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=dimensions or None,
            statistic=metric.statistic.value,
        )
        yield "metric", {"customized_metric_specification": custom}, scaling.metric.target


def _steps(scaled: _Scaled, steps: Steps) -> None:
    """Make the step scaling policies and their alarms; an alarm goes on invoking its policy each minute while
    it is in the state ALARM ("Using Amazon CloudWatch alarms", Alarm actions)."""
    scaling, name = scaled.scaling, scaled.name
    for side, chosen, operator, minutes, cooldown in (
        (
            "out",
            steps.above,
            "GreaterThanOrEqualToThreshold",
            steps.minutes_above,
            scaling.scale_out_cooldown,
        ),
        ("in", steps.below, "LessThanOrEqualToThreshold", steps.minutes_below, scaling.scale_in_cooldown),
    ):
        if not chosen:
            continue
        policy = scaled.policy(
            f"{steps.name}-{side}",
            "StepScaling",
            step_scaling_policy_configuration={
                "adjustment_type": _ADJUSTMENTS[steps.adjustment],
                "metric_aggregation_type": "Average",
                "cooldown": cooldown,
                "step_adjustments": [
                    present(
                        metric_interval_lower_bound=None if low is None else f"{low:.15g}",
                        metric_interval_upper_bound=None if high is None else f"{high:.15g}",
                        scaling_adjustment=change,
                    )
                    for low, high, change in intervals(chosen, rising=side == "out")
                ],
            },
        )
        aws.cloudwatch.MetricAlarm(
            f"{name}-scaling-{steps.name}-{side}",
            alarm_description=f"{name}: scales {side} by {steps.name}",
            comparison_operator=operator,
            threshold=chosen[0].value,
            evaluation_periods=minutes,
            **_measured(scaled.wiring, steps.metrics),
            # Without data nothing changes: a queue without traffic has none.
            treat_missing_data="ignore",
            alarm_actions=[policy.arn],
            tags=scaled.wiring.tags,
            opts=scaled.wiring.child,
        )


def _measured(wiring: Wiring, metrics: tuple[Metric, ...]) -> Any:
    """Return the arguments of an alarm on a metric, or on the sum of several."""
    plain = [
        {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": {name: wiring.input(value) for name, value in metric.dimensions.items()} or None,
            "period": 60,
        }
        for metric in metrics
    ]
    if len(metrics) == 1:
        return {**plain[0], "statistic": metrics[0].statistic.value}
    queries: list[Any] = [
        {"id": f"m{number}", "metric": {**metric, "stat": metrics[number].statistic.value}}
        for number, metric in enumerate(plain)
    ]
    # A part of the sum can have no data: messages in work are reported only while there are some.
    parts = ["m0", *(f"FILL(m{number}, 0)" for number in range(1, len(metrics)))]
    total = {"id": "total", "expression": " + ".join(parts), "label": "Total", "return_data": True}
    return {"metric_queries": [*queries, total]}


def _predictive(scaled: _Scaled, predictive: Predictive) -> Any:
    metric = predictive.metric
    pair = present(predefined_metric_type=_PAIRS[metric], resource_label=scaled.label(metric))
    above = predictive.above_max
    return present(
        metric_specifications=[
            {"target_value": str(predictive.target), "predefined_metric_pair_specification": pair}
        ],
        mode=_MODES[predictive.mode],
        scheduling_buffer_time=predictive.buffer,
        max_capacity_breach_behavior="HonorMaxCapacity" if above is None else "IncreaseMaxCapacity",
        max_capacity_buffer=above,
    )


def _schedules(scaled: _Scaled) -> None:
    """Make the scheduled actions one after the other: AWS refuses concurrent changes of one target (API
    reference, PutScheduledAction, ConcurrentUpdateException)."""
    target, before = scaled.target, list[pulumi.Resource]()
    for index, schedule in enumerate(scaled.scaling.schedules):
        action = aws.appautoscaling.ScheduledAction(
            f"{scaled.name}-schedule-{index}",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=schedule.schedule,
            timezone=schedule.timezone,
            scalable_target_action={"min_capacity": schedule.minimum, "max_capacity": schedule.maximum},
            opts=pulumi.ResourceOptions(parent=scaled.wiring.parent, depends_on=before or None),
        )
        before = [action]
