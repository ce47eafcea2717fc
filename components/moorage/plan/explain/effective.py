"""What a component makes of arguments that are not given: the values of its spec, where a preset or a default
chose them."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, NotRequired, Required, Union, cast, get_args, get_origin, is_typeddict

from moorage.model.app import app_spec
from moorage.model.balancer import balancer_spec
from moorage.model.capacity import capacity_spec
from moorage.model.deployment import Deployment
from moorage.model.job import job_spec
from moorage.model.presets import DEFAULT_PRESET, PRESETS
from moorage.model.problems import Problems

PRESET = "preset"
DEFAULT = "default"

_RENAMED = {"kind": "capacity", "minimum": "min", "maximum": "max", "types": "instance_types"}
"""Fields of a spec whose argument has another name."""

_BY_CLUSTER = ("ContainerApp", "ComposeApp", "Job")
"""Components whose preset is their cluster's."""


def chosen(
    kind: str, name: str, args: Mapping[str, Any], declaration: type
) -> dict[str, tuple[Any, str, str]]:
    """Return the effective values of arguments that are not given.

    Args:
        kind: the name of the component's class.
        name: the component's name.
        args: its arguments.
        declaration: their `TypedDict`.

    Returns:
        By path, such as `health_check.path`: the value, `preset` or `default`, and the preset's name.
    """
    preset = _preset_of(kind, args)
    here = _values(kind, name, args, declaration, preset)
    others = [_values(kind, name, args, declaration, other) for other in PRESETS if other != preset]
    return {
        path: (value, PRESET, preset)
        if path != "preset" and any(other.get(path, value) != value for other in others)
        else (value, DEFAULT, "")
        for path, value in here.items()
    }


def _preset_of(kind: str, args: Mapping[str, Any]) -> str:
    holder = args.get("cluster") if kind in _BY_CLUSTER else args
    preset = cast("Mapping[str, Any]", holder).get("preset") if isinstance(holder, Mapping) else None
    return preset if isinstance(preset, str) and preset in PRESETS else DEFAULT_PRESET


def _values(kind: str, name: str, args: Mapping[str, Any], declaration: type, preset: str) -> dict[str, Any]:
    if kind in _BY_CLUSTER:
        cluster = args.get("cluster")
        shared = dict(cast("Mapping[str, Any]", cluster)) if isinstance(cluster, Mapping) else {}
        args = {**args, "cluster": {**shared, "preset": preset}}
    else:
        args = {**args, "preset": preset}
    return dict(_flat(_spec(kind, name, args), declaration, ""))


def _spec(kind: str, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return a component's effective values under the names of its arguments, those that matter."""
    if kind == "Network":
        return {"private_egress": False}
    if kind == "EcsCluster":
        return _cluster(args)
    if kind == "LoadBalancer":
        spec = _plain(balancer_spec(args))
        for field, needs in (("record_type", "zone_id"), ("tls_policy", "domain")):
            if needs not in args:
                del spec[field]
        return spec
    if kind == "ContainerImage":
        return {"arch": "x86_64", "keep_images": 30, "preset": DEFAULT_PRESET}
    if kind == "ComposeApp":
        as_of_an_app = _app(name, args)
        kept = ("log_retention_days", "rollout_timeout", "verify", "execute_command")
        return {"folder": ".", "task": "per_service", "public": False} | {
            key: as_of_an_app[key] for key in kept
        }
    if kind == "Job":
        return _job(name, args)
    return _app(name, args) if kind == "ContainerApp" else {}


def _cluster(args: Mapping[str, Any]) -> dict[str, Any]:
    capacity = capacity_spec(args, Problems("EcsCluster", ""))
    values = _plain(capacity)
    if capacity.kind != "fargate_spot":
        for share in ("on_demand_base", "on_demand_weight", "spot_weight"):
            del values[share]
    instances = values.pop("instances")
    if capacity.has_group or capacity.kind == "managed_instances":
        if capacity.kind == "managed_instances":
            instances = {key: instances[key] for key in ("purchase", "volume_size")}
        elif capacity.instances.purchase != "spot":
            del instances["on_demand_base"]
        values["ec2"] = instances
    return {**values, "container_insights": PRESETS[capacity.preset].container_insights}


def _app(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    spec = app_spec(name, args, "")
    own = spec.task.own
    values = {**_plain(spec.task), **_plain(spec)}
    values |= {"container_name": own.name, "read_only": own.read_only, "linux": {"init": own.init}}
    values |= {"public": spec.exposure == "public", "subnets": "private" if spec.task.private else "public"}
    values |= _deployment(spec.deployment)
    matters = {
        "containers": False,
        "volumes": False,
        "after": False,
        "security_group_ids": False,
        "file_system": spec.task.makes_file_system,
        "family": False,
        "rules": False,
        "preset": False,
        "health_check": spec.exposure == "load_balancer",
        "deregistration_delay": spec.exposure == "load_balancer",
        "host_port": spec.task.bridge,
        "network_mode": spec.task.capacity == "ec2",
        "placement": spec.task.capacity == "ec2",
        "subnets": not spec.task.bridge,
        "count": spec.autoscaling is None and not spec.daemon,
    }
    return {key: value for key, value in values.items() if matters.get(key, True)}


def _deployment(spec: Deployment) -> dict[str, Any]:
    options: dict[str, int] = {"bake_minutes": spec.bake} if spec.shifts else {}
    part = {"canary": "canary", "linear": "step"}.get(spec.strategy)
    if part is not None:
        options |= {f"{part}_percent": spec.percent, f"{part}_minutes": spec.step}
    return {"deployment": spec.strategy, "deployment_options": options}


def _job(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    spec = job_spec(name, args, "")
    task = _app(name, args)
    kept = {key: task[key] for key in ("cpu", "memory", "network_mode", "subnets") if key in task}
    by_schedule = {"timezone": spec.timezone, "retries": spec.retries} if spec.schedule else {}
    return {**kept, **by_schedule, "timeout": spec.timeout}


def _plain(value: Any) -> Any:
    """Return a spec as dicts and lists, under the names of arguments, without what is not set."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            _RENAMED.get(field.name, field.name): _plain(item)
            for field in dataclasses.fields(value)
            if (item := getattr(value, field.name)) is not None and item != ()
        }
    return [_plain(item) for item in cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else value


def _flat(values: Mapping[str, Any], declaration: type, path: str) -> Iterator[tuple[str, Any]]:
    """Yield what the arguments' declaration has, by path."""
    for name, expected in nested(declaration).items():
        if name not in values:
            continue
        value = values[name]
        if isinstance(value, Mapping):
            if expected is not None:
                yield from _flat(cast("Mapping[str, Any]", value), expected, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def nested(declaration: type) -> dict[str, type | None]:
    """Return the names of arguments in a `TypedDict`, each with the `TypedDict` of its own, if it has one."""
    found: dict[str, type | None] = {}
    for name, hint in declaration.__annotations__.items():
        while get_origin(hint) in (NotRequired, Required, Union):
            hint = get_args(hint)[0]
        found[name] = hint if is_typeddict(hint) else None
    return found
