"""The field table of `EcsCluster`."""

from moorage.model.choices import Architecture, CapacityKind, PresetName, Purchase
from moorage.model.instance_types import DEFAULT_INSTANCE_TYPE, FALLBACK_INSTANCE_TYPE, INSTANCE_TYPE
from moorage.model.lookup import Lookup
from moorage.model.presets import PRESETS

from .field import Derived, Exclude, Field, Form, Need, PerPreset, Range, Table, within
from .network import NETWORK_REF
from .shared import NAME, PRESET, TAGS, arn_of

_SPOT = (Need("capacity", (CapacityKind.FARGATE_SPOT,)),)
_NOT_MANAGED = (Exclude("capacity", (CapacityKind.MANAGED_INSTANCES,), "decides it itself"),)
_CAPACITY = Field(CapacityKind.FARGATE, choices=CapacityKind)
_ARCHITECTURE = Field(Architecture.X86_64, choices=Architecture)

CLUSTER_REF = {
    "arn": Field(),
    "name": Field(),
    "capacity": _CAPACITY,
    "arch": _ARCHITECTURE,
    "preset": PRESET,
    "on_demand_base": Field(1),
    "on_demand_weight": Field(0),
    "spot_weight": Field(1),
    "capacity_provider": Field(),
    "security_group_id": Field(),
    "max_instances": Field(words="unknown"),
    "gpu": Field(False),
    "namespace_arn": Field(),
    "services_group_id": Field(),
}

CLUSTER_REF_TABLE = Table(CLUSTER_REF)


def _has_instances(values: Lookup) -> dict[str, object] | None:
    with_instances = (CapacityKind.EC2, CapacityKind.MANAGED_INSTANCES)
    return {} if values["capacity"] in with_instances else None


def _instance_types(values: Lookup) -> list[str] | None:
    """Return the default types; `prod` has a second one, because AWS can run out of one type."""
    if values["capacity"] is CapacityKind.MANAGED_INSTANCES:
        return None
    arch = values["arch"]
    fallback = [FALLBACK_INSTANCE_TYPE[arch]] if PRESETS[values.preset].base is PresetName.PROD else []
    return [DEFAULT_INSTANCE_TYPE[arch], *fallback]


def _max_size(values: Lookup) -> int:
    return max(3, values["ec2.min_size"])


_EC2 = {
    "instance_types": Field(
        Derived(_instance_types),
        "`t3.small`, or `t4g.small` on arm64; in the preset `prod` `t3a.small`, or `t4g.medium`, as a "
        "fallback",
    ),
    "instance_types[]": Field(form=Form(INSTANCE_TYPE, "an instance type such as t4g.small")),
    "min_size": Field(1, range=Range(0, 1000), excludes=_NOT_MANAGED),
    "max_size": Field(
        Derived(_max_size), "3, or `min_size` if that is more", range=Range(1, 1000), excludes=_NOT_MANAGED
    ),
    "purchase": Field(Purchase.ON_DEMAND, choices=Purchase),
    "on_demand_base": Field(
        0, range=Range(0, 1000), needs=(Need(".purchase", (Purchase.SPOT,)),), excludes=_NOT_MANAGED
    ),
    "target_capacity": Field(100, range=Range(1, 100, "percent"), excludes=_NOT_MANAGED),
    "volume_size": Field(30, range=Range(30, 16384, "GiB: the ECS-optimized AMI needs 30")),
    "policy_arns": Field(excludes=_NOT_MANAGED),
    "policy_arns[]": arn_of("iam", "policy/"),
}

ECS_CLUSTER = Table(
    {
        "network": Field(),
        **within("network", NETWORK_REF),
        "cluster_name": Field(words="a generated name", form=NAME),
        "capacity": _CAPACITY,
        "arch": _ARCHITECTURE,
        "on_demand_base": Field(1, range=Range(0, 100000), needs=_SPOT),
        "on_demand_weight": Field(0, range=Range(0, 1000), needs=_SPOT),
        "spot_weight": Field(1, range=Range(1, 1000), needs=_SPOT),
        "ec2": Field(Derived(_has_instances), "as in each of its fields"),
        **within("ec2", _EC2),
        "namespace": Field(False, needs=(Need("network"),)),
        "container_insights": Field(PerPreset("container_insights")),
        "preset": PRESET,
        "tags": TAGS,
    }
)
