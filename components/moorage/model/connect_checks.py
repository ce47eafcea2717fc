"""What can be wrong with the names that an app is found by."""

from collections.abc import Mapping
from typing import Any

from .app import AppSpec
from .arguments import mapping
from .problems import Problems


def check_names(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the names of an app mean for its containers and its networking."""
    _check_groups(app, args, problems)
    if app.discovery is not None and app.task.bridge and not app.port:
        problems.say("discovery", "needs port with bridge networking: its record names the port too")
    if app.connect is None:
        return
    if app.connect.namespace is None and "namespace_arn" not in mapping(args.get("cluster")):
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
