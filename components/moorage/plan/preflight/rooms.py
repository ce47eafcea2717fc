"""Capacity of EC2 instances for tasks: CPU, memory, GPUs, network interfaces, host ports."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moorage.graph import ComputeKind, Group, NetworkKind, Service, Task, View
from moorage.graph.types import ACCOUNT_SETTING
from moorage.graph.values import known, total
from moorage.model.instance_types import gpus_of
from moorage.offline.values import entries

from .instance_types import instance_type
from .tasks import running

MEMORY, CPU, GPUS, INTERFACES = "MiB", "CPU units", "GPUs", "network interfaces"

_LIMITS = {
    MEMORY: "{need} MiB a task, and a {name} has about {amount} MiB for tasks",
    CPU: "{need} CPU units a task, and a {name} has {amount}",
    GPUS: "{need} GPU{s} a task, and a {name} has {amount}",
    INTERFACES: "each awsvpc task takes a network interface; a {name} has {amount} for them",
}


def needs(task: Task) -> dict[str, int]:
    """Return what a task takes of its instance."""
    return {
        MEMORY: known(task.reserved_memory) or 0,
        CPU: known(task.reserved_cpu) or 0,
        GPUS: known(task.reserved_gpus) or 0,
        INTERFACES: int(task.network_mode is NetworkKind.AWSVPC),
    }


@dataclass(frozen=True)
class Room:
    """The part of an instance for the tasks of services."""

    name: str
    amounts: Mapping[str, int]


_UNBOUNDED = Room("instance", dict.fromkeys(_LIMITS, 10**9))


@dataclass(frozen=True)
class Placed:
    """A service on EC2 with its groups and the capacity of their instance types."""

    service: Service
    task: Task
    rooms: list[tuple[Group, list[Room]]]

    def tasks_in(self, room: Room) -> tuple[int, str]:
        """Return how many of its tasks fit on one instance, and the limit."""
        task, limits = self.task, list[tuple[int, str]]()
        for resource, need in needs(task).items():
            amount = room.amounts[resource]
            if need:
                words = {"need": need, "name": room.name, "amount": amount, "s": "s" if need > 1 else ""}
                limits.append((max(amount, 0) // need, _LIMITS[resource].format_map(words)))
        if task.host_ports:
            port = min(task.host_ports)[0]
            limits.append((1, f"host port {port} allows one task per instance"))
        constraints = entries(self.service.inputs.get("placementConstraints"))
        if any(entry.get("type") == "distinctInstance" for entry in constraints):
            limits.append((1, "the placement allows one task per instance"))
        return min(limits, default=(_UNBOUNDED.amounts[CPU], ""))

    @property
    def best(self) -> tuple[int, str]:
        """Return how many of its tasks fit on the best instance, and the limit."""
        held = [self.tasks_in(room) for _, of in self.rooms for room in of]
        return max(held, key=lambda pair: pair[0])

    @property
    def instances(self) -> int | None:
        """Return the maximum number of instances; None if unknown."""
        return known(total(group.maximum for group, _ in self.rooms))

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
    for service, task in running(view):
        if service.daemon is True:
            for group in service.capacity.groups:
                daemons.setdefault(group.urn, []).append(task)
    return {urn: _room(group, daemons.get(urn, []), trunking) for urn, group in view.groups.items()}


def _room(group: Group, daemons: list[Task], trunking: bool) -> list[Room]:
    """Return the capacity of a group's instance types.

    Only GPUs limit the tasks on a type whose GPUs are in a table and the rest is not. With a type that is in
    no table, only host ports and placement do. The rule of GPUs on types without any is `preflight/gpu`.
    """
    taken = Counter[str]()
    for task in daemons:
        taken.update(needs(task))
    rooms: list[Room] = []
    for name in known(group.types) or ():
        type_, gpus = instance_type(name), gpus_of(name)
        if type_ is None and gpus is None:
            return [_UNBOUNDED]
        amounts = {**_UNBOUNDED.amounts}
        if gpus is not None:
            amounts[GPUS] = gpus - taken[GPUS]
        if type_ is not None:
            amounts |= {MEMORY: type_.memory - taken[MEMORY], CPU: type_.cpu - taken[CPU]}
        if type_ is not None and not trunking:
            amounts[INTERFACES] = max(type_.interfaces - 1 - taken[INTERFACES], 0)
        rooms.append(Room(name, amounts))
    return rooms or [_UNBOUNDED]


def placed_services(view: View) -> Iterator[Placed]:
    """Yield the services on EC2 with known groups, without daemons."""
    rooms = rooms_of(view)
    for service, task in running(view):
        groups = service.capacity.groups
        if service.capacity.kind is ComputeKind.EC2 and groups and not service.daemon:
            yield Placed(service, task, [(group, rooms[group.urn]) for group in groups])
