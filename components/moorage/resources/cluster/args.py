"""The arguments of `EcsCluster`, and the reference by which other components take a cluster."""

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types
from moorage.resources.network.args import GivenNetwork


class ClusterRef(TypedDict):
    """A cluster as its apps take it: in Python pass `cluster.ref`; in other languages pass its outputs one by
    one, and repeat its choices."""

    arn: pulumi.Input[str]
    """The cluster's ARN, known once its capacity is ready for services."""
    name: pulumi.Input[str]
    """The cluster's name."""
    capacity: NotRequired[types.CapacityKind]
    """As given to the `EcsCluster`. Default: `fargate`."""
    arch: NotRequired[types.Architecture]
    """As given to the `EcsCluster`. Default: `x86_64`."""
    preset: NotRequired[str]
    """As given to the `EcsCluster`. Default: `dev`."""
    on_demand_base: NotRequired[types.Integer]
    """As given to the `EcsCluster`. Default: 1."""
    on_demand_weight: NotRequired[types.Integer]
    """As given to the `EcsCluster`. Default: 0."""
    spot_weight: NotRequired[types.Integer]
    """As given to the `EcsCluster`. Default: 1."""
    capacity_provider: NotRequired[pulumi.Input[str]]
    """The capacity provider of a cluster with instances. Default: none."""
    security_group_id: NotRequired[pulumi.Input[str]]
    """The instances' security group. Default: none."""
    max_instances: NotRequired[types.Integer]
    """As given to the `EcsCluster` in `ec2.max_size`: the most instances it can have. Default: unknown."""
    gpu: NotRequired[types.Boolean]
    """As given to the `EcsCluster` in `ec2.instance_types`: whether all have GPUs. Default: false."""
    namespace_arn: NotRequired[pulumi.Input[str]]
    """The Cloud Map namespace in which apps with `connect` find each other. Default: none."""
    exec_log_group_arn: NotRequired[pulumi.Input[str]]
    """The log group of ECS Exec sessions, which task roles may write to. Default: none."""
    exec_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key of ECS Exec sessions, which task roles may decrypt with. Default: none."""
    services_group_id: NotRequired[pulumi.Input[str]]
    """The security group through which apps with `connect` or `discovery` reach each other. Default: none."""


if TYPE_CHECKING:
    GivenCluster = ClusterRef | pulumi.Output[Any]
else:
    # An output of another stack is of no other type in the schema.
    GivenCluster = ClusterRef


class InstanceVolumeArgs(TypedDict):
    """A further encrypted gp3 volume of each instance; `user_data` formats and mounts it."""

    device: str
    """Its device name, such as `/dev/sdf`."""
    size: types.Integer
    """GiB, 1 to 65536."""


class WarmPoolArgs(TypedDict):
    """Instances that are initialized, and wait to join the cluster when it needs them. ECS cannot return
    instances to the pool."""

    state: NotRequired[types.WarmState]
    """`stopped`, which costs only their volumes, or `running`. Default: `stopped`."""
    min_size: NotRequired[types.Integer]
    """The fewest instances in the pool, 0 to 1000. Default: 0."""
    max_group_prepared_capacity: NotRequired[types.Integer]
    """The most instances in the group and its pool together, 0 to 1000. Default: `max_size`."""


class AgentLogsArgs(TypedDict):
    """The log group of the ECS agents."""

    retention_days: NotRequired[types.Integer]
    """Days that they are kept. Default: 30 in the preset `dev`, 90 in `prod`."""


class Ec2Args(TypedDict):
    """The instances of a cluster with capacity `ec2` or `managed_instances`."""

    instance_types: NotRequired[list[str]]
    """Instance types of the cluster's architecture, best first; several are a fallback for each other.
    Default: `t3.small`, or `t4g.small` on arm64; in the preset `prod` `t3a.small`, or `t4g.medium`, as a
    fallback. For `managed_instances`: the types AWS may choose from; by default any. Types with GPUs, such as
    `g5.xlarge`, get the AMI with NVIDIA's drivers; they cannot be combined with types without."""
    os: NotRequired[types.OperatingSystem]
    """`amazon_linux`, which is Amazon Linux 2023, or `bottlerocket`, which has no shell or package manager
    and a read-only root file system; only for `ec2`. Changed on a live stack, it applies as `ami` does.
    Default: `amazon_linux`."""
    ami: NotRequired[pulumi.Input[str]]
    """An AMI of `os` with the ECS agent, `ami-...` or `resolve:ssm:...`; only for `ec2`. Default: the
    latest ECS-optimized one of `os` for the instance types."""
    user_data: NotRequired[pulumi.Input[str]]
    """Further lines of the shell script that an instance runs at its first start, after it is configured for
    the cluster; with Bottlerocket, further settings in TOML, those without a table in `settings.ecs`; only
    for `ec2`. Default: none."""
    volumes: NotRequired[list[InstanceVolumeArgs]]
    """Further volumes of each instance; only for `ec2`. Default: none."""
    instance_refresh: NotRequired[types.Boolean]
    """Whether a change of the launch template replaces running instances, drained and one after the other;
    only for `ec2`. Default: false, it applies to new ones."""
    warm_pool: NotRequired[WarmPoolArgs]
    """A warm pool of instances; an empty object makes one with the defaults; only for `ec2` with `purchase`
    `on_demand`. Default: none."""
    agent_logs: NotRequired[AgentLogsArgs]
    """Sends the logs of the ECS agents to a CloudWatch log group made for them; an empty object does so with
    the defaults; only for `ec2` with Amazon Linux. Default: none, they stay on the instances."""
    min_size: NotRequired[types.Integer]
    """The fewest instances, 0 to 1000; only for `ec2`. Default: 1."""
    max_size: NotRequired[types.Integer]
    """The most instances, 1 to 1000; only for `ec2`. Default: 3, or `min_size` if that is more."""
    purchase: NotRequired[types.Purchase]
    """`on_demand` or `spot`; the preset `prod` refuses `spot` for `managed_instances`, where all instances
    would be Spot. Default: `on_demand`."""
    on_demand_base: NotRequired[types.Integer]
    """With `spot`: how many instances are still on demand, 0 to 1000; only for `ec2`. Default: 0; in the
    preset `prod` at least 1 is required, or an `on_demand_percentage`."""
    on_demand_percentage: NotRequired[types.Integer]
    """With `spot`: how much of the instances above `on_demand_base` is on demand as well, 0 to 100 percent;
    only for `ec2`. Default: 0."""
    target_capacity: NotRequired[types.Integer]
    """How full the instances should be, 1 to 100 percent; less keeps room for quick starts; only for `ec2`.
    Default: 100."""
    volume_size: NotRequired[types.Integer]
    """GiB of each instance's encrypted gp3 root volume, with Bottlerocket of its data volume, 30 to 16384.
    Default: 30."""
    policy_arns: NotRequired[list[pulumi.Input[str]]]
    """Further policies of the instances' role, 10 at most, such as AmazonSSMManagedInstanceCore. Default:
    none; the role only joins this cluster, and images are pulled with the apps' execution roles."""


class ExecLogsArgs(TypedDict):
    """The log of ECS Exec sessions. Images need `script` and `cat` for it."""

    kms_key_arn: NotRequired[pulumi.Input[str]]
    """A customer managed KMS key that encrypts sessions and log group; its policy must let CloudWatch Logs
    use it. Default: none, AWS's own encryption."""
    retention_days: NotRequired[types.Integer]
    """Days that it is kept. Default: 30 in the preset `dev`, 90 in `prod`."""


class EcsClusterArgs(TypedDict):
    """Arguments of `EcsCluster`."""

    network: NotRequired[GivenNetwork]
    """Where instances are placed. Required for `ec2` and `managed_instances`. Default: none."""
    cluster_name: NotRequired[str]
    """A fixed name for the cluster. A fixed name can clash with another stack's. Default: a generated
    name."""
    capacity: NotRequired[types.CapacityKind]
    """`fargate`; `fargate_spot`: Fargate Spot beside an on-demand base; `ec2`: an Auto Scaling group; or
    `managed_instances`: instances that ECS chooses, patches and replaces. Default: `fargate`."""
    arch: NotRequired[types.Architecture]
    """`x86_64` or `arm64` (Graviton, about a fifth cheaper). Default: `x86_64`."""
    on_demand_base: NotRequired[types.Integer]
    """With `fargate_spot`: how many tasks of each app run on demand, 0 to 100000. Default: 1."""
    on_demand_weight: NotRequired[types.Integer]
    """With `fargate_spot`: the share of further tasks on demand, 0 to 1000, against `spot_weight`. Default:
    0."""
    spot_weight: NotRequired[types.Integer]
    """With `fargate_spot`: the share of further tasks on Spot, 1 to 1000. Default: 1."""
    ec2: NotRequired[Ec2Args]
    """The instances, for `ec2` and `managed_instances`. Beside Fargate it keeps an Auto Scaling group while
    apps move off it: change `capacity` first, and remove `ec2` when no app runs there. Default: as in each of
    its fields."""
    namespace: NotRequired[types.Boolean]
    """Whether apps with `connect` call each other by name: makes a Cloud Map namespace, and a security group
    through which they, apps with `discovery` and bridge tasks reach each other; needs `network`. Default:
    false."""
    container_insights: NotRequired[types.Boolean]
    """Whether CloudWatch Container Insights measures the cluster's tasks; costs per metric. Default: in the
    preset `prod`."""
    exec_logs: NotRequired[ExecLogsArgs]
    """Logs the sessions of ECS Exec to a CloudWatch log group made for them; an empty object does so with the
    defaults. Default: none, sessions are not logged."""
    preset: NotRequired[str]
    """`dev`, `prod`, or a preset of the configuration `moorage:presets`; apps take it from the cluster.
    Default: `dev`."""
    permissions_boundary: NotRequired[pulumi.Input[str]]
    """The policy that is the permissions boundary of every role that is made. Default: none."""
    overrides: NotRequired[dict[str, dict[str, Any]]]
    """Inputs of the resources it makes, by short names and pulumi_aws's names of inputs (docs/overrides.md);
    objects are merged, everything else is replaced. Default: none."""
    tags: NotRequired[types.LaterStrings]
    """Tags on everything that takes them. Default: only moorage's own."""
