"""Processes that the supervisor starts, and their output."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

_CHUNK = 64 * 1024


async def spawn(words: Sequence[str], **options: Any) -> Process:
    """Start a command in a session of its own, without input, its output in one pipe.

    Ctrl-C goes to the supervisor, which stops everything in order. `options` are those of subprocess.Popen.

    Raises:
        OSError: it cannot be run.
    """
    options = {"stdin": DEVNULL, "stdout": PIPE, "stderr": STDOUT, "start_new_session": True, **options}
    return await asyncio.create_subprocess_exec(*words, **options)


@contextlib.asynccontextmanager
async def ended(process: Process) -> AsyncGenerator[None]:
    """Kill a command with its group if it still runs at the end of the block."""
    try:
        yield
    finally:
        if process.returncode is None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def output(process: Process) -> AsyncIterator[bytes]:
    """Yield what a process prints, as it comes."""
    assert process.stdout is not None
    while chunk := await process.stdout.read(_CHUNK):
        yield chunk
