"""Compose services as ECS runs them: containers, and settings of their ECS services and tasks."""

from dataclasses import dataclass, field
from typing import NamedTuple

from moorage.model.containers import Container

from .interpolation import InterpolationError
from .nodes import Node
from .project import Project
from .report import Report


@dataclass(frozen=True, slots=True)
class Target:
    """The capacity of the services, on which the supported keys depend."""

    capacity: str
    arch: str
    network_mode: str
    one_task: bool
    """True if all services are containers of one task."""

    @property
    def fargate(self) -> bool:
        """True if tasks run on Fargate."""
        return self.capacity in ("fargate", "fargate_spot")


class Build(NamedTuple):
    """The build of a service's image."""

    node: Node
    context: str
    dockerfile: str
    target: str | None
    args: dict[str, str]
    secrets: dict[str, str]
    """Values of build secrets by id."""


class Published(NamedTuple):
    """A port of `ports`."""

    node: Node
    port: int
    protocol: str


class Mount(NamedTuple):
    """A named or anonymous volume in a container."""

    node: Node
    volume: str | None
    """The volume's name; None for an anonymous one."""
    path: str
    read_only: bool


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


@dataclass(slots=True)
class ComposeService:
    """A compose service as ECS runs it."""

    name: str
    node: Node
    container: Container
    build: Build | None = None
    count: int | None = None
    count_node: Node | None = None
    daemon: bool = False
    update: "Update | None" = None
    tags: dict[str, str] = field(default_factory=dict[str, str])
    cpus: float | None = None
    """Its limit or reservation of CPUs, the larger one."""
    memory: int | None = None
    """Its limit or reservation in MiB, the larger one."""
    published: list[Published] = field(default_factory=list[Published])
    depends_on: dict[str, tuple[str, Node]] = field(default_factory=dict[str, tuple[str, Node]])
    """ECS conditions by service."""
    mounts: list[Mount] = field(default_factory=list[Mount])
    secrets: dict[str, SecretSource] = field(default_factory=dict[str, SecretSource])
    """Secrets and configs by environment variable."""
    log: LogTarget | None = field(default_factory=LogTarget)
    """Its log group; None with another driver than `awslogs`."""

    @property
    def path(self) -> str:
        """The service's path in the file."""
        return f"services.{self.name}"


class Update(NamedTuple):
    """The settings of `update_config`."""

    node: Node
    start_first: bool
    parallelism: int
    """How many tasks at a time; 0 is all of them."""


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


def rollout_percents(update: Update, count: int) -> tuple[int, int]:
    """Return the minimum healthy and the maximum percent that replace `parallelism` tasks at a time.

    `start-first` adds tasks to the count; `stop-first` stops tasks below the count.
    """
    count = max(1, count)
    at_once = min(update.parallelism or count, count)
    if update.start_first:
        return 100, min(200, 100 + -(-100 * at_once // count))
    return 100 * (count - at_once) // count, 100
