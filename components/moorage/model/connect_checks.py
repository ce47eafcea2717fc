"""What can be wrong with the names that an app is found by."""

from collections.abc import Mapping
from typing import Any, cast

from .app import AppSpec
from .arguments import in_range
from .connect import PORT_NAME
from .names import check_pattern
from .problems import Problems

_NAMESPACE = (r"arn:aws[a-z-]*:servicediscovery:.+:namespace/.+", "the ARN of a Cloud Map namespace")

_DNS_NAME = (
    r"[a-z0-9_][a-z0-9_.-]{0,126}",
    "1 to 127 lower-case letters, digits, dots, hyphens and underscores",
)
"""API reference, ServiceConnectClientAlias."""


def check_connect(args: Mapping[str, Any], problems: Problems) -> None:
    """Check what an app offers in Service Connect and its name in Cloud Map DNS, by themselves."""
    connect = _mapping(args.get("connect"))
    check_pattern("connect.namespace", connect.get("namespace"), *_NAMESPACE, problems)
    for index, service in enumerate(_items(connect.get("services"))):
        where = f"connect.services[{index}]"
        check_pattern(f"{where}.name", service.get("name"), *PORT_NAME, problems)
        for field in ("port", "ingress_port"):
            in_range(f"{where}.{field}", service.get(field), 1, 65535, problems)
        for field in ("idle_timeout", "request_timeout"):
            in_range(f"{where}.{field}", service.get(field), 0, 2147483647, problems, "seconds")
        for number, alias in enumerate(_items(service.get("aliases"))):
            path = f"{where}.aliases[{number}]"
            check_pattern(f"{path}.dns_name", alias.get("dns_name"), *_DNS_NAME, problems)
            in_range(f"{path}.port", alias.get("port"), 1, 65535, problems)
    discovery = _mapping(args.get("discovery"))
    check_pattern(
        "discovery.namespace_id", discovery.get("namespace_id"), r"ns-[a-z0-9]+", "ns-...", problems
    )
    check_pattern(
        "discovery.name",
        discovery.get("name"),
        r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*",
        "a DNS name relative to the namespace",
        problems,
    )
    in_range("discovery.ttl", discovery.get("ttl"), 0, 2147483647, problems, "seconds")


def check_names(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the names of an app mean for its containers and its networking."""
    _check_groups(app, args, problems)
    if app.discovery is not None and app.task.bridge and not app.port:
        problems.say("discovery", "needs port with bridge networking: its record names the port too")
    if app.connect is None:
        return
    if app.connect.namespace is None and "namespace_arn" not in _mapping(args.get("cluster")):
        problems.say("connect.namespace", "is required: the cluster has no namespace of its own")
    ports = {
        port.container_port
        for container in app.task.containers
        for port in container.ports
        if port.protocol == "tcp"
    }
    seen: set[str] = set()
    for index, service in enumerate(app.connect.services):
        where = f"connect.services[{index}]"
        if service.port not in ports:
            problems.add(f"{where}.port", service.port, "must be a TCP port of one of the containers")
        if service.name in seen:
            problems.add(f"{where}.name", service.name, "is offered twice; give each port its own name")
        seen.add(service.name)
    if app.connect.clients and app.task.bridge:
        problems.say("connect.clients", "is for awsvpc tasks: the instances' group decides who reaches them")


def _check_groups(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the security groups of the tasks."""
    for field in ("security_group", "security_group_ids"):
        if field in args and app.task.bridge:
            problems.say(field, "is for awsvpc tasks; others have their instance's")
    if app.security_group:
        return
    if app.connect and app.connect.clients:
        problems.say("connect.clients", "needs the security group that is made for the tasks")
    if app.task.makes_file_system and not app.security_group_ids:
        problems.say("security_group_ids", "is required: the file system lets in the tasks' group")


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Mapping[str, Any]]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]
