"""Every key of every service, mapped to ECS by its handler, or said to be ignored or impossible."""

from collections.abc import Callable

from moorage.model.containers import Container

from .keys import deploy, host, network, process, storage
from .keys.refused import other, top_level
from .names import container_name
from .nodes import Node
from .services import ComposeService, Context

_SILENT = frozenset({"extends", "profiles"})
"""Keys that did their work before."""

_HANDLERS: dict[str, Callable[[ComposeService, Node, Context], None]] = {
    "image": process.image,
    "build": process.build,
    "platform": process.platform,
    "command": process.command,
    "entrypoint": process.entrypoint,
    "environment": process.environment,
    "env_file": process.env_file,
    "labels": process.labels,
    "label_file": process.label_file,
    "user": process.user,
    "working_dir": process.working_dir,
    "read_only": process.read_only,
    "init": process.init,
    "stdin_open": process.stdin_open,
    "tty": process.tty,
    "stop_grace_period": process.stop_grace_period,
    "healthcheck": process.healthcheck,
    "logging": process.logging,
    "ports": network.ports,
    # After ports: a port that is in both is one.
    "expose": network.expose,
    "links": network.links,
    "networks": network.networks,
    "network_mode": network.network_mode,
    "extra_hosts": network.extra_hosts,
    "dns": network.dns,
    "dns_search": network.dns_search,
    "hostname": network.hostname,
    # Before deploy, which goes before it.
    "restart": deploy.restart,
    "deploy": deploy.deploy,
    "scale": deploy.scale,
    "cpus": deploy.cpus,
    "mem_limit": deploy.mem_limit,
    "mem_reservation": deploy.mem_reservation,
    "gpus": deploy.gpus,
    "depends_on": deploy.depends_on,
    "cap_add": host.cap_add,
    "cap_drop": host.cap_drop,
    "privileged": host.privileged,
    "devices": host.devices,
    "ulimits": host.ulimits,
    "sysctls": host.sysctls,
    "shm_size": host.shm_size,
    "security_opt": host.security_opt,
    "volumes": storage.volumes,
    "volumes_from": storage.volumes_from,
    "tmpfs": storage.tmpfs,
    "secrets": storage.secrets,
    "configs": storage.configs,
}
"""In this order, whatever the file's is."""

_EMPTY_IS_NONE = frozenset(
    {"platform", "user", "working_dir", "hostname", "domainname", "restart", "network_mode", "pid", "ipc"}
    | {"stop_signal", "uts", "userns_mode", "cgroup", "runtime", "isolation", "mac_address"}
)
"""Keys whose empty value, often a variable that is not set, is as none at all."""

HONOURED = frozenset(_HANDLERS) | _SILENT
"""The keys that ECS has something for."""


def map_services(context: Context) -> dict[str, ComposeService]:
    """Return what becomes of each service of the project; the context's report is told what does not."""
    for name, node in context.project.services.items():
        context.services[name] = ComposeService(name, node, Container(name=container_name(name)))
    for service in context.services.values():
        for key, handler in _HANDLERS.items():
            value = service.node.get(key)
            if value is not None and not _is_none(key, value):
                handler(service, value, context)
        for key, value in service.node.entries().items():
            if key not in HONOURED and not key.startswith("x-") and not _is_none(key, value):
                other(service, key, value, context)
        _check(service, context)
    for key, node in context.project.other.items():
        top_level(key, node, context)
    return context.services


def _is_none(key: str, node: Node) -> bool:
    return node.value is None or (node.value == "" and key in _EMPTY_IS_NONE)


def _check(service: ComposeService, context: Context) -> None:
    """Check what keys mean for each other."""
    report = context.report
    if service.build is None and not service.container.image and service.node.get("build") is None:
        report.refuse(service.node, service.path, "needs an image or a build")
    for name in service.secrets:
        if name in service.container.environment:
            text = f"a secret becomes the variable {name} too: give it another `target`"
            report.refuse(
                service.node.find(["environment", name]), f"{service.path}.environment.{name}", text
            )
    for name in service.container.environment:
        if "=" in name or not name or name != name.rstrip():
            report.refuse(
                service.node, f"{service.path}.environment", f"{name!r} is not the name of a variable"
            )
    container = service.container
    if container.memory is not None and container.memory_reservation is not None:
        if container.memory_reservation > container.memory:
            report.refuse(service.node, service.path, "reserves more memory than its limit")
        elif container.memory_reservation == container.memory:
            # ECS wants the limit to be above; as much is reserved by the limit alone.
            container.memory_reservation = None
    if service.cpus:
        container.cpu = round(service.cpus * 1024)
