"""Warnings about services that cannot reach each other by name."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from moorage.model.choices import NetworkMode, StartCondition

from .nodes import Node
from .services import ComposeService, Context, tcp_ports

_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^\s/?#\"'`;|)]*)")
_HOST_AND_PORT = re.compile(r"(?<![\w./:-])([A-Za-z0-9][\w.-]*):([0-9]{2,5})(?![\w.:-])")
# `--host db`, `-h db`, `host=db`, `Server=db;`
_KEYED = re.compile(
    r"(?:(?<!\S)-h\s+|--?[\w-]*(?:host|hostname|server|addr|address|broker|endpoint)s?[\s=]"
    r"|(?<![\w-])(?:host|hostname|server|addr|address|data source)\s*=\s*)[\"']?([\w.-]+)(?!\S*:)",
    re.IGNORECASE,
)
_NAMES_A_HOST = re.compile(r"host|addr|server|endpoint|url|uri|broker|upstream|peer|node", re.IGNORECASE)


_UNREACHABLE = "{} cannot be reached by its name: {}"


class Address(NamedTuple):
    """A host that a value names."""

    host: str
    port: int | None = None


class _Value(NamedTuple):
    node: Node
    key: str
    text: str
    name: str = ""
    """The variable's name."""


def addresses(text: str, variable: str = "") -> list[Address]:
    """Return the hosts that a value names: in URLs, with ports, after `host=` or `--host`.

    A value that is only a name counts if the variable's name suggests a host.
    """
    hosts: list[Address] = []
    for match in _AUTHORITY.finditer(text):
        for place in match[1].rpartition("@")[2].split(","):
            host, _, port = place.partition(":")
            hosts.append(Address(host, int(port) if port.isascii() and port.isdigit() else None))
    rest = _AUTHORITY.sub(" ", text)
    hosts += [Address(match[1], int(match[2])) for match in _HOST_AND_PORT.finditer(rest)]
    hosts += [Address(match[1]) for match in _KEYED.finditer(rest)]
    if _NAMES_A_HOST.search(variable):
        hosts += [Address(part.strip()) for part in text.split(",")]
    return hosts


def check_reachable(context: Context) -> None:
    """Warn about services that others depend on or address by a name that they do not have on ECS."""
    if len(context.services) < 2:
        return
    if context.target.network_mode is NetworkMode.BRIDGE and not context.target.one_task:
        text = "with bridge networking services cannot reach each other by name; use awsvpc or `task: one`"
        context.report.warn(next(iter(context.services.values())).node, "services", text)
        return
    names = {name.lower(): name for name in context.services}
    for service in context.services.values():
        reported: set[str] = set()
        for value in _values(service):
            for address in addresses(value.text, value.name):
                other = names.get(address.host.lower(), service.name)
                if other != service.name and (why := _why_not(service, other, address.port)):
                    service.warn(value.node, value.key, _UNREACHABLE.format(other, why))
                    reported.add(other)
        if context.target.one_task:
            continue
        for other, (condition, node) in service.depends_on.items():
            if condition == StartCondition.SUCCESS or other in reported:
                continue
            if why := _why_not(service, other, None):
                service.warn(node, f"depends_on.{other}", _UNREACHABLE.format(other, why))


def _why_not(service: ComposeService, other: str, port: int | None) -> str:
    """Return why a service does not reach another one by its name, and what to do; empty if it does."""
    if service.target.one_task:
        if service.target.network_mode is NetworkMode.AWSVPC:
            return "containers of one task reach each other at localhost"
        linked = {link.text().partition(":")[0] for link in service.node.listed("links")}
        return "" if other in linked else "with bridge networking, containers of one task need `links`"
    ports = tcp_ports(service.context.services[other])
    if not ports:
        return "add `expose` with its port to it"
    return "" if port is None or port in ports else f"add `expose` with the port {port} to it"


def _values(service: ComposeService) -> Iterator[_Value]:
    """Yield the values of a service's container that may hold addresses."""
    declared = service.node.mapped("environment")
    for name, text in service.args.get("environment", {}).items():
        key = "environment" if name in declared else "env_file"
        yield _Value(service.node.find([key, name]), f"{key}.{name}", text, name)
    for name, source in service.secrets.items():
        yield _Value(service.node.find(["secrets"]), f"secrets.{name}", source.value, name)
    for key, argument in (("command", "command"), ("entrypoint", "entry_point")):
        yield _Value(service.node.find([key]), key, " ".join(service.args.get(argument, ())))
    check = service.args.get("container_health_check")
    if check is not None:
        test = service.node.find(["healthcheck", "test"])
        yield _Value(test, "healthcheck.test", " ".join(check["command"]))
