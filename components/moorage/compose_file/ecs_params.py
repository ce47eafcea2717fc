"""`ecs-params.yml`, the settings of the Amazon ECS CLI beside a compose file.

Amazon ECS CLI reference, "Using Amazon ECS parameters", version 1. As there, variables are interpolated.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moorage.compose_file.keys.deploy import mem_limit, mem_reservation
from moorage.compose_file.keys.process import healthcheck
from moorage.model.choices import NetworkMode, StartCondition
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.instance_types import ECS_ARCHITECTURE

from .files import ComposeError
from .interpolation import interpolate
from .nodes import Node
from .report import Report
from .services import ComposeService, Context, SecretSource
from .values import boolean, integer, range_of
from .yaml_reader import load_file

VPC = "run_params.network_configuration.awsvpc_configuration"
_KNOWN: dict[str, tuple[str, ...]] = {
    "": ("version", "task_definition", "run_params"),
    "task_definition": (
        *("ecs_network_mode", "task_role_arn", "task_execution_role", "task_size", "services", "efs_volumes"),
        *("docker_volumes", "pid_mode", "ipc_mode", "placement_constraints", "runtime_platform"),
    ),
    "task_definition.task_size": ("cpu_limit", "mem_limit", "ephemeral_storage"),
    "task_definition.runtime_platform": ("cpu_architecture", "operating_system_family"),
    "run_params": ("network_configuration", "task_placement", "service_discovery"),
    "run_params.network_configuration": ("awsvpc_configuration",),
    VPC: ("subnets", "security_groups", "assign_public_ip"),
}

_LISTS = ("task_definition.efs_volumes", f"{VPC}.subnets", f"{VPC}.security_groups")
_MAPPINGS = (*_KNOWN, "task_definition.services")

_REFUSED = {
    "task_definition.docker_volumes": "is not supported; declare the volumes in the compose file",
    "task_definition.pid_mode": "is not supported; each container has its own process namespace",
    "task_definition.ipc_mode": "is not supported; use a shared volume",
}

_IGNORED = {
    "task_definition.placement_constraints": "tasks are placed by the cluster's capacity",
    "run_params.task_placement": "tasks are spread over zones, then over instances",
    "run_params.service_discovery": "services find each other through Service Connect",
}

_NUMBER = r"([0-9]{0,9}\.?[0-9]{1,9})"
_LIMITS = {
    "cpu_limit": ("vcpus?", "must be CPU units such as 256 or 0.25 vCPU"),
    "mem_limit": ("gi?b|mi?b", "must be MiB such as 512, or a size such as 0.5GB"),
}
"""The units of a task's limits, beside CPU units and MiB, and what is allowed."""


@dataclass(slots=True)
class EcsParams:
    """The settings of an ecs-params file."""

    network_mode: NetworkMode | None = None
    task_role: str | None = None
    execution_role: str | None = None
    """Name or ARN of an existing role."""
    cpu: tuple[int, Node] | None = None
    memory: tuple[int, Node] | None = None
    ephemeral_storage: int | None = None
    """GiB."""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    public_ip: bool | None = None
    efs_volumes: Sequence[Node] = field(default_factory=list[Node])
    services: Mapping[str, Node] = field(default_factory=dict[str, Node])
    node: Node | None = None
    """The whole file."""

    @property
    def roles(self) -> dict[str, str]:
        """The roles by the arguments of `ContainerApp`."""
        roles = {"task_role_arn": self.task_role, "execution_role_arn": self.execution_role}
        return {key: role for key, role in roles.items() if role is not None}


def read_ecs_params(path: str, context: Context) -> EcsParams:
    """Read an ecs-params file, and report what is unknown, wrong or not supported.

    Raises:
        ComposeError: the file does not exist, or is not YAML.
    """
    documents = load_file(Path(path))
    if not documents or not isinstance(documents[0].value, dict):
        raise ComposeError(f"{path}:1: an ecs-params file must be a mapping")
    report = context.report
    node = interpolate(
        documents[0],
        context.project.lookup,
        report.problems,
        lambda name, where: report.warn(where, name, "is not set; an empty string is used"),
    )
    version = node.get("version")
    if version is None or version.text() != "1":
        report.refuse(version or node, "version", "must be 1")
    _check_keys(node, "", context)
    params = EcsParams(node=node)
    _task_definition(node.section("task_definition"), params, context)
    vpc = node.find([*VPC.split(".")])
    params.subnets = tuple(item.text() for item in vpc.listed("subnets"))
    params.security_groups = tuple(item.text() for item in vpc.listed("security_groups"))
    assigned = vpc.get("assign_public_ip")
    if assigned is not None and assigned.text() not in ("ENABLED", "DISABLED"):
        report.refuse(assigned, "assign_public_ip", "must be ENABLED or DISABLED")
    elif assigned is not None:
        params.public_ip = assigned.text() == "ENABLED"
    return params


def _check_keys(node: Node, path: str, context: Context) -> None:
    """Report the keys that are unknown or not supported."""
    for key, item in node.entries().items():
        inner = f"{path}.{key}" if path else key
        if key not in _KNOWN[path]:
            context.report.refuse(item.with_value(None), inner, f"must be one of {', '.join(_KNOWN[path])}")
        elif inner in _REFUSED:
            context.report.refuse(item, inner, _REFUSED[inner])
        elif inner in _IGNORED and item.value:
            context.report.warn(item, inner, f"is ignored: {_IGNORED[inner]}")
        elif inner in _MAPPINGS and not isinstance(item.value, dict | None):
            context.report.refuse(item.with_value(None), inner, "must be a mapping")
        elif inner in _LISTS and not isinstance(item.value, list | None):
            context.report.refuse(item.with_value(None), inner, "must be a list")
        elif inner in _KNOWN:
            _check_keys(item, inner, context)


def _task_definition(node: Node, params: EcsParams, context: Context) -> None:
    report = context.report
    if (mode := node.get("ecs_network_mode")) is not None:
        if mode.text() in list(NetworkMode):
            params.network_mode = NetworkMode(mode.text())
        else:
            text = "must be awsvpc, or bridge on a cluster with capacity ec2"
            report.refuse(mode, "task_definition.ecs_network_mode", text)
    role, execution = node.get("task_role_arn"), node.get("task_execution_role")
    params.task_role = role.text() if role else None
    params.execution_role = execution.text() if execution else None
    limits = node.section("task_size")
    params.cpu = _limit(limits, "cpu_limit", context)
    params.memory = _limit(limits, "mem_limit", context)
    if (storage := limits.get("ephemeral_storage")) is not None:
        path = "task_definition.task_size.ephemeral_storage"
        params.ephemeral_storage = integer(storage, path, report)
        allowed = range_of(CONTAINER_APP.fields["ephemeral_storage"])
        if not allowed.low <= (params.ephemeral_storage or allowed.low) <= allowed.high:
            report.refuse(storage, path, f"must be {allowed}")
    if (platform := node.get("runtime_platform")) is not None:
        family, arch = platform.get("operating_system_family"), platform.get("cpu_architecture")
        if family is not None and family.text() != "LINUX":
            report.refuse(family, "task_definition.runtime_platform", "must be LINUX")
        architecture = ECS_ARCHITECTURE[context.target.arch]
        if arch is not None and arch.text() != architecture:
            text = f"must be {architecture}, the cluster's architecture; change `arch` of EcsCluster"
            report.refuse(arch, "task_definition.runtime_platform.cpu_architecture", text)
    params.efs_volumes = node.listed("efs_volumes")
    params.services = node.mapped("services")


def _limit(limits: Node, key: str, context: Context) -> tuple[int, Node] | None:
    """Return a task's limit in CPU units or MiB, which are also the units of a number alone."""
    node = limits.get(key)
    if node is None:
        return None
    units, allowed = _LIMITS[key]
    match = re.fullmatch(rf"{_NUMBER}\s*({units})?", node.text().strip(), re.IGNORECASE)
    if match is None:
        context.report.refuse(node, f"task_definition.task_size.{key}", allowed)
        return None
    is_plain = match[2] is None or match[2].lower().startswith("m")
    return round(float(match[1]) * (1 if is_plain else 1024)), node


def apply_services(params: EcsParams, context: Context) -> dict[str, bool]:
    """Apply the settings of single services; return those that set `essential`, with its value."""
    essential: dict[str, bool] = {}
    for name, node in params.services.items():
        path = f"task_definition.services.{name}"
        service = context.services.get(name)
        if service is None:
            context.report.refuse(node.with_value(None), path, "is not a service of the compose file")
            continue
        if not isinstance(node.value, dict | None):
            context.report.refuse(node.with_value(None), path, "must be a mapping")
        for key, item in node.entries().items():
            handler = _SERVICE_KEYS.get(key)
            if key == "essential":
                essential[name] = boolean(item, f"{path}.essential", context.report)
                service.parts[key] = item
            elif key in _AS_WRITTEN:
                argument, read = _AS_WRITTEN[key]
                service.put(argument, read(item, service.at(key), context.report), item, key)
                if key == "gpu" and context.target.fargate:
                    service.refuse(item, "gpu", "is not possible on Fargate; use capacity ec2")
            elif key in ("secrets", "depends_on") and not isinstance(item.value, list | None):
                context.report.refuse(item.with_value(None), f"{path}.{key}", "must be a list")
            elif handler is None:
                allowed = ", ".join(["essential", *_AS_WRITTEN, *_SERVICE_KEYS])
                context.report.refuse(item.with_value(None), f"{path}.{key}", f"must be one of {allowed}")
            else:
                handler(service, item)
    return essential


def _credentials(service: ComposeService, node: Node) -> None:
    parameter = node.get("credentials_parameter")
    name = parameter.text() if parameter else None
    service.put("repository_credentials", name, node, "repository_credentials")


def _secrets(service: ComposeService, node: Node) -> None:
    for item in node.items():
        source, name = item.get("value_from"), item.get("name")
        if source is None or name is None:
            service.refuse(item, "secrets", "requires value_from and name")
        else:
            service.secrets[name.text()] = SecretSource(name.text(), source.text())
            service.parts[f"secrets.{name.text()}"] = item


def _depends_on(service: ComposeService, node: Node) -> None:
    for item in node.items():
        other, kind = item.get("container_name"), item.text_of("condition", "START").upper()
        if other is None or other.text() not in service.context.services:
            service.refuse(other or item, "depends_on", "must be a service of the compose file")
        elif kind not in tuple(StartCondition):
            text = "must be START, HEALTHY, COMPLETE or SUCCESS"
            service.refuse(item.find(["condition"]), "depends_on", text)
        elif not service.target.one_task:
            service.refuse(item, "depends_on", "needs `task: one`")
        else:
            service.depends_on[other.text()] = (kind, item)


_AS_WRITTEN: dict[str, tuple[str, Callable[[Node, str, Report], int | bool | None]]] = {
    "cpu_shares": ("container_cpu", integer),
    "init_process_enabled": ("linux.init", boolean),
    "gpu": ("gpu", integer),
}
"""Keys of a service whose value is that of an argument: the argument, and how the value is read."""

_SERVICE_KEYS: dict[str, Callable[[ComposeService, Node], None]] = {
    "mem_limit": mem_limit,
    "mem_reservation": mem_reservation,
    "healthcheck": healthcheck,
    "repository_credentials": _credentials,
    "secrets": _secrets,
    "depends_on": _depends_on,
}
