"""Compose services as ECS runs them: arguments of `ContainerApp`, and settings of services and tasks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from moorage.model.choices import Architecture, CapacityKind, NetworkMode
from moorage.model.fields.container import CONTAINER

from .interpolation import InterpolationError
from .names import container_name
from .nodes import Node
from .project import Project
from .report import Report


@dataclass(frozen=True, slots=True)
class Target:
    """The capacity of the services, on which the supported keys depend."""

    capacity: CapacityKind
    arch: Architecture
    network_mode: NetworkMode
    one_task: bool
    """True if all services are containers of one task."""

    @property
    def fargate(self) -> bool:
        """True if tasks run on Fargate."""
        return self.capacity in (CapacityKind.FARGATE, CapacityKind.FARGATE_SPOT)


class Mount(NamedTuple):
    """A named or anonymous volume in a container."""

    volume: str | None
    """The volume's name; None for an anonymous one."""
    path: str
    read_only: bool
    node: Node


class SecretSource(NamedTuple):
    """The source of a secret's or config's value."""

    name: str
    """Its unique name among those that are stored."""
    external: str | None
    """The name of an existing secret; None if `value` is stored."""
    value: str = ""


class LogTarget(NamedTuple):
    """The log group that a container writes to; None for defaults."""

    group: str | None = None
    region: str | None = None
    prefix: str | None = None
    create: bool = True


class Update(NamedTuple):
    """The settings of `update_config`."""

    node: Node
    start_first: bool
    parallelism: int
    """The number of tasks at a time; 0 for all of them."""


def steps(argument: str) -> list[str | int]:
    """Return the keys and indexes of an argument."""
    parts = cast("list[str]", re.findall(r"[^.\[\]]+", argument))
    return [int(part) if part.isdigit() else part for part in parts]


@dataclass(slots=True)
class ComposeService:
    """A compose service as ECS runs it."""

    name: str
    node: Node
    context: "Context" = field(repr=False, compare=False)
    args: dict[str, Any] = field(default_factory=dict[str, Any])
    """The arguments of a `ContainerApp` whose own container it is, as far as a key sets them."""
    places: dict[str, tuple[str, Node]] = field(default_factory=dict[str, tuple[str, Node]])
    """The key of each argument, and its value in the file."""
    parts: dict[str, Node] = field(default_factory=dict[str, Node])
    """The values in the file of parts of arguments, such as `ports[0]` or `secrets.TOKEN`."""
    ends: tuple[str, Node] | None = None
    """The key and value of a restart policy with which its container stays ended; None without one."""
    count: int | None = None
    daemon: bool = False
    update: Update | None = None
    tags: dict[str, str] = field(default_factory=dict[str, str])
    cpus: float | None = None
    """Its limit or reservation of CPUs, the larger one."""
    memory: int | None = None
    """Its limit or reservation in MiB, the larger one."""
    published: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """The ports of `ports`, with their protocols."""
    depends_on: dict[str, tuple[str, Node]] = field(default_factory=dict[str, tuple[str, Node]])
    """ECS conditions by service."""
    mounts: list[Mount] = field(default_factory=list[Mount])
    sources: list[str] = field(default_factory=list[str])
    """Paths of folders of the project that are in its image."""
    secrets: dict[str, SecretSource] = field(default_factory=dict[str, SecretSource])
    """Secrets and configs by environment variable."""
    log: LogTarget | None = field(default_factory=LogTarget)
    """Its log group; None with another driver than `awslogs`."""

    @property
    def path(self) -> str:
        """The service's path in the file."""
        return f"services.{self.name}"

    @property
    def container(self) -> str:
        """The name of its container."""
        return container_name(self.name)

    @property
    def essential(self) -> bool:
        """True if the task ends with its container."""
        return self.args.get("essential", CONTAINER["essential"].default)

    @property
    def mapped(self) -> list[tuple[int, str]]:
        """The ports of its container, with their protocols."""
        protocol = CONTAINER["ports[].protocol"].default
        return [(port["port"], port.get("protocol", protocol)) for port in self.args.get("ports", ())]

    @property
    def target(self) -> Target:
        """The capacity that it runs on."""
        return self.context.target

    def at(self, key: str) -> str:
        """Return the path of one of its keys in the file."""
        return f"{self.path}.{key}"

    def refuse(self, node: Node, key: str, text: str) -> None:
        """Refuse the value of a key; `text` says what is allowed and what to do."""
        self.context.report.refuse(node, self.at(key), text)

    def warn(self, node: Node, key: str, text: str) -> None:
        """Warn that the value of a key is not, or not fully, honoured."""
        self.context.report.warn(node, self.at(key), text)

    def warn_of(self, node: Node, key: str, reasons: Mapping[str, str]) -> None:
        """Warn of the keys in the object of a key that are not honoured, with the reason for each."""
        for inner, item in node.entries().items():
            if inner in reasons and item.value not in (None, {}):
                self.warn(item, f"{key}.{inner}", f"is ignored: {reasons[inner]}")

    def note(self, node: Node, key: str, text: str) -> None:
        """Note a decision for a key."""
        self.context.report.note(node, self.at(key), text)

    def values(self, entries: Mapping[str, Node], key: str) -> dict[str, str]:
        """Return the variables of a mapping that have a value, there or in the environment."""
        values: dict[str, str] = {}
        for name, node in entries.items():
            value = self.context.value_of(name, node, self.at(f"{key}.{name}"))
            if value is not None:
                values[name] = value
        return values

    def put(self, argument: str, value: Any, node: Node, key: str) -> None:
        """Set an argument, or unset it for None or an empty list, to the value of a key in the file."""
        holder, _, name = argument.rpartition(".")
        held = self.args.setdefault(holder, {}) if holder else self.args
        if value is None or value in ((), []):
            held.pop(name, None)
        else:
            held[name] = list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType]
        self.places[argument] = (key, node)

    def add(self, argument: str, item: Any, node: Node, key: str, at: Node | None = None) -> None:
        """Add an item to the list of an argument; `at` is the item in the file, if `node` is not."""
        holder, _, name = argument.rpartition(".")
        held = self.args.get(holder, {}) if holder else self.args
        items = [*held.get(name, ()), item]
        self.put(argument, items, self.node.get(key) or node, key)
        self.parts[f"{argument}[{len(items) - 1}]"] = at or node

    def place(self, argument: str) -> str:
        """Return the file, line and path of an argument; if it is not in the file, those of the service, and
        the argument's name."""
        names = steps(argument)
        for name in (".".join(map(str, names[:2])), str(names[0])):
            if name in self.places:
                key, node = self.places[name]
                rest = argument.removeprefix(name)
                path = f"{self.path}.{key}{'' if rest.startswith('[') else rest}"
                return f"{node.find(steps(rest)).where}: {path}"
        return f"{self.node.where}: {self.path}: {argument}"


@dataclass(slots=True)
class Context:
    """The context in which keys are mapped."""

    project: Project
    target: Target
    report: Report
    services: dict[str, ComposeService] = field(default_factory=dict[str, ComposeService])

    def value_of(self, name: str, node: Node, path: str) -> str | None:
        """Return the value of the variable `name` of a mapping, without a value that of the environment."""
        if node.value is not None:
            return node.text()
        try:
            return self.project.lookup(name)
        except InterpolationError as error:
            self.report.refuse(node, path, str(error))
            return None


def tcp_ports(service: ComposeService) -> list[int]:
    """Return the TCP ports of a service's container."""
    return [port for port, protocol in service.mapped if protocol == "tcp"]


def rollout_percents(update: Update, count: int) -> tuple[int, int]:
    """Return the minimum healthy and the maximum percent that replace `parallelism` tasks at a time.

    `start-first` adds tasks to the count; `stop-first` stops tasks below the count.
    """
    count = max(1, count)
    at_once = min(update.parallelism or count, count)
    if update.start_first:
        return 100, min(200, 100 + -(-100 * at_once // count))
    return 100 * (count - at_once) // count, 100
