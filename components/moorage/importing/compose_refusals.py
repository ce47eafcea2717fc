"""Arguments of compose services that a `ContainerApp` refuses: omitted, or to be decided by the user."""

import re
from typing import Any, cast

from moorage.compose_file.services import ComposeService, steps
from moorage.compose_file.tasks import Task
from moorage.model.choices import CapacityKind, NetworkMode
from moorage.model.problems import Problem, Problems
from moorage.resources.app.assembly import checked_app
from moorage.resources.compose.service_arguments import described, service_arguments
from moorage.resources.inputs import with_unknown

from .compose_source import ComposeImport
from .project import Arguments, Call, Code
from .report import Kind

_CONTAINER = re.compile(r"containers\.([^.]+)\.(.+)")
_OUTPUT = Code("of a component")
_OMITTED = frozenset(
    (
        *("privileged", "linux", "ulimits", "system_controls", "security_options", "gpu", "log", "labels"),
        *("dns", "dns_search", "hostname", "links", "extra_hosts", "volumes_from", "interactive", "terminal"),
        *("user", "working_directory", "stop_timeout", "restart", "health_check", "container_health_check"),
        "tags",
    )
)
"""Arguments without which a container still is the one that the file describes."""


def omit_refused(made: ComposeImport, name: str, task: Task, target: ComposeService, args: Arguments) -> None:
    """Remove what a `ContainerApp` refuses from its arguments, and keep it for the report."""
    _omit_ports(made, task, target, args)
    omitted: list[str] = []
    problems = list(_problems(made, name, args))
    # The last one first: the indexes of the others stay those of the file.
    while removable := [(one, path) for one in problems if (path := _removable(one, args))]:
        problem, path = removable[-1]
        omitted.insert(0, f"{_place(task, target, _removed(args, path))}: {described(problem)}")
        problems = list(_problems(made, name, args))
    made.refused += [(Kind.OMITTED, text) for text in omitted]
    for problem in problems:
        text = f"{_place(task, target, problem.field)}: to decide: {described(problem)}"
        made.refused.append((Kind.APPROXIMATED, text))


def _problems(made: ComposeImport, name: str, args: Arguments) -> Problems:
    """Return the problems of an app; what the program knows only later is unknown."""
    on_instances = made.source.capacity is CapacityKind.EC2
    of_instances = ("capacity_provider", "security_group_id") if on_instances else ()
    of_names = ("namespace_arn",) if made.files.by_name else ()
    cluster = dict.fromkeys(("arn", "name", *of_instances, *of_names), _OUTPUT)
    balancer = dict.fromkeys(("listener_arn", "security_group_id", "url"), _OUTPUT)
    refs: Arguments = {
        "cluster": {**cluster, "capacity": made.source.capacity, "arch": "x86_64"},
        "network": {"vpc_id": _OUTPUT, "public_subnet_ids": _OUTPUT},
        "load_balancer": {**balancer, "reaches_instances": on_instances},
    }
    problems = Problems("", "")
    arguments = {key: refs.get(key, value) for key, value in args.items() if key != "after"}
    checked_app(name, with_unknown(arguments, _is_expression), problems)
    return problems


def _is_expression(value: Any) -> bool:
    return isinstance(value, Code | Call)


def _removable(problem: Problem, args: Arguments) -> list[str | int]:
    """Return the path of the argument of a problem; empty if it is not there, or must not be removed."""
    match = _CONTAINER.fullmatch(problem.field)
    if steps(match[2] if match else problem.field)[0] not in _OMITTED:
        return []
    held: Any = args
    path: list[str | int] = []
    rest = steps(problem.field)
    while rest:
        size = 1
        if isinstance(held, dict):
            # A key may have dots.
            sizes = range(len(rest), 0, -1)
            size = next((size for size in sizes if ".".join(map(str, rest[:size])) in held), 1)
        name = rest[0] if size == 1 else ".".join(map(str, rest[:size]))
        try:
            held = cast("Any", held)[name]
        except (KeyError, IndexError, TypeError):
            return []
        path, rest = [*path, name], rest[size:]
    return path


def _removed(args: Arguments, path: list[str | int]) -> str:
    """Remove an argument, and objects and lists that it leaves empty; return the path of what is removed."""
    *holders, last = path
    held: Any = args
    for step in holders:
        held = held[step]
    del held[last]
    if not held and holders:
        return _removed(args, holders)
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _place(task: Task, target: ComposeService, field: str) -> str:
    """Return an argument of an app with its place in the file."""
    match = _CONTAINER.fullmatch(field)
    services = {service.container: service for service in task.services}
    service = services.get(match[1], target) if match else target
    field = match[2] if match else field
    first = str(steps(field)[0])
    if first in service_arguments(service, {}, Problems("", "")).in_file:
        node = service.node.find(["x-moorage", *steps(field)])
        return f"{node.where}: {service.path}.x-moorage.{field}"
    # The arguments of an app about its own container have a prefix, those of a further one do not.
    return service.place(f"container_{field}" if match and f"container_{first}" in service.places else field)


def _omit_ports(made: ComposeImport, task: Task, target: ComposeService, args: Arguments) -> None:
    """Omit mappings of ports that another one of the task has, or that ECS cannot register."""
    further: dict[str, Arguments] = args.get("containers", {})
    holders = {target.container: args, **further}
    services = {service.container: service for service in task.services}
    bridge = made.files.network_mode is not NetworkMode.AWSVPC
    taken: dict[tuple[int, str], str] = {}
    if "port" in args:
        taken[args.get("host_port", 0) if bridge else args["port"], "tcp"] = target.container
    for container, holder in holders.items():
        kept: list[dict[str, Any]] = []
        for port in holder.get("ports", ()):
            protocol = port.get("protocol", "tcp")
            key = (port.get("host_port", 0) if bridge else port["port"], protocol)
            reason = ""
            if (
                holder is args
                and "load_balancer" in args
                and (port["port"], protocol) == (args.get("port"), "udp")
            ):
                reason = "a load balancer reaches the port by TCP, and ECS takes one protocol of it"
            elif key[0] and key in taken and taken[key] != container:
                reason = f"{key[0]} is also {taken[key]}'s; the containers of a task share its ports"
            if reason:
                place = _place_of_port(services[container], port["port"], protocol)
                made.refused.append((Kind.OMITTED, f"{place}: {reason}"))
            else:
                taken[key] = container
                kept.append(port)
        holder["ports"] = kept
        if not kept:
            del holder["ports"]


def _place_of_port(service: ComposeService, number: int, protocol: str) -> str:
    """Return the entry of `ports` or `expose` that maps a port, with its place in the file."""
    texts = {f"{number}", f"{number}/{protocol}"}
    for key in ("ports", "expose"):
        for index, item in enumerate(service.node.listed(key)):
            long = (item.get("target"), item.get("protocol"))
            written = "/".join(part.text() for part in long if part) if item.entries() else item.text()
            if written in texts:
                return f"{item.where}: {service.path}.{key}[{index}]"
    return f"{service.node.where}: {service.path}.expose"
