"""Keys of a compose service about ports and names."""

import ipaddress
import re
from typing import Any

from moorage.compose_file.names import container_name
from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService
from moorage.compose_file.values import integer
from moorage.model.choices import NetworkMode
from moorage.model.fields.container import CONTAINER
from moorage.model.fields.shared import PORT_NAME
from moorage.model.names import CONTAINER_NAME

_APP_PROTOCOLS = {"http": "http", "http2": "http2", "h2": "http2", "grpc": "grpc"}


def ports(service: ComposeService, node: Node) -> None:
    """`ports`: with awsvpc networking a task is reachable at the container's own ports."""
    for item in node.items():
        target = item.get("target")
        port = integer(target, service.at("ports"), service.context.report) if target else None
        if target is None or port is None:
            service.refuse(item, "ports", "requires target, the container's port")
            continue
        if not 1 <= port <= 65535:
            service.refuse(target, "ports", "must be a port from 1 to 65535")
            continue
        protocol, host_port = _protocol(service, item), _host_port(service, item, port)
        application = item.get("app_protocol")
        app_protocol = _APP_PROTOCOLS.get(application.text().lower()) if application else None
        if application is not None and app_protocol is None:
            service.warn(application, "ports.app_protocol", "is ignored: must be http, http2 or grpc on ECS")
        named = item.get("name")
        if named is not None and not re.fullmatch(PORT_NAME[0], named.text()):
            text = "must be 1 to 64 lower-case letters, digits, hyphens and underscores; the first no hyphen"
            service.refuse(named, "ports.name", text)
        # With awsvpc networking 80:80 and 8080:80 are one port, and ECS refuses it twice.
        if host_port is not None or (port, protocol) not in service.mapped:
            further = {
                "host_port": host_port,
                "name": named.text() if named else None,
                "app_protocol": app_protocol,
            }
            service.add("ports", _port(port, protocol, further), node, "ports", item)
        if _is_published(service, item):
            service.published.append((port, protocol))


def _host_port(service: ComposeService, item: Node, port: int) -> int | None:
    """Return the port of the instance, 0 for a dynamic one; None with awsvpc networking."""
    published = item.get("published")
    outside = published.text() if published else ""
    is_port = outside.isascii() and outside.isdigit()
    if service.target.network_mode is NetworkMode.BRIDGE:
        if published is not None and not is_port:
            text = f"{outside}: must be one port or none; a dynamic port is used"
            service.warn(published, "ports", text)
        return int(outside) if is_port else 0
    if published is not None and outside != str(port):
        service.warn(published, "ports", f"{outside}:{port}: the port is {port}, at the task's own address")
    return None


def _port(port: int, protocol: str, further: dict[str, Any]) -> dict[str, Any]:
    """Return one of `ports` of an app, without what is the default."""
    implied = CONTAINER["ports[].protocol"].default
    mapping = {"port": port, "protocol": None if protocol == implied else protocol, **further}
    return {key: value for key, value in mapping.items() if value}


def _protocol(service: ComposeService, item: Node) -> str:
    protocol = item.text_of("protocol", "tcp").lower()
    if protocol not in ("tcp", "udp"):
        service.refuse(item.get("protocol") or item, "ports", "must have the protocol tcp or udp")
        return "tcp"
    return protocol


def _is_published(service: ComposeService, item: Node) -> bool:
    """Return whether a port is published, by its `host_ip`, not only on the machine itself."""
    node = item.get("host_ip")
    if node is None or node.text() in ("0.0.0.0", "::"):
        return True
    try:
        is_loopback = ipaddress.ip_address(node.text()).is_loopback
    except ValueError:
        service.refuse(node, "ports.host_ip", "must be an IP address")
        return False
    if is_loopback:
        text = f"{node.text()}: on ECS the port is open to the services of the app only"
        service.warn(node, "ports", text)
        return False
    service.warn(node, "ports.host_ip", "is ignored: security groups control access to a task")
    return True


def expose(service: ComposeService, node: Node) -> None:
    """`expose`: ports for the other services only."""
    mapped = {*service.mapped}
    for item in node.items():
        match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/(tcp|udp))?", item.text())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if match is None or not 1 <= first <= last <= 65535:
            service.refuse(item, "expose", "must be a port such as 5432 or 53/udp, from 1 to 65535")
            continue
        protocol = match[3] or "tcp"
        for port in range(first, last + 1):
            if (port, protocol) not in mapped:
                service.add("ports", _port(port, protocol, {}), node, "ports", item)
                mapped.add((port, protocol))


def links(service: ComposeService, node: Node) -> None:
    """`links`: between containers of one task with bridge networking; a service has one name."""
    for item in node.items():
        name, _, alias = item.text().partition(":")
        if name not in service.context.project.services:
            service.refuse(item, "links", "must be a service of this file")
        elif service.target.network_mode is NetworkMode.BRIDGE and service.target.one_task:
            if not re.fullmatch(CONTAINER_NAME[0], alias or name):
                text = f"{alias or name} must be 1 to 255 letters, digits, hyphens and underscores"
                service.refuse(item.with_value(None), "links", f"{text}; use {name}:ALIAS")
            linked = f"{container_name(name)}:{alias}" if alias else container_name(name)
            service.add("links", linked, item, "links")
        elif alias and alias != name:
            service.warn(item, "links", f"{alias} is ignored: Service Connect has one name for {name}")


def networks(service: ComposeService, node: Node) -> None:
    """`networks`: all services of the app reach each other by their own names."""
    for name, item in node.entries().items():
        key = f"networks.{name}"
        rest = [inner for inner in item.entries() if inner != "priority" and not inner.startswith("x-")]
        if rest:
            text = f"{', '.join(rest)}: is ignored; AWS assigns addresses, and a service has one name"
            service.warn(item, key, text)
        if name != "default":
            service.warn(item, key, "is ignored: all services of the app reach each other")


def extra_hosts(service: ComposeService, node: Node) -> None:
    """`extra_hosts`: with bridge networking only."""
    if service.target.network_mode is not NetworkMode.BRIDGE:
        service.warn(node, "extra_hosts", "is ignored: it needs bridge networking")
        return
    hosts: dict[str, str] = {}
    for item in node.items():
        name, _, address = item.text().partition("=")
        if not name or not address.strip("[]"):
            service.refuse(item, "extra_hosts", "must be HOST=ADDRESS")
        else:
            hosts[name] = address.strip("[]")
    service.put("extra_hosts", hosts, node, "extra_hosts")


def network_mode(service: ComposeService, node: Node) -> None:
    """`network_mode`: that of the app, which containers of one task share."""
    mode, target = node.text(), service.target
    if mode.startswith("service:") and target.one_task and target.network_mode is NetworkMode.AWSVPC:
        return
    if mode in ("bridge", "default"):
        service.warn(node, "network_mode", f"is ignored: the tasks' network mode is {target.network_mode}")
    else:
        text = "is not possible on ECS; use `task: one`, whose containers share a network"
        service.refuse(node, "network_mode", text)
