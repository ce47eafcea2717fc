"""`up --watch`: an `up` after every change of the program or of a build context."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import watchfiles

from moorage.console import say
from moorage.errors import INTERRUPTED
from moorage.local.runner import SKIPPED
from moorage.local.state import Paths

from . import foreground
from .client import Client

_IGNORED = (*SKIPPED, ".pytest_cache", ".ruff_cache")


def watch(paths: Paths, command: Sequence[str], *, force: bool) -> int:
    """Run `up` in a separate process, now and after every change, until Ctrl-C; failures do not end it.

    `command` is the command line of that `up`; `force` adds `--force` to the first one.
    """
    client = Client(paths)
    folders = client.watched()
    changes = _changes(folders)
    next(changes)  # from here on, also while `up` runs
    try:
        if _up([*command, "--force"] if force else command):
            return INTERRUPTED
        say("watching for changes; Ctrl-C ends the watch, the services keep running")
        while True:
            changed: set[str] = set()
            if (now := client.watched()) != folders:
                changed = next(changes)
                folders, changes = now, _changes(now)
                changed |= next(changes)
            while not changed:
                changed = next(changes)
            say(f"\nchanged: {', '.join(sorted(changed))[:200]}")
            if _up(command):
                return INTERRUPTED
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the services keep running; `moorage local down` stops them") from None


def _up(command: Sequence[str]) -> bool:
    """Run `up` in a separate process, which imports the program's modules anew.

    Returns:
        True if it was interrupted and reported that.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed and `up` did not handle it.
    """
    # Until its command line handles Ctrl-C: a starting interpreter prints a traceback.
    ended = foreground.run(command, holds_ctrl_c=True)
    reported = ended.returncode == INTERRUPTED
    if ended.interrupted and not reported:
        raise KeyboardInterrupt
    return reported


def _changes(folders: list[Path]) -> Iterator[set[str]]:
    """Yield the names of the files that changed since the last time, perhaps none, after a short wait."""
    ignored = watchfiles.DefaultFilter(ignore_dirs=_IGNORED)

    def is_source(change: watchfiles.Change, path: str) -> bool:
        # Names are ignored below a folder only, not in its own path.
        below = [Path(path).relative_to(folder) for folder in folders if Path(path).is_relative_to(folder)]
        return any(ignored(change, str(relative)) for relative in below)

    # An editor or a checkout writes several files in a row.
    for changes in watchfiles.watch(
        *folders, watch_filter=is_source, step=250, rust_timeout=100, yield_on_timeout=True
    ):
        yield {Path(path).name for _, path in changes}
