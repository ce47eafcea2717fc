"""Arguments of `docker run` for a container."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from moorage.local.runner import ContainerSpec, TaskSpec

_LEAST_MEMORY = 6
_LEAST_SHARES = 2


def container_name(task: TaskSpec, container: str) -> str:
    """Return a name unique to the task, and readable in `docker ps`."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", f"moorage-{task.app}-{container}-{task.id[:12]}")


def volume_name(owner: str, task: TaskSpec, volume: str) -> str:
    """Return the daemon's name of a volume: one of the task, or one that all tasks of the owner share."""
    shared = task.file_systems.get(volume)
    if shared is None:
        return re.sub(r"[^A-Za-z0-9_.-]", "-", f"moorage-{task.id}-{volume}")
    return f"moorage-{owner}-{hashlib.sha256(shared.encode()).hexdigest()[:16]}"


def labelled(labels: Mapping[str, str]) -> list[str]:
    """Return the options that label a container, network or volume."""
    return repeated("--label", [f"{name}={value}" for name, value in labels.items()])


def repeated(option: str, values: Iterable[str]) -> list[str]:
    """Return an option with each of its values."""
    return [word for value in values for word in (option, value)]


def published(container: ContainerSpec, ports: Mapping[int, int]) -> list[str]:
    """Return the options that publish ports on 127.0.0.1 only. For a local port of 0 the daemon chooses."""
    protocols = {port.container_port: port.protocol for port in container.ports}
    bindings = [
        f"127.0.0.1:{outer or ''}:{inner}/{protocols.get(inner, 'tcp')}" for inner, outer in ports.items()
    ]
    return repeated("--publish", bindings)


def environment(variables: Mapping[str, str]) -> tuple[list[str], bytes, dict[str, str]]:
    """Return options, the standard input and the environment of the command line.

    Values stay off the command line, where every user of the machine could read them. They are passed as a
    file of lines; only values that such a file cannot hold are passed in the environment of `docker`
    itself, which a container's DOCKER_HOST, PATH or HOME would change.
    """
    in_lines = {name: value for name, value in variables.items() if _fits_a_line(value)}
    others = {name: value for name, value in variables.items() if name not in in_lines}
    arguments = ["--env-file", "/dev/stdin"] if in_lines else []
    arguments += repeated("--env", others)
    return arguments, "".join(f"{name}={value}\n" for name, value in in_lines.items()).encode(), others


def _fits_a_line(value: str) -> bool:
    # Docker reads lines of at most 64 KiB from the file.
    return not re.search(r"[\r\n]", value) and len(value.encode()) < 60_000


def limits(task: TaskSpec, container: ContainerSpec) -> list[str]:
    """Return the options for memory, CPU, root file system, user and kernel."""
    memory = container.memory or (task.memory if len(task.containers) == 1 else None)
    size, linux = _mebibytes(memory), container.linux
    options = {
        "--memory": size,
        "--memory-swap": size,  # No swap, as on Fargate.
        "--memory-reservation": _mebibytes(container.memory_reservation),
        "--cpu-shares": [str(max(container.cpu, _LEAST_SHARES))] if container.cpu else [],
        "--user": [container.user] if container.user else [],
        "--workdir": [container.working_directory] if container.working_directory else [],
        "--shm-size": [f"{linux.shared_memory}m"] if linux.shared_memory else [],
        "--cap-add": linux.capabilities_added,
        "--cap-drop": linux.capabilities_dropped,
        "--tmpfs": [f"{path}:{options}" if options else path for path, options in linux.tmpfs.items()],
        "--ulimit": [f"{name}={soft}:{hard}" for name, soft, hard in linux.ulimits],
    }
    switches = ["--read-only"] * container.read_only_root + ["--init"] * linux.init_process
    return switches + [word for option, values in options.items() for word in repeated(option, values)]


def _mebibytes(size: int | None) -> list[str]:
    return [f"{max(size, _LEAST_MEMORY)}m"] if size else []


def mounts(owner: str, task: TaskSpec, container: ContainerSpec) -> list[str]:
    """Return the options that mount the task's volumes."""
    volumes = [
        f"type=volume,source={volume_name(owner, task, mount.source_volume)},target={mount.container_path}"
        + ",readonly" * mount.read_only
        for mount in container.mount_points
    ]
    return repeated("--mount", volumes)


def command(container: ContainerSpec, image: str) -> list[str]:
    """Return the entry point, the image and the command, which end a `docker run`."""
    program, *first = container.entry_point or ("",)
    arguments = ["--entrypoint", program] if program else []
    return [*arguments, image, *first, *(container.command or ())]
