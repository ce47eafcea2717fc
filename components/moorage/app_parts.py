"""What an app's service stands on: roles, security group, autoscaling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from ._component import computed
from .security_groups import outward_group
from .spec.app import AppSpec
from .spec.iam import (
    exec_statement,
    execution_statements,
    grant_statement,
    policy,
    tracing_statement,
    trust_policy,
)
from .spec.names import logical_name

if TYPE_CHECKING:
    from .app_args import ContainerAppArgs
    from .app_targets import Targets

Tags = dict[str, pulumi.Input[str]]


def roles(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    tags: Tags,
    cluster_arn: pulumi.Output[str],
    log_group_arns: Sequence[pulumi.Output[str]],
    repository_arns: Sequence[pulumi.Output[str | None]],
    secret_arns: Sequence[pulumi.Output[str]],
) -> tuple[pulumi.Output[str] | None, pulumi.Output[str]]:
    """Make the role of the app's own code, and the one ECS starts its tasks with; each allows what is used,
    no more.

    Returns:
        The ARNs of the task role, if the app has one, and of the execution role, known once their rights are
        there.
    """
    execution = execution_role(
        parent, spec, args, tags, cluster_arn, log_group_arns, repository_arns, secret_arns
    )
    return task_role(parent, spec, args, tags, cluster_arn), execution


def _trust(cluster_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    return cluster_arn.apply(lambda arn: trust_policy("ecs-tasks.amazonaws.com", arn))


def execution_role(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    tags: Tags,
    cluster_arn: pulumi.Output[str],
    log_group_arns: Sequence[pulumi.Output[str]],
    repository_arns: Sequence[pulumi.Output[str | None]],
    secret_arns: Sequence[pulumi.Output[str]],
) -> pulumi.Output[str]:
    """Make the role that ECS starts tasks with, and return its ARN, known once its rights are there."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        logical_name(spec.name, "execution", 64),
        assume_role_policy=_trust(cluster_arn),
        tags=tags,
        opts=child,
    )
    rights = aws.iam.RolePolicy(
        f"{spec.name}-execution-policy",
        role=role.name,
        policy=computed(
            lambda *known: policy(execution_statements(*known)),
            list(log_group_arns),
            list(repository_arns),
            list(secret_arns),
            args.get("secrets_key_arns", []),
        ),
        opts=child,
    )
    return _once(role.arn, rights.urn)


def task_role(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    tags: Tags,
    cluster_arn: pulumi.Output[str],
) -> pulumi.Output[str] | None:
    """Make the task role when there is something to allow, or when it is asked for: code without one has no
    credentials that could leak."""
    child = pulumi.ResourceOptions(parent=parent)
    statements: list[pulumi.Input[dict[str, Any]]] = [
        pulumi.Output.from_input(grant["arn"]).apply(
            lambda arn, grant=grant: grant_statement(grant["service"], grant["access"], arn)
        )
        for grant in args.get("grants", [])
    ]
    statements += [
        pulumi.Output.all(*statement["resources"]).apply(
            lambda resources, actions=statement["actions"]: {
                "Effect": "Allow",
                "Action": actions,
                "Resource": resources,
            }
        )
        for statement in args.get("statements", [])
    ]
    # Not among those: an Output.all of plain values makes an Output of each of them, however deep.
    plain = [exec_statement()] if spec.execute_command else []
    plain += [tracing_statement()] if spec.tracing else []
    if not statements and not plain and not args.get("task_role"):
        return None
    role = aws.iam.Role(
        logical_name(spec.name, "task", 64), assume_role_policy=_trust(cluster_arn), tags=tags, opts=child
    )
    if not statements and not plain:
        return role.arn
    rights = aws.iam.RolePolicy(
        f"{spec.name}-task-policy",
        role=role.name,
        policy=pulumi.Output.all(*statements).apply(lambda known: policy([*known, *plain])),
        opts=child,
    )
    return _once(role.arn, rights.urn)


def _once(value: pulumi.Output[str], other: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return `value`, known once the other is: a task must not start before its rights are there."""
    return other.apply(lambda _: value)


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
