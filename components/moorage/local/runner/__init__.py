"""What a runner is: the one place where a container of a task becomes something that runs on this machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .processes import Listener

Report = Callable[[str], None]
"""Called with one line of progress for the person who waits."""

LogSink = Callable[[str], None]
"""Called with one line of a container's output, without its line end."""

SKIPPED = frozenset({".git", ".venv", ".moorage", ".build", "__pycache__", "node_modules"})
"""Folders that are never part of an image here, also where a build context is not staged."""


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """How an image is built: the inputs of a `docker-build:index:Image`."""

    context: str
    """Absolute path of the (staged) build context."""
    dockerfile: str
    """Absolute path of the Dockerfile."""
    target: str | None = None
    args: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """An image a container runs: built from a folder, or a public one."""

    reference: str
    """As the container definition has it, such as `<registry>/<repository>:<tag>`."""
    key: str
    """Names the content (letters, digits, `-`, `_`): equal keys are the same image, prepared once."""
    build: BuildSpec | None = None
    """None for an image that is pulled."""
    local_command: tuple[str, ...] | None = None
    """The app's `local.command`: what to run in place of the image's own command when tasks are processes."""


@dataclass(frozen=True, slots=True)
class PortMapping:
    """One port of a container. `host_port` is None where any free port will do."""

    container_port: int
    host_port: int | None = None
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class ContainerCheck:
    """A container health check; times in seconds, defaults as in ECS's `HealthCheck` type."""

    command: tuple[str, ...]
    """As ECS has it: `CMD` and arguments, or `CMD-SHELL` and one line."""
    interval: float = 30
    timeout: float = 5
    retries: int = 3
    start_period: float = 0


@dataclass(frozen=True, slots=True)
class MountPoint:
    """A task volume seen in a container."""

    source_volume: str
    container_path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class LinuxParameters:
    """What a container definition asks of the kernel (`linuxParameters`, `ulimits`); containers only."""

    init_process: bool = False
    capabilities_added: tuple[str, ...] = ()
    capabilities_dropped: tuple[str, ...] = ()
    tmpfs: dict[str, str] = field(default_factory=dict[str, str])
    """Path -> mount options with the size, such as `size=64m,noexec`."""
    shared_memory: int | None = None
    """Size of /dev/shm in MiB."""
    ulimits: tuple[tuple[str, int, int], ...] = ()
    """Name, soft limit, hard limit."""


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container definition of a task definition, without what has no effect on one machine."""

    name: str
    image: ImageSpec
    command: tuple[str, ...] | None = None
    entry_point: tuple[str, ...] | None = None
    working_directory: str | None = None
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict[str, str])
    """The definition's environment, and its secrets with their values."""
    ports: tuple[PortMapping, ...] = ()
    essential: bool = True
    health_check: ContainerCheck | None = None
    depends_on: dict[str, str] = field(default_factory=dict[str, str])
    """Container name -> START, COMPLETE, SUCCESS or HEALTHY."""
    start_timeout: float = 120
    stop_timeout: float = 30
    """Seconds between SIGTERM and SIGKILL."""
    mount_points: tuple[MountPoint, ...] = ()
    read_only_root: bool = False
    memory: int | None = None
    """Hard limit in MiB."""
    memory_reservation: int | None = None
    cpu: int | None = None
    """CPU units, 1024 to the vCPU."""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    linux: LinuxParameters = field(default_factory=LinuxParameters)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task about to run."""

    id: str
    """32 hexadecimal digits, as ECS makes them."""
    arn: str
    app: str
    """The name a user knows the service by."""
    family: str
    revision: int
    containers: tuple[ContainerSpec, ...]
    network_mode: str = "awsvpc"
    volumes: tuple[str, ...] = ()
    """Names of the task's own, empty volumes."""
    memory: int | None = None
    """The task's hard limit in MiB."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container ended. `code` is None when it never ran; a killed process has 128 + signal."""

    code: int | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """How a command is run in a container: in one of Docker's, or beside a process."""

    container: str = ""
    """Docker's id of it; empty for a process."""
    folder: str = ""
    """The process's working directory."""
    environment: dict[str, str] = field(default_factory=dict[str, str])
    """The process's environment."""


class BuildFailed(Exception):
    """An image could not be made ready; the text is for the user and holds the last lines of the build."""


class StartFailed(Exception):
    """A container could not be started; the text says why and what to do (`CannotStartContainerError`)."""


class Running(Protocol):
    """A started container."""

    @property
    def host(self) -> str:
        """Where this machine reaches it, an IP address."""
        ...

    @property
    def ports(self) -> Mapping[int, int]:
        """Container port -> the port on `host` that reaches it."""
        ...

    @property
    def runtime_id(self) -> str:
        """What the operating system or the daemon calls it: a process id, a container id."""
        ...

    @property
    def inside(self) -> Inside:
        """How a command is run in it."""
        ...

    async def wait(self) -> Exit:
        """Return when it has ended and its output was handed over; may be awaited by several, and again."""
        ...

    async def stop(self, timeout: float) -> None:
        """Send SIGTERM, after `timeout` seconds SIGKILL; return when it ended. Harmless when it had."""
        ...

    async def check(self, command: Sequence[str], timeout: float) -> int:
        """Run a health check's command (`CMD`, `CMD-SHELL`) in it; return its exit code, 124 on `timeout`."""
        ...

    async def listeners(self) -> Sequence[Listener] | None:
        """Return where it listens, as it sees its own ports, or None when that cannot be known."""
        ...

    @property
    def is_container(self) -> bool:
        """Whether its network, and so its ports, are not this machine's."""
        ...


class Runner(Protocol):
    """Runs containers on this machine. One runner serves one project and stack, inside its supervisor."""

    @property
    def name(self) -> str:
        """`process` or `docker`."""
        ...

    async def prepare(self, image: ImageSpec, report: Report) -> None:
        """Make an image ready to start: build or pull it.

        Returns at once when its key is ready; calls for one key may overlap.

        Raises:
            BuildFailed: with the last lines of the build.
        """
        ...

    async def start(
        self,
        task: TaskSpec,
        container: ContainerSpec,
        environment: Mapping[str, str],
        ports: Mapping[int, int],
        log: LogSink,
    ) -> Running:
        """Start one container of a task, whose image is prepared.

        Containers of a task start one after the other in the order of their dependencies.

        Args:
            task: The task; equal for all its containers. `close` is called when the last of them has ended.
            container: Which container to start.
            environment: All that it gets beyond the image's own ENV: definition, secrets, AWS_*, metadata.
            ports: Container port -> a free local port that was chosen for it (on 127.0.0.1).
            log: Takes its output, line by line.

        Raises:
            StartFailed: it could not be started.
        """
        ...

    async def close(self, task: TaskSpec) -> None:
        """Remove what the task as a whole had: its network, its volumes. Harmless when it had nothing."""
        ...

    async def expose(self, port: int) -> str:
        """Return the `host:port` where a task reaches what is served on this `port` of 127.0.0.1."""
        ...

    async def cleanup(self) -> None:
        """End what an earlier supervisor of this project and stack left; called once, before any start."""
        ...

    def reap_command(self) -> Sequence[str] | None:
        """Return a command that ends what process groups do not cover (labelled containers), or None.

        It is run, without a shell and with no more than PATH, when the supervisor was killed.
        """
        ...

    async def aclose(self) -> None:
        """Give back what the runner itself holds, after the last task ended."""
        ...
