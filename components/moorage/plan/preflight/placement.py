"""Whether the tasks of EC2 services fit their instances: size, host ports, network interfaces, rollouts."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from moorage.offline.values import entries, number
from moorage.plan.finding import Finding

from .instance_types import instance_type
from .report import error, listed, warning
from .services import Group, Service, Services

_SETTING = "aws:ecs/accountSettingDefault:AccountSettingDefault"


@dataclass(frozen=True)
class _Room:
    """What an instance has left for the tasks of services."""

    name: str
    cpu: int
    memory: int
    interfaces: int


_UNBOUNDED = _Room("instance", 10**9, 10**9, 10**9)


def check(services: Services) -> Iterator[Finding]:
    """Look at every service on EC2 whose instances are known, and at those that share a group."""
    trunking = any(
        "trunking" in str(services.stack.inputs(setting).get("name")).lower()
        for setting in services.stack.of_type(_SETTING)
    )
    on_group: dict[str, list[Service]] = {}
    for service in services.all:
        for group in service.capacity.groups:
            on_group.setdefault(group.resource.urn, []).append(service)
    rooms = {
        urn: _rooms(group, [s for s in members if s.daemon], trunking)
        for urn, members in on_group.items()
        for group in members[0].capacity.groups
        if group.resource.urn == urn
    }
    crowded: set[str] = set()
    for service in services.all:
        groups = service.capacity.groups
        if service.capacity.kind != "ec2" or not groups or service.task is None or service.daemon:
            continue
        of_groups = [(group, rooms[group.resource.urn]) for group in groups]
        found = list(_service(service, of_groups))
        crowded |= {service.resource.urn for finding in found if finding.severity == "error"}
        yield from found
    for urn, members in on_group.items():
        group = next(g for g in members[0].capacity.groups if g.resource.urn == urn)
        # Services of several groups may be anywhere; those that do not fit alone have their finding.
        alone = [
            s for s in members if len(s.capacity.groups) == 1 and s.resource.urn not in crowded and s.task
        ]
        yield from _host_ports(group, alone)
        yield from _together(group, [s for s in alone if not s.daemon], rooms[urn])


def _rooms(group: Group, daemons: list[Service], trunking: bool) -> list[_Room]:
    """Return what each instance type of a group has for tasks.

    Where one of them is not in the table, that is any number of tasks: then only host ports and placement
    limit them.
    """
    tasks = [daemon.task for daemon in daemons if daemon.task]
    found: list[_Room] = []
    for name in group.types:
        type_ = instance_type(name)
        if type_ is None:
            return [_UNBOUNDED]
        interfaces = type_.interfaces - 1 - sum(task.network_mode == "awsvpc" for task in tasks)
        found.append(
            _Room(
                type_.name,
                type_.cpu - sum(task.cpu or 0 for task in tasks),
                type_.memory - sum(task.memory or 0 for task in tasks),
                _UNBOUNDED.interfaces if trunking else max(interfaces, 0),
            )
        )
    return found or [_UNBOUNDED]


def _per_instance(service: Service, room: _Room) -> tuple[int, str]:
    """Return how many of a service's tasks one instance holds, and what limits them."""
    task = service.task
    limits: list[tuple[int, str]] = []
    if task is None:
        return _UNBOUNDED.cpu, ""
    if task.memory:
        text = f"{task.memory} MiB a task, and a {room.name} has about {room.memory} MiB for tasks"
        limits.append((max(room.memory, 0) // task.memory, text))
    if task.cpu:
        text = f"{task.cpu} CPU units a task, and a {room.name} has {room.cpu}"
        limits.append((max(room.cpu, 0) // task.cpu, text))
    if task.network_mode == "awsvpc":
        text = f"each awsvpc task takes a network interface; a {room.name} has {room.interfaces} for them"
        limits.append((room.interfaces, text))
    if task.fixed_ports:
        port = min(task.fixed_ports)[0]
        limits.append((1, f"host port {port} lets one task run on each instance"))
    if any(
        entry.get("type") == "distinctInstance"
        for entry in entries(service.inputs.get("placementConstraints"))
    ):
        limits.append((1, "the placement lets one task run on each instance"))
    return min(limits, default=(_UNBOUNDED.cpu, ""))


def _service(service: Service, groups: list[tuple[Group, list[_Room]]]) -> Iterator[Finding]:
    held = [(_per_instance(service, room), room, group) for group, rooms in groups for room in rooms]
    (best, why), _, _ = max(held, key=lambda entry: entry[0][0])
    if best == 0:
        yield error(
            "task-larger-than-instance",
            service.resource,
            f"no instance can hold one of its tasks: {why}",
            "take less `cpu` or `memory`, or larger `ec2.instance_types` of the EcsCluster",
        )
        return
    small = sorted({room.name for (count, _), room, _ in held if count == 0})
    if small:
        yield warning(
            "task-larger-than-instance",
            service.resource,
            f"a {listed(small)} cannot hold one of its tasks, and the group may start such",
            "take the small types out of `ec2.instance_types` of the EcsCluster, or less `cpu` or `memory`",
        )
    most = [group.most for group, _ in groups]
    instances = sum(known for known in most if known is not None)
    if any(known is None for known in most):
        return
    room = sum(
        max(_per_instance(service, each)[0] for each in rooms) * (group.most or 0) for group, rooms in groups
    )
    yield from _fits(service, room, f"{why}; there are at most {instances} instances")


def _fits(service: Service, room: int, why: str) -> Iterator[Finding]:
    count, scaling = service.count, service.scaling
    if scaling and scaling.maximum is not None and scaling.maximum > room:
        yield warning(
            "autoscaling-above-capacity",
            scaling.resource,
            f"scales to {scaling.maximum} tasks, of which {room} fit: {why}",
            "lower `autoscaling.max`, or raise `ec2.max_size` of the EcsCluster",
        )
    if not count:
        return
    if count > room:
        yield error(
            "tasks-do-not-fit",
            service.resource,
            f"desired count {count}, of which {room} fit: {why}",
            "lower `count`, or raise `ec2.max_size` of the EcsCluster or take larger `ec2.instance_types`",
        )
        return
    if service.shifting and room < 2 * count:
        yield error(
            "surge-does-not-fit",
            service.resource,
            f"no deployment can ever finish: the new {count} tasks run beside the old ones until requests "
            f"have moved, and of {2 * count} tasks {room} fit: {why}",
            "raise `ec2.max_size` of the EcsCluster, or take the `strategy` rolling for `deployment`",
        )
    minimum = number(service.inputs.get("deploymentMinimumHealthyPercent", 100))
    maximum = number(service.inputs.get("deploymentMaximumPercent", 200))
    if minimum is None or maximum is None or not service.rolling:
        return
    stay, start = math.ceil(count * minimum / 100), math.floor(count * maximum / 100)
    if start <= count or room >= start:
        return
    if stay >= count and room == count:
        yield error(
            "surge-does-not-fit",
            service.resource,
            f"no deployment can ever finish: at a minimum of {minimum} % none of the {count} tasks may stop "
            f"before a new one runs, and no new one fits: {why}",
            "raise `ec2.max_size` of the EcsCluster, or lower `minimum_healthy_percent`; with a fixed "
            "`host_port` use 0 for dynamic ports",
        )
    elif stay >= count:
        yield warning(
            "surge-does-not-fit",
            service.resource,
            f"a deployment goes in steps of {room - count}: of {start} tasks at once, {room} fit: {why}",
            "raise `ec2.max_size` of the EcsCluster for a rollout in one step, or leave it so",
        )


def _host_ports(group: Group, services: list[Service]) -> Iterator[Finding]:
    takers: dict[tuple[int, str], list[Service]] = {}
    for service in services:
        for port in service.task.fixed_ports if service.task else ():
            takers.setdefault(port, []).append(service)
    for (port, protocol), members in sorted(takers.items()):
        if len(members) < 2 or group.most is None:
            continue
        tasks = [group.most if member.daemon else member.count for member in members]
        wanted = sum(count for count in tasks if count)
        if None not in tasks and wanted > group.most:
            names = listed([member.resource.name for member in members])
            yield error(
                "host-ports-clash",
                members[-1].resource,
                f"{names} all take host port {port}/{protocol}, once on each instance: {wanted} tasks, and "
                f"at most {group.most} instances",
                "give them different `host_port`s, or 0 for dynamic ones behind a load balancer",
            )


def _together(group: Group, services: list[Service], rooms: list[_Room]) -> Iterator[Finding]:
    """Check what no way of packing can get around: the sums, and how many tasks of a size fit an instance."""
    if len(services) < 2 or group.most is None:
        return
    for unit, there, sizes in (
        ("MiB", max(room.memory for room in rooms), [(s, s.task.memory) for s in services if s.task]),
        ("CPU units", max(room.cpu for room in rooms), [(s, s.task.cpu) for s in services if s.task]),
        (
            "network interfaces",
            max(room.interfaces for room in rooms),
            [(s, int(s.task.network_mode == "awsvpc")) for s in services if s.task],
        ),
    ):
        tasks = [(size or 0, service.count or 0) for service, size in sizes]
        why = _too_many(tasks, there, group.most, unit)
        if why:
            yield error(
                "tasks-do-not-fit",
                group.resource,
                f"the desired counts of {listed([s.resource.name for s in services])} do not fit: {why}, and "
                f"there are at most {group.most} instances",
                "raise `ec2.max_size` of the EcsCluster, take larger `ec2.instance_types`, or lower `count`",
            )
            return


def _too_many(tasks: list[tuple[int, int]], there: int, instances: int, unit: str) -> str | None:
    wanted = sum(size * count for size, count in tasks)
    if wanted > there * instances:
        return f"they take {wanted} {unit}, an instance has {max(there, 0)} for tasks"
    for held in range(1, 9):
        # Of tasks that take more than an n-th of an instance, fewer than n fit on it.
        large = sum(count for size, count in tasks if size * (held + 1) > there)
        if large > held * instances:
            return (
                f"{large} tasks take more than {there // (held + 1)} {unit} each, of which an instance has "
                f"{there} for tasks and so holds {held}"
            )
    return None
