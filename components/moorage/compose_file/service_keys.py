"""The keys of services, mapped to ECS by handlers, or ignored or refused."""

from collections.abc import Callable
from typing import Any, NamedTuple

from moorage.model.choices import NetworkMode
from moorage.model.fields.container import MAX_PORTS

from .keys import binds, deploy, host, network, process, storage
from .keys.listening import add_exposed_ports
from .keys.refused import other, top_level
from .nodes import Node
from .report import Report
from .services import ComposeService, Context
from .values import boolean, mebibytes, pairs, strings

_SILENT = frozenset({"extends", "profiles"})
"""Keys that the loader has applied."""

_ORDERED: tuple[Callable[[ComposeService, Node], None], ...] = (
    *(process.image, process.build, process.platform, process.command, process.entrypoint),
    *(process.environment, process.env_file, process.labels, process.label_file),
    *(process.stop_grace_period, process.healthcheck, process.logging),
    # A port that is in `ports` and `expose` is one.
    *(network.ports, network.expose, network.links, network.networks, network.network_mode),
    network.extra_hosts,
    # `deploy` overrides `restart`.
    *(deploy.restart, deploy.deploy, deploy.scale, deploy.cpus, deploy.mem_limit, deploy.mem_reservation),
    *(deploy.gpus, deploy.depends_on),
    # `cap_add` overrides `cap_drop`.
    *(host.devices, host.ulimits, host.cap_drop, host.cap_add),
    *(storage.volumes, storage.volumes_from, storage.tmpfs, storage.secrets, storage.configs),
)
"""The handlers, called in this order; each has the name of its key."""

Reader = Callable[[Node, str, Report], Any]

_HANDLERS = {handler.__name__: handler for handler in _ORDERED}


def _plain(read: Callable[[Node], Any]) -> Reader:
    """Return a reader that refuses nothing."""
    return lambda node, path, report: read(node)


def _or_none(read: Reader) -> Reader:
    """Return a reader for which false and 0 are the default, as without the key."""
    return lambda node, path, report: read(node, path, report) or None


_text = _plain(Node.text)
_pairs = _plain(pairs)
_strings = _plain(strings)
_flag = _or_none(boolean)


class _AsWritten(NamedTuple):
    """A key whose value is that of an argument."""

    argument: str
    read: Reader
    on_awsvpc: str = ""
    """Why it is ignored with awsvpc networking; empty if it is not."""
    on_fargate: str = ""


_VPC_DNS = "tasks use the VPC's name server"

_AS_WRITTEN = {
    "user": _AsWritten("user", _text),
    "working_dir": _AsWritten("working_directory", _text),
    "read_only": _AsWritten("read_only", _flag),
    "init": _AsWritten("linux.init", boolean),
    "stdin_open": _AsWritten("interactive", _flag),
    "tty": _AsWritten("terminal", _flag),
    "privileged": _AsWritten("privileged", _flag),
    "sysctls": _AsWritten("system_controls", _pairs),
    "dns": _AsWritten("dns", _strings, on_awsvpc=_VPC_DNS),
    "dns_search": _AsWritten("dns_search", _strings, on_awsvpc=_VPC_DNS),
    "hostname": _AsWritten(
        "hostname", _text, on_awsvpc="with awsvpc networking the host name is the task's address"
    ),
    "shm_size": _AsWritten(
        "linux.shared_memory",
        _or_none(mebibytes),
        on_fargate="/dev/shm has 64 MiB on Fargate; a `tmpfs` can be larger",
    ),
    "security_opt": _AsWritten(
        "security_options",
        _strings,
        on_fargate="Fargate does not have such options; each task is isolated there",
    ),
}

_EMPTY_IS_NONE = frozenset(
    {"platform", "user", "working_dir", "hostname", "domainname", "restart", "network_mode", "pid", "ipc"}
    | {"stop_signal", "uts", "userns_mode", "cgroup", "runtime", "isolation", "mac_address"}
)
"""Keys whose empty value, often of a variable that is not set, means the same as an omitted key."""

HONOURED = frozenset(_HANDLERS) | frozenset(_AS_WRITTEN) | _SILENT
"""The keys that are honoured."""


def map_services(context: Context) -> dict[str, ComposeService]:
    """Map each service of the project, and report the keys that are not honoured."""
    for name, node in context.project.services.items():
        context.services[name] = ComposeService(name, node, context, {"linux": {"init": False}})
    for service in context.services.values():
        for key, handler in _HANDLERS.items():
            value = service.node.get(key)
            if value is not None and not _is_none(key, value):
                handler(service, value)
        for key, row in _AS_WRITTEN.items():
            value = service.node.get(key)
            if value is not None and not _is_none(key, value):
                _set_argument(row, service, value, key)
        for key, value in service.node.entries().items():
            if key not in HONOURED and not key.startswith("x-") and not _is_none(key, value):
                other(service, key, value)
        add_exposed_ports(service)
        binds.finish(service)
        _check(service)
    for key, node in context.project.other.items():
        top_level(key, node, context)
    return context.services


def _set_argument(row: _AsWritten, service: ComposeService, node: Node, key: str) -> None:
    bridge = service.target.network_mode is NetworkMode.BRIDGE
    reason = ("" if bridge else row.on_awsvpc) or (row.on_fargate if service.target.fargate else "")
    if reason:
        service.warn(node, key, f"is ignored: {reason}")
    else:
        service.put(row.argument, row.read(node, service.at(key), service.context.report), node, key)


def _is_none(key: str, node: Node) -> bool:
    return node.value is None or (node.value == "" and key in _EMPTY_IS_NONE)


def _check(service: ComposeService) -> None:
    """Check keys against each other."""
    args = service.args
    if service.node.get("build") is None and not args.get("image") and "build" not in args:
        service.context.report.refuse(service.node, service.path, "requires image or build")
    for name in service.secrets:
        if name in args.get("environment", {}):
            text = "a secret becomes the same variable; change its `target`"
            service.refuse(service.node.find(["environment", name]), f"environment.{name}", text)
    if len(args.get("ports", ())) > MAX_PORTS:
        key = "ports" if service.node.get("ports") else "expose"
        text = f"must be at most {MAX_PORTS} ports, including those of `expose`"
        service.refuse(service.node.find([key]).with_value(None), key, text)
    limit, reserved = args.get("container_memory"), args.get("memory_reservation")
    if limit is not None and reserved == limit:
        # ECS requires a larger limit; the limit alone reserves as much.
        del args["memory_reservation"]
    if service.cpus:
        service.put("container_cpu", round(service.cpus * 1024), service.node.find(["cpus"]), "cpus")
