"""Capacity of EC2 instances for tasks: CPU, memory, GPUs, network interfaces, host ports."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from moorage.graph import ComputeKind, Group, NetworkKind, Service, Task, View
from moorage.graph.types import ACCOUNT_SETTING
from moorage.graph.values import known
from moorage.model.instance_types import gpus_of
from moorage.offline.values import entries

from .instance_types import instance_type


@dataclass(frozen=True)
class Room:
    """The part of an instance for the tasks of services."""

    name: str
    cpu: int
    memory: int
    interfaces: int
    gpus: int


_UNBOUNDED = Room("instance", 10**9, 10**9, 10**9, 10**9)


@dataclass(frozen=True)
class Placed:
    """A service on EC2 with its groups and the capacity of their instance types."""

    service: Service
    task: Task
    rooms: list[tuple[Group, list[Room]]]

    def tasks_in(self, room: Room) -> tuple[int, str]:
        """Return how many of its tasks fit on one instance, and the limit."""
        task, limits = self.task, list[tuple[int, str]]()
        memory, cpu = known(task.reserved_memory), known(task.reserved_cpu)
        gpus = known(task.reserved_gpus)
        if memory:
            text = f"{memory} MiB a task, and a {room.name} has about {room.memory} MiB for tasks"
            limits.append((max(room.memory, 0) // memory, text))
        if cpu:
            text = f"{cpu} CPU units a task, and a {room.name} has {room.cpu}"
            limits.append((max(room.cpu, 0) // cpu, text))
        if gpus:
            text = f"{gpus} {'GPU' if gpus == 1 else 'GPUs'} a task, and a {room.name} has {room.gpus}"
            limits.append((max(room.gpus, 0) // gpus, text))
        if task.network_mode is NetworkKind.AWSVPC:
            text = f"each awsvpc task takes a network interface; a {room.name} has {room.interfaces} for them"
            limits.append((room.interfaces, text))
        if task.host_ports:
            port = min(task.host_ports)[0]
            limits.append((1, f"host port {port} allows one task per instance"))
        constraints = entries(self.service.inputs.get("placementConstraints"))
        if any(entry.get("type") == "distinctInstance" for entry in constraints):
            limits.append((1, "the placement allows one task per instance"))
        return min(limits, default=(_UNBOUNDED.cpu, ""))

    @property
    def best(self) -> tuple[int, str]:
        """Return how many of its tasks fit on the best instance, and the limit."""
        held = [self.tasks_in(room) for _, of in self.rooms for room in of]
        return max(held, key=lambda each: each[0])

    @property
    def instances(self) -> int | None:
        """Return the maximum number of instances; None if unknown."""
        most = [known(group.maximum) for group, _ in self.rooms]
        return None if None in most else sum(number or 0 for number in most)

    @property
    def fitting(self) -> int | None:
        """Return how many of its tasks fit; None if unknown."""
        if self.instances is None:
            return None
        return sum(
            max(self.tasks_in(room)[0] for room in of) * (known(group.maximum) or 0)
            for group, of in self.rooms
        )

    @property
    def why(self) -> str:
        """Return the limit as text."""
        return f"{self.best[1]}; there are at most {self.instances} instances"


def rooms_of(view: View) -> dict[str, list[Room]]:
    """Return the capacity of each group's instance types, by the group's URN."""
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


def _room(group: Group, daemons: list[Task], trunking: bool) -> list[Room]:
    """Return the capacity of a group's instance types.

    Only GPUs limit the tasks on a type whose GPUs are in a table and the rest is not. With a type that is in
    no table, only host ports and placement do. The rule of GPUs on types without any is `preflight/gpu`.
    """
    rooms: list[Room] = []
    for name in known(group.types) or ():
        type_, gpus = instance_type(name), gpus_of(name)
        if type_ is None and gpus is None:
            return [_UNBOUNDED]
        left = (
            _UNBOUNDED.gpus
            if gpus is None
            else gpus - sum(known(task.reserved_gpus) or 0 for task in daemons)
        )
        if type_ is None:
            rooms.append(replace(_UNBOUNDED, name=name, gpus=left))
            continue
        interfaces = type_.interfaces - 1 - sum(task.network_mode is NetworkKind.AWSVPC for task in daemons)
        rooms.append(
            Room(
                type_.name,
                type_.cpu - sum(known(task.reserved_cpu) or 0 for task in daemons),
                type_.memory - sum(known(task.reserved_memory) or 0 for task in daemons),
                _UNBOUNDED.interfaces if trunking else max(interfaces, 0),
                left,
            )
        )
    return rooms or [_UNBOUNDED]


def placed_services(view: View) -> Iterator[Placed]:
    """Yield the services on EC2 with known groups, without daemons."""
    rooms = rooms_of(view)
    for service in view.services:
        task, groups = known(service.task), service.capacity.groups
        if service.capacity.kind is ComputeKind.EC2 and groups and task and not service.daemon:
            yield Placed(service, task, [(group, rooms[group.urn]) for group in groups])
