"""The interface of runners, which run the containers of tasks on this machine."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from moorage.errors import LocalError

Report = Callable[[str], None]
"""Takes one line of progress for the user."""

LogSink = Callable[[str], None]
"""Takes one line of a container's output, without its line end."""

SKIPPED = frozenset({".git", ".venv", ".moorage", ".build", "__pycache__", "node_modules"})
"""Folders that are never part of a local image, even if its build context is not staged."""


class BuildSpec(NamedTuple):
    """The build of an image: the inputs of a `docker-build:index:Image`."""

    context: str
    """Absolute path of the (staged) build context."""
    dockerfile: str
    """Absolute path of the Dockerfile."""
    target: str | None = None
    args: Mapping[str, str] = {}
    named: Mapping[str, str] = {}
    """Absolute paths of further contexts, by name."""
    only_files: bool = False
    """True if it only adds files to a ready-made image."""
    ssh: tuple[str, ...] = ()
    """Ids under which the build sees this machine's SSH agent."""


class ImageSpec(NamedTuple):
    """An image a container runs: built from a folder, or a public one."""

    reference: str
    """The reference in the container definition, such as `<registry>/<repository>:<tag>`."""
    key: str
    """The key of the content (letters, digits, `-`, `_`): equal keys are the same image, prepared once."""
    build: BuildSpec | None = None
    """None for an image that is pulled."""
    local_command: tuple[str, ...] | None = None
    """The app's `local.command`, which replaces the image's command when tasks are processes."""


class PortMapping(NamedTuple):
    """One port of a container. `host_port` is None for any free port."""

    container_port: int
    host_port: int | None = None
    protocol: str = "tcp"


class ContainerCheck(NamedTuple):
    """A container health check; times in seconds, defaults as in ECS's `HealthCheck` type."""

    command: tuple[str, ...]
    """`CMD` and arguments, or `CMD-SHELL` and one line, as in ECS."""
    interval: float = 30
    timeout: float = 5
    retries: int = 3
    start_period: float = 0


class MountPoint(NamedTuple):
    """A task volume mounted in a container."""

    source_volume: str
    container_path: str
    read_only: bool = False


class LinuxParameters(NamedTuple):
    """Kernel settings of a container definition (`linuxParameters`, `ulimits`); containers only."""

    init_process: bool = False
    capabilities_added: tuple[str, ...] = ()
    capabilities_dropped: tuple[str, ...] = ()
    tmpfs: Mapping[str, str] = {}
    """Path -> mount options with the size, such as `size=64m,noexec`."""
    shared_memory: int | None = None
    """Size of /dev/shm in MiB."""
    ulimits: tuple[tuple[str, int, int], ...] = ()
    """Name, soft limit, hard limit."""


class ContainerSpec(NamedTuple):
    """One container definition of a task definition, without settings that have no effect locally."""

    name: str
    image: ImageSpec
    command: tuple[str, ...] | None = None
    entry_point: tuple[str, ...] | None = None
    working_directory: str | None = None
    user: str | None = None
    environment: Mapping[str, str] = {}
    """The environment of the definition, with the values of its secrets."""
    ports: tuple[PortMapping, ...] = ()
    essential: bool = True
    health_check: ContainerCheck | None = None
    depends_on: Mapping[str, str] = {}
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
    labels: Mapping[str, str] = {}
    linux: LinuxParameters = LinuxParameters()


class TaskSpec(NamedTuple):
    """One task about to run."""

    id: str
    """32 hexadecimal digits, as in ECS."""
    app: str
    """The name a user knows the service by."""
    containers: tuple[ContainerSpec, ...]
    network_mode: str = "awsvpc"
    volumes: tuple[str, ...] = ()
    """Names of its volumes, each its own and empty unless it is in `file_systems`."""
    file_systems: Mapping[str, str] = {}
    """Volume -> the directory of a file system that it mounts; tasks with the same share it."""
    memory: int | None = None
    """The task's hard limit in MiB."""


class ContainerStart(NamedTuple):
    """The start of one container of a task."""

    task: TaskSpec
    """Equal for all its containers. `Runner.close` is called when the last of them has ended."""
    container: ContainerSpec
    environment: Mapping[str, str]
    """In addition to the image's ENV: definition, secrets, AWS_*, metadata."""
    ports: Mapping[int, int]
    """Container port -> a free local port that was chosen for it (on 127.0.0.1)."""
    log: LogSink
    """Takes its output, line by line."""


class Exit(NamedTuple):
    """The end of a container. `code` is None when it never ran, and 128 + signal for a killed process."""

    code: int | None
    reason: str | None = None


class Inside(NamedTuple):
    """The way to run a command in a container of Docker, or beside a process."""

    container: str = ""
    """The id of the container in Docker; empty for a process."""
    folder: str = ""
    """The process's working directory."""
    environment: Mapping[str, str] = {}
    """The process's environment."""


class Listener(NamedTuple):
    """An address at which a process accepts TCP connections."""

    port: int
    host: str

    def __str__(self) -> str:
        """Return `127.0.0.1:5000`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """True if it cannot be reached from outside its network namespace."""
        return ipaddress.ip_address(self.host).is_loopback


class BuildFailed(LocalError):
    """An image could not be prepared; the message has the last lines of the build."""


class StartFailed(LocalError):
    """A container could not be started; the message says why and what to do (`CannotStartContainerError`)."""


class Running(Protocol):
    """A started container."""

    host = "127.0.0.1"
    """The IP address at which this machine reaches it."""
    ports: Mapping[int, int]
    """Container port -> the port on `host` that reaches it."""
    is_container: bool
    """True if it has a network, and so ports, of its own."""

    runtime_id: str
    """The process id, or the container id of the daemon."""

    @property
    def inside(self) -> Inside:
        """The way to run a command in it."""
        ...

    async def wait(self) -> Exit:
        """Return when it has ended and its output was passed on; may be awaited repeatedly."""
        ...

    async def stop(self, timeout: float) -> None:
        """Send SIGTERM, after `timeout` seconds SIGKILL; return when it has ended."""

    async def check(self, command: Sequence[str], timeout: float) -> int:
        """Run a health check's command (`CMD`, `CMD-SHELL`) in it; return its exit code, 124 on `timeout`."""
        ...

    async def listeners(self) -> Sequence[Listener] | None:
        """Return the ports it listens on, as it sees them, or None when they cannot be known."""
        ...


class Runner(Protocol):
    """Runs containers on this machine. One runner serves one project and stack, inside its supervisor."""

    name: str
    """`process` or `docker`."""

    async def prepare(self, image: ImageSpec, report: Report) -> None:
        """Prepare an image: build or pull it.

        Returns at once when its key is prepared; calls for one key may overlap.

        Raises:
            BuildFailed: with the last lines of the build.
        """

    async def start(self, starting: ContainerStart) -> Running:
        """Start one container of a task, whose image is prepared.

        Containers of a task start one after the other in the order of their dependencies.

        Raises:
            StartFailed: it could not be started.
        """
        ...

    async def close(self, task: TaskSpec) -> None:
        """Remove the task's network and volumes, if it has any."""

    async def remove_data(self) -> None:
        """Remove the file systems of the stack, which outlive its tasks, if the runner has any.

        Raises:
            LocalError: one could not be removed.
        """

    async def expose(self, port: int) -> str:
        """Return the `host:port` at which a task reaches this `port` of 127.0.0.1."""
        ...

    async def cleanup(self) -> None:
        """Remove the remains of an earlier supervisor of this stack; called once, before any start."""

    def reap_command(self) -> Sequence[str] | None:
        """Return a command that removes labelled containers, or None for process groups alone.

        It is run, without a shell and with no more than PATH, when the supervisor was killed.
        """
        return None

    async def aclose(self) -> None:
        """Release the runner's own resources, after the last task has ended."""
