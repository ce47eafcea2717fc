"""Room for the tasks of EC2 services on their instances: size, host ports, network interfaces, rollouts."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from moorage.graph import CapacityKind, Group, NetworkMode, Service, Task, View
from moorage.graph.types import ACCOUNT_SETTING
from moorage.graph.values import known
from moorage.offline import UNKNOWN
from moorage.offline.values import entries
from moorage.plan.finding import Severity

from .deployments import rolling
from .instance_types import instance_type
from .rule import Fault, Rule, listed


@dataclass(frozen=True)
class _Room:
    """The part of an instance that is left for the tasks of services."""

    name: str
    cpu: int
    memory: int
    interfaces: int


_UNBOUNDED = _Room("instance", 10**9, 10**9, 10**9)


@dataclass(frozen=True)
class _Placed:
    """A service on EC2 with the groups that it may run on, and the room of their instance types."""

    service: Service
    task: Task
    rooms: list[tuple[Group, list[_Room]]]

    @property
    def best(self) -> tuple[int, str]:
        """How many of its tasks the best instance holds, and what limits them."""
        held = [_per_instance(self, room) for _, of in self.rooms for room in of]
        return max(held, key=lambda each: each[0])

    @property
    def instances(self) -> int | None:
        """The most instances; None where that is not known."""
        most = [known(group.maximum) for group, _ in self.rooms]
        return None if None in most else sum(number or 0 for number in most)

    @property
    def fitting(self) -> int | None:
        """How many of its tasks fit; None where that is not known."""
        if self.instances is None:
            return None
        return sum(
            max(_per_instance(self, room)[0] for room in of) * (known(group.maximum) or 0)
            for group, of in self.rooms
        )

    @property
    def why(self) -> str:
        """The limit, in words."""
        return f"{self.best[1]}; there are at most {self.instances} instances"


def _rooms(view: View) -> dict[str, list[_Room]]:
    """Return what each instance type of a group has for tasks, by the group's URN."""
    trunking = any(
        "trunking" in str(view.links.inputs(setting).get("name")).lower()
        for setting in view.links.of_type(ACCOUNT_SETTING)
    )
    daemons: dict[str, list[Task]] = {}
    for service in view.services:
        task = known(service.task)
        if service.daemon and task:
            for group in service.capacity.groups:
                daemons.setdefault(group.urn, []).append(task)
    return {urn: _room(group, daemons.get(urn, []), trunking) for urn, group in view.groups.items()}


def _room(group: Group, daemons: list[Task], trunking: bool) -> list[_Room]:
    """Return what each instance type of a group has for tasks.

    Where one of them is not in the table, that is any number of tasks: then only host ports and placement
    limit them.
    """
    rooms: list[_Room] = []
    for name in known(group.types) or ():
        type_ = instance_type(name)
        if type_ is None:
            return [_UNBOUNDED]
        interfaces = type_.interfaces - 1 - sum(task.network_mode is NetworkMode.AWSVPC for task in daemons)
        rooms.append(
            _Room(
                type_.name,
                type_.cpu - sum(known(task.reserved_cpu) or 0 for task in daemons),
                type_.memory - sum(known(task.reserved_memory) or 0 for task in daemons),
                _UNBOUNDED.interfaces if trunking else max(interfaces, 0),
            )
        )
    return rooms or [_UNBOUNDED]


def _placed(view: View) -> Iterator[_Placed]:
    """Yield the services on EC2 whose groups are known, without daemons."""
    rooms = _rooms(view)
    for service in view.services:
        task, groups = known(service.task), service.capacity.groups
        if service.capacity.kind is CapacityKind.EC2 and groups and task and not service.daemon:
            yield _Placed(service, task, [(group, rooms[group.urn]) for group in groups])


def _per_instance(placed: _Placed, room: _Room) -> tuple[int, str]:
    """Return how many of a service's tasks one instance holds, and what limits them."""
    task, limits = placed.task, list[tuple[int, str]]()
    memory, cpu = known(task.reserved_memory), known(task.reserved_cpu)
    if memory:
        text = f"{memory} MiB a task, and a {room.name} has about {room.memory} MiB for tasks"
        limits.append((max(room.memory, 0) // memory, text))
    if cpu:
        text = f"{cpu} CPU units a task, and a {room.name} has {room.cpu}"
        limits.append((max(room.cpu, 0) // cpu, text))
    if task.network_mode is NetworkMode.AWSVPC:
        text = f"each awsvpc task takes a network interface; a {room.name} has {room.interfaces} for them"
        limits.append((room.interfaces, text))
    if task.host_ports:
        port = min(task.host_ports)[0]
        limits.append((1, f"host port {port} lets one task run on each instance"))
    constraints = entries(placed.service.inputs.get("placementConstraints"))
    if any(entry.get("type") == "distinctInstance" for entry in constraints):
        limits.append((1, "the placement lets one task run on each instance"))
    return min(limits, default=(_UNBOUNDED.cpu, ""))


def _too_large(view: View) -> Iterator[Fault]:
    for placed in _placed(view):
        rooms = [room for _, of in placed.rooms for room in of]
        small = sorted({room.name for room in rooms if _per_instance(placed, room)[0] == 0})
        if placed.best[0] == 0:
            message = f"no instance can hold one of its tasks: {placed.best[1]}"
            yield Fault(placed.service.resource, message)
        elif small:
            yield Fault(
                placed.service.resource,
                f"a {listed(small)} cannot hold one of its tasks, and the group may start such",
                "remove the small types from `ec2.instance_types` of the EcsCluster, or lower `cpu` or "
                "`memory`",
                Severity.WARNING,
            )


def _sized(view: View) -> Iterator[tuple[_Placed, int]]:
    """Yield the services of which one task at least fits, with how many fit."""
    for placed in _placed(view):
        fitting = placed.fitting
        if placed.best[0] and fitting is not None:
            yield placed, fitting


def _scaled(view: View) -> Iterator[Fault]:
    for placed, fitting in _sized(view):
        scaling = placed.service.scaling
        most = known(scaling.maximum) if scaling else None
        if scaling and most is not None and most > fitting:
            yield Fault(scaling.resource, f"scales to {most} tasks, of which {fitting} fit: {placed.why}")


def _alone(view: View) -> Iterator[Fault]:
    for placed, fitting in _sized(view):
        count = known(placed.service.desired) or 0
        if count > fitting:
            yield Fault(
                placed.service.resource, f"desired count {count}, of which {fitting} fit: {placed.why}"
            )


def _surge(view: View) -> Iterator[Fault]:
    for placed, fitting in _sized(view):
        service, count = placed.service, known(placed.service.desired) or 0
        if not 0 < count <= fitting:
            continue
        if service.deployment.shifting and fitting < 2 * count:
            yield Fault(
                service.resource,
                f"no deployment can ever finish: the new {count} tasks run beside the old ones until "
                f"requests have moved, and of {2 * count} tasks {fitting} fit: {placed.why}",
                "raise `ec2.max_size` of the EcsCluster, or set the `deployment` of the app to rolling",
            )
        elif rolling(service):
            yield from _rolling_surge(placed, count, fitting)


def _rolling_surge(placed: _Placed, count: int, fitting: int) -> Iterator[Fault]:
    deployment = placed.service.deployment
    minimum, maximum = known(deployment.minimum_percent), known(deployment.maximum_percent)
    if minimum is None or maximum is None:
        return
    stay, start = math.ceil(count * minimum / 100), math.floor(count * maximum / 100)
    if stay < count or start <= count or fitting >= start:
        return
    if fitting == count:
        yield Fault(
            placed.service.resource,
            f"no deployment can ever finish: at a minimum of {minimum} % none of the {count} tasks may stop "
            f"before a new one runs, and no new one fits: {placed.why}",
        )
    else:
        yield Fault(
            placed.service.resource,
            f"a deployment goes in steps of {fitting - count}: of {start} tasks at once, {fitting} fit: "
            f"{placed.why}",
            "raise `ec2.max_size` of the EcsCluster for a rollout in one step, or accept it",
            Severity.WARNING,
        )


def _sharing(view: View) -> Iterator[tuple[Group, int, list[Service]]]:
    """Yield each group with its most instances and the services that run on it alone.

    Services of several groups may be anywhere; those that do not fit by themselves have their finding.
    """
    crowded = {
        fault.resource.urn
        for check in (_too_large, _alone, _surge)
        for fault in check(view)
        if fault.severity is None
    }
    members: dict[str, list[Service]] = {}
    for service in view.services:
        if len(service.capacity.groups) == 1 and service.urn not in crowded and service.task is not UNKNOWN:
            members.setdefault(service.capacity.groups[0].urn, []).append(service)
    for urn, services in members.items():
        most = known(view.groups[urn].maximum)
        if most is not None:
            yield view.groups[urn], most, services


def _host_ports(view: View) -> Iterator[Fault]:
    for _, most, services in _sharing(view):
        takers: dict[tuple[int, str], list[Service]] = {}
        for service in services:
            for port in service.task.host_ports if service.task is not UNKNOWN else ():
                takers.setdefault(port, []).append(service)
        for (port, protocol), members in sorted(takers.items()):
            tasks = [most if member.daemon else known(member.desired) for member in members]
            needed = sum(count for count in tasks if count)
            if len(members) > 1 and None not in tasks and needed > most:
                names = listed([member.resource.name for member in members])
                yield Fault(
                    members[-1].resource,
                    f"{names} all take host port {port}/{protocol}, once on each instance: {needed} tasks, "
                    f"and at most {most} instances",
                )


_SIZES: tuple[tuple[str, Callable[[_Room], int], Callable[[Task], int]], ...] = (
    ("MiB", lambda room: room.memory, lambda task: known(task.reserved_memory) or 0),
    ("CPU units", lambda room: room.cpu, lambda task: known(task.reserved_cpu) or 0),
    (
        "network interfaces",
        lambda room: room.interfaces,
        lambda task: int(task.network_mode is NetworkMode.AWSVPC),
    ),
)
"""The units in which an instance is full, with what it has and what a task takes."""


def _together(view: View) -> Iterator[Fault]:
    """Check what no way of packing can get around: the sums, and how many tasks of a size fit an instance."""
    rooms = _rooms(view)
    for group, most, services in _sharing(view):
        counted = [
            (service.task, known(service.desired) or 0, service.resource.name)
            for service in services
            if service.task is not UNKNOWN and not service.daemon
        ]
        for unit, there, size in _SIZES if len(counted) > 1 else ():
            most_room = max(map(there, rooms[group.urn]))
            why = _too_many([(size(task), count) for task, count, _ in counted], most_room, most, unit)
            if why:
                names = listed([name for *_, name in counted])
                yield Fault(
                    group.resource,
                    f"the desired counts of {names} do not fit: {why}, and there are at most {most} "
                    "instances",
                )
                break


def _too_many(tasks: list[tuple[int, int]], there: int, instances: int, unit: str) -> str | None:
    needed = sum(size * count for size, count in tasks)
    if needed > there * instances:
        return f"they take {needed} {unit}, an instance has {max(there, 0)} for tasks"
    for held in range(1, 9):
        # Of tasks that take more than an n-th of an instance, fewer than n fit on it.
        large = sum(count for size, count in tasks if size * (held + 1) > there)
        if large > held * instances:
            return (
                f"{large} tasks take more than {there // (held + 1)} {unit} each, of which an instance has "
                f"{there} for tasks and so holds {held}"
            )
    return None


def _do_not_fit(view: View) -> Iterator[Fault]:
    yield from _alone(view)
    yield from _together(view)


RULES = (
    Rule(
        "preflight/task-larger-than-instance",
        "a task that no instance of the group can hold; a warning when only some types of the group cannot",
        "Reserving Amazon ECS Linux container instance memory",
        "lower `cpu` or `memory`, or choose larger `ec2.instance_types` of the EcsCluster",
        _too_large,
        may_warn=True,
    ),
    Rule(
        "preflight/tasks-do-not-fit",
        "a desired count, or those of all services of a group together, that cannot fit: by size, host port, "
        "placement, or one network interface for each awsvpc task",
        "Maximum IP addresses per network interface",
        "lower `count`, raise `ec2.max_size` of the EcsCluster, or choose larger `ec2.instance_types`",
        _do_not_fit,
    ),
    Rule(
        "preflight/surge-does-not-fit",
        "a rollout that has no room for a single new task while the minimum lets none stop, or none for a "
        "whole second set of tasks where requests move from one to the other, so that it never ends; a "
        "warning when there is room for some",
        "Deployment configuration",
        "raise `ec2.max_size` of the EcsCluster, or lower `minimum_healthy_percent`; with a fixed "
        "`host_port` use 0 for dynamic ports",
        _surge,
        may_warn=True,
    ),
    Rule(
        "preflight/host-ports-clash",
        "services with one fixed host port, and too few instances for all their tasks",
        "API reference, PortMapping",
        "give them different `host_port`s, or 0 for dynamic ones behind a load balancer",
        _host_ports,
    ),
    Rule(
        "preflight/autoscaling-above-capacity",
        "autoscaling to more tasks than fit",
        "Service auto scaling",
        "lower `autoscaling.max`, or raise `ec2.max_size` of the EcsCluster",
        _scaled,
        Severity.WARNING,
    ),
)
