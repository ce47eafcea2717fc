"""A cluster and its capacity, from checked arguments."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from moorage.model.capacity import Capacity, capacity_spec, check_capacity
from moorage.model.choices import CapacityKind
from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.cluster import ECS_CLUSTER
from moorage.model.fields.values import Values
from moorage.model.names import check_logical_name, check_provider_name
from moorage.model.overrides import cluster_children
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.network.args import NetworkRef
from moorage.resources.outputs import Outputs
from moorage.resources.overrides import check_overrides
from moorage.resources.security_groups import outward_group

from .args import ClusterRef, EcsClusterArgs
from .exec_logs import exec_logs
from .managed_instances import managed_instances
from .namespace import namespace
from .scaling_group import scaling_group
from .wiring import ClusterWiring, cluster_wiring


def assembled(component: pulumi.ComponentResource, name: str, values: Values) -> tuple[Outputs, ClusterRef]:
    """Make the cluster and its capacity; return its outputs and its reference."""
    wiring = cluster_wiring(component, name, values)
    capacity = wiring.model
    log_group, configuration = None, None
    if capacity.exec_logs:
        log_group, configuration = exec_logs(wiring, values["exec_logs.retention_days"])
    cluster = _cluster(wiring, configuration)
    provider: pulumi.Input[str] = ""
    group = None
    if wiring.network is not None and (capacity.has_group or capacity.is_managed):
        group = _instances_group(wiring, wiring.network)
        make = scaling_group if capacity.has_group else managed_instances
        provider = make(wiring, cluster, wiring.network, group).name
    namespace_arn: pulumi.Input[str] = ""
    services_group_id: pulumi.Input[str] = ""
    if wiring.network is not None and capacity.namespace:
        namespace_arn, services_group_id = namespace(wiring, wiring.network, group)
    association = aws.ecs.ClusterCapacityProviders(
        f"{name}-capacity",
        cluster_name=cluster.name,
        # Fargate's stay associated, so services can move from and to it: one in use cannot be removed.
        # One of managed instances belongs to its cluster from the start, and ECS refuses it here.
        capacity_providers=["FARGATE", "FARGATE_SPOT", *([provider] if capacity.has_group else [])],
        opts=wiring.child,
    )
    # A service must come after its capacity: the ARN is known once all of it is there.
    arn = pulumi.Output.all(cluster.arn, association.urn, provider).apply(lambda known: str(known[0]))
    outputs: dict[str, pulumi.Input[str]] = {
        "arn": arn,
        "name": cluster.name,
        "capacity_provider": provider,
        "security_group_id": group.id if group else "",
        "namespace_arn": namespace_arn,
        "services_group_id": services_group_id,
        "exec_log_group_arn": log_group.arn if log_group else "",
        "exec_key_arn": wiring.exec_key_arn or "",
        "preset": str(capacity.preset),
    }
    return outputs, _ref(outputs, capacity, has_key=wiring.exec_key_arn is not None)


def _cluster(
    wiring: ClusterWiring, configuration: "aws.ecs.ClusterConfigurationArgsDict | None"
) -> "aws.ecs.Cluster":
    capacity = wiring.model
    insights = "enabled" if capacity.container_insights else "disabled"
    return aws.ecs.Cluster(
        wiring.name,
        configuration=configuration,
        name=wiring.cluster_name,
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


def checked(name: str, args: EcsClusterArgs) -> Values:
    """Check all arguments and return them with their defaults; raise a ValueError with every problem."""
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
    return values


def _ref(outputs: Mapping[str, pulumi.Input[str]], capacity: Capacity, *, has_key: bool) -> ClusterRef:
    ref: ClusterRef = {
        "arn": outputs["arn"],
        "name": outputs["name"],
        "capacity": capacity.kind.value,
        "arch": capacity.arch.value,
        "preset": str(capacity.preset),
    }
    if capacity.kind is CapacityKind.FARGATE_SPOT:
        ref["on_demand_base"] = capacity.on_demand_base
        ref["on_demand_weight"] = capacity.on_demand_weight
        ref["spot_weight"] = capacity.spot_weight
    if not capacity.is_fargate:
        ref["capacity_provider"] = outputs["capacity_provider"]
        ref["security_group_id"] = outputs["security_group_id"]
        if capacity.gpu:
            ref["gpu"] = True
    if capacity.namespace:
        ref["namespace_arn"] = outputs["namespace_arn"]
        ref["services_group_id"] = outputs["services_group_id"]
    if capacity.exec_logs:
        ref["exec_log_group_arn"] = outputs["exec_log_group_arn"]
        if has_key:
            ref["exec_key_arn"] = outputs["exec_key_arn"]
    if capacity.kind is CapacityKind.EC2:
        ref["max_instances"] = capacity.instances.max_size
    return ref
