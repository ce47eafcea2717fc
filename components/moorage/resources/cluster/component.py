"""An ECS cluster and the capacity its tasks run on."""

import pulumi
import pulumi_aws as aws

from moorage.model.capacity import Capacity, capacity_spec, check_capacity
from moorage.model.choices import CapacityKind
from moorage.model.fields.checks import checked
from moorage.model.fields.cluster import ECS_CLUSTER
from moorage.model.fields.values import Values
from moorage.model.names import check_logical_name, check_provider_name
from moorage.model.overrides import cluster_children
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.checking import arguments, checking
from moorage.resources.inputs import declared_outputs, plain_inputs
from moorage.resources.network import NetworkRef
from moorage.resources.overrides import check_overrides, with_overrides
from moorage.resources.security_groups import outward_group

from .args import ClusterRef, EcsClusterArgs
from .exec_logs import exec_logs
from .managed_instances import managed_instances
from .namespace import namespace
from .scaling_group import scaling_group
from .wiring import ClusterWiring, cluster_wiring


class EcsCluster(pulumi.ComponentResource):
    """An ECS cluster and its capacity, chosen by one field.

    Services use capacity provider strategies, so that another capacity updates a service without replacing
    it.
    """

    arn: pulumi.Output[str]
    """The cluster's ARN, once its capacity is associated with it."""
    name: pulumi.Output[str]
    """The cluster's name."""
    capacity_provider: pulumi.Output[str]
    """The capacity provider of the instances; empty on Fargate."""
    security_group_id: pulumi.Output[str]
    """The instances' security group; empty on Fargate."""
    namespace_arn: pulumi.Output[str]
    """The Cloud Map namespace of its apps; empty without `namespace`."""
    services_group_id: pulumi.Output[str]
    """The security group through which its apps reach each other; empty without `namespace`."""
    exec_log_group_arn: pulumi.Output[str]
    """The log group of ECS Exec sessions; empty without `exec_logs`."""
    exec_key_arn: pulumi.Output[str]
    """The KMS key of ECS Exec sessions; empty without one."""
    preset: pulumi.Output[str]
    """Its preset. A policy pack sees outputs only, and what it accepts depends on the preset."""

    def __init__(self, name: str, args: EcsClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare cluster and capacity.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        args = arguments(name, args)
        with checking():
            values = _checked(name, args)
        super().__init__(
            "moorage:index:EcsCluster", name, plain_inputs(args), with_overrides(self, name, args, opts)
        )
        wiring = cluster_wiring(self, name, values)
        capacity = wiring.model
        cluster = self._cluster(wiring, values["exec_logs.retention_days"])
        self.capacity_provider = self.security_group_id = pulumi.Output.from_input("")
        group = None
        if wiring.network is not None and (capacity.has_group or capacity.is_managed):
            group = _instances_group(wiring, wiring.network)
            make = scaling_group if capacity.has_group else managed_instances
            self.capacity_provider = make(wiring, cluster, wiring.network, group).name
            self.security_group_id = group.id
        self.namespace_arn = self.services_group_id = pulumi.Output.from_input("")
        if wiring.network is not None and capacity.namespace:
            self.namespace_arn, self.services_group_id = namespace(wiring, wiring.network, group)
        own = [self.capacity_provider] if capacity.has_group else []
        association = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=cluster.name,
            # Fargate's stay associated, so services can move from and to it: one in use cannot be removed.
            # One of managed instances belongs to its cluster from the start, and ECS refuses it here.
            capacity_providers=["FARGATE", "FARGATE_SPOT", *own],
            opts=wiring.child,
        )
        # A service must come after its capacity: the ARN is known once all of it is there.
        self.arn = pulumi.Output.all(cluster.arn, association.urn, self.capacity_provider).apply(
            lambda known: known[0]
        )
        self.name = cluster.name
        self.ref: ClusterRef = _ref(self, capacity, has_key=wiring.exec_key_arn is not None)
        self.preset = pulumi.Output.from_input(str(capacity.preset))
        self.register_outputs(declared_outputs(self))

    def _cluster(self, wiring: ClusterWiring, exec_retention_days: int) -> "aws.ecs.Cluster":
        capacity = wiring.model
        self.exec_key_arn = pulumi.Output.from_input(wiring.exec_key_arn or "")
        self.exec_log_group_arn = pulumi.Output.from_input("")
        configuration = None
        if capacity.exec_logs:
            log_group, configuration = exec_logs(wiring, exec_retention_days)
            self.exec_log_group_arn = log_group.arn
        insights = "enabled" if capacity.container_insights else "disabled"
        return aws.ecs.Cluster(
            wiring.name,
            configuration=configuration,
            name=wiring.cluster_name,
            settings=[{"name": "containerInsights", "value": insights}],
            tags=wiring.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=PRESETS[capacity.preset].protect),
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


def _checked(name: str, args: EcsClusterArgs) -> Values:
    """Check all arguments and return them with their defaults; raise a ValueError with every problem."""
    problems = Problems("EcsCluster", name)
    check_logical_name(name, problems)
    values = checked(EcsClusterArgs, ECS_CLUSTER, args, problems)
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


def _ref(cluster: EcsCluster, capacity: Capacity, *, has_key: bool) -> ClusterRef:
    ref: ClusterRef = {
        "arn": cluster.arn,
        "name": cluster.name,
        "capacity": capacity.kind.value,
        "arch": capacity.arch.value,
        "preset": str(capacity.preset),
    }
    if capacity.kind is CapacityKind.FARGATE_SPOT:
        ref["on_demand_base"] = capacity.on_demand_base
        ref["on_demand_weight"] = capacity.on_demand_weight
        ref["spot_weight"] = capacity.spot_weight
    if not capacity.is_fargate:
        ref["capacity_provider"] = cluster.capacity_provider
        ref["security_group_id"] = cluster.security_group_id
        if capacity.gpu:
            ref["gpu"] = True
    if capacity.namespace:
        ref["namespace_arn"] = cluster.namespace_arn
        ref["services_group_id"] = cluster.services_group_id
    if capacity.exec_logs:
        ref["exec_log_group_arn"] = cluster.exec_log_group_arn
        if has_key:
            ref["exec_key_arn"] = cluster.exec_key_arn
    if capacity.kind is CapacityKind.EC2:
        ref["max_instances"] = capacity.instances.max_size
    return ref
