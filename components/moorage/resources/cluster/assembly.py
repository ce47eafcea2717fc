"""A cluster and its capacity, from checked arguments."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.capacity import Capacity, capacity_spec, check_capacity
from moorage.model.choices import CapacityKind
from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.cluster import ECS_CLUSTER
from moorage.model.names import check_logical_name, check_provider_name
from moorage.model.overrides import cluster_children
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.inputs import present
from moorage.resources.network.args import NetworkRef
from moorage.resources.outputs import Outputs
from moorage.resources.overrides import check_overrides
from moorage.resources.security_groups import admit, mutual_group, outward_group
from moorage.resources.wiring import Owner, Wired, tags_for

from .args import ClusterRef, EcsClusterArgs
from .managed_instances import managed_instances
from .scaling_group import scaling_group
from .wiring import ClusterWiring, Passed


def assembled(
    component: pulumi.ComponentResource, name: str, capacity: Capacity, passed: Passed
) -> tuple[Outputs, ClusterRef]:
    """Make the cluster and its capacity; return its outputs and its reference."""
    tags, boundary = tags_for(name, passed.tags), passed.permissions_boundary
    wiring = Wired(component, name, capacity, tags, passed, permissions_boundary=boundary)
    network = passed.network
    log_group = _exec_logs(wiring) if capacity.exec_logs else None
    cluster = _cluster(wiring, log_group)
    provider: pulumi.Input[str] = ""
    group = None
    if network is not None and (capacity.has_group or capacity.is_managed):
        group = _instances_group(wiring, network)
        make = scaling_group if capacity.has_group else managed_instances
        provider = make(wiring, network, cluster, group).name
    namespace_arn: pulumi.Input[str] = ""
    services_group_id: pulumi.Input[str] = ""
    if network is not None and capacity.namespace:
        namespace_arn, services_group_id = _namespace(wiring, network, group)
    association = aws.ecs.ClusterCapacityProviders(
        f"{name}-capacity",
        cluster_name=cluster.name,
        # Fargate's stay associated, so services can move from and to it: one in use cannot be removed.
        # One of managed instances belongs to its cluster from the start, and ECS refuses it here.
        capacity_providers=["FARGATE", "FARGATE_SPOT", *([provider] if capacity.has_group else [])],
        opts=wiring.child,
    )
    outputs: dict[str, pulumi.Input[str]] = {
        # A service must come after its capacity: the ARN is known once all of it is there.
        "arn": pulumi.Output.all(cluster.arn, association.urn, provider).apply(lambda args: str(args[0])),
        "name": cluster.name,
        "capacity_provider": provider,
        "security_group_id": group.id if group else "",
        "namespace_arn": namespace_arn,
        "services_group_id": services_group_id,
        "exec_log_group_arn": log_group.arn if log_group else "",
        "exec_key_arn": passed.exec_key_arn or "",
        "preset": str(capacity.preset),
    }
    return outputs, _ref(outputs, capacity)


def _exec_logs(wiring: ClusterWiring) -> "aws.cloudwatch.LogGroup":
    """Make the log group of ECS Exec sessions."""
    return aws.cloudwatch.LogGroup(
        f"{wiring.name}-exec",
        retention_in_days=wiring.model.exec_log_retention_days,
        kms_key_id=wiring.passed.exec_key_arn,
        **wiring.common,
    )


def _cluster(wiring: ClusterWiring, exec_logs: "aws.cloudwatch.LogGroup | None") -> "aws.ecs.Cluster":
    """Make the cluster ("Logging and auditing using ECS Exec")."""
    capacity, key_arn = wiring.model, wiring.passed.exec_key_arn
    insights = "enabled" if capacity.container_insights else "disabled"
    logging = exec_logs and present(
        kms_key_id=key_arn,
        logging="OVERRIDE",
        log_configuration={
            "cloud_watch_log_group_name": exec_logs.name,
            "cloud_watch_encryption_enabled": key_arn is not None,
        },
    )
    return aws.ecs.Cluster(
        wiring.name,
        configuration={"execute_command_configuration": logging} if logging else None,
        name=capacity.cluster_name,
        settings=[{"name": "containerInsights", "value": insights}],
        tags=wiring.tags,
        opts=pulumi.ResourceOptions(parent=wiring.parent, protect=PRESETS[capacity.preset].protect),
    )


def _instances_group(wiring: ClusterWiring, network: NetworkRef) -> "aws.ec2.SecurityGroup":
    kind = "Managed instances" if wiring.model.is_managed else "Instances"
    return outward_group(
        wiring,
        "instances",
        f"{kind} of the ECS cluster {wiring.name}",
        network,
        reaches="Images, AWS APIs and what the tasks call",
    )


def _namespace(
    owner: Owner, network: NetworkRef, instances: "aws.ec2.SecurityGroup | None"
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Make a Cloud Map namespace for Service Connect and the security group of its tasks; return the
    namespace's ARN and the group's id.

    Tasks with bridge networking have the security group of their instances, `instances`.
    """
    space = aws.servicediscovery.HttpNamespace(f"{owner.name}-services", **owner.common)
    description = f"Apps of the ECS cluster {owner.name} among each other"
    group = mutual_group(owner, "services", description, network["vpc_id"])
    if instances is not None:
        admit(owner, "services-in-instances", group, instances, "Bridge tasks")
        admit(owner, "instances-in-services", instances, group, "awsvpc tasks")
        admit(owner, "instances-in", instances, instances, "Bridge tasks")
    return space.arn, group.id


def checked(name: str, args: EcsClusterArgs) -> tuple[Capacity, Passed]:
    """Check all arguments and return the capacity and what is passed beside it; raise a ValueError with every
    problem."""
    problems = Problems("EcsCluster", name)
    check_logical_name(name, problems)
    values = checked_values(EcsClusterArgs, ECS_CLUSTER, args, problems)
    capacity = capacity_spec(values)
    check_capacity(capacity, values, problems)
    check_overrides("EcsCluster", values.args, cluster_children(capacity), problems)
    has_instances = capacity.has_group or capacity.is_managed
    if has_instances:
        check_provider_name(name, problems)
        if values.given("network") is None and not problems.concerns("network"):
            problems.say("network", "is required for instances")
    # Instances also have a Name, and their group the tag of ECS.
    check_tags("tags", values.given("tags") or {}, problems, further=2 if has_instances else 0)
    problems.raise_if_any()
    return capacity, Passed(
        network=values["network"],
        ami=values["ec2.ami"],
        user_data=values["ec2.user_data"],
        policy_arns=values["ec2.policy_arns"],
        exec_key_arn=values["exec_logs.kms_key_arn"],
        permissions_boundary=values["permissions_boundary"],
        tags=values["tags"],
    )


def _ref(outputs: Mapping[str, Any], capacity: Capacity) -> ClusterRef:
    """Return the reference; it omits what the cluster does not have."""
    instances = () if capacity.is_fargate else ("capacity_provider", "security_group_id")
    optional = (*instances, "namespace_arn", "services_group_id", "exec_log_group_arn", "exec_key_arn")
    spot = capacity.kind is CapacityKind.FARGATE_SPOT
    return present(
        arn=outputs["arn"],
        name=outputs["name"],
        capacity=capacity.kind.value,
        arch=capacity.arch.value,
        preset=str(capacity.preset),
        on_demand_base=capacity.on_demand_base if spot else None,
        on_demand_weight=capacity.on_demand_weight if spot else None,
        spot_weight=capacity.spot_weight if spot else None,
        gpu=True if capacity.gpu and not capacity.is_fargate else None,
        max_instances=capacity.instances.max_size if capacity.kind is CapacityKind.EC2 else None,
        **{key: outputs[key] for key in optional if outputs[key] != ""},
    )
