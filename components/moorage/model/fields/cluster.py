"""The field table of `EcsCluster`."""

from typing import Any

from moorage.model.choices import (
    Architecture,
    CapacityKind,
    OperatingSystem,
    PresetName,
    Purchase,
    WarmState,
)
from moorage.model.instance_types import DEFAULT_INSTANCE_TYPE, FALLBACK_INSTANCE_TYPE, INSTANCE_TYPE
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems

from .field import Exclude, Field, Form, Need, PerPreset, Range, Table, plain, within
from .network import NETWORK_REF
from .shared import NAME, PRESET, RETENTION_DAYS, TAGS, arn_of
from .values import Derived, Values

_SPOT = (Need("capacity", (CapacityKind.FARGATE_SPOT,)),)
_NOT_MANAGED = (Exclude("capacity", (CapacityKind.MANAGED_INSTANCES,), "decides it itself"),)
_ON_SPOT = (Need(".purchase", (Purchase.SPOT,)),)
_CAPACITY = Field(CapacityKind.FARGATE, choices=CapacityKind)
_ARCHITECTURE = Field(Architecture.X86_64, choices=Architecture)

CLUSTER_REF = {
    **plain("arn", "name", "capacity_provider", "security_group_id", "namespace_arn", "services_group_id"),
    **plain("exec_log_group_arn", "exec_key_arn"),
    "capacity": _CAPACITY,
    "arch": _ARCHITECTURE,
    "preset": PRESET,
    "on_demand_base": Field(1),
    "on_demand_weight": Field(0),
    "spot_weight": Field(1),
    "max_instances": Field(words="unknown"),
    "gpu": Field(False),
}

CLUSTER_REF_TABLE = Table(CLUSTER_REF)


def _has_instances(values: Values) -> dict[str, object] | None:
    with_instances = (CapacityKind.EC2, CapacityKind.MANAGED_INSTANCES)
    return {} if values["capacity"] in with_instances else None


def _instance_types(values: Values) -> list[str] | None:
    """Return the default types; `prod` has a second one, because AWS can run out of one type."""
    if values["capacity"] is CapacityKind.MANAGED_INSTANCES:
        return None
    arch = values["arch"]
    fallback = [FALLBACK_INSTANCE_TYPE[arch]] if PRESETS[values.preset].base is PresetName.PROD else []
    return [DEFAULT_INSTANCE_TYPE[arch], *fallback]


def _check_user_data(field: str, script: Any, problems: Problems) -> None:
    """Check a script's size (EC2 User Guide, "Run commands when you launch an EC2 instance with user data
    input"): 16 KB with the lines that register the instance."""
    if isinstance(script, str) and (size := len(script.encode())) > _MOST_USER_DATA:
        problems.say(field, f"has {size:,} bytes; must be at most {_MOST_USER_DATA:,}")


_MOST_USER_DATA = 15_000
_SPOT_INSTANCES = Exclude(".purchase", (Purchase.SPOT,), "has no warm pool")
_JOURNAL = Exclude(".os", (OperatingSystem.BOTTLEROCKET,), "has the agent's logs in its journal")

_EC2 = {
    "instance_types": Field(
        Derived(_instance_types),
        "`t3.small`, or `t4g.small` on arm64; in the preset `prod` `t3a.small`, or `t4g.medium`, as a "
        "fallback",
    ),
    "instance_types[]": Field(form=Form(INSTANCE_TYPE, "an instance type such as t4g.small")),
    "min_size": Field(1, range=Range(0, 1000), excludes=_NOT_MANAGED),
    "max_size": Field(
        Derived(lambda values: max(3, values["ec2.min_size"])),
        "3, or `min_size` if that is more",
        range=Range(1, 1000),
        excludes=_NOT_MANAGED,
    ),
    "purchase": Field(Purchase.ON_DEMAND, choices=Purchase),
    "on_demand_base": Field(0, range=Range(0, 1000), needs=_ON_SPOT, excludes=_NOT_MANAGED),
    "on_demand_percentage": Field(0, range=Range(0, 100, "percent"), needs=_ON_SPOT, excludes=_NOT_MANAGED),
    "target_capacity": Field(100, range=Range(1, 100, "percent"), excludes=_NOT_MANAGED),
    "volume_size": Field(30, range=Range(30, 16384, "GiB: the ECS-optimized AMI needs 30")),
    "os": Field(OperatingSystem.AMAZON_LINUX, choices=OperatingSystem, excludes=_NOT_MANAGED),
    "ami": Field(
        words="the latest ECS-optimized one of `os` for the instance types",
        form=Form(r"ami-[0-9a-f]+|resolve:ssm:\S+", "the id of an AMI, ami-..., or resolve:ssm:PARAMETER"),
        excludes=_NOT_MANAGED,
    ),
    "user_data": Field(check=_check_user_data, excludes=_NOT_MANAGED),
    "volumes": Field(excludes=_NOT_MANAGED),
    "volumes[].device": Field(
        form=Form(r"/dev/(sd|xvd)[b-z][a-z]?[0-9]*", "a device other than the root's, such as /dev/sdf")
    ),
    "volumes[].size": Field(range=Range(1, 65536, "GiB")),
    "instance_refresh": Field(False, words="false, it applies to new ones", excludes=_NOT_MANAGED),
    "warm_pool": Field(excludes=(*_NOT_MANAGED, _SPOT_INSTANCES)),
    "warm_pool.state": Field(WarmState.STOPPED, choices=WarmState),
    "warm_pool.min_size": Field(0, range=Range(0, 1000)),
    "warm_pool.max_group_prepared_capacity": Field(words="`max_size`", range=Range(0, 1000)),
    "agent_logs": Field(words="none, they stay on the instances", excludes=(*_NOT_MANAGED, _JOURNAL)),
    "agent_logs.retention_days": Field(PerPreset("log_retention_days"), choices=RETENTION_DAYS),
    "policy_arns": Field(excludes=_NOT_MANAGED),
    "policy_arns[]": arn_of("iam", "policy/"),
}

ECS_CLUSTER = Table(
    {
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
        "exec_logs": Field(words="none, sessions are not logged"),
        "exec_logs.kms_key_arn": arn_of("kms", "key/")._replace(words="none, AWS's own encryption"),
        "exec_logs.retention_days": Field(PerPreset("log_retention_days"), choices=RETENTION_DAYS),
        "preset": PRESET,
        "permissions_boundary": arn_of("iam", "policy/"),
        "overrides": Field(),
        "tags": TAGS,
    }
)
