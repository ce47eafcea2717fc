"""Checks of an app's names in Service Connect and DNS, and of its security groups."""

from collections.abc import Mapping
from typing import Any

from .app import AppSpec
from .arguments import mapping
from .problems import Problems


def check_names(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check an app's names against its containers and its networking."""
    _check_groups(app, args, problems)
    if app.discovery is not None and app.task.bridge and not app.port:
        problems.say("discovery", "needs port with bridge networking: its record has the port")
    if app.discovery and app.discovery.clients and not any(other.ports for other in app.task.containers):
        problems.say("discovery.clients", "needs port or ports: they are opened to the clients")
    if app.connect is None:
        return
    if app.connect.namespace is None and "namespace_arn" not in mapping(args.get("cluster")):
        problems.say("connect.namespace", "is required: the cluster has no namespace of its own")
    ports = {p.container_port for other in app.task.containers for p in other.ports if p.protocol == "tcp"}
    seen: set[str] = set()
    for index, service in enumerate(app.connect.services):
        where = f"connect.services[{index}]"
        if service.port not in ports:
            problems.add(f"{where}.port", service.port, "must be a TCP port of one of the containers")
        if service.name in seen:
            problems.add(f"{where}.name", service.name, "is offered twice; give each port its own name")
        seen.add(service.name)


def _check_groups(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the security groups of the tasks."""
    for field in ("security_group", "security_group_ids"):
        if field in args and app.task.bridge:
            problems.say(field, "is for awsvpc tasks; others have their instance's groups")
    for field, names in (("connect.clients", app.connect), ("discovery.clients", app.discovery)):
        if names and names.clients and app.task.bridge:
            problems.say(field, "is for awsvpc tasks; the instances' security group applies")
        elif names and names.clients and not app.security_group:
            problems.say(field, "needs the tasks' own security_group")
    if app.security_group:
        return
    if app.task.makes_file_system and not app.security_group_ids:
        problems.say("security_group_ids", "is required: the file system allows the tasks' security group")
