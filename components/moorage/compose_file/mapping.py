"""Every key of every service, mapped to ECS by its handler, or said to be ignored or impossible."""

from collections.abc import Callable

from moorage.compose_file.keys.refused import other, top_level
from moorage.model.containers import Container

from . import storage
from .keys import (
    deploy as keys_deploy,
)
from .keys import (
    host as keys_host,
)
from .keys import (
    network as keys_network,
)
from .keys import (
    process as keys_process,
)
from .names import container_name
from .nodes import Node
from .plan import Context, ServicePlan

_SILENT = frozenset({"extends", "profiles"})
"""Keys that did their work before."""

_HANDLERS: dict[str, Callable[[ServicePlan, Node, Context], None]] = {
    "image": keys_process.image,
    "build": keys_process.build,
    "platform": keys_process.platform,
    "command": keys_process.command,
    "entrypoint": keys_process.entrypoint,
    "environment": keys_process.environment,
    "env_file": keys_process.env_file,
    "labels": keys_process.labels,
    "label_file": keys_process.label_file,
    "user": keys_process.user,
    "working_dir": keys_process.working_dir,
    "read_only": keys_process.read_only,
    "init": keys_process.init,
    "stdin_open": keys_process.stdin_open,
    "tty": keys_process.tty,
    "stop_grace_period": keys_process.stop_grace_period,
    "healthcheck": keys_process.healthcheck,
    "logging": keys_process.logging,
    "ports": keys_network.ports,
    # After ports: a port that is in both is one.
    "expose": keys_network.expose,
    "links": keys_network.links,
    "networks": keys_network.networks,
    "network_mode": keys_network.network_mode,
    "extra_hosts": keys_network.extra_hosts,
    "dns": keys_network.dns,
    "dns_search": keys_network.dns_search,
    "hostname": keys_network.hostname,
    # Before deploy, which goes before it.
    "restart": keys_deploy.restart,
    "deploy": keys_deploy.deploy,
    "scale": keys_deploy.scale,
    "cpus": keys_deploy.cpus,
    "mem_limit": keys_deploy.mem_limit,
    "mem_reservation": keys_deploy.mem_reservation,
    "gpus": keys_deploy.gpus,
    "depends_on": keys_deploy.depends_on,
    "cap_add": keys_host.cap_add,
    "cap_drop": keys_host.cap_drop,
    "privileged": keys_host.privileged,
    "devices": keys_host.devices,
    "ulimits": keys_host.ulimits,
    "sysctls": keys_host.sysctls,
    "shm_size": keys_host.shm_size,
    "security_opt": keys_host.security_opt,
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


def map_services(context: Context) -> dict[str, ServicePlan]:
    """Return what becomes of each service of the project; the context's report is told what does not."""
    for name, node in context.project.services.items():
        context.plans[name] = ServicePlan(name, node, Container(name=container_name(name)))
    for plan in context.plans.values():
        for key, handler in _HANDLERS.items():
            value = plan.node.get(key)
            if value is not None and not _is_none(key, value):
                handler(plan, value, context)
        for key, value in plan.node.entries().items():
            if key not in HONOURED and not key.startswith("x-") and not _is_none(key, value):
                other(plan, key, value, context)
        _check(plan, context)
    for key, node in context.project.other.items():
        top_level(key, node, context)
    return context.plans


def _is_none(key: str, node: Node) -> bool:
    return node.value is None or (node.value == "" and key in _EMPTY_IS_NONE)


def _check(plan: ServicePlan, context: Context) -> None:
    """Check what keys mean for each other."""
    report = context.report
    if plan.build is None and not plan.container.image and plan.node.get("build") is None:
        report.refuse(plan.node, plan.path, "needs an image or a build")
    for name in plan.secrets:
        if name in plan.container.environment:
            text = f"a secret becomes the variable {name} too: give it another `target`"
            report.refuse(plan.node.find(["environment", name]), f"{plan.path}.environment.{name}", text)
    for name in plan.container.environment:
        if "=" in name or not name or name != name.rstrip():
            report.refuse(plan.node, f"{plan.path}.environment", f"{name!r} is not the name of a variable")
    container = plan.container
    if container.memory is not None and container.memory_reservation is not None:
        if container.memory_reservation > container.memory:
            report.refuse(plan.node, plan.path, "reserves more memory than its limit")
        elif container.memory_reservation == container.memory:
            # ECS wants the limit to be above; as much is reserved by the limit alone.
            container.memory_reservation = None
    if plan.cpus:
        container.cpu = round(plan.cpus * 1024)
