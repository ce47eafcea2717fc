"""Tasks as plain processes, without a container engine."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import string
from asyncio.subprocess import DEVNULL
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from moorage.local import private
from moorage.local.state import Paths
from moorage.model.added_files import CONTEXT, copied, put
from moorage.model.dockerfile import Stage, read, stages, target_of

from . import (
    SKIPPED,
    BuildFailed,
    BuildSpec,
    ContainerSpec,
    ContainerStart,
    Exit,
    ImageSpec,
    Inside,
    Listener,
    LogSink,
    Report,
    Runner,
    Running,
    StartFailed,
    venv,
)
from . import processes as procs
from .commands import ended, output, spawn
from .groups import Groups
from .lines import Lines
from .ports import HOST

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""The variables of the developer's environment that tasks get."""


class Process(Running):
    """A container as a process group."""

    is_container = False

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        ports: Mapping[int, int],
        environment: Mapping[str, str],
        folder: Path,
        log: LogSink,
        ended: Callable[[int], None],
    ) -> None:
        """Wrap a process that leads its own group."""
        self._process, self._environment, self._folder = process, environment, folder
        self.ports, self.runtime_id = ports, str(process.pid)
        self._ended = ended
        self._exit = asyncio.create_task(self._watch(log))

    @property
    def inside(self) -> Inside:
        """Its folder and environment."""
        return Inside(folder=str(self._folder), environment=dict(self._environment))

    async def wait(self) -> Exit:
        """Return when it has ended."""
        return await asyncio.shield(self._exit)

    async def stop(self, timeout: float) -> None:
        """Terminate the group; after `timeout` seconds, kill it."""
        if not self._exit.done():
            self._signal(signal.SIGTERM)
            await asyncio.wait([self._exit], timeout=timeout)
            self._signal(signal.SIGKILL)
        await asyncio.shield(self._exit)

    async def check(self, command: Sequence[str], timeout: float) -> int:
        """Run a health check beside the process, with its ports in place of the container's."""
        words = [local_address(word, self.ports) for word in command[1:]]
        if command[0] == "CMD-SHELL":
            words = ["/bin/sh", "-c", " ".join(words)]
        try:
            check = await spawn(
                words, cwd=self._folder, env=self._environment, stdout=DEVNULL, stderr=DEVNULL
            )
        except OSError:
            return 127
        try:
            async with ended(check), asyncio.timeout(timeout):
                return await check.wait()
        except TimeoutError:
            return 124

    async def listeners(self) -> Sequence[Listener] | None:
        """Return the ports that its group listens on, if /proc shows them."""
        return procs.listeners(self._process.pid)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, number)

    async def _watch(self, log: LogSink) -> Exit:
        reading = asyncio.create_task(Lines(log).take(output(self._process)))
        code = await self._process.wait()
        # As in a container, all processes end with the first one.
        self._signal(signal.SIGKILL)
        await asyncio.wait([reading], timeout=2)
        reading.cancel()
        self._ended(self._process.pid)
        if code < 0:
            return Exit(128 - code, f"killed by {signal.Signals(-code).name}")
        return Exit(code)


class ProcessRunner(Runner):
    """Runs a container's command in a copy of its build context."""

    name = "process"

    def __init__(self, paths: Paths, groups: Groups) -> None:
        """Keep copies and virtual environments in `.moorage/` of the project."""
        self._paths, self._groups = paths, groups
        self._ready: dict[str, tuple[Stage, Path | None]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def prepare(self, image: ImageSpec, report: Report) -> None:
        """Copy the build context and install its requirements.txt."""
        async with self._locks.setdefault(image.key, asyncio.Lock()):
            if image.key in self._ready:
                return
            if image.build is None or image.build.only_files:
                if image.local_command is None:
                    raise BuildFailed(
                        f"{image.reference} is a ready-made image, which needs a container engine",
                        hint="start Docker, then run `moorage local down` and `moorage local up`",
                    )
                self._ready[image.key] = (Stage(), None)
                return
            build = image.build
            try:
                text = await asyncio.to_thread(Path(build.dockerfile).read_text)
                stage = target_of(stages(read(text), build.args), build.target)
            except (OSError, ValueError) as error:
                raise BuildFailed(f"{build.dockerfile}: {error}") from None
            folder = await asyncio.to_thread(self._copy, image.key, build, stage.workdir or "/")
            self._ready[image.key] = (stage, await venv.prepare(self._paths.venvs, folder, report))

    async def start(self, starting: ContainerStart) -> Process:
        """Start the command in its own process group."""
        _, container, environment, ports, log = starting
        stage, environment_folder = self._ready[container.image.key]
        built = container.image.build is not None and not container.image.build.only_files
        folder = self._paths.images / container.image.key if built else self._paths.project_dir
        env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        if environment_folder is not None:
            env["PATH"] = f"{environment_folder / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
            env["VIRTUAL_ENV"] = str(environment_folder)
        own = {**stage.env, **environment}
        env |= {name: value for name, value in own.items() if name != "PATH"}
        if "PATH" not in stage.env:
            env.setdefault("PYTHONUNBUFFERED", "1")
        if ports:
            env["HOST"] = HOST
            env["PORT"] = str(next(iter(ports.values())))
            env |= {f"PORT_{inner}": str(outer) for inner, outer in ports.items()}
        words = command(container, stage, env)
        if not words:
            raise StartFailed(
                f"container {container.name}: neither task definition nor Dockerfile says what to run: "
                "set CMD, or `command`, or `local: {command: [...]}`"
            )
        try:
            process = await spawn(words, cwd=folder, env=env)
        except OSError as error:
            raise StartFailed(
                f"container {container.name}: cannot run {words[0]!r}: {error.strerror}; a process needs the "
                "program on this machine: install it, start Docker, or set `local: {command: [...]}`"
            ) from None
        self._groups.add(process.pid)
        return Process(process, ports, env, folder, log, self._groups.discard)

    async def expose(self, port: int) -> str:
        """Return the address of a port of the process, which is in this machine's network."""
        return f"{HOST}:{port}"

    def _copy(self, key: str, build: BuildSpec, workdir: str) -> Path:
        """Copy a context once per content, so that tasks of an older revision keep their files.

        The context stands for the working directory; files that the build adds elsewhere are not seen.
        """
        folder = self._paths.images / key
        if not folder.exists():
            private.make_folder(self._paths.images)
            temporary = folder.with_name(f".{key}.{os.getpid()}")
            shutil.rmtree(temporary, ignore_errors=True)
            ignored = shutil.ignore_patterns(*SKIPPED)
            shutil.copytree(build.context, temporary, symlinks=True, ignore=ignored)
            if CONTEXT in build.named:
                added = copied(Path(build.dockerfile).read_text(encoding="utf-8", errors="replace"))
                for number, path in added.items():
                    if PurePosixPath(path).is_relative_to(workdir):
                        place = temporary / PurePosixPath(path).relative_to(workdir)
                        put(Path(build.named[CONTEXT]) / number, place)
            with contextlib.suppress(OSError):
                temporary.rename(folder)
            shutil.rmtree(temporary, ignore_errors=True)
        return folder


def command(container: ContainerSpec, stage: Stage, environment: Mapping[str, str]) -> list[str]:
    """Return the command of a container: `local.command`, else the definition's, else the image's.

    `$PORT` and other variables are replaced in `local.command` only, which does not run in a shell.
    """
    if container.image.local_command is not None:
        return [string.Template(word).safe_substitute(environment) for word in container.image.local_command]
    if container.entry_point is not None:
        return [*container.entry_point, *(container.command or ())]
    if container.command is not None:
        return [*stage.entry_point, *container.command]
    return [*stage.entry_point, *stage.command]


def local_address(text: str, ports: Mapping[int, int]) -> str:
    """Return a health check's command with the local ports in place of the container's."""

    def replace(match: re.Match[str]) -> str:
        inner = int(match.group(2) or 80)
        return f"{HOST}:{ports[inner]}" if inner in ports else match.group(0)

    return re.sub(r"(?<![\w.])(localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(\d+))?(?![\w.:])", replace, text)
