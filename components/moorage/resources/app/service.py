"""The ECS service of an app, and the parameters of RunTask for a job."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, TypedDict

import pulumi
import pulumi_aws as aws

from moorage.model.app import PLACEMENTS, AppSpec
from moorage.model.choices import CapacityKind, Placement
from moorage.model.fields.cluster import CLUSTER_REF_TABLE
from moorage.model.fields.values import Values
from moorage.model.job import run_task
from moorage.model.task import Task
from moorage.resources.cluster.args import ClusterRef
from moorage.resources.inputs import computed, present
from moorage.resources.network.subnets import task_subnets
from moorage.resources.roles import managed_role

from .connect import connect_configuration, registries
from .deployment import Rollout
from .target_groups import Targets
from .wiring import Wiring


class ServiceSettings(TypedDict):
    """The arguments of a service that ECS reverts, like its task definition, when it rolls a deployment
    back."""

    capacity_provider_strategies: list[aws.ecs.ServiceCapacityProviderStrategyArgsDict] | None
    network_configuration: aws.ecs.ServiceNetworkConfigurationArgsDict | None
    load_balancers: list[aws.ecs.ServiceLoadBalancerArgsDict] | None
    service_connect_configuration: aws.ecs.ServiceServiceConnectConfigurationArgsDict | None


class Reached(NamedTuple):
    """The ways to reach a service's tasks, and the resources that it depends on."""

    groups: Sequence[pulumi.Input[str]]
    """Their security groups."""
    targets: Targets | None
    """Their target groups, with rules."""
    rollout: Rollout
    after: Sequence[pulumi.Resource]
    """The resources that must exist before the service."""


def service_settings(wiring: Wiring, app: AppSpec, reached: Reached) -> ServiceSettings:
    """Return a service's settings of capacity, network, load balancer and names."""
    task = wiring.task
    return {
        # AWS refuses a strategy for daemons; for others, it makes a change of the capacity an update.
        "capacity_provider_strategies": None if app.daemon else capacity_strategy(task, wiring.cluster),
        "network_configuration": {
            "subnets": subnets_of(wiring),
            "security_groups": list(reached.groups),
            "assign_public_ip": task.assign_public_ip,
        }
        if not task.bridge and wiring.network
        else None,
        "load_balancers": [balancing] if (balancing := _balancing(wiring, app, reached)) else None,
        "service_connect_configuration": connect_configuration(wiring, app),
    }


def service(
    wiring: Wiring,
    app: AppSpec,
    task_definition: pulumi.Input[str],
    settings: ServiceSettings,
    reached: Reached,
) -> aws.ecs.Service:
    """Make the service that keeps the tasks of a definition running."""
    task, rollout, targets = wiring.task, reached.rollout, reached.targets
    return aws.ecs.Service(
        # ECS keeps the network configuration of an updated service: a live app that moves to bridge gets a
        # new service beside the old one.
        f"{app.name}-bridge" if task.bridge and not app.service_name else app.name,
        name=app.service_name,
        cluster=wiring.cluster["arn"],
        task_definition=task_definition,
        desired_count=None if app.daemon else desired_count(wiring, app),
        scheduling_strategy="DAEMON" if app.daemon else "REPLICA",
        launch_type="EC2" if app.daemon else None,
        force_new_deployment=True,
        triggers=None if app.redeploy is None else {"redeploy": app.redeploy},
        deployment_minimum_healthy_percent=app.minimum_healthy_percent,
        deployment_maximum_percent=app.maximum_percent,
        deployment_circuit_breaker={"enable": True, "rollback": True},
        # Never omitted: the provider would keep the strategy that the service had.
        deployment_configuration=rollout.configuration,
        alarms=rollout.alarms,
        health_check_grace_period_seconds=app.health_check.grace_period
        if targets or app.target_group_arn
        else None,
        ordered_placement_strategies=_placement(app),
        placement_constraints=_constraints(app),
        **settings,
        availability_zone_rebalancing=_REBALANCING.get(app.rebalancing),
        platform_version=app.platform_version,
        service_registries=registries(wiring, app),
        volume_configuration=_volume_configuration(wiring),
        enable_execute_command=task.execute_command,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        tags=wiring.tags,
        opts=pulumi.ResourceOptions(
            parent=wiring.parent,
            # ECS registers tasks only once a rule attaches the target group to the load balancer.
            depends_on=[*(targets.attached if targets else ()), *reached.after, *_outputs_before(wiring, app)]
            or None,
            ignore_changes=["desiredCount"] if app.autoscaling else None,
            delete_before_replace=True if app.service_name else None,
        ),
    )


def desired_count(wiring: Wiring, app: AppSpec) -> pulumi.Input[int]:
    """Return the number of tasks that are started."""
    return app.desired_count if wiring.count is None else wiring.count


_REBALANCING = {True: "ENABLED", False: "DISABLED", None: None}


def _placement(app: AppSpec) -> list[aws.ecs.ServiceOrderedPlacementStrategyArgsDict] | None:
    if app.task.capacity is not CapacityKind.EC2 or app.daemon:
        return None
    return [{"type": kind, "field": field} for kind, field in PLACEMENTS[app.placement]] or None


def _constraints(app: AppSpec) -> list[aws.ecs.ServicePlacementConstraintArgsDict] | None:
    return [{"type": "distinctInstance"}] if app.placement is Placement.ONE_PER_HOST else None


def _outputs_before(wiring: Wiring, app: AppSpec) -> list[Any]:
    """Return dependencies on the Outputs in `after` and on their resources."""
    outputs = [wiring.input(text) for text in app.after]
    # The SDK waits for an Output of None, and depends on its resources (pulumi 3.237 to 3.272).
    return [output.apply(lambda _: None) for output in outputs if isinstance(output, pulumi.Output)]


def _balancing(wiring: Wiring, app: AppSpec, reached: Reached) -> aws.ecs.ServiceLoadBalancerArgsDict | None:
    arn = reached.targets.group.arn if reached.targets else wiring.optional(app.target_group_arn)
    if arn is None:
        return None
    return present(
        target_group_arn=arn,
        container_name=app.task.own.name,
        container_port=app.port,
        advanced_configuration=reached.rollout.moving,
    )


def _volume_configuration(wiring: Wiring) -> aws.ecs.ServiceVolumeConfigurationArgsDict | None:
    """Return the EBS volume that ECS makes for each task, and make the role for it ("Amazon ECS
    infrastructure IAM role")."""
    volume = next((volume for volume in wiring.task.volumes if volume.ebs), None)
    if volume is None or volume.ebs is None:
        return None
    ebs = volume.ebs
    role = managed_role(
        wiring,
        "volumes",
        wiring.trusted("ecs.amazonaws.com"),
        "service-role/AmazonECSInfrastructureRolePolicyForVolumes",
    )
    managed = present(
        role_arn=role.arn,
        encrypted=True,
        file_system_type=ebs.file_system,
        volume_type=ebs.type,
        tag_specifications=[{"resource_type": "volume", "propagate_tags": "SERVICE", "tags": wiring.tags}],
        size_in_gb=ebs.size,
        iops=ebs.iops,
        throughput=ebs.throughput,
        snapshot_id=wiring.optional(ebs.snapshot_id),
        kms_key_id=wiring.optional(ebs.kms_key_id),
    )
    return {"name": volume.name, "managed_ebs_volume": managed}


def subnets_of(wiring: Wiring) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """Return the subnets that tasks are placed in; none with bridge networking."""
    if wiring.task.bridge or wiring.network is None:
        return []
    return task_subnets(wiring.network) if wiring.task.private else wiring.network["public_subnet_ids"]


def capacity_strategy(
    task: Task, cluster: ClusterRef
) -> list[aws.ecs.ServiceCapacityProviderStrategyArgsDict]:
    """Return the capacity provider strategy, which is always explicit."""
    match task.capacity:
        case CapacityKind.FARGATE:
            return [{"capacity_provider": "FARGATE", "base": 0, "weight": 1}]
        case CapacityKind.FARGATE_SPOT:
            shares = Values(CLUSTER_REF_TABLE, cluster)
            base, weight = int(shares["on_demand_base"]), int(shares["on_demand_weight"])
            return [
                {"capacity_provider": "FARGATE", "base": base, "weight": weight},
                {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": int(shares["spot_weight"])},
            ]
        case CapacityKind.EC2 | CapacityKind.MANAGED_INSTANCES:
            return [{"capacity_provider": cluster.get("capacity_provider", ""), "base": 0, "weight": 1}]


def run_parameters(
    wiring: Wiring, definition: pulumi.Output[str], group: pulumi.Input[str]
) -> pulumi.Output[dict[str, Any]]:
    """Return the parameters of RunTask, always with a capacity provider strategy, as a service has."""
    strategy = [
        {"capacityProvider": use["capacity_provider"], "base": use.get("base"), "weight": use.get("weight")}
        for use in capacity_strategy(wiring.task, wiring.cluster)
    ]
    parameters = partial(run_task, wiring.task)
    return computed(parameters, wiring.cluster["arn"], definition, strategy, subnets_of(wiring), group)
