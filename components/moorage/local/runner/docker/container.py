"""One running container, with errors worded as in ECS."""

import asyncio
import contextlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from moorage.local.runner import ContainerSpec, Exit, Inside, Listener, LogSink, Running
from moorage.local.runner.lines import Lines
from moorage.local.runner.processes import listeners_beside

from . import cli
from .cli import DockerError

_TIMED_OUT = 124
_OTHER_ARCHITECTURE = "the program is not executable, or is built for another architecture"


class DockerContainer(Running):
    """A started container, removed once it has ended and its output and exit code were read."""

    is_container = True

    def __init__(self, identifier: str, ports: Mapping[int, int], log: LogSink) -> None:
        """Follow the container with this id, whose container ports are published at these local ports."""
        self.runtime_id = identifier
        self.ports = ports
        self._log = log
        self._last_line = ""
        self._pid = 0
        self._end = asyncio.ensure_future(self._follow())

    @property
    def inside(self) -> Inside:
        """Its id."""
        return Inside(container=self.runtime_id)

    async def wait(self) -> Exit:
        """Return when it has ended and its output was passed on."""
        return await asyncio.shield(self._end)

    async def stop(self, timeout: float) -> None:
        """Send the image's stop signal, after `timeout` seconds SIGKILL; return when it has ended."""
        if not self._end.done():
            try:
                await cli.call("stop", "--time", str(math.ceil(timeout)), self.runtime_id)
            except DockerError:
                with contextlib.suppress(DockerError):
                    await cli.call("kill", self.runtime_id)
        await self.wait()

    async def check(self, command: Sequence[str], timeout: float) -> int:
        """Run a health check's command in it; return its exit code, 124 on `timeout`."""
        form, *words = command
        if form == "CMD-SHELL":
            words = ["/bin/sh", "-c", *words]
        try:
            call = cli.follow("exec", self.runtime_id, *words, sink=lambda _: None)
            return await asyncio.wait_for(call, timeout)
        except TimeoutError:
            return _TIMED_OUT

    async def listeners(self) -> Sequence[Listener] | None:
        """Return the listeners in its network, if this machine's /proc shows the daemon's processes."""
        if not self._pid:
            with contextlib.suppress(DockerError):
                self._pid = await cli.inspect("container", self.runtime_id, ".State.Pid")
        return listeners_beside(self._pid) if self._pid and not self._end.done() else None

    async def _follow(self) -> Exit:
        try:
            output = Lines(self._line)
            await cli.follow("logs", "--follow", self.runtime_id, sink=output.feed)
            await cli.call("wait", self.runtime_id)
            await self._rest(output)
            state: dict[str, Any] = await cli.inspect("container", self.runtime_id, ".State")
        except DockerError as error:
            return Exit(None, f"the Docker daemon lost it: {error}")
        with contextlib.suppress(DockerError):
            await cli.call("rm", "--force", "--volumes", self.runtime_id)
        return Exit(int(state["ExitCode"]), exit_reason(state, self._last_line))

    def _line(self, text: str) -> None:
        self._last_line = text
        self._log(text)

    async def _rest(self, output: Lines) -> None:
        """Read the remaining output: the daemon cuts off a slow follower when the container ends."""
        skip = output.taken

        def take(chunk: bytes) -> None:
            nonlocal skip
            output.feed(chunk[skip:])
            skip = max(0, skip - len(chunk))

        await cli.follow("logs", self.runtime_id, sink=take)
        output.close()


def exit_reason(state: Mapping[str, Any], last_line: str) -> str | None:
    """Return why a container ended, beyond its exit code; `state` is the daemon's `.State`."""
    if state["OOMKilled"] and state["ExitCode"]:
        return "OutOfMemoryError: Container killed due to memory usage"
    if state["ExitCode"] and re.match(r"(exec |standard_init_linux).*exec format error", last_line):
        return f"CannotStartContainerError: {last_line}: {_OTHER_ARCHITECTURE}"
    return state["Error"] or None


def start_error(error: str, container: ContainerSpec) -> str:
    """Return advice about a container that the daemon did not start."""
    if match := re.search(r"(\S+:\d+)(?: failed: port is already allocated|: bind: address already)", error):
        return f"{match[1]} is in use by another program: stop it or change the port"
    if "No such image" in error:
        return f"CannotPullContainerError: {container.image.reference} is no longer in the Docker daemon"
    if "exec format error" in error:
        return f"{_OTHER_ARCHITECTURE} ({error})"
    if match := re.search(r'exec: "(.*?)": (.*?)(?:: unknown)?$', error):
        return f"cannot run {match[1]!r}: {match[2]}"
    return error
