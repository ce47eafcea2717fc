"""Keys of a compose service about ports and names."""

import ipaddress
import re
from typing import Any

from moorage.compose_file.names import container_name
from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context
from moorage.compose_file.values import integer
from moorage.model.choices import NetworkMode
from moorage.model.fields.shared import PORT_NAME
from moorage.model.names import CONTAINER_NAME

_APP_PROTOCOLS = {"http": "http", "http2": "http2", "h2": "http2", "grpc": "grpc"}


def ports(service: ComposeService, node: Node, context: Context) -> None:
    """`ports`: with awsvpc networking a task is reachable at the container's own ports."""
    path, report = f"{service.path}.ports", context.report
    for item in node.items():
        target = item.get("target")
        port = integer(target, path, report) if target else None
        if target is None or port is None:
            report.refuse(item, path, "requires target, the container's port")
            continue
        if not 1 <= port <= 65535:
            report.refuse(target, path, "must be a port from 1 to 65535")
            continue
        protocol = _protocol(item, path, context)
        published = item.get("published")
        outside = published.text() if published else ""
        host_port = None
        if context.target.network_mode is NetworkMode.BRIDGE:
            is_port = outside.isascii() and outside.isdigit()
            host_port = int(outside) if is_port else 0
            if published is not None and not is_port:
                report.warn(published, path, f"{outside}: must be one port or none; a dynamic port is used")
        elif published is not None and outside != str(port):
            report.warn(published, path, f"{outside}:{port}: the port is {port}, at the task's own address")
        application = item.get("app_protocol")
        known = _APP_PROTOCOLS.get(application.text().lower()) if application else None
        if application is not None and known is None:
            report.warn(application, f"{path}.app_protocol", "is ignored: must be http, http2 or grpc on ECS")
        named = item.get("name")
        if named is not None and not re.fullmatch(PORT_NAME[0], named.text()):
            text = "must be 1 to 64 lower-case letters, digits, hyphens and underscores; the first no hyphen"
            report.refuse(named, f"{path}.name", text)
        # With awsvpc networking 80:80 and 8080:80 are one port, and ECS refuses it twice.
        if host_port is not None or (port, protocol) not in _mapped(service):
            further = {"host_port": host_port, "name": named.text() if named else None, "app_protocol": known}
            service.add("ports", _port(port, protocol, further), node, "ports")
        if _is_published(item, path, context):
            service.published.append((port, protocol))


def _port(port: int, protocol: str, further: dict[str, Any]) -> dict[str, Any]:
    """Return one of `ports` of an app, without what is the default."""
    mapping = {"port": port, "protocol": None if protocol == "tcp" else protocol, **further}
    return {key: value for key, value in mapping.items() if value}


def _mapped(service: ComposeService) -> set[tuple[int, str]]:
    """Return the ports of a service, with their protocols."""
    return {(port["port"], port.get("protocol", "tcp")) for port in service.args.get("ports", ())}


def _protocol(item: Node, path: str, context: Context) -> str:
    node = item.get("protocol")
    protocol = node.text().lower() if node else "tcp"
    if protocol not in ("tcp", "udp"):
        context.report.refuse(node or item, path, "must have the protocol tcp or udp")
        return "tcp"
    return protocol


def _is_published(item: Node, path: str, context: Context) -> bool:
    """Return whether a port is published, by its `host_ip`, not only on the machine itself."""
    node = item.get("host_ip")
    if node is None or node.text() in ("0.0.0.0", "::"):
        return True
    try:
        if ipaddress.ip_address(node.text()).is_loopback:
            text = f"{node.text()}: on ECS the port is open to the services of the app only"
            context.report.warn(node, path, text)
            return False
    except ValueError:
        context.report.refuse(node, f"{path}.host_ip", "must be an IP address")
        return False
    context.report.warn(node, f"{path}.host_ip", "is ignored: security groups control access to a task")
    return True


def expose(service: ComposeService, node: Node, context: Context) -> None:
    """`expose`: ports for the other services only."""
    path = f"{service.path}.expose"
    mapped = _mapped(service)
    for item in node.items():
        match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/(tcp|udp))?", item.text())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if match is None or not 1 <= first <= last <= 65535:
            context.report.refuse(item, path, "must be a port such as 5432 or 53/udp, from 1 to 65535")
            continue
        protocol = match[3] or "tcp"
        for port in range(first, last + 1):
            if (port, protocol) not in mapped:
                service.add("ports", _port(port, protocol, {}), node, "ports")
                mapped.add((port, protocol))


def links(service: ComposeService, node: Node, context: Context) -> None:
    """`links`: between containers of one task with bridge networking; a service has one name."""
    path = f"{service.path}.links"
    for item in node.items():
        name, _, alias = item.text().partition(":")
        if name not in context.project.services:
            context.report.refuse(item, path, "must be a service of this file")
        elif context.target.network_mode is NetworkMode.BRIDGE and context.target.one_task:
            if not re.fullmatch(CONTAINER_NAME[0], alias or name):
                text = f"{alias or name} must be 1 to 255 letters, digits, hyphens and underscores"
                context.report.refuse(item.with_value(None), path, f"{text}; use {name}:ALIAS")
            linked = f"{container_name(name)}:{alias}" if alias else container_name(name)
            service.add("links", linked, item, "links")
        elif alias and alias != name:
            context.report.warn(item, path, f"{alias} is ignored: Service Connect has one name for {name}")


def networks(service: ComposeService, node: Node, context: Context) -> None:
    """`networks`: all services of the app reach each other by their own names."""
    for name, item in node.entries().items():
        path = f"{service.path}.networks.{name}"
        rest = [key for key in item.entries() if key != "priority" and not key.startswith("x-")]
        if rest:
            text = f"{', '.join(rest)}: is ignored; AWS assigns addresses, and a service has one name"
            context.report.warn(item, path, text)
        if name != "default":
            context.report.warn(item, path, "is ignored: all services of the app reach each other")


def extra_hosts(service: ComposeService, node: Node, context: Context) -> None:
    """`extra_hosts`: with bridge networking only."""
    path = f"{service.path}.extra_hosts"
    if context.target.network_mode is not NetworkMode.BRIDGE:
        context.report.warn(node, path, "is ignored: it needs bridge networking")
        return
    hosts: dict[str, str] = {}
    for item in node.items():
        name, _, address = item.text().partition("=")
        if not name or not address.strip("[]"):
            context.report.refuse(item, path, "must be HOST=ADDRESS")
        else:
            hosts[name] = address.strip("[]")
    service.put("extra_hosts", hosts, node, "extra_hosts")


def network_mode(service: ComposeService, node: Node, context: Context) -> None:
    """`network_mode`: that of the app, which containers of one task share."""
    path, mode = f"{service.path}.network_mode", node.text()
    target = context.target
    if mode.startswith("service:") and target.one_task and target.network_mode is NetworkMode.AWSVPC:
        return
    if mode in ("bridge", "default"):
        text = f"is ignored: the tasks' network mode is {target.network_mode}"
        context.report.warn(node, path, text)
        return
    text = "is not possible on ECS; use `task: one`, whose containers share a network"
    context.report.refuse(node, path, text)
