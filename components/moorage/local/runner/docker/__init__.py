"""The runner for a Docker daemon, through its command line."""

import asyncio
import contextlib
import hashlib
import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from moorage.errors import LocalError
from moorage.local.runner import (
    BuildFailed,
    ContainerSpec,
    ContainerStart,
    ImageSpec,
    Report,
    Runner,
    Running,
    StartFailed,
    TaskSpec,
)
from moorage.local.runner.lines import Lines

from . import arguments, cli, reap
from .cli import DockerError
from .container import DockerContainer, start_error
from .network import Network
from .pause import pause_archive

_OWNER = "moorage.owner"
_DATA = "moorage.data"
_TASK = "moorage.task"
_REPOSITORY = "moorage-local"
_BUILD_LINES = 20
# Limits the disk space of a container's output; `docker logs` reads it whatever the default driver is.
_LOGS = ("--log-driver", "json-file", "--log-opt", "max-size=8m", "--log-opt", "max-file=2")


async def unavailable(timeout: float = 3) -> str | None:
    """Return why containers cannot run here, or None when a Docker daemon answers.

    A daemon that runs needs less than 0.3 s.
    """
    try:
        system = await cli.call("version", "--format", "{{.Server.Os}}", timeout=timeout)
    except DockerError as error:
        return str(error)
    return (
        None if system == "linux" else f"the Docker daemon's containers are {system or 'unknown'}, not linux"
    )


class DockerRunner(Runner):
    """The `Runner` of containers.

    All it makes has the label `moorage.owner`, except images, and file systems, which have `moorage.data`.
    """

    name = "docker"

    def __init__(self, project_dir: Path, stack: str) -> None:
        """Serve one project and stack; two checkouts of one project are independent."""
        self._owner = hashlib.sha256(f"{project_dir.resolve()}\0{stack}".encode()).hexdigest()[:12]
        self._stack = {"moorage.project": project_dir.name, "moorage.stack": stack}
        self._labels = {_OWNER: self._owner, **self._stack}
        self._network = Network(f"moorage-{self._owner}", arguments.labelled(self._labels))
        self._preparing: dict[str, asyncio.Lock] = {}
        self._tags: dict[str, str] = {}
        self._shared: dict[str, tuple[str, Mapping[int, int]]] = {}

    async def prepare(self, image: ImageSpec, report: Report) -> None:
        """Build or pull an image unless the daemon has it; builds are for this machine's architecture."""
        async with self._preparing.setdefault(image.key, asyncio.Lock()):
            if image.key in self._tags:
                return
            tag = image.reference if image.build is None else f"{_REPOSITORY}:{image.key}"
            if not await _has_image(tag):
                await (_pull(tag, report) if image.build is None else _build(image, tag, report))
            self._tags[image.key] = tag

    async def start(self, starting: ContainerStart) -> Running:
        """Start one container of a task, its ports published on 127.0.0.1 only.

        Raises:
            StartFailed: the daemon refused; the message says why.
        """
        task, container, environment, ports, log = starting
        env_arguments, env_file, env_values = arguments.environment(environment)
        try:
            await self._network.ready()
            if task.network_mode != "bridge" and len(task.containers) > 1:
                holder, published = await self._shared_network(task, container, ports)
                ports = {port: published[port] for port in ports}
                network = ["--network", f"container:{holder}"]
            else:
                network = self._network_arguments(task) + arguments.published(container, ports)
            for volume in task.volumes if container.mount_points else ():
                kept = {_DATA: self._owner, **self._stack}
                labels = kept if volume in task.file_systems else {**self._labels, _TASK: task.id}
                name = arguments.volume_name(self._owner, task, volume)
                await cli.call("volume", "create", *arguments.labelled(labels), name)
            identifier = await self._run(
                task,
                container.name,
                *arguments.labelled(container.labels),
                *network,
                *arguments.limits(task, container),
                *arguments.mounts(self._owner, task, container),
                *("--stop-timeout", str(int(container.stop_timeout))),
                *env_arguments,
                *arguments.command(container, self._tags[container.image.key]),
                stdin=env_file,
                environment=env_values,
            )
        except DockerError as error:
            raise StartFailed(start_error(str(error), container)) from error
        return DockerContainer(identifier, ports, log)

    async def close(self, task: TaskSpec) -> None:
        """Remove the task's network and its own volumes."""
        own = [name for name in task.volumes if name not in task.file_systems]
        names = [arguments.volume_name(self._owner, task, name) for name in own]
        with contextlib.suppress(DockerError):
            if held := self._shared.pop(task.id, None):
                await cli.call("rm", "--force", held[0])
            if names:
                await cli.call("volume", "rm", "--force", *names)

    async def remove_data(self) -> None:
        """Remove the volumes of file systems.

        Raises:
            LocalError: the daemon does not answer, or did not remove one.
        """
        listed = await cli.call("volume", "ls", "--quiet", "--filter", f"label={_DATA}={self._owner}")
        if names := listed.split():
            await cli.call("volume", "rm", "--force", *names)

    async def expose(self, port: int) -> str:
        """Return `host:port` at which a task reaches this `port` of the machine's 127.0.0.1.

        Raises:
            LocalError: the network cannot be created.
        """
        try:
            return await self._network.expose(port)
        except DockerError as error:
            raise LocalError(f"the stack's Docker network cannot be created: {error}") from error

    async def cleanup(self) -> None:
        """Remove the remains of an earlier supervisor of this project and stack."""
        process = await asyncio.create_subprocess_exec(*self.reap_command(), stdin=asyncio.subprocess.DEVNULL)
        await process.wait()

    def reap_command(self) -> Sequence[str]:
        """Return the command that removes everything of this stack from the daemon, except images."""
        settings = [f"{k}={v}" for k, v in os.environ.items() if k.startswith("DOCKER_") or k == "HOME"]
        label = f"{_OWNER}={self._owner}"
        return [sys.executable, "-I", str(Path(reap.__file__).resolve()), label, *settings]

    async def aclose(self) -> None:
        """Remove the network and stop listening for it."""
        await self._network.close()

    async def _shared_network(
        self, task: TaskSpec, container: ContainerSpec, ports: Mapping[int, int]
    ) -> tuple[str, Mapping[int, int]]:
        """Return the container that holds the task's network, and container port -> local port of all of it.

        It publishes the ports of containers that start later too; the daemon chooses the local ones.
        """
        if task.id not in self._shared:
            published = arguments.published(container, ports)
            for other in task.containers:
                rest = [port for port in other.ports if port.container_port not in ports]
                published += arguments.published(other, {p.container_port: p.host_port or 0 for p in rest})
            image = await _pause_image()
            holder = await self._run(task, "network", *self._network_arguments(task), *published, image)
            bound: dict[str, list[dict[str, Any]] | None] = await cli.inspect(
                "container", holder, ".NetworkSettings.Ports"
            )
            mapping = {int(key.split("/")[0]): int(at[0]["HostPort"]) for key, at in bound.items() if at}
            self._shared[task.id] = (holder, mapping)
        return self._shared[task.id]

    def _network_arguments(self, task: TaskSpec) -> list[str]:
        """Return the options by which other tasks of the project reach this one by its app's name."""
        return ["--network", self._network.name, "--network-alias", task.app, *self._network.host_arguments]

    async def _run(
        self,
        task: TaskSpec,
        container: str,
        *options: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        name = arguments.container_name(task, container)
        labels = {
            **self._labels,
            "moorage.resources.app.component": task.app,
            _TASK: task.id,
            "moorage.container": container,
        }
        words = ["--name", name, *arguments.labelled(labels), *_LOGS, *options]
        try:
            output = await cli.call(
                "run", "--detach", "--pull", "never", *words, stdin=stdin, environment=environment
            )
        except BaseException:
            # A container that did not start exists nevertheless; so may one whose start was cancelled.
            with contextlib.suppress(DockerError):
                await cli.call("rm", "--force", "--volumes", name)
            raise
        return output.splitlines()[-1]


async def _has_image(tag: str) -> bool:
    try:
        await cli.inspect("image", tag, ".Id")
    except DockerError:
        return False
    return True


async def _pull(reference: str, report: Report) -> None:
    report(f"pulling {reference}")
    try:
        await cli.call("pull", "--quiet", reference)
    except DockerError as error:
        raise BuildFailed(f"CannotPullContainerError: {reference}: {error}") from error


async def _build(image: ImageSpec, tag: str, report: Report) -> None:
    build = image.build
    assert build is not None
    words = [
        *("build", "--force-rm", "--tag", tag, "--file", build.dockerfile),
        *arguments.labelled({_REPOSITORY: "true"}),
        *arguments.repeated("--target", [build.target] if build.target else []),
        *arguments.repeated("--ssh", build.ssh),
        *arguments.repeated("--build-arg", [f"{name}={value}" for name, value in sorted(build.args.items())]),
        *arguments.repeated("--build-context", [f"{name}={folder}" for name, folder in build.named.items()]),
    ]
    last: deque[str] = deque(maxlen=_BUILD_LINES)

    def line(text: str) -> None:
        if text.strip():
            last.append(text)
            report(text)

    output = Lines(line)
    try:
        environment = await _build_environment()
        code = await cli.follow(*words, build.context, sink=output.feed, environment=environment)
        output.close()
    except DockerError as error:
        raise BuildFailed(str(error)) from error
    if code:
        raise BuildFailed("\n".join([f"building {build.context} failed:", *last]))


async def _build_environment() -> dict[str, str]:
    """Enable BuildKit for versions before 23; later ones use it if its plugin is installed."""
    version = await cli.call("version", "--format", "{{.Client.Version}}")
    enabled = {"DOCKER_BUILDKIT": "1"} if int(version.split(".")[0]) < 23 else {}
    return {"BUILDKIT_PROGRESS": "plain", **enabled}


async def _pause_image() -> str:
    tag = f"{_REPOSITORY}:pause"
    if not await _has_image(tag):
        architecture = await cli.call("version", "--format", "{{.Server.Arch}}")
        try:
            archive = pause_archive(architecture)
        except LookupError:
            raise DockerError(f"several containers in a task cannot run on {architecture}") from None
        await cli.call("import", "--change", 'ENTRYPOINT ["/pause"]', "-", tag, stdin=archive)
    return tag
