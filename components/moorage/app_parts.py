"""What an app's service stands on: security group and autoscaling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from .security_groups import outward_group
from .spec.app import AppSpec

if TYPE_CHECKING:
    from .app_args import ContainerAppArgs
    from .app_targets import Targets

Tags = dict[str, pulumi.Input[str]]


def security_group(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    tags: Tags,
    further_ports: Sequence[tuple[int, str]] = (),
) -> pulumi.Input[str]:
    """Make the tasks' security group, or with bridge networking the rule on the instances' group; return the
    group.

    Tasks accept only the load balancer, or everybody on the one port, and on `further_ports` with their
    protocols, when they are public.
    """
    if spec.network_mode == "bridge":
        group_id = args["cluster"].get("security_group_id", "")
        # Dynamic ports are open to the load balancer by a rule of its own.
        if spec.host_port:
            _ingress(parent, spec, args, group_id, spec.host_port, tags)
            _further_ingress(parent, spec, group_id, further_ports, tags)
        return group_id
    group = outward_group(
        parent,
        f"{spec.name}-tasks",
        of=f"Tasks of {spec.name}",
        vpc_id=args["network"]["vpc_id"] if "network" in args else None,
        reaches="Images, AWS APIs and what the app calls",
        tags=tags,
    )
    if spec.port:
        _ingress(parent, spec, args, group.id, spec.port, tags)
        _further_ingress(parent, spec, group.id, further_ports, tags)
    return group.id


def _further_ingress(
    parent: pulumi.Resource,
    spec: AppSpec,
    group_id: pulumi.Input[str],
    ports: Sequence[tuple[int, str]],
    tags: Tags,
) -> None:
    for port, protocol in ports if spec.exposure == "public" else ():
        aws.vpc.SecurityGroupIngressRule(
            f"{spec.name}-tasks-in-public-{protocol}-{port}",
            security_group_id=group_id,
            description="Clients",
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            cidr_ipv4="0.0.0.0/0",
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )


def _ingress(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    group_id: pulumi.Input[str],
    port: int,
    tags: Tags,
) -> None:
    balancer = args.get("load_balancer")
    if balancer is None and spec.exposure != "public":
        return
    aws.vpc.SecurityGroupIngressRule(
        # Two names, so that an app that moves behind a balancer keeps the old rule until all else is done.
        f"{spec.name}-tasks-in" + ("" if balancer else "-public"),
        security_group_id=group_id,
        description="The load balancer" if balancer else "Clients",
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=balancer["security_group_id"] if balancer else None,
        cidr_ipv4=None if balancer else "0.0.0.0/0",
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def autoscaling(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    service: aws.ecs.Service,
    targets: Targets | None,
) -> None:
    """Make the scalable target and a target tracking policy for each metric, when the app is scaled."""
    scaling = spec.autoscaling
    if scaling is None:
        return
    child = pulumi.ResourceOptions(parent=parent)
    scalable = aws.appautoscaling.Target(
        f"{spec.name}-scaling",
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/", args["cluster"]["name"], "/", service.name),
        min_capacity=scaling.minimum,
        max_capacity=scaling.maximum,
        opts=child,
    )
    metrics: list[tuple[str, str, int | None, pulumi.Input[str] | None]] = [
        ("cpu", "ECSServiceAverageCPUUtilization", scaling.cpu, None),
        ("memory", "ECSServiceAverageMemoryUtilization", scaling.memory, None),
    ]
    balancer = args.get("load_balancer")
    if targets and balancer:
        label = pulumi.Output.concat(balancer.get("arn_suffix", ""), "/", targets.group.arn_suffix)
        metrics.append(("requests", "ALBRequestCountPerTarget", scaling.requests, label))
    for name, metric, value, label in metrics:
        if value is None:
            continue
        aws.appautoscaling.Policy(
            f"{spec.name}-scaling-{name}",
            policy_type="TargetTrackingScaling",
            service_namespace=scalable.service_namespace,
            scalable_dimension=scalable.scalable_dimension,
            resource_id=scalable.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": metric}
                if label is None
                else {"predefined_metric_type": metric, "resource_label": label},
                "target_value": value,
                # Out fast, in slowly: the other way round costs requests.
                "scale_out_cooldown": 30,
                "scale_in_cooldown": 120,
            },
            opts=child,
        )
