"""The places in a compose file of arguments of `ContainerApp`."""

import re

from .nodes import Node
from .services import ComposeService

_KEYS = {
    **{
        key: key
        for key in (
            *("image", "build", "command", "environment", "secrets", "user", "read_only", "privileged"),
            *("ulimits", "restart", "labels", "hostname", "extra_hosts", "dns", "dns_search", "links"),
            *("depends_on", "volumes", "volumes_from", "ports"),
        )
    },
    "entry_point": "entrypoint",
    "working_directory": "working_dir",
    "linux.add_capabilities": "cap_add",
    "linux.drop_capabilities": "cap_drop",
    "linux.shared_memory": "shm_size",
    "linux.tmpfs": "tmpfs",
    "linux.devices": "devices",
    "system_controls": "sysctls",
    "gpu": "gpus",
    "log.group": "logging.options.awslogs-group",
    "log": "logging",
    "security_options": "security_opt",
    "mounts": "volumes",
    "port": "ports",
    "container_health_check": "healthcheck",
    "container_cpu": "cpus",
    "container_memory": "mem_limit",
    "memory_reservation": "mem_reservation",
    "stop_timeout": "stop_grace_period",
    "count": "deploy.replicas",
    "daemon": "deploy.mode",
    "minimum_healthy_percent": "deploy.update_config",
    "maximum_percent": "deploy.update_config",
    "tags": "deploy.labels",
}
"""Keys of a service by the arguments that they set."""

_PART = re.compile(r"[^.\[\]]+")


def place(service: ComposeService, field: str) -> str:
    """Return the file, line and path of an argument; if it is not in the file, those of the service, and the
    argument's name."""
    for argument in (".".join(_PART.findall(field)[:2]), _PART.findall(field)[0]):
        if argument not in _KEYS:
            continue
        key = _KEYS[argument]
        node: Node | None = service.node
        for step in key.split("."):
            node = node.get(step) if node else None
        if node is None:
            break
        rest = field.removeprefix(argument)
        path = f"{service.path}.{key}{rest if not rest.startswith('[') else ''}"
        return f"{node.find([*_PART.findall(rest)]).where}: {path}"
    return f"{service.node.where}: {service.path}: {field}"
