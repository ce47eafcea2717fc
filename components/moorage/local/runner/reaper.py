"""Ends the process groups of a killed supervisor. A script with the standard library only, to start fast.

Its supervisor writes lines to its standard input: `+GROUP`, `-GROUP`, and `!COMMAND` (words separated by NUL)
to run at the end. The end of the input means that the supervisor is gone: registered groups are ended.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

GRACE = 2.0


def main() -> None:
    """Wait for the end of the input, then end the registered groups."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    commands: list[list[str]] = []
    for line in sys.stdin:
        text = line.rstrip("\n")
        if text.startswith("+"):
            groups.add(int(text[1:]))
        elif text.startswith("-"):
            groups.discard(int(text[1:]))
        elif text.startswith("!"):
            commands.append(text[1:].split("\0"))
    end_groups(groups)
    for command in commands:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(command, env={"PATH": os.environ.get("PATH", os.defpath)}, timeout=30, check=False)


def end_groups(groups: Iterable[int]) -> None:
    """Send SIGTERM to process groups and, after a grace period, SIGKILL to the rest."""
    left = [group for group in groups if _signal(group, signal.SIGTERM)]
    deadline = time.monotonic() + GRACE
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [group for group in left if _signal(group, 0)]
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
