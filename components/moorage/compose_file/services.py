"""What becomes of a compose service: its container, and what its ECS service and task need."""

from dataclasses import dataclass, field
from typing import NamedTuple

from moorage.model.containers import Container

from .interpolation import InterpolationError
from .nodes import Node
from .project import Project
from .report import Report


@dataclass(frozen=True, slots=True)
class Target:
    """What the services run on: it decides what can be honoured."""

    capacity: str
    arch: str
    network_mode: str
    one_task: bool
    """Whether all services are containers of one task."""

    @property
    def fargate(self) -> bool:
        """Whether tasks run on Fargate."""
        return self.capacity in ("fargate", "fargate_spot")


class Build(NamedTuple):
    """How a service's image is built."""

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
    """Where the value of a secret or config comes from."""

    name: str
    """What tells it apart from others that are stored."""
    external: str | None
    """The name of a secret that exists; None when `value` is stored."""
    value: str = ""


class LogTarget(NamedTuple):
    """A log group that a container writes to; None where nothing is said."""

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
    """CPUs that the container may use, or that are reserved for it."""
    memory: int | None = None
    """MiB that it may use, or that are reserved for it."""
    published: list[Published] = field(default_factory=list[Published])
    depends_on: dict[str, tuple[str, Node]] = field(default_factory=dict[str, tuple[str, Node]])
    """Conditions of ECS by the name of the service."""
    mounts: list[Mount] = field(default_factory=list[Mount])
    secrets: dict[str, SecretSource] = field(default_factory=dict[str, SecretSource])
    """Secrets and configs by the environment variable that they become."""
    log: LogTarget | None = field(default_factory=LogTarget)
    """Where the container's output goes; None when its driver is none of CloudWatch's."""

    @property
    def path(self) -> str:
        """The service's path in the file."""
        return f"services.{self.name}"


class Update(NamedTuple):
    """What `update_config` says of a rollout."""

    node: Node
    start_first: bool
    parallelism: int
    """How many tasks at a time; 0 is all of them."""


@dataclass(slots=True)
class Context:
    """What the mapping of a key may need besides the key."""

    project: Project
    target: Target
    report: Report
    services: dict[str, ComposeService] = field(default_factory=dict[str, ComposeService])

    def value_of(self, name: str, node: Node, path: str) -> str | None:
        """Return what the variable `name` of a mapping is: written, or of the same name outside the file."""
        if node.value is not None:
            return node.text()
        try:
            return self.project.lookup(name)
        except InterpolationError as error:
            self.report.refuse(node, path, str(error))
            return None


def rollout_percents(update: Update, count: int) -> tuple[int, int]:
    """Return the minimum healthy and the maximum percent that replace `parallelism` tasks at a time.

    `start-first` keeps all tasks and adds to them; `stop-first` stays at the count and goes below it.
    """
    count = max(1, count)
    at_once = min(update.parallelism or count, count)
    if update.start_first:
        return 100, min(200, 100 + -(-100 * at_once // count))
    return 100 * (count - at_once) // count, 100
