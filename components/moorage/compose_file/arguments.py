"""Tasks of a compose project as arguments of `ContainerApp`.

Values of resources that the services share are stand-ins (`moorage.model.later`), as variables are whose
values are Outputs.
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
    """Kinds of values that come from resources of the whole project."""

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
        """Return what stands for the value of one of them; no variable has such a name."""
        return f"{self}:{name}"


def shared(kind: Shared, name: str = "") -> str:
    """Return the stand-in for a value."""
    return later(kind.key(name))


def log_group_name(service: ComposeService) -> str:
    """Return what tells a service's log group apart from others of the project; empty for the common one."""
    return "-".join(part for part in (service.log.group, service.log.region) if part) if service.log else ""


def task_arguments(task: Task, params: EcsParams, target: ComposeService, reached: bool) -> dict[str, Any]:
    """Return what a task is as an app."""
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
    """Return the names by which a task's service is called: its own, at each of its TCP ports."""
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
    """Return the service whose container clients reach: the first one that publishes a port, TCP before
    UDP."""
    return min(task.services, key=_rank)


def _rank(service: ComposeService) -> int:
    protocols = {port.protocol for port in service.published}
    return 0 if "tcp" in protocols else 1 if protocols else 2 if service.container.essential else 3


def _own(service: ComposeService, reached: bool) -> dict[str, Any]:
    """Return what the app's own container is given."""
    container = service.container
    args = {
        **_settings(service),
        "container_cpu": container.cpu,
        "container_memory": container.memory,
        "memory_reservation": container.memory_reservation,
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
    """Return what another container of the task is given."""
    container = service.container
    return _given(
        {
            **_settings(service),
            "cpu": container.cpu,
            "memory": container.memory,
            "memory_reservation": container.memory_reservation,
            "health_check": _health_check(container),
            "stop_timeout": container.stop_timeout,
        }
    )


def _settings(service: ComposeService) -> dict[str, Any]:
    """Return what every container of an app may be given."""
    container = service.container
    restart = container.restart_policy
    return {
        **_image(service),
        "repository_credentials": container.credentials,
        "command": list(container.command),
        "entry_point": list(container.entry_point),
        "working_directory": container.working_directory,
        "environment": dict(container.environment),
        "secrets": {
            variable: shared(Shared.SECRET, source.name) if source.external is None else source.external
            for variable, source in service.secrets.items()
        },
        "essential": None if container.essential else False,
        "depends_on": container.depends_on,
        "ports": _ports(service),
        "mounts": [
            {"volume": mount.volume, "path": mount.path, "read_only": mount.read_only or None}
            for mount in container.mounts
        ],
        "volumes_from": [
            {"container": name, "read_only": read_only or None} for name, read_only in container.volumes_from
        ],
        "user": container.user,
        "read_only": container.read_only or None,
        "privileged": container.privileged or None,
        "linux": _linux(container),
        "ulimits": {limit.name: {"soft": limit.soft, "hard": limit.hard} for limit in container.ulimits},
        "system_controls": dict(container.system_controls),
        "restart": None
        if restart is None
        else {
            "ignored_exit_codes": list(restart.ignored_exit_codes),
            "attempt_period": restart.attempt_period,
        },
        "gpu": container.gpus,
        "log": _log(service),
        "labels": dict(container.labels),
        "hostname": container.hostname,
        "extra_hosts": dict(container.extra_hosts),
        "dns": list(container.dns),
        "dns_search": list(container.dns_search),
        "links": list(container.links),
        "security_options": list(container.security_options),
        "interactive": container.interactive or None,
        "terminal": container.terminal or None,
    }


def _image(service: ComposeService) -> dict[str, Any]:
    build = service.build
    if build is None:
        return {"image": service.container.image}
    return {
        "build": {
            "context": build.context,
            "dockerfile": build.dockerfile,
            "target": build.target,
            "args": build.args,
            "secrets": build.secrets,
        }
    }


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
        "add_capabilities": list(container.capabilities_add),
        "drop_capabilities": list(container.capabilities_drop),
        "shared_memory": container.shared_memory,
        "tmpfs": [
            {"path": entry.path, "size": entry.size, "options": list(entry.options)}
            for entry in container.tmpfs
        ],
        "devices": [
            {"host_path": host, "path": path, "permissions": list(allowed)}
            for host, path, allowed in container.devices
        ],
    }


def _log(service: ComposeService) -> dict[str, Any]:
    """Return where a container's output goes: another driver, or a log group that all services share."""
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
    check = container.health_check
    return None if check is None else {**asdict(check), "command": list(check.command)}


def _volume(volume: Volume, params: EcsParams) -> dict[str, Any]:
    if volume.storage == "task":
        return {}
    if volume.storage == "efs":
        return {
            "efs": {
                "file_system_id": shared(Shared.FILE_SYSTEM),
                "access_point_id": shared(Shared.ACCESS_POINT, volume.name),
                # A role that exists is somebody else's: the rights on the file system are not known.
                "iam": params.task_role is None,
            }
        }
    return {
        "efs": _given(
            {
                "file_system_id": volume.storage,
                "root_directory": volume.root,
                "access_point_id": volume.access_point,
            }
        )
    }


def _given(value: Any) -> Any:
    """Return arguments without what is not set, however deep."""
    if isinstance(value, Mapping):
        items = {key: _given(item) for key, item in cast("Mapping[str, Any]", value).items()}
        # An empty `restart` is a policy with nothing but defaults.
        return {
            key: item
            for key, item in items.items()
            if item is not None and item != [] and (item != {} or key == "restart")
        }
    return [_given(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value
