"""Tasks of a compose project as arguments of `ContainerApp`.

Values of shared resources are stand-ins (`moorage.model.later`), as are variables whose values are Outputs.
"""

from enum import StrEnum
from typing import Any

from moorage.model.later import later

from .ecs_params import EcsParams
from .names import discovery_name, dns_alias, volume_name
from .services import ComposeService, tcp_ports
from .tasks import Task
from .volumes import Volume, VolumeStorage


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
        "container_name": target.container,
        "cpu": task.cpu,
        "memory": task.memory,
        # 0 is ECS's own default.
        "stop_timeout": 0,
        **_container(target),
        "containers": {
            service.container: _further(service) for service in task.services if service is not target
        },
        "volumes": {volume_name(name): _volume(volume, params) for name, volume in task.volumes.items()},
    }
    args |= {"daemon": True} if task.daemon else {"count": task.count}
    port = next((port for port, protocol in target.published if protocol == "tcp"), None)
    if reached and port is not None:
        args["port"] = port
        mapped = next(entry for entry in target.args["ports"] if entry["port"] == port)
        args |= {"host_port": mapped["host_port"]} if "host_port" in mapped else {}
    if task.percents is not None:
        args["minimum_healthy_percent"], args["maximum_percent"] = task.percents
    if params.ephemeral_storage is not None:
        args["ephemeral_storage"] = params.ephemeral_storage
    return _set(args)


def connect_arguments(task: Task) -> dict[str, Any]:
    """Return the Service Connect names of a task's service: its own, at each of its TCP ports."""
    service = task.services[0]
    return {
        "namespace": shared(Shared.NAMESPACE),
        "services": [
            {
                "port": port,
                "name": discovery_name(service.name, port if index else None),
                "aliases": [{"dns_name": dns_alias(service.name), "port": port}],
            }
            for index, port in enumerate(tcp_ports(service))
        ],
    }


def target_of(task: Task) -> ComposeService:
    """Return the service that clients reach: the first one that publishes a port, TCP before UDP."""

    def rank(service: ComposeService) -> int:
        protocols = {protocol for _, protocol in service.published}
        return 0 if "tcp" in protocols else 1 if protocols else 2 if service.essential else 3

    return min(task.services, key=rank)


def _container(service: ComposeService) -> dict[str, Any]:
    """Return the arguments of a service's container with what more than one key or service decides."""
    public = [
        {**port, "public": True} if mapped in service.published else port
        for port, mapped in zip(service.args.get("ports", ()), service.mapped, strict=True)
    ]
    secrets = {
        variable: shared(Shared.SECRET, source.name) if source.external is None else source.external
        for variable, source in service.secrets.items()
    }
    log: dict[str, Any] = service.args.get("log", {})
    if service.log is not None:
        name = log_group_name(service)
        there = service.log.group is not None and not service.log.create
        log = {
            "group": service.log.group if there else shared(Shared.LOG_GROUP, name),
            "region": service.log.region if there else shared(Shared.LOG_REGION, name),
            "prefix": service.log.prefix or service.name,
            **log,
        }
        log = {key: value for key, value in log.items() if value is not None}
    return _set({**service.args, "ports": public, "secrets": secrets, "log": log})


def _further(service: ComposeService) -> dict[str, Any]:
    """Return the arguments of another container of the task, whose names have no prefix."""
    return {key.removeprefix("container_"): value for key, value in _container(service).items()}


def _set(args: dict[str, Any]) -> dict[str, Any]:
    """Return arguments without empty ones; an empty `restart` is a policy of defaults."""
    return {key: value for key, value in args.items() if value not in ({}, []) or key == "restart"}


def _volume(volume: Volume, params: EcsParams) -> dict[str, Any]:
    if volume.storage is VolumeStorage.TASK:
        return {}
    if volume.file_system_id is None:
        return {
            "efs": {
                "file_system_id": shared(Shared.FILE_SYSTEM),
                "access_point_id": shared(Shared.ACCESS_POINT, volume.name),
                # The permissions of an existing role on the file system are not known.
                "iam": params.task_role is None,
            }
        }
    place = {"root_directory": volume.root, "access_point_id": volume.access_point}
    location = {key: value for key, value in place.items() if value is not None}
    return {"efs": {"file_system_id": volume.file_system_id, **location}}
