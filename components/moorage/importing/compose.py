"""Compose files, also with the ecs-params file of the Amazon ECS CLI, as `ContainerApp`s."""

import os
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from moorage.compose_file.arguments import (
    Shared,
    connect_arguments,
    log_group_name,
    target_of,
    task_arguments,
)
from moorage.compose_file.loader import dot_env, environment
from moorage.compose_file.names import volume_name
from moorage.compose_file.project import Source
from moorage.compose_file.services import ComposeService, Target
from moorage.compose_file.tasks import Task
from moorage.compose_file.translation import translate
from moorage.model.choices import Architecture, CapacityKind, NetworkMode
from moorage.model.later import filled, is_later, keys_in, later
from moorage.model.presets import Preset
from moorage.model.problems import Problems
from moorage.resources.compose.service_arguments import merged, service_arguments

from .compose_refusals import omit_refused
from .compose_report import report_on
from .compose_source import ComposeImport, ComposeSource, http_port, served_by
from .literals import keep_secret, secret_setting, take_secrets
from .project import FILE_SYSTEM, Arguments, Call, Code, Project, logical_name, relative, role_arn
from .secrets import is_secret
from .tables import SourceError
from .variables import expressions, secret_expression


def import_compose(source: ComposeSource) -> Project:
    """Return the project of a compose file.

    Raises:
        MoorageError: a file cannot be read, or is not a compose file.
    """
    title, problems = source.title(), Problems("ComposeApp", "compose")
    target = Target(source.capacity, Architecture.X86_64, source.network_mode, source.one_task)
    variables = _variables(source.folder)
    read = Source(source.folder.as_posix(), source.files, None, source.ecs_params, variables)
    files = translate(title, target, read, problems)
    if files is None or not files.tasks:
        raise SourceError("; ".join(str(problem) for problem in problems) or "the files have no services")
    named = ", ".join(source.files or [source.main])
    shown = f"{named} and {source.ecs_params}" if source.ecs_params else named
    project = Project(title.lower(), shown, source.region)
    made = ComposeImport(source, project, files, title, served_by(files.services.values()))
    _declare(made)
    report_on(made, problems)
    return project


def _variables(folder: Path) -> dict[str, str]:
    """Return the variables for interpolation, with stand-ins for secrets."""
    variables = environment(dict(os.environ), dot_env(folder))
    return {name: later(name) if is_secret(name, value) else value for name, value in variables.items()}


def _declare(made: ComposeImport) -> None:
    """Declare the network, the cluster, the load balancer and the apps."""
    project, files, source, title = made.project, made.files, made.source, made.title
    network = project.declare("Network", title, _network(made), "network")
    cluster: Arguments = {}
    if files.by_name or source.capacity is not CapacityKind.FARGATE:
        cluster["network"] = network.ref
    if files.by_name:
        cluster["namespace"] = True
    if source.capacity is not CapacityKind.FARGATE:
        cluster["capacity"] = source.capacity
    project.declare("EcsCluster", title, cluster, "cluster")
    if made.served is not None:
        balancer: Arguments = {"network": Code("network.ref")}
        if source.capacity is CapacityKind.EC2:
            balancer["cluster"] = Code("cluster.ref")
        project.declare("LoadBalancer", title, balancer, "balancer")
    for task in _in_start_order(files.tasks):
        _declare_app(made, task)


def _network(made: ComposeImport) -> Arguments:
    """Return the arguments of the network: the default VPC, or the subnets of an ecs-params file."""
    subnets = _expressions(made, list(made.files.params.subnets), "public_subnet_ids")
    if not subnets:
        return {}
    vpc = Call("aws.ec2.get_subnet_output", named=(("id", subnets[0]),), attribute=".vpc_id")
    args: Arguments = {"vpc_id": vpc, "public_subnet_ids": subnets}
    if not made.files.params.public_ip:
        args |= {"private_subnet_ids": subnets, "private_egress": True}
    return args


def _declare_app(made: ComposeImport, task: Task) -> None:
    project = made.project
    balanced = next((service for service in task.services if service is made.served), None)
    target = balanced or target_of(task)
    args = task_arguments(task, made.files.params, target, reached=balanced is not None)
    if balanced is not None:
        args |= _reached(balanced)
    volumes = args.get("volumes", {}).items()
    args["volumes"] = {name: _volume(made, task, name, value) for name, value in volumes}
    name = made.title if made.source.one_task else task.name
    args = _with_own(task, target, args)
    containers = args.pop("containers", {})
    args = _cleaned(made, name, args)
    args["containers"] = {key: _cleaned(made, name, value, key) for key, value in containers.items()}
    if args.get("container_name") == logical_name(name):
        del args["container_name"]
    first: Arguments = {"cluster": Code("cluster.ref"), "network": Code("network.ref")}
    if not args["stop_timeout"]:
        # The file does not say it.
        del args["stop_timeout"]
    if balanced is not None:
        first["load_balancer"] = Code("balancer.ref")
        if args.get("stop_timeout", 0) > _SHORTEST_DRAIN:
            args["deregistration_delay"] = args["stop_timeout"]
    args |= _placement(made, task, name, args)
    others = {
        made.apps[other] for service in task.services for other in service.depends_on if other in made.apps
    }
    if others:
        args["after"] = [Code(f"{variable}.service_name") for variable in sorted(others)]
    args = _set({**first, **args})
    omit_refused(made, name, task, target, args)
    app = project.declare("ContainerApp", name, args)
    made.apps |= {service.name: app.variable for service in task.services if service.name not in task.first}
    if balanced is not None:
        project.exports["url"] = f"{app.variable}.url"


def _reached(service: ComposeService) -> Arguments:
    """Return the port of a service that the load balancer reaches."""
    port = http_port(service)
    mapped = next(item for item in service.args["ports"] if item["port"] == port)
    return {key: mapped[key] for key in ("port", "host_port") if key in mapped}


def _set(args: Arguments) -> Arguments:
    """Return arguments without empty ones that have no meaning."""
    return {key: value for key, value in args.items() if value not in ({}, []) or key in _EMPTY}


_SHORTEST_DRAIN = 15
"""The default of `deregistration_delay` in the preset `dev`; a task must not stop later."""

_EMPTY = ("connect", "restart", "alarms", "queue")
"""Arguments whose empty value has a meaning."""


def _with_own(task: Task, target: ComposeService, args: Arguments) -> Arguments:
    """Return the arguments of a task with those of `x-moorage` of its services."""
    for service in task.services:
        over = service_arguments(service, {}, Problems("", "")).in_file
        if service is target:
            args = merged(args, over)
        elif over:
            args = {**args, "containers": merged(args["containers"], {service.container: over})}
    return args


def _placement(made: ComposeImport, task: Task, name: str, args: Arguments) -> Arguments:
    """Return the arguments of an app's network, roles and names."""
    params, placed = made.files.params, Arguments()
    if made.files.network_mode is not NetworkMode.AWSVPC:
        placed["network_mode"] = made.files.network_mode
    elif params.security_groups:
        groups = _expressions(made, list(params.security_groups), "security_group_ids")
        placed |= {"security_group": False, "security_group_ids": groups}
    for key, role in params.roles.items():
        placed[key] = role if is_later(role) else role_arn(role)
    if made.files.by_name:
        connect = connect_arguments(task)
        del connect["namespace"]
        port = args.get("port")
        usual = [{"port": port, "name": name, "aliases": [{"dns_name": name, "port": port}]}]
        placed["connect"] = {} if connect["services"] == usual else connect
    return placed


def _volume(made: ComposeImport, task: Task, name: str, value: Arguments) -> Arguments:
    """Return a volume; one that several apps share is in a file system that the user makes."""
    efs: dict[str, Any] = value.get("efs", {})
    system = str(efs.get("file_system_id", ""))
    if not is_later(system) and (not system or system.startswith("fs-")):
        return value
    users = [other for other in made.files.tasks if name in map(volume_name, other.volumes)]
    if len(users) > 1 or not is_later(system):
        shared = made.project.setting(
            [name, "file", "system", "id"], f"The EFS file system of volume {name}", stand_in=FILE_SYSTEM
        )
        text = "external, or shared by several apps: make an EFS file system that admits them, and set its id"
        made.project.report.approximated(made.file, f"volumes.{name}", text)
        return {"efs": {"file_system_id": shared}}
    volume = next(volume for key, volume in task.volumes.items() if volume_name(key) == name)
    posix = {"owner": volume.owner, "user": volume.identity}
    return {"efs": {key: ":".join(map(str, ids)) for key, ids in posix.items() if ids is not None}}


def _cleaned(made: ComposeImport, app: str, args: Arguments, container: str = "") -> Arguments:
    """Return the arguments of a container as a program has them."""
    args = dict(args)
    log: dict[str, Any] = {**args.pop("log", {})}
    log |= _log_group(made, log)
    log = {key: value for key, value in log.items() if value is not None}
    if log.get("prefix") == (container or app):
        del log["prefix"]
    args |= {"log": log} if log else {}
    for port in (ports := [dict(port) for port in args.get("ports", ())]):
        port.pop("public", None)
    if not container and "port" not in args and ports and set(ports[0]) == {"port"}:
        args["port"] = ports[0]["port"]
    ports = [port for port in ports if port != {"port": args.get("port")}]
    args["ports"] = ports
    _take_stored(made, app, args, container)
    if "build" in args:
        args["build"] = _build(made, args["build"])
    _take_later(made, app, args, container)
    take_secrets(made.project, app, args, container)
    return _set(_expressions(made, args))


def _log_group(made: ComposeImport, log: Arguments) -> Arguments:
    """Return the group and region of a log instead of their stand-ins; None for the app's own."""
    key = next(iter(keys_in(log.get("group", ""))), "")
    if not key.startswith(Shared.LOG_GROUP.key()):
        region = next(iter(keys_in(log.get("region", ""))), "")
        return {"region": None} if region.startswith(Shared.LOG_REGION.key()) else {}
    services = made.files.services.values()
    named = {log_group_name(service): service.log for service in services if service.log is not None}
    target = named[key.removeprefix(Shared.LOG_GROUP.key())]
    if target.group is None and target.region is None:
        return {"group": None, "region": None}
    place = {name: value for name, value in target._asdict().items() if name in ("group", "region")}
    if target.group is not None and made.source.one_task:
        return place
    if key not in made.log_groups:
        words = [made.title, "logs", *filter(None, place.values())]
        settings = {"name": target.group, "region": target.region, "retention_in_days": _RETENTION}
        args = _expressions(made, {name: value for name, value in settings.items() if value is not None})
        declared = made.project.declare("aws.cloudwatch.LogGroup", "-".join(words), args)
        made.log_groups[key] = declared.read("name")
    return {**place, "group": made.log_groups[key]}


_RETENTION = Preset().log_retention_days


def _take_stored(made: ComposeImport, app: str, args: Arguments, container: str) -> None:
    """Replace the stand-ins of secrets that the file declares."""
    for variable, source in list(args.get("secrets", {}).items()):
        if is_later(str(source)):
            del args["secrets"][variable]
            place = (app, container, variable)
            keep_secret(made.project, args, place, secret_setting(made.project, place))


def _take_later(made: ComposeImport, app: str, args: Arguments, container: str) -> None:
    """Move variables that contain a secret of the environment to Secrets Manager."""
    for variable, value in list(args.get("environment", {}).items()):
        if isinstance(value, str) and keys_in(value):
            del args["environment"][variable]
            secret = secret_expression(made.project, value)
            keep_secret(made.project, args, (app, container, variable), secret)


_SHOWN = "The variable {}; ECS shows it in the task definition"


def _expressions(made: ComposeImport, value: Any, key: str = "") -> Any:
    """Return a value with secrets outside of variables, where ECS shows them, with expressions."""
    marked = filled(value, {name: later(f"{name} shown") for name in keys_in(value)})
    return expressions(made.project, marked, _SHOWN, key)


def _build(made: ComposeImport, build: Arguments) -> Arguments:
    """Return a build with paths relative to the new project, and without arguments that are secrets."""
    build = dict(build)
    if "context" in build:
        build["context"] = relative(build["context"], made.source.out)
    if "files" in build:
        build["files"] = [
            {**file, "source": relative(file["source"], made.source.out)} if "source" in file else file
            for file in build["files"]
        ]
    args = dict(build.get("args", {}))
    for name, value in list(args.items()):
        if is_later(value) or is_secret(name, value):
            del args[name]
            reason = "a secret: build arguments stay in the image; use `build.secrets`"
            made.project.report.omitted(made.file, f"build.args.{name}", reason)
    return _set({**build, "args": args})


def _in_start_order(tasks: list[Task]) -> list[Task]:
    """Return the tasks, each after those that it depends on."""
    by_name = {task.name: task for task in tasks}
    of_service = {service.name: task.name for task in tasks for service in task.services}
    graph: dict[str, list[str]] = {}
    for task in tasks:
        names = {other for service in task.services for other in service.depends_on if other in of_service}
        graph[task.name] = sorted({of_service[other] for other in names} - {task.name})
    return [by_name[name] for name in TopologicalSorter(graph).static_order()]
