"""What an app's service stands on: roles, security group, autoscaling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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


class TaskGroup(NamedTuple):
    """The security group of an app's tasks, and what lets clients in."""

    id: pulumi.Input[str]
    rules: list[aws.vpc.SecurityGroupIngressRule]
    """One for each port. The service depends on them, so that a new port is open before its tasks run; an old
    one is closed when Pulumi deletes what is no longer declared, after the rollout was verified."""


def security_group(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    tags: Tags,
    further_ports: Sequence[tuple[int, str]] = (),
) -> TaskGroup:
    """Make the tasks' security group, or with bridge networking the rules on the instances' group.

    Tasks accept only the load balancer, or when they are public any client on the one port, and on
    `further_ports` with their protocols.
    """
    if spec.network_mode == "bridge":
        group_id = args["cluster"].get("security_group_id", "")
        # Dynamic ports are open to the load balancer by a rule of its own.
        return TaskGroup(group_id, _ingress(parent, spec, args, group_id, further_ports, tags))
    group = outward_group(
        parent,
        f"{spec.name}-tasks",
        of=f"Tasks of {spec.name}",
        vpc_id=args["network"]["vpc_id"] if "network" in args else None,
        reaches="Images, AWS APIs and what the app calls",
        tags=tags,
    )
    return TaskGroup(group.id, _ingress(parent, spec, args, group.id, further_ports, tags))


def _ingress(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    group_id: pulumi.Input[str],
    further_ports: Sequence[tuple[int, str]],
    tags: Tags,
) -> list[aws.vpc.SecurityGroupIngressRule]:
    """Make a rule for each port that clients reach, with the port in its name."""
    port = spec.host_port if spec.network_mode == "bridge" else spec.port
    balancer = args.get("load_balancer")
    if not port or (balancer is None and spec.exposure != "public"):
        return []
    public = f"{spec.name}-tasks-in-public"
    # Before 0.2 the first rule was not named after its port.
    ports = {f"{public}-tcp-{port}": (port, "tcp", public)}
    if balancer:
        ports = {f"{spec.name}-tasks-in-{port}": (port, "tcp", f"{spec.name}-tasks-in")}
    else:
        ports |= {
            f"{public}-{protocol}-{further}": (further, protocol, "") for further, protocol in further_ports
        }
    return [
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group_id,
            description="The load balancer" if balancer else "Clients",
            ip_protocol=protocol,
            from_port=number,
            to_port=number,
            referenced_security_group_id=balancer["security_group_id"] if balancer else None,
            cidr_ipv4=None if balancer else "0.0.0.0/0",
            tags=tags,
            # A protected app must still be deployable: another port takes this rule away.
            opts=pulumi.ResourceOptions(
                parent=parent, protect=False, aliases=[pulumi.Alias(name=former)] if former else None
            ),
        )
        for name, (number, protocol, former) in ports.items()
    ]


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
