"""Capacity of a cluster, and the strategy that spreads a service's tasks over it."""

from typing import NamedTuple

from .choices import Architecture, CapacityKind, OperatingSystem, Purchase, WarmState
from .fields.values import Values
from .instance_types import architecture_of, has_gpu
from .lookup import described, described_if_given
from .policies import MANAGED_POLICIES
from .presets import PRESETS
from .problems import Problems
from .user_data import UserData, check_settings

DATA_DEVICE = "/dev/xvdb"
"""The second volume of Bottlerocket, for images and containers ("Amazon ECS-optimized Bottlerocket AMIs")."""


class WarmPool(NamedTuple):
    """The instances beside a group that are initialized and wait to be in service."""

    state: WarmState
    min_size: int
    max_group_prepared_capacity: int | None
    """The most instances in the group and the pool; None for the group's maximum."""


class Instances(NamedTuple):
    """The instances of an EC2 cluster."""

    types: tuple[str, ...]
    chosen: bool
    """True if the types are given, not the default."""
    min_size: int
    max_size: int
    purchase: Purchase
    on_demand_base: int
    """Instances that are on-demand although the purchase option is spot."""
    on_demand_percentage: int
    """Percent of the instances beyond the base that are on-demand as well."""
    target_capacity: int
    """Percent of the instances that tasks should fill; the rest is ready for more."""
    volume_size: int
    """GiB of each root volume; of the data volume with Bottlerocket."""
    volumes: tuple[tuple[str, int], ...]
    """Further volumes: device and GiB."""
    instance_refresh: bool
    """True if a changed launch template replaces running instances."""
    own_ami: bool
    """True if the AMI is given."""
    os: OperatingSystem
    warm_pool: WarmPool | None
    agent_logs: bool
    """True if the ECS agent's logs are sent to CloudWatch."""
    agent_log_retention_days: int

    @property
    def user_data(self) -> UserData:
        """The user data without the names of other resources."""
        return UserData(self.os, self.warm_pool is not None)

    @property
    def only_spot(self) -> bool:
        """True if no instance is on-demand."""
        return self.purchase is Purchase.SPOT and not self.on_demand_base + self.on_demand_percentage


class Capacity(NamedTuple):
    """The capacity of a cluster."""

    cluster_name: str | None
    """The fixed name of the cluster."""
    kind: CapacityKind
    arch: Architecture
    preset: str
    on_demand_base: int
    """Tasks that run on Fargate although the capacity is fargate_spot."""
    on_demand_weight: int
    """Share of the tasks beyond the base that run on Fargate, beside `spot_weight`."""
    spot_weight: int
    instances: Instances
    has_group: bool
    """True if there is an Auto Scaling group: with EC2 capacity, and beside Fargate during a migration."""
    container_insights: bool
    exec_logs: bool
    """True if sessions of ECS Exec are logged."""
    exec_log_retention_days: int
    namespace: bool
    """True if there is a namespace in which apps call each other."""

    @property
    def is_fargate(self) -> bool:
        """True if tasks run without instances in the account."""
        return self.kind in (CapacityKind.FARGATE, CapacityKind.FARGATE_SPOT)

    @property
    def is_managed(self) -> bool:
        """True if ECS chooses, patches and replaces the instances."""
        return self.kind is CapacityKind.MANAGED_INSTANCES

    @property
    def gpu(self) -> bool:
        """True if tasks can use GPUs; ECS has no AMI of Amazon Linux 2023 with GPU drivers for arm64."""
        types = self.instances.types
        amazon_linux = self.instances.os is OperatingSystem.AMAZON_LINUX
        has_ami = self.arch is Architecture.X86_64 or self.instances.own_ami or not amazon_linux
        return has_ami and bool(types) and all(has_gpu(name) for name in types)


def capacity_spec(values: Values) -> Capacity:
    """Return the capacity that a cluster's arguments describe."""
    kind: CapacityKind = values["capacity"]
    beside = kind is not CapacityKind.MANAGED_INSTANCES and values.given("ec2") is not None
    return described(
        Capacity,
        values,
        kind=kind,
        instances=_instances(values),
        has_group=kind is CapacityKind.EC2 or beside,
        exec_logs=values.given("exec_logs") is not None,
        exec_log_retention_days=values["exec_logs.retention_days"],
    )


def _instances(values: Values) -> Instances:
    return described(
        Instances,
        values,
        "ec2.",
        types=tuple(values["ec2.instance_types"] or values.default("ec2.instance_types") or ()),
        chosen=bool(values.given("ec2.instance_types")),
        volumes=tuple((volume["device"], volume["size"]) for volume in values.inner("ec2.volumes")),
        own_ami=values.given("ec2.ami") is not None,
        warm_pool=described_if_given(WarmPool, values, "ec2.warm_pool"),
        agent_logs=values.given("ec2.agent_logs") is not None,
        agent_log_retention_days=values["ec2.agent_logs.retention_days"],
    )


def check_capacity(capacity: Capacity, values: Values, problems: Problems) -> None:
    """Check a cluster's arguments against each other."""
    instances = capacity.instances
    if not problems.concerns("arch"):
        _check_architecture(capacity, problems)
    if instances.min_size > instances.max_size and not problems.concerns("ec2.max_size"):
        problems.add("ec2.min_size", instances.min_size, f"must not be above max_size, {instances.max_size}")
    base, most = instances.on_demand_base, instances.max_size
    if base > most:
        problems.add("ec2.on_demand_base", base, f"must not be above max_size, {most}")
    pool = instances.warm_pool
    if pool is not None and not problems.concerns("ec2.warm_pool"):
        prepared = pool.max_group_prepared_capacity
        if prepared is not None and pool.min_size > prepared:
            wrong = f"must not be above max_group_prepared_capacity, {prepared}"
            problems.add("ec2.warm_pool.min_size", pool.min_size, wrong)
    devices = [device for device, _ in instances.volumes]
    for index, device in enumerate(devices):
        if device in devices[:index]:
            problems.add(f"ec2.volumes[{index}].device", device, "is given twice")
        if instances.os is OperatingSystem.BOTTLEROCKET and device == DATA_DEVICE:
            problems.add(f"ec2.volumes[{index}].device", device, "is the data volume of Bottlerocket")
    check_settings(instances.user_data, values.given("ec2.user_data"), problems)
    policies = len(values.given("ec2.policy_arns") or ())
    if policies > MANAGED_POLICIES:
        text = f"{policies} policies, and a role has at most {MANAGED_POLICIES}; remove "
        problems.say("ec2.policy_arns", f"{text}{policies - MANAGED_POLICIES}")
    with_gpu = [name for name in instances.types if has_gpu(name)]
    if capacity.has_group and 0 < len(with_gpu) < len(instances.types):
        text = (
            f"only {', '.join(with_gpu)} have GPUs, and all instances of the group have one AMI; give types "
        )
        problems.add("ec2.instance_types", list(instances.types), f"{text}that all have GPUs, or none")
    _check_spot(capacity, problems)


def _check_architecture(capacity: Capacity, problems: Problems) -> None:
    for index, instance_type in enumerate(capacity.instances.types):
        field, arch = f"ec2.instance_types[{index}]", architecture_of(instance_type)
        if arch is not capacity.arch and not problems.concerns(field):
            problems.add(field, instance_type, f"is {arch}, but the cluster's arch is {capacity.arch}")


def _check_spot(capacity: Capacity, problems: Problems) -> None:
    """Check that some tasks run on demand where the preset requires it: Spot capacity can run out."""
    if PRESETS[capacity.preset].spot_only:
        return
    instances, tasks_on_demand = capacity.instances, capacity.on_demand_base + capacity.on_demand_weight
    if capacity.kind is CapacityKind.FARGATE_SPOT and not tasks_on_demand:
        field, value, instead = "on_demand_base", 0, "keep at least 1 on demand"
    elif capacity.is_managed and instances.purchase is Purchase.SPOT:
        field, value, instead = "ec2.purchase", Purchase.SPOT, "use on_demand"
    elif capacity.has_group and instances.only_spot:
        field, value, instead = "ec2.on_demand_base", 0, "keep at least 1 on demand"
    else:
        return
    text = f"Spot only is refused in the preset {capacity.preset}: Spot capacity can run out; {instead}"
    problems.add(field, value, text)
