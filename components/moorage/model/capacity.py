"""Capacity: what a cluster runs tasks on, and the strategy by which a service's tasks are spread over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from .arguments import in_range, one_of, whole
from .instance_types import ARCHITECTURES, INSTANCE_TYPE, architecture_of, has_gpu
from .names import check_pattern
from .presets import DEFAULT_PRESET, PRESETS
from .problems import Problems

CAPACITIES = ("fargate", "fargate_spot", "ec2", "managed_instances")
"""The kinds of capacity a cluster can have."""

PURCHASES = ("on_demand", "spot")
"""How instances are bought."""

DEFAULT_INSTANCE_TYPE = {"x86_64": "t3.small", "arm64": "t4g.small"}
"""The instance type of a cluster that is given none, by architecture."""

FALLBACK_INSTANCE_TYPE = {"x86_64": "t3a.small", "arm64": "t4g.medium"}
"""The second one where customers are served: AWS can run out of one type."""


@dataclass(frozen=True, slots=True)
class Instances:
    """The instances of an EC2 cluster."""

    types: tuple[str, ...]
    chosen: bool
    """Whether the types were given, and are no default."""
    min_size: int
    max_size: int
    purchase: str
    on_demand_base: int
    """Instances that are on demand although the purchase option is spot."""
    target_capacity: int
    """Percent of the instances that tasks should fill; the rest is ready for more."""
    volume_size: int
    """GiB of each root volume."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a cluster runs tasks on."""

    kind: str
    arch: str
    preset: str
    on_demand_base: int
    """Tasks that run on Fargate although the capacity is fargate_spot."""
    on_demand_weight: int
    """Share of the tasks beyond the base that run on Fargate, beside `spot_weight`."""
    spot_weight: int
    instances: Instances
    has_group: bool
    """Whether there is an Auto Scaling group: for EC2 capacity, and beside Fargate while apps move off it."""

    @property
    def is_fargate(self) -> bool:
        """Whether tasks run without instances in the account."""
        return self.kind in ("fargate", "fargate_spot")

    @property
    def gpu(self) -> bool:
        """Whether tasks can ask for GPUs: AWS has no GPU-optimized AMI of Amazon Linux 2023 for arm64."""
        types = self.instances.types
        return self.arch == "x86_64" and bool(types) and all(has_gpu(name) for name in types)


def capacity_spec(args: Mapping[str, Any], problems: Problems) -> Capacity:
    """Return the capacity that a cluster's arguments describe, and add what is wrong with them to
    `problems`."""
    kind = _text(args, "capacity", "fargate")
    arch = _text(args, "arch", ARCHITECTURES[0])
    preset = _text(args, "preset", DEFAULT_PRESET)
    one_of("capacity", kind, CAPACITIES, problems)
    one_of("arch", arch, ARCHITECTURES, problems)
    one_of("preset", preset, tuple(PRESETS), problems)
    ec2 = cast("Mapping[str, Any]", args.get("ec2") if isinstance(args.get("ec2"), Mapping) else {})
    spot_names = ("on_demand_base", "on_demand_weight", "spot_weight")
    for name in spot_names:
        in_range(name, args.get(name), 0, 100000 if name == "on_demand_base" else 1000, problems)
        if name in args and kind in CAPACITIES and kind != "fargate_spot":
            problems.add(name, args[name], f"is for capacity fargate_spot, not {kind}")
    capacity = Capacity(
        kind=kind,
        arch=arch,
        preset=preset,
        on_demand_base=_number(args, "on_demand_base", 1),
        on_demand_weight=_number(args, "on_demand_weight", 0),
        spot_weight=_number(args, "spot_weight", 1),
        instances=_instances(ec2, arch, kind, preset, problems),
        has_group=kind == "ec2" or (kind in ("fargate", "fargate_spot") and "ec2" in args),
    )
    if kind == "fargate_spot":
        _check_spot(capacity, problems)
    instances = capacity.instances
    with_gpu = [name for name in instances.types if has_gpu(name)]
    if capacity.has_group and 0 < len(with_gpu) < len(instances.types):
        problems.add(
            "ec2.instance_types",
            list(instances.types),
            f"only {', '.join(with_gpu)} have GPUs, and all instances of the group have one AMI: give types "
            "that all have GPUs, or none",
        )
    if instances.purchase == "spot" and kind == "managed_instances":
        _refuse_spot_only("ec2.purchase", "spot", "use on_demand", preset, problems)
    elif instances.purchase == "spot" and capacity.has_group and instances.on_demand_base == 0:
        _refuse_spot_only("ec2.on_demand_base", 0, "keep at least 1 on demand", preset, problems)
    return capacity


def _text(args: Mapping[str, Any], name: str, default: str) -> str:
    value = args.get(name)
    return value if isinstance(value, str) else default


def _number(args: Mapping[str, Any], name: str, default: int) -> int:
    value = args.get(name)
    return whole(value, default) if isinstance(value, int | float | None) else default


def _check_spot(capacity: Capacity, problems: Problems) -> None:
    if capacity.spot_weight == 0:
        problems.add("spot_weight", 0, "nothing would run on Spot; use capacity fargate")
    if capacity.on_demand_base == 0 and capacity.on_demand_weight == 0:
        _refuse_spot_only("on_demand_base", 0, "keep at least 1 on demand", capacity.preset, problems)


def _refuse_spot_only(field: str, value: Any, instead: str, preset: str, problems: Problems) -> None:
    if preset in PRESETS and not PRESETS[preset].spot_only:
        problems.add(
            field,
            value,
            f"Spot only is refused in the preset {preset}: it has no fallback when AWS has no spare "
            f"capacity; {instead}",
        )


def _default_types(arch: str, preset: str) -> list[str]:
    architecture = arch if arch in ARCHITECTURES else ARCHITECTURES[0]
    fallback = [FALLBACK_INSTANCE_TYPE[architecture]] if preset == "prod" else []
    return [DEFAULT_INSTANCE_TYPE[architecture], *fallback]


def _instances(args: Mapping[str, Any], arch: str, kind: str, preset: str, problems: Problems) -> Instances:
    given = args.get("instance_types") or _default_types(arch, preset)
    types = cast("list[Any]", given) if isinstance(given, list) else []
    for index, instance_type in enumerate(types):
        field = f"ec2.instance_types[{index}]"
        check_pattern(field, instance_type, INSTANCE_TYPE, "an instance type such as t4g.small", problems)
        known = arch in ARCHITECTURES and isinstance(instance_type, str)
        if known and architecture_of(instance_type) != arch:
            problems.add(
                field, instance_type, f"is {architecture_of(instance_type)}, but the cluster's arch is {arch}"
            )
    instances = Instances(
        types=tuple(str(item) for item in types),
        chosen=bool(args.get("instance_types")),
        min_size=_number(args, "min_size", 1),
        max_size=_number(args, "max_size", max(3, _number(args, "min_size", 1))),
        purchase=_text(args, "purchase", PURCHASES[0]),
        on_demand_base=_number(args, "on_demand_base", 0),
        target_capacity=_number(args, "target_capacity", 100),
        volume_size=_number(args, "volume_size", 30),
    )
    one_of("ec2.purchase", instances.purchase, PURCHASES, problems)
    in_range("ec2.min_size", instances.min_size, 0, 1000, problems)
    in_range("ec2.max_size", instances.max_size, 1, 1000, problems)
    in_range("ec2.target_capacity", instances.target_capacity, 1, 100, problems, "percent")
    in_range(
        "ec2.volume_size", instances.volume_size, 30, 16384, problems, "GiB: the ECS-optimized AMI needs 30"
    )
    if instances.min_size > instances.max_size:
        problems.add("ec2.min_size", instances.min_size, f"must not be above max_size, {instances.max_size}")
    in_range("ec2.on_demand_base", instances.on_demand_base, 0, instances.max_size, problems)
    if kind == "managed_instances":
        for name in ("min_size", "max_size", "on_demand_base", "target_capacity", "policy_arns"):
            if name in args:
                problems.add(f"ec2.{name}", args[name], "is for capacity ec2; ECS decides it here")
    elif "on_demand_base" in args and instances.purchase != "spot":
        problems.add("ec2.on_demand_base", args["on_demand_base"], "is for purchase spot")
    return instances
