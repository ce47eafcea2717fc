"""The tasks of services, one each or one for all: sizes, counts, start order and mounts."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

from moorage.model.choices import NetworkMode, StartCondition
from moorage.model.connect import port_name
from moorage.model.container_checks import MAX_CONTAINERS
from moorage.model.fields.app import TASK
from moorage.model.task_size import fargate_size
from moorage.model.volume_checks import LONGEST_DIRECTORY

from .ecs_params import EcsParams
from .names import volume_name
from .nodes import Node
from .report import Report
from .services import ComposeService, Context, Update, rollout_percents
from .volumes import Volume, VolumeStorage, project_volumes

_LONGEST_VOLUME = 255
"""API reference, Volume."""

_CPU, _MEMORY = int(TASK["cpu"].default), int(TASK["memory"].default)
"""The default size of a task."""


Edges = Mapping[str, Mapping[str, Node]]
"""For each service those that it depends on, with the place in the file."""


@dataclass(slots=True)
class Task:
    """A task definition and its service."""

    name: str
    """The compose service's name, or the app's if all are in one task."""
    services: list[ComposeService]
    first: frozenset[str] = frozenset()
    """The services that run to their end before the others of the task start, and not by themselves."""
    cpu: int = _CPU
    memory: int = _MEMORY
    count: int = 1
    daemon: bool = False
    percents: tuple[int, int] | None = None
    """Minimum healthy and maximum percent."""
    volumes: dict[str, Volume] = field(default_factory=dict[str, Volume])
    tags: dict[str, str] = field(default_factory=dict[str, str])


def project_tasks(app: str, context: Context, params: EcsParams, essential: Mapping[str, bool]) -> list[Task]:
    """Return the tasks of the project's services, for the component `app`."""
    services = list(context.services.values())
    _check_cycle(dependencies(context.services), context.report)
    if context.target.one_task:
        tasks = [Task(app, services)] if services else []
        _check_one(services, context)
    else:
        tasks = _task_each(context.services)
    volumes = project_volumes(
        [{service.name for service in task.services} for task in tasks], context, params
    )
    for task in tasks:
        _check_port_names(task, context)
        _order(task, essential)
        _check_ends(task)
        _mount(task, volumes)
        _check_volumes(task)
        _size(task, context, params)
        _count(task)
    return tasks


def _task_each(services: Mapping[str, ComposeService]) -> list[Task]:
    """Return a task for each service that keeps running, with what must end before it starts.

    That cannot be a job: only tasks of services reach others by name ("Use Service Connect").
    """
    ending = {
        other
        for service in services.values()
        for other, (condition, _) in service.depends_on.items()
        if condition == _ENDED and other in services
    }
    for name in ending:
        services[name].published.clear()
        services[name].args.pop("ports", None)
    tasks: list[Task] = []
    for name, service in services.items():
        if name not in ending:
            first = _ended_before(service, services)
            tasks.append(Task(name, [service, *map(_copied, first)], frozenset(one.name for one in first)))
    return tasks


_ENDED = "SUCCESS"


def _ended_before(service: ComposeService, services: Mapping[str, ComposeService]) -> list[ComposeService]:
    """Return the services that must end before a service starts, and before each other."""
    first: dict[str, ComposeService] = {}
    waiting = [service]
    while waiting:
        for other, (condition, _) in waiting.pop().depends_on.items():
            if condition == _ENDED and other in services and other not in first:
                first[other] = services[other]
                waiting.append(services[other])
    return list(first.values())


def _copied(service: ComposeService) -> ComposeService:
    """Return a service for one of the tasks that it is in."""
    return replace(
        service, args=deepcopy(service.args), places=dict(service.places), parts=dict(service.parts)
    )


def dependencies(services: Mapping[str, ComposeService]) -> Edges:
    """Return the dependencies in `depends_on`, `links`, `volumes_from` and `network_mode`."""
    edges: dict[str, dict[str, Node]] = {}
    for name, service in services.items():
        named = {other: node for other, (_, node) in service.depends_on.items()}
        for item in (*service.node.listed("links"), *service.node.listed("volumes_from")):
            named.setdefault(item.text().partition(":")[0], item)
        mode = service.node.get("network_mode")
        if mode is not None and mode.text().startswith("service:"):
            named.setdefault(mode.text().removeprefix("service:"), mode)
        edges[name] = {other: node for other, node in named.items() if other in services}
    return edges


def _check_cycle(edges: Edges, report: Report) -> None:
    """Refuse services that depend on each other in a cycle."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        # It lists each one before those that depend on it, and the first one again at the end.
        cycle: list[str] = error.args[1][:0:-1]
        first = min(range(len(cycle)), key=lambda index: list(edges).index(cycle[index]))
        cycle = [*cycle[first:], *cycle[: first + 1]]
        text = f"dependency cycle: {' -> '.join(cycle)}"
        report.refuse(edges[cycle[0]][cycle[1]].with_value(None), f"services.{cycle[0]}", text)


def _check_one(services: list[ComposeService], context: Context) -> None:
    """Check the number and the counts of services in one task."""
    if len(services) > MAX_CONTAINERS:
        text = f"a task has at most {MAX_CONTAINERS} containers, not {len(services)}; use `task: per_service`"
        first = services[MAX_CONTAINERS]
        context.report.refuse(first.node, first.path, text)
    counted: ComposeService | None = None
    for service in services:
        if service.count is None:
            continue
        if counted is not None and counted.count != service.count:
            text = f"must be {counted.count}, as of {counted.name}: one task has one count"
            service.refuse(service.places["count"][1], "deploy.replicas", text)
        counted = service


def _check_port_names(task: Task, context: Context) -> None:
    """Check that the names of ports, by which Service Connect finds them, are unique."""
    taken: dict[str, str] = {}
    named = context.target.network_mode is NetworkMode.AWSVPC
    for service in task.services:
        for port in service.args.get("ports", ()):
            number, name = port["port"], port.get("name")
            if name is None and named and "protocol" not in port:
                name = port_name(service.container, number)
            if name is None:
                continue
            if name in taken:
                text = f"{name} is also the name of {taken[name]}; set a unique `name`"
                service.refuse(service.node.find(["ports"]), "ports", text)
            taken[name] = f"{service.name}:{number}"


def _order(task: Task, essential: Mapping[str, bool]) -> None:
    """Convert `depends_on` to the container dependencies of one task."""
    names = {service.name: service for service in task.services}
    awaited: dict[str, Node] = {}
    for service in task.services:
        for other, (condition, node) in service.depends_on.items():
            if other not in names:
                continue
            service.args.setdefault("depends_on", {})[names[other].container] = condition
            service.places["depends_on"] = ("depends_on", node)
            if condition == StartCondition.HEALTHY and "container_health_check" not in names[other].args:
                text = f"{other} needs a healthcheck with a test, because ECS ignores the image's HEALTHCHECK"
                service.refuse(node, f"depends_on.{other}", text)
            if condition in (StartCondition.COMPLETE, StartCondition.SUCCESS):
                awaited[other] = node
    for service in task.services:
        if not essential.get(service.name, service.name not in awaited):
            service.args["essential"] = False
            if service.name in awaited:
                service.parts.setdefault("essential", awaited[service.name])


_ENDS = (
    "is not possible for a task that ends: its ECS service replaces it, again and again; run a service that "
    "ends as a Job, or let others wait for it with `depends_on` and service_completed_successfully"
)


def _check_ends(task: Task) -> None:
    """Warn of services that run to their end, which ends their task, so that ECS starts the next one."""
    for service in task.services:
        if service.ends is not None and service.essential:
            key, node = service.ends
            service.warn(node, key, _ENDS)


def _mount(task: Task, volumes: Mapping[str, Volume]) -> None:
    for service in task.services:
        for index, mount in enumerate(service.mounts):
            name = mount.volume or f"{service.container}-anonymous-{index}"
            volume = volumes.get(name) if mount.volume else Volume(name, VolumeStorage.TASK)
            if volume is None:
                continue
            task.volumes[name] = volume
            read_only = {"read_only": True} if mount.read_only else {}
            mounted = {"volume": volume_name(name), "path": mount.path, **read_only}
            service.add("mounts", mounted, service.node, "volumes", mount.node)


def _check_volumes(task: Task) -> None:
    """Check the names of a task's volumes, in the task definition and as directories in EFS."""
    service = task.services[0]
    node = service.node.find(["volumes"])
    taken: dict[str, str] = {}
    for name, volume in task.volumes.items():
        undotted = volume_name(name)
        if undotted in taken:
            text = f"has the same name as {taken[undotted]} without dots; rename one of them"
            service.refuse(node.with_value(name), "volumes", text)
        taken[undotted] = name
        if len(name) > _LONGEST_VOLUME:
            text = f"must be at most {_LONGEST_VOLUME} characters"
            service.refuse(node.with_value(name), "volumes", text)
        elif volume.made and (name.startswith(".") or len(name) > LONGEST_DIRECTORY):
            text = f"must be at most {LONGEST_DIRECTORY} characters, the first not a dot: a name in EFS"
            service.refuse(node.with_value(name), "volumes", text)


def _size(task: Task, context: Context, params: EcsParams) -> None:
    """Size the task: as in ecs-params, else the sum of its containers, rounded up to a size of Fargate."""
    asked_cpu = sum(service.args.get("container_cpu") or 0 for service in task.services)
    asked_memory = sum(service.memory or 0 for service in task.services)
    cpu = params.cpu[0] if params.cpu else asked_cpu or _CPU
    memory = params.memory[0] if params.memory else asked_memory or _MEMORY
    written = params.cpu or params.memory
    node, path = task.services[0].node, task.services[0].path
    if written is not None:
        node, path = written[1], "task_definition.task_size"
    for unit, sum_, limit in (("CPU units", asked_cpu, params.cpu), ("MiB", asked_memory, params.memory)):
        if limit is not None and sum_ > limit[0]:
            text = f"must be at least {sum_} {unit}, the sum of the containers of {task.name}"
            context.report.refuse(limit[1], "task_definition.task_size", text)
    if not context.target.fargate:
        task.cpu, task.memory = max(128, cpu), memory
        return
    pair = fargate_size(cpu, memory)
    if pair is None:
        context.report.refuse(
            node, path, f"Fargate does not have a size for {cpu} CPU units and {memory} MiB"
        )
        return
    if pair != (cpu, memory):
        text = f"{cpu} CPU units and {memory} MiB become {pair[0]} and {pair[1]}, a Fargate size"
        context.report.note(node, path, text)
    task.cpu, task.memory = pair


def _count(task: Task) -> None:
    counts = [service.count for service in task.services if service.count is not None]
    if counts:
        task.count = counts[0]
    task.daemon = any(service.daemon for service in task.services)
    updates: list[Update] = [service.update for service in task.services if service.update is not None]
    if updates and not task.daemon:
        task.percents = rollout_percents(updates[0], task.count)
        low, high = task.percents
        if low * task.count % 100 or high * task.count % 100:
            text = f"is {low} to {high} percent of {task.count} tasks, which ECS rounds to whole tasks"
            task.services[0].note(updates[0].node, "deploy.update_config", text)
    for service in task.services:
        task.tags |= service.tags
