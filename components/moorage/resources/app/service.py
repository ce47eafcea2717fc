"""The ECS service of an app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import pulumi
import pulumi_aws as aws

from moorage.model.app import PLACEMENTS, AppSpec
from moorage.resources.network import task_subnets
from moorage.resources.tags import Tags

if TYPE_CHECKING:
    from moorage.resources.cluster.args import ClusterRef
    from moorage.resources.network import NetworkRef

    from .args import ContainerAppArgs
    from .deployment import Rollout
    from .target_groups import Targets


class ServiceSettings(TypedDict):
    """The arguments of a service that ECS takes back, as its task definition, when it rolls a deployment
    back."""

    capacity_provider_strategies: list[aws.ecs.ServiceCapacityProviderStrategyArgsDict] | None
    network_configuration: aws.ecs.ServiceNetworkConfigurationArgsDict | None
    load_balancers: list[aws.ecs.ServiceLoadBalancerArgsDict] | None
    service_connect_configuration: aws.ecs.ServiceServiceConnectConfigurationArgsDict | None


def service_settings(
    spec: AppSpec,
    args: ContainerAppArgs,
    groups: Sequence[pulumi.Input[str]],
    targets: Targets | None,
    connect: aws.ecs.ServiceServiceConnectConfigurationArgsDict | None = None,
    rollout: Rollout | None = None,
) -> ServiceSettings:
    """Return what `service` is told of capacity, network, load balancer and names.

    Args:
        spec: the app.
        args: its arguments, for cluster and network.
        groups: the tasks' security groups.
        targets: the target group they are reached by.
        connect: the names it gives and uses in Service Connect.
        rollout: how a new revision takes over, when not just rolling.
    """
    return {
        # AWS refuses a strategy for daemons; for all others it makes another capacity an update.
        "capacity_provider_strategies": None if spec.daemon else capacity_strategy(spec, args["cluster"]),
        "network_configuration": {
            "subnets": subnets_of(spec, args["network"]),
            "security_groups": list(groups),
            "assign_public_ip": spec.assign_public_ip,
        }
        if spec.network_mode == "awsvpc" and "network" in args
        else None,
        "load_balancers": [_balancing(spec, targets, rollout)] if targets else None,
        "service_connect_configuration": connect,
    }


def service(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    task_definition: pulumi.Input[str],
    settings: ServiceSettings,
    targets: Targets | None,
    tags: Tags,
    after: Sequence[pulumi.Resource] = (),
    rollout: Rollout | None = None,
) -> aws.ecs.Service:
    """Make the service that keeps the tasks of a definition running.

    Args:
        parent: the component it belongs to.
        spec: the app.
        args: its arguments, for the cluster and what is passed on as given.
        task_definition: the ARN of what runs.
        settings: where and by what its tasks run and are reached.
        targets: the target group they are reached by, and its rules.
        tags: the tags of service and tasks.
        after: what must be there before it.
        rollout: how a new revision takes over, when not just rolling.
    """
    cluster = args["cluster"]
    awsvpc = spec.network_mode == "awsvpc"
    fixed_name = args.get("service_name")
    return aws.ecs.Service(
        # ECS keeps the network configuration of a service that is updated: a live app that moves to
        # bridge gets a new service beside the old one.
        spec.name if awsvpc or fixed_name else f"{spec.name}-bridge",
        name=fixed_name,
        cluster=cluster["arn"],
        task_definition=task_definition,
        desired_count=None if spec.daemon else spec.count,
        scheduling_strategy="DAEMON" if spec.daemon else "REPLICA",
        launch_type="EC2" if spec.daemon else None,
        force_new_deployment=True,
        triggers={"redeploy": args["redeploy"]} if "redeploy" in args else None,
        deployment_minimum_healthy_percent=spec.minimum_healthy_percent,
        deployment_maximum_percent=spec.maximum_percent,
        deployment_circuit_breaker={"enable": True, "rollback": True},
        # Always said: left out, the provider keeps the strategy that the service had.
        deployment_configuration=rollout.configuration if rollout else {"strategy": "ROLLING"},
        alarms=rollout.alarms if rollout else None,
        health_check_grace_period_seconds=spec.health_check.grace_period if targets else None,
        ordered_placement_strategies=[
            {"type": kind, "field": field} for kind, field in PLACEMENTS[spec.placement]
        ]
        if spec.capacity == "ec2" and not spec.daemon and PLACEMENTS[spec.placement]
        else None,
        placement_constraints=[{"type": "distinctInstance"}] if spec.placement == "one_per_host" else None,
        **settings,
        enable_execute_command=spec.execute_command,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        tags=tags,
        opts=pulumi.ResourceOptions(
            parent=parent,
            # A target group takes tasks only once a rule attaches it to the load balancer.
            depends_on=[*(targets.attached if targets else ()), *after] or None,
            ignore_changes=["desiredCount"] if spec.autoscaling else None,
            delete_before_replace=True if fixed_name else None,
        ),
    )


def _balancing(
    spec: AppSpec, targets: Targets, rollout: Rollout | None
) -> aws.ecs.ServiceLoadBalancerArgsDict:
    balancing: aws.ecs.ServiceLoadBalancerArgsDict = {
        "target_group_arn": targets.group.arn,
        "container_name": spec.container_name,
        "container_port": spec.port,
    }
    if rollout and rollout.moving:
        balancing["advanced_configuration"] = rollout.moving
    return balancing


def subnets_of(spec: AppSpec, network: NetworkRef) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """Return the subnets that an app's tasks are placed in."""
    return task_subnets(network) if spec.private else network["public_subnet_ids"]


def capacity_strategy(
    spec: AppSpec, cluster: ClusterRef
) -> list[aws.ecs.ServiceCapacityProviderStrategyArgsDict]:
    """Return the capacity provider strategy, always explicit."""
    if spec.capacity == "fargate":
        return [{"capacity_provider": "FARGATE", "base": 0, "weight": 1}]
    if spec.capacity == "fargate_spot":
        return [
            {
                "capacity_provider": "FARGATE",
                "base": int(cluster.get("on_demand_base", 1)),
                "weight": int(cluster.get("on_demand_weight", 0)),
            },
            {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": int(cluster.get("spot_weight", 1))},
        ]
    return [{"capacity_provider": cluster.get("capacity_provider", ""), "base": 0, "weight": 1}]
