"""Checks of an app's names in Service Connect and DNS, and of its security groups."""

from collections.abc import Mapping
from typing import Any

from .app import AppSpec
from .arguments import mapping
from .connect import Alias
from .problems import Problems


def check_names(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check an app's names against its containers and its networking."""
    _check_groups(app, args, problems)
    if app.discovery is not None and app.task.bridge and not app.port:
        problems.say("discovery", "needs port with bridge networking: its record has the port")
    if app.connect is None:
        return
    if app.connect.namespace is None and "namespace_arn" not in mapping(args.get("cluster")):
        problems.say("connect.namespace", "is required: the cluster has no namespace of its own")
    ports = {
        port.container_port: port.app_protocol
        for container in app.task.containers
        for port in container.ports
        if port.protocol == "tcp"
    }
    seen: set[str | Alias] = set()
    for index, service in enumerate(app.connect.services):
        where = f"connect.services[{index}]"
        if service.port not in ports:
            problems.add(f"{where}.port", service.port, "must be a TCP port of one of the containers")
        if service.name in seen:
            problems.add(f"{where}.name", service.name, "is offered twice; give each port its own name")
        if service.request_timeout is not None and ports.get(service.port, "") is None:
            wrong = (
                f"needs `app_protocol` http, http2 or grpc of port {service.port} in `ports`; a TCP port has "
            )
            problems.add(f"{where}.request_timeout", service.request_timeout, f"{wrong}only idle_timeout")
        for number, alias in enumerate(service.aliases):
            if alias in seen and service.name not in seen:
                text = f"{alias.dns_name}:{alias.port} is already an alias of the app; rename one of them"
                problems.say(f"{where}.aliases[{number}]", text)
        seen |= {service.name, *service.aliases}
    if app.connect.clients and app.task.bridge:
        problems.say("connect.clients", "is for awsvpc tasks; the instances' security group applies")


def _check_groups(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the security groups of the tasks."""
    for field in ("security_group", "security_group_ids"):
        if field in args and app.task.bridge:
            problems.say(field, "is for awsvpc tasks; others have their instance's groups")
    if app.security_group:
        return
    if app.connect and app.connect.clients:
        problems.say("connect.clients", "needs the tasks' own security_group")
    if app.task.makes_file_system and not app.security_group_ids:
        problems.say("security_group_ids", "is required: the file system allows the tasks' security group")
