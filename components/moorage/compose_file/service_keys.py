"""The keys of services, mapped to ECS by handlers, or ignored or refused."""

from collections.abc import Callable

from moorage.model.containers import Container

from .keys import deploy, host, network, process, storage
from .keys.refused import other, top_level
from .names import container_name
from .nodes import Node
from .services import ComposeService, Context

_SILENT = frozenset({"extends", "profiles"})
"""Keys that the loader has applied."""

_ORDERED: tuple[Callable[[ComposeService, Node, Context], None], ...] = (
    *(process.image, process.build, process.platform, process.command, process.entrypoint),
    *(process.environment, process.env_file, process.labels, process.label_file, process.user),
    *(process.working_dir, process.read_only, process.init, process.stdin_open, process.tty),
    *(process.stop_grace_period, process.healthcheck, process.logging),
    # A port that is in `ports` and `expose` is one.
    *(network.ports, network.expose, network.links, network.networks, network.network_mode),
    *(network.extra_hosts, network.dns, network.dns_search, network.hostname),
    # `deploy` overrides `restart`.
    *(deploy.restart, deploy.deploy, deploy.scale, deploy.cpus, deploy.mem_limit, deploy.mem_reservation),
    *(deploy.gpus, deploy.depends_on),
    *(host.cap_add, host.cap_drop, host.privileged, host.devices, host.ulimits, host.sysctls, host.shm_size),
    host.security_opt,
    *(storage.volumes, storage.volumes_from, storage.tmpfs, storage.secrets, storage.configs),
)
"""The handlers, called in this order; each has the name of its key."""

_HANDLERS = {handler.__name__: handler for handler in _ORDERED}

_EMPTY_IS_NONE = frozenset(
    {"platform", "user", "working_dir", "hostname", "domainname", "restart", "network_mode", "pid", "ipc"}
    | {"stop_signal", "uts", "userns_mode", "cgroup", "runtime", "isolation", "mac_address"}
)
"""Keys whose empty value, often of a variable that is not set, means the same as an omitted key."""

HONOURED = frozenset(_HANDLERS) | _SILENT
"""The keys that are honoured."""


def map_services(context: Context) -> dict[str, ComposeService]:
    """Map each service of the project, and report the keys that are not honoured."""
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
    """Check keys against each other."""
    report = context.report
    if service.build is None and not service.container.image and service.node.get("build") is None:
        report.refuse(service.node, service.path, "requires image or build")
    for name in service.secrets:
        if name in service.container.environment:
            text = "a secret becomes the same variable; change its `target`"
            node = service.node.find(["environment", name])
            report.refuse(node, f"{service.path}.environment.{name}", text)
    for name in service.container.environment:
        if "=" in name or not name or name != name.rstrip():
            text = f"{name!r} is not a valid variable name"
            report.refuse(service.node, f"{service.path}.environment", text)
    container = service.container
    if container.memory is not None and container.memory_reservation is not None:
        if container.memory_reservation > container.memory:
            report.refuse(service.node, service.path, "reserves more memory than its limit")
        elif container.memory_reservation == container.memory:
            # ECS requires a larger limit; the limit alone reserves as much.
            container.memory_reservation = None
    if service.cpus:
        container.cpu = round(service.cpus * 1024)
