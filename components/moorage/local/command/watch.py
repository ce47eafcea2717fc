"""`up --watch`: an `up` after every change of the program or of what its images are built from."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from moorage.console import say
from moorage.errors import INTERRUPTED, LocalError
from moorage.local.runner import SKIPPED
from moorage.local.state import Paths

from . import foreground
from .client import Client

EVERY = 0.5
"""Seconds between two looks; a look at a thousand files takes a few milliseconds."""
_IGNORED = SKIPPED | {".pytest_cache", ".ruff_cache"}


def watch(paths: Paths, command: Sequence[str], *, force: bool) -> int:
    """Run `up`, in a process of its own, now and after every change until Ctrl-C; failures do not end it.

    Args:
        paths: The project and stack.
        command: The command line of that `up`.
        force: Whether the first one gets `--force`.
    """
    seen = _snapshot(_folders(paths))
    try:
        if _up([*command, "--force"] if force else command):
            return INTERRUPTED
        seen = seen | _snapshot(_folders(paths)[1:])
        say("watching for changes; Ctrl-C ends this, the services go on")
        while True:
            time.sleep(EVERY)
            now = _snapshot(_folders(paths))
            if now == seen:
                continue
            changed = dict.fromkeys(path.name for path, _ in sorted(now.items() ^ seen.items()))
            # An editor or a checkout writes several files in a row.
            while (later := _snapshot(_folders(paths))) != now:
                now = later
                time.sleep(EVERY / 2)
            seen = now
            say(f"\nchanged: {', '.join(changed)[:200]}")
            if _up(command):
                return INTERRUPTED
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the services go on; `moorage local down` stops them") from None


def _up(command: Sequence[str]) -> bool:
    """Run `up` in a process of its own, where the program's modules are imported anew.

    Returns:
        Whether it was interrupted and said so.

    Raises:
        KeyboardInterrupt: there was a Ctrl-C, which came too late for it or did not reach it.
    """
    ended = foreground.run(command, preexec_fn=_hold_ctrl_c)
    said = ended.returncode == INTERRUPTED
    if ended.interrupted and not said:
        raise KeyboardInterrupt
    return said


def _hold_ctrl_c() -> None:
    """Hold a Ctrl-C back until the command line takes it: an interpreter that starts has no words for it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _folders(paths: Paths) -> list[Path]:
    """The project, and what its images are built from where that is elsewhere."""
    try:
        contexts = [Path(context) for context in Client(paths).get("/describe")["contexts"]]
    except LocalError:
        contexts = []
    return [paths.project_dir, *(c for c in contexts if not c.is_relative_to(paths.project_dir))]


def _snapshot(roots: list[Path]) -> dict[Path, tuple[int, int]]:
    """Return time of change and size of every file."""
    found: dict[Path, tuple[int, int]] = {}
    for root in roots:
        for where, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in _IGNORED]
            for name in names:
                path = Path(where, name)
                try:
                    info = path.stat()
                except OSError:
                    continue
                found[path] = (info.st_mtime_ns, info.st_size)
    return found
