"""The places in a compose file that arguments of `ContainerApp` come from."""

import re

from .nodes import Node
from .services import ComposeService

_KEYS = {
    "image": "image",
    "build": "build",
    "command": "command",
    "entry_point": "entrypoint",
    "working_directory": "working_dir",
    "environment": "environment",
    "secrets": "secrets",
    "user": "user",
    "read_only": "read_only",
    "privileged": "privileged",
    "linux.add_capabilities": "cap_add",
    "linux.drop_capabilities": "cap_drop",
    "linux.shared_memory": "shm_size",
    "linux.tmpfs": "tmpfs",
    "linux.devices": "devices",
    "ulimits": "ulimits",
    "system_controls": "sysctls",
    "restart": "restart",
    "gpu": "gpus",
    "log.group": "logging.options.awslogs-group",
    "log": "logging",
    "labels": "labels",
    "hostname": "hostname",
    "extra_hosts": "extra_hosts",
    "dns": "dns",
    "dns_search": "dns_search",
    "links": "links",
    "security_options": "security_opt",
    "depends_on": "depends_on",
    "mounts": "volumes",
    "volumes": "volumes",
    "port": "ports",
    "ports": "ports",
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
"""Keys of a service by the arguments that they become."""

_PART = re.compile(r"[^.\[\]]+")


def place(service: ComposeService, field: str) -> str:
    """Return the file, the line and the path that an argument comes from; of one that the file does not have,
    those of the service and the argument's name."""
    for argument in (".".join(_PART.findall(field)[:2]), _PART.findall(field)[0]):
        if argument not in _KEYS:
            continue
        key = _KEYS[argument]
        node = _written(service.node, key)
        if node is None:
            break
        rest = field.removeprefix(argument)
        path = f"{service.path}.{key}{rest if not rest.startswith('[') else ''}"
        return f"{node.find([*_PART.findall(rest)]).where}: {path}"
    return f"{service.node.where}: {service.path}: {field}"


def _written(node: Node | None, key: str) -> Node | None:
    for step in key.split("."):
        node = node.get(step) if node else None
    return node
