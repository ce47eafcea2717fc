"""Autoscaling of a service: the scalable target and its policies."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec

from .target_groups import Targets
from .wiring import Wiring


def autoscaling(wiring: Wiring, app: AppSpec, service: aws.ecs.Service, targets: Targets | None) -> None:
    """Make the scalable target and a target tracking policy for each metric, if the app is scaled."""
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
    metrics: list[tuple[str, str, int | None, pulumi.Input[str] | None]] = [
        ("cpu", "ECSServiceAverageCPUUtilization", scaling.cpu, None),
        ("memory", "ECSServiceAverageMemoryUtilization", scaling.memory, None),
    ]
    balancer = wiring.load_balancer
    if targets and balancer:
        label = pulumi.Output.concat(balancer.get("arn_suffix", ""), "/", targets.group.arn_suffix)
        metrics.append(("requests", "ALBRequestCountPerTarget", scaling.requests, label))
    for name, metric, value, label in metrics:
        if value is None:
            continue
        aws.appautoscaling.Policy(
            f"{app.name}-scaling-{name}",
            policy_type="TargetTrackingScaling",
            service_namespace=scalable.service_namespace,
            scalable_dimension=scalable.scalable_dimension,
            resource_id=scalable.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": metric}
                if label is None
                else {"predefined_metric_type": metric, "resource_label": label},
                "target_value": value,
                # Scale out fast and in slowly: the reverse costs requests.
                "scale_out_cooldown": 30,
                "scale_in_cooldown": 120,
            },
            opts=wiring.child,
        )
