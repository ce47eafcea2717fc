"""An ECS cluster and the capacity its tasks run on."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from ._component import plain_inputs, tags_for
from ._gate import arguments, checking
from .ec2_capacity import ec2_capacity
from .managed_instances import managed_instances
from .network import NetworkRef
from .spec.arguments import check_arguments
from .spec.capacity import Capacity, capacity_spec
from .spec.names import check_arn, check_logical_name, check_pattern, check_provider_name
from .spec.policies import MANAGED_POLICIES
from .spec.presets import PRESETS
from .spec.problems import Problems
from .spec.tags import check_tags


class ClusterRef(TypedDict):
    """What an app needs to know of its cluster: in Python pass `cluster.ref`; in other languages pass its
    outputs one by one, and repeat its choices."""

    arn: pulumi.Input[str]
    """The cluster's ARN. It is known once the cluster's capacity is ready for services."""
    name: pulumi.Input[str]
    """The cluster's name."""
    capacity: NotRequired[str]
    """As given to the `EcsCluster`. Default: `fargate`."""
    arch: NotRequired[str]
    """As given to the `EcsCluster`. Default: `x86_64`."""
    preset: NotRequired[str]
    """As given to the `EcsCluster`. Default: `dev`."""
    on_demand_base: NotRequired[int]
    """As given to the `EcsCluster`. Default: 1."""
    on_demand_weight: NotRequired[int]
    """As given to the `EcsCluster`. Default: 0."""
    spot_weight: NotRequired[int]
    """As given to the `EcsCluster`. Default: 1."""
    capacity_provider: NotRequired[pulumi.Input[str]]
    """The capacity provider of a cluster with instances. Default: none."""
    security_group_id: NotRequired[pulumi.Input[str]]
    """The instances' security group. Default: none."""
    max_instances: NotRequired[int]
    """As given to the `EcsCluster` in `ec2.max_size`: the most instances it can have. Default: unknown."""
    gpu: NotRequired[bool]
    """As given to the `EcsCluster` in `ec2.instance_types`: whether all have GPUs. Default: false."""


class Ec2Args(TypedDict):
    """The instances of a cluster with capacity `ec2` or `managed_instances`."""

    instance_types: NotRequired[list[str]]
    """Instance types of the cluster's architecture, best first; several are a fallback for each other.
    Default: `t3.small`, or `t4g.small` on arm64; in the preset `prod` `t3a.small`, or `t4g.medium`, as a
    fallback. For `managed_instances`: the types AWS may choose from; by default any. Types with GPUs, such as
    `g5.xlarge`, get the GPU-optimized AMI; they cannot be combined with types without."""
    min_size: NotRequired[int]
    """The fewest instances, 0 to 1000; only for `ec2`. Default: 1."""
    max_size: NotRequired[int]
    """The most instances, 1 to 1000; only for `ec2`. Default: 3, or `min_size` if that is more."""
    purchase: NotRequired[str]
    """`on_demand` or `spot`; the preset `prod` refuses `spot` for `managed_instances`, where all would be.
    Default: `on_demand`."""
    on_demand_base: NotRequired[int]
    """With `spot`: how many instances are on demand all the same; only for `ec2`. Default: 0; in the preset
    `prod` at least 1 must be given."""
    target_capacity: NotRequired[int]
    """How full the instances should be, 1 to 100 percent; less keeps room for quick starts; only for `ec2`.
    Default: 100."""
    volume_size: NotRequired[int]
    """GiB of each instance's encrypted gp3 root volume, at least 30. Default: 30."""
    policy_arns: NotRequired[list[pulumi.Input[str]]]
    """Further policies of the instances' role, 10 at most, such as AmazonSSMManagedInstanceCore. Default:
    none; the role may join this one cluster, and images are pulled with the apps' execution roles."""


class EcsClusterArgs(TypedDict):
    """Arguments of `EcsCluster`."""

    network: NotRequired[NetworkRef]
    """Where instances are placed. Required for `ec2` and `managed_instances`. Default: none."""
    cluster_name: NotRequired[str]
    """A fixed name for the cluster. A fixed name can clash with another stack's. Default: a generated
    name."""
    capacity: NotRequired[str]
    """`fargate`; `fargate_spot`: Fargate Spot beside an on-demand base; `ec2`: an Auto Scaling group; or
    `managed_instances`: instances that ECS chooses, patches and replaces. Default: `fargate`."""
    arch: NotRequired[str]
    """`x86_64` or `arm64` (Graviton, about a fifth cheaper). Default: `x86_64`."""
    on_demand_base: NotRequired[int]
    """With `fargate_spot`: how many tasks of each app run on demand. Default: 1."""
    on_demand_weight: NotRequired[int]
    """With `fargate_spot`: the share of further tasks on demand, 0 to 1000, against `spot_weight`. Default:
    0."""
    spot_weight: NotRequired[int]
    """With `fargate_spot`: the share of further tasks on Spot, 1 to 1000. Default: 1."""
    ec2: NotRequired[Ec2Args]
    """The instances, for `ec2` and `managed_instances`. Beside Fargate it keeps an Auto Scaling group that
    apps move off: change `capacity` first, and take `ec2` away when no app runs there. Default: as in each of
    its fields."""
    container_insights: NotRequired[bool]
    """Whether CloudWatch Container Insights measures the cluster's tasks; costs per metric. Default: in the
    preset `prod`."""
    preset: NotRequired[str]
    """`dev` or `prod`; apps take it from the cluster. Default: `dev`."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags on everything that takes them. Default: only moorage's own."""


class EcsCluster(pulumi.ComponentResource):
    """An ECS cluster and its capacity, chosen by one field.

    Services use capacity provider strategies, so that another capacity is an update of the service and no
    replacement.
    """

    arn: pulumi.Output[str]
    """The cluster's ARN, once its capacity is associated with it."""
    name: pulumi.Output[str]
    """The cluster's name."""
    capacity_provider: pulumi.Output[str]
    """The capacity provider of the instances; empty on Fargate."""
    security_group_id: pulumi.Output[str]
    """The instances' security group; empty on Fargate."""
    preset: pulumi.Output[str]
    """The preset it was made with: a policy pack is told outputs only, and must know what it accepts."""

    def __init__(self, name: str, args: EcsClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare cluster and capacity.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        args = arguments(name, args)
        problems = Problems("EcsCluster", name)
        check_logical_name(name, problems)
        good = check_arguments(EcsClusterArgs, args, problems)
        check_pattern(
            "cluster_name",
            args.get("cluster_name"),
            r"[A-Za-z0-9_-]{1,255}",
            "1 to 255 letters, digits, hyphens and underscores",
            problems,
        )
        capacity = capacity_spec(args, problems)
        network = args.get("network")
        has_instances = capacity.has_group or capacity.kind == "managed_instances"
        if has_instances:
            check_provider_name(name, problems)
            if network is None:
                problems.say("network", "is required for instances")
        policy_arns = good.get("ec2", {}).get("policy_arns", [])
        if len(policy_arns) > MANAGED_POLICIES:
            problems.say(
                "ec2.policy_arns",
                f"{len(policy_arns)} policies, and a role has at most {MANAGED_POLICIES}: remove "
                f"{len(policy_arns) - MANAGED_POLICIES}",
            )
        for index, arn in enumerate(policy_arns):
            check_arn(f"ec2.policy_arns[{index}]", arn, "iam", "policy/", problems)
        # Instances have a Name, and their group the mark of ECS.
        check_tags("tags", good.get("tags", {}), problems, further=2 if has_instances else 0)
        with checking():
            problems.raise_if_any()
        super().__init__("moorage:index:EcsCluster", name, plain_inputs(args), opts)
        tags = tags_for(name, args.get("tags"))
        insights = args.get("container_insights", PRESETS[capacity.preset].container_insights)

        cluster = aws.ecs.Cluster(
            name,
            name=args.get("cluster_name"),
            settings=[{"name": "containerInsights", "value": "enabled" if insights else "disabled"}],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=PRESETS[capacity.preset].protect),
        )
        self.capacity_provider = pulumi.Output.from_input("")
        self.security_group_id = pulumi.Output.from_input("")
        if network is not None and capacity.has_group:
            self.capacity_provider, self.security_group_id = ec2_capacity(
                self, name, cluster, capacity, network, args.get("ec2", {}).get("policy_arns", []), tags
            )
        elif network is not None and capacity.kind == "managed_instances":
            self.capacity_provider, self.security_group_id = managed_instances(
                self, name, cluster, capacity, network, tags
            )
        association = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=cluster.name,
            # Fargate's stay associated, so that services can move from and to it: one in use cannot be taken
            # away. One of managed instances belongs to its cluster from the start, and ECS refuses it here.
            capacity_providers=[
                "FARGATE",
                "FARGATE_SPOT",
                *([self.capacity_provider] if capacity.has_group else []),
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        # A service must come after its capacity: whoever uses the ARN waits for all of it.
        self.arn = pulumi.Output.all(cluster.arn, association.urn, self.capacity_provider).apply(
            lambda known: known[0]
        )
        self.name = cluster.name
        self.ref: ClusterRef = _ref(self, capacity)
        self.preset = pulumi.Output.from_input(capacity.preset)
        self.register_outputs(
            {
                "arn": self.arn,
                "name": self.name,
                "capacityProvider": self.capacity_provider,
                "securityGroupId": self.security_group_id,
                "preset": self.preset,
            }
        )


def _ref(cluster: EcsCluster, capacity: Capacity) -> ClusterRef:
    ref: ClusterRef = {
        "arn": cluster.arn,
        "name": cluster.name,
        "capacity": capacity.kind,
        "arch": capacity.arch,
        "preset": capacity.preset,
    }
    if capacity.kind == "fargate_spot":
        ref["on_demand_base"] = capacity.on_demand_base
        ref["on_demand_weight"] = capacity.on_demand_weight
        ref["spot_weight"] = capacity.spot_weight
    if not capacity.is_fargate:
        ref["capacity_provider"] = cluster.capacity_provider
        ref["security_group_id"] = cluster.security_group_id
        if capacity.gpu:
            ref["gpu"] = True
    if capacity.kind == "ec2":
        ref["max_instances"] = capacity.instances.max_size
    return ref
