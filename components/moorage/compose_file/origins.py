"""The lines of files that arguments of a task and its containers come from."""

from collections.abc import Callable, Sequence

from moorage.model.arguments import written_path
from moorage.model.fields.app import TASK

from .coercion import number_of
from .ecs_params import VPC, EcsParams
from .names import volume_name
from .nodes import Node
from .services import ComposeService
from .tasks import Task

_SIZE = "task_definition.task_size"
_OF_PARAMS = {
    "network_mode": ("task_definition.ecs_network_mode",),
    "task_role_arn": ("task_definition.task_role_arn",),
    "execution_role_arn": ("task_definition.task_execution_role",),
    "cpu": (f"{_SIZE}.cpu_limit",),
    "memory": (f"{_SIZE}.mem_limit",),
    "ephemeral_storage": (f"{_SIZE}.ephemeral_storage",),
    "security_group": (f"{VPC}.security_groups",),
    "security_group_ids": (f"{VPC}.security_groups",),
    "subnets": (f"{VPC}.assign_public_ip", f"{VPC}.subnets"),
    "network": (f"{VPC}.subnets",),
}
"""The keys of an ecs-params file that decide arguments of an app."""

_CPUS = ("cpus", "deploy.resources.limits.cpus", "deploy.resources.reservations.cpus")

_LOG_OPTIONS = {
    "group": "awslogs-group",
    "region": "awslogs-region",
    "prefix": "awslogs-stream-prefix",
}

_FILES = {"environment": "env_file", "labels": "label_file"}
"""The keys for files of variables, by the key that overrides them."""


def of_params(params: EcsParams, argument: str) -> Node | None:
    """Return what decides an argument of an app in an ecs-params file."""
    if params.node is None:
        return None
    nodes = map(params.node.written, (key.split(".") for key in _OF_PARAMS.get(argument, ())))
    return next(filter(None, nodes), None)


def of_task(task: Task, params: EcsParams, target: ComposeService, steps: Sequence[str | int]) -> list[Node]:
    """Return what decides an argument of a task in the files, but for those of its containers.

    `target` is the service that clients reach.
    """
    name = steps[0]
    if name in ("cpu", "memory"):
        return _size(task, params, str(name))
    if name == "container_name":
        return [target.node]
    if name in ("port", "host_port"):
        at = [
            index
            for index, (port, protocol) in enumerate(target.mapped)
            if protocol == "tcp" and (port, protocol) in target.published
        ]
        return [target.parts[f"ports[{index}]"] for index in at[:1]]
    if name == "volumes" and len(steps) > 1:
        return _volume(task, params, str(steps[1]))
    if name == "tags":
        nodes = [
            service.places["tags"][1].written(steps[1:])
            for service in task.services
            if steps[1] in service.tags
        ]
        return [node for node in nodes if node][-1:]
    if node := of_params(params, str(name)):
        return [node]
    places = (service.places.get(str(name)) for service in task.services)
    return [place[1] for place in places if place][:1] if name in _OF_SERVICES else []


_OF_SERVICES = ("count", "daemon", "minimum_healthy_percent", "maximum_percent")


def _size(task: Task, params: EcsParams, name: str) -> list[Node]:
    """Return what a size of a task is the sum of; if that is nothing, what raises it to a size of Fargate."""
    asked = {
        "cpu": [node for service in task.services if (node := of_container(service, ("container_cpu",)))],
        "memory": [
            max(memories, key=lambda memory: memory[0])[1]
            for service in task.services
            if (memories := _memories(service))
        ],
    }
    for size in asked:
        if node := of_params(params, size):
            asked[size] = [node]
    own = asked.pop(name)
    (other,) = asked.values()
    return own or ([] if getattr(task, name) == TASK[name].default else other)


def _memories(service: ComposeService) -> list[tuple[int, Node]]:
    """Return the limit and the reservation of a container, and their values in the file."""
    return [
        (service.args[name], service.places[name][1])
        for name in ("container_memory", "memory_reservation")
        if name in service.args
    ]


def _volume(task: Task, params: EcsParams, name: str) -> list[Node]:
    """Return the volume in the ecs-params or the compose file; for an anonymous one its mount."""
    declared = task.services[0].context.project.volumes
    named = [node for node in params.efs_volumes if volume_name(node.text_of("name")) == name]
    named += [node for key, node in declared.items() if volume_name(key) == name]
    mounts = [
        service.parts[f"mounts[{index}]"]
        for service in task.services
        for index, mount in enumerate(service.args.get("mounts", ()))
        if mount["volume"] == name
    ]
    return [*named, *mounts][:1]


def of_container(service: ComposeService, steps: Sequence[str | int]) -> Node | None:
    """Return what sets an argument of a service's container in the files."""
    for end in range(len(steps), 0, -1):
        if part := service.parts.get(written_path(steps[:end])):
            return part
    name = str(steps[0])
    if name == "container_cpu":
        return _cpus(service)
    if len(steps) > 1 and name in _SPECIAL:
        return _SPECIAL[name](service, steps)
    for end in (2, 1):
        place = service.places.get(written_path(steps[:end]))
        if place is not None:
            return place[1].find(list(steps[end:]))
    return None


def _variable(service: ComposeService, steps: Sequence[str | int]) -> Node | None:
    """Return a variable in the file, else the key that names its files of variables."""
    key = str(steps[0])
    return service.node.written(steps) or service.node.get(_FILES[key]) or service.node.get(key)


def _dependency(service: ComposeService, steps: Sequence[str | int]) -> Node | None:
    of = service.context.services
    nodes = (node for other, (_, node) in service.depends_on.items() if of[other].container == steps[-1])
    return next(nodes, None)


def _log(service: ComposeService, steps: Sequence[str | int]) -> Node | None:
    if "log" not in service.places:
        return None
    node = service.places["log"][1]
    if steps[1:2] == ("driver",):
        return node.written(("driver",))
    option = steps[2] if steps[1] == "options" else _LOG_OPTIONS.get(str(steps[1]), "")
    return node.written(("options", option))


def _cpus(service: ComposeService) -> Node | None:
    """Return the limit or the reservation that the container has."""
    key, node = service.places.get("container_cpu", ("", None))
    if key != "cpus":
        return node
    nodes = (service.node.written(path.split(".")) for path in _CPUS)
    return next((node for node in nodes if node and number_of(node.text()) == service.cpus), None)


def _health_check(service: ComposeService, steps: Sequence[str | int]) -> Node | None:
    """Return a setting that is written; the others are defaults of Compose."""
    if "container_health_check" not in service.places:
        return None
    node = service.places["container_health_check"][1]
    return node.written(["test" if step == "command" else step for step in steps[1:]])


def _build(service: ComposeService, steps: Sequence[str | int]) -> Node | None:
    """Return a setting that is written; the Dockerfile's name may be the default of Compose."""
    place = service.places.get(written_path(steps[:2])) or service.places.get("build")
    if place is None or steps[1] == "image":
        return place and place[1]
    return place[1].written(steps[1:]) if steps[1] == "dockerfile" else place[1].find(list(steps[1:]))


_SPECIAL: dict[str, Callable[[ComposeService, Sequence[str | int]], Node | None]] = {
    "environment": _variable,
    "labels": _variable,
    "depends_on": _dependency,
    "log": _log,
    "container_health_check": _health_check,
    "build": _build,
}
"""Arguments of which parts have lines of their own, or none."""
