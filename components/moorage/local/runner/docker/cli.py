"""Asynchronous calls of Docker's command line, which knows the daemon's contexts."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Mapping
from typing import Any

from moorage.errors import LocalError
from moorage.local.runner.commands import ended, output, spawn

_NOISE = ("Run 'docker", "See 'docker", "DEPRECATED: ", "WARNING: ")


class DockerError(LocalError):
    """A call failed; the message is Docker's, without its prefixes."""


async def call(
    *arguments: str,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> str:
    """Run one `docker` command and return what it printed, stripped.

    `environment` is added to this process's; after `timeout` seconds the command is killed.

    Raises:
        DockerError: it failed or timed out, or there is no `docker` command.
    """
    process = await _docker(arguments, environment, stdin=DEVNULL if stdin is None else PIPE, stderr=PIPE)
    async with ended(process):
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin), timeout)
        except TimeoutError:
            raise DockerError(f"`docker {arguments[0]}` did not answer within {timeout:g} s") from None
    if process.returncode:
        raise DockerError(_message(err.decode(errors="replace")) or f"exit code {process.returncode}")
    return out.decode(errors="replace").strip()


async def follow(
    *arguments: str, sink: Callable[[bytes], None], environment: Mapping[str, str] | None = None
) -> int:
    """Run one `docker` command, pass on its output as it comes, and return its exit code."""
    process = await _docker(arguments, environment)
    async with ended(process):
        async for chunk in output(process):
            sink(chunk)
        return await process.wait()


async def inspect(kind: str, name: str, fields: str) -> Any:
    """Return part of an object as JSON has it; `fields` is a Go template path such as `.State`.

    Raises:
        DockerError: the object does not exist.
    """
    return json.loads(await call(kind, "inspect", "--format", "{{json " + fields + "}}", name))


async def _docker(
    arguments: tuple[str, ...], environment: Mapping[str, str] | None, **options: int
) -> asyncio.subprocess.Process:
    program = shutil.which("docker")
    if program is None:
        raise DockerError("there is no `docker` command on PATH")
    return await spawn([program, *arguments], env={**os.environ, **(environment or {})}, **options)


def _message(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(_NOISE)]
    if len(lines) > 1 and lines[-1].startswith("Error: failed to start"):
        lines.pop()  # It follows the line that says why.
    return "\n".join(
        line.removeprefix("docker: ").removeprefix("Error response from daemon: ") for line in lines
    )
