"""Tasks of a compose project as arguments of `ContainerApp`.

Values of shared resources are stand-ins (`moorage.model.later`), as are variables whose values are Outputs.
"""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any, cast

from moorage.model.containers import Container
from moorage.model.later import later

from .ecs_params import EcsParams
from .names import discovery_name, dns_alias, volume_name
from .services import ComposeService
from .tasks import Task, Volume


class Shared(StrEnum):
    """Kinds of values of resources that the services share."""

    LOG_GROUP = "log group"
    LOG_REGION = "region of log group"
    SECRET = "secret"
    NAMESPACE = "namespace"
    SERVICES_GROUP = "security group of services"
    FILE_SYSTEM = "file system"
    ACCESS_POINT = "access point"
    FILES_CLIENTS = "security group of tasks with files"
    ROLE = "role"

    def key(self, name: str = "") -> str:
        """Return the key of a value, which no variable has as its name."""
        return f"{self}:{name}"


def shared(kind: Shared, name: str = "") -> str:
    """Return the stand-in for a value."""
    return later(kind.key(name))


def log_group_name(service: ComposeService) -> str:
    """Return the suffix of a service's log group in the project; empty for the common one."""
    return "-".join(part for part in (service.log.group, service.log.region) if part) if service.log else ""


def task_arguments(task: Task, params: EcsParams, target: ComposeService, reached: bool) -> dict[str, Any]:
    """Return the arguments of a task's app; clients reach `target`, if it is `reached` at all."""
    args: dict[str, Any] = {
        "container_name": target.container.name,
        "cpu": task.cpu,
        "memory": task.memory,
        **_own(target, reached),
        "containers": {
            service.container.name: _further(service) for service in task.services if service is not target
        },
        "volumes": {volume_name(name): _volume(volume, params) for name, volume in task.volumes.items()},
    }
    args |= {"daemon": True} if task.daemon else {"count": task.count}
    if task.percents is not None:
        args["minimum_healthy_percent"], args["maximum_percent"] = task.percents
    if params.ephemeral_storage is not None:
        args["ephemeral_storage"] = params.ephemeral_storage
    return {key: value for key, value in args.items() if value != {} or key == "restart"}


def connect_arguments(task: Task) -> dict[str, Any]:
    """Return the Service Connect names of a task's service: its own, at each of its TCP ports."""
    (service,) = task.services
    ports = [port.container_port for port in service.container.ports if port.protocol == "tcp"]
    return {
        "namespace": shared(Shared.NAMESPACE),
        "services": [
            {
                "port": port,
                "name": discovery_name(service.name, port if index else None),
                "aliases": [{"dns_name": dns_alias(service.name), "port": port}],
            }
            for index, port in enumerate(ports)
        ],
    }


def target_of(task: Task) -> ComposeService:
    """Return the service that clients reach: the first one that publishes a port, TCP before UDP."""

    def rank(service: ComposeService) -> int:
        protocols = {port.protocol for port in service.published}
        return 0 if "tcp" in protocols else 1 if protocols else 2 if service.container.essential else 3

    return min(task.services, key=rank)


def _own(service: ComposeService, reached: bool) -> dict[str, Any]:
    """Return the arguments of the app's own container."""
    container = service.container
    args = {
        **_settings(service),
        "container_cpu": container.cpu,
        "container_memory": container.memory,
        "container_health_check": _health_check(container),
        # 0 is ECS's own default.
        "stop_timeout": container.stop_timeout or 0,
    }
    port = next((port.port for port in service.published if port.protocol == "tcp"), None)
    if reached and port is not None:
        args["port"] = port
        args["host_port"] = next(
            (entry.host_port for entry in container.ports if entry.container_port == port), None
        )
    return _given(args)


def _further(service: ComposeService) -> dict[str, Any]:
    """Return the arguments of another container of the task."""
    container = service.container
    own = {"cpu": container.cpu, "memory": container.memory, "stop_timeout": container.stop_timeout}
    return _given({**_settings(service), **own, "health_check": _health_check(container)})


_UNCHANGED = (
    *("command", "depends_on", "dns", "dns_search", "entry_point", "environment", "hostname", "labels"),
    *("links", "memory_reservation", "security_options", "system_controls", "user", "working_directory"),
)
"""Arguments that have the name and the value of a container's field."""


def _settings(service: ComposeService) -> dict[str, Any]:
    """Return the arguments that all containers of an app share."""
    container = service.container
    return {
        **{name: getattr(container, name) for name in _UNCHANGED},
        **_image(service),
        "repository_credentials": container.credentials,
        "secrets": {
            variable: shared(Shared.SECRET, source.name) if source.external is None else source.external
            for variable, source in service.secrets.items()
        },
        "essential": None if container.essential else False,
        "ports": _ports(service),
        "mounts": [
            {"volume": mount.volume, "path": mount.path, "read_only": mount.read_only or None}
            for mount in container.mounts
        ],
        "volumes_from": [
            {"container": name, "read_only": read_only or None} for name, read_only in container.volumes_from
        ],
        "read_only": container.read_only or None,
        "privileged": container.privileged or None,
        "linux": _linux(container),
        "ulimits": {limit.name: {"soft": limit.soft, "hard": limit.hard} for limit in container.ulimits},
        "restart": container.restart_policy and container.restart_policy._asdict(),
        "gpu": container.gpus,
        "log": _log(service),
        "extra_hosts": dict(container.extra_hosts),
        "interactive": container.interactive or None,
        "terminal": container.terminal or None,
    }


def _image(service: ComposeService) -> dict[str, Any]:
    if service.build is None:
        return {"image": service.container.image}
    return {"build": {key: value for key, value in service.build._asdict().items() if key != "node"}}


def _ports(service: ComposeService) -> list[dict[str, Any]]:
    public = {(port.port, port.protocol) for port in service.published}
    return [
        {
            "port": port.container_port,
            "host_port": port.host_port or None,
            "protocol": None if port.protocol == "tcp" else port.protocol,
            "name": port.name,
            "app_protocol": port.app_protocol,
            "public": (port.container_port, port.protocol) in public or None,
        }
        for port in service.container.ports
    ]


def _linux(container: Container) -> dict[str, Any]:
    return {
        "init": container.init,
        "add_capabilities": container.capabilities_add,
        "drop_capabilities": container.capabilities_drop,
        "shared_memory": container.shared_memory,
        "tmpfs": [entry._asdict() for entry in container.tmpfs],
        "devices": [
            {"host_path": host, "path": path, "permissions": allowed}
            for host, path, allowed in container.devices
        ],
    }


def _log(service: ComposeService) -> dict[str, Any]:
    """Return a container's logging: another driver, or a log group that services share."""
    logs = service.container.logs
    options = dict(logs.options) if logs else {}
    if service.log is None:
        return {"driver": logs.driver if logs else None, "options": options}
    name = log_group_name(service)
    there = service.log.group is not None and not service.log.create
    return {
        "group": service.log.group if there else shared(Shared.LOG_GROUP, name),
        "region": service.log.region if there else shared(Shared.LOG_REGION, name),
        "prefix": service.log.prefix or service.name,
        "options": options,
    }


def _health_check(container: Container) -> dict[str, Any] | None:
    return None if container.health_check is None else asdict(container.health_check)


def _volume(volume: Volume, params: EcsParams) -> dict[str, Any]:
    if volume.storage == "task":
        return {}
    if volume.storage == "efs":
        return {
            "efs": {
                "file_system_id": shared(Shared.FILE_SYSTEM),
                "access_point_id": shared(Shared.ACCESS_POINT, volume.name),
                # The permissions of an existing role on the file system are not known.
                "iam": params.task_role is None,
            }
        }
    place = {"root_directory": volume.root, "access_point_id": volume.access_point}
    return {"efs": {"file_system_id": volume.storage, **_given(place)}}


def _given(value: Any) -> Any:
    """Return arguments without what is not set, at any depth, and with lists instead of tuples."""
    if isinstance(value, Mapping):
        items = {key: _given(item) for key, item in cast("Mapping[str, Any]", value).items()}
        # An empty `restart` is a policy of defaults.
        return {
            key: item
            for key, item in items.items()
            if item is not None and item != [] and (item != {} or key == "restart")
        }
    return [_given(item) for item in cast("list[Any]", value)] if isinstance(value, list | tuple) else value
