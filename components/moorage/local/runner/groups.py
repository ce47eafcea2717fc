"""The process groups of a supervisor, recorded for the reaper and for the next `up`."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from moorage.local import private

from . import processes as procs
from . import reaper


class Groups:
    """Records every process group that must not outlive the supervisor."""

    def __init__(self, file: Path) -> None:
        """`file` gets one line per group: its id and when its leader started."""
        self._file = file
        self._groups: dict[int, float] = {}
        self._reaper: subprocess.Popen[str] | None = None

    def start(self, reap_command: Sequence[str] | None, lock: int) -> None:
        """Start the reaper; `reap_command` is run after the groups have ended.

        The reaper holds `lock` too: nothing of the stack starts while it ends what is left over.
        """
        self._reaper = subprocess.Popen(
            [sys.executable, "-S", "-E", reaper.__file__],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=(lock,),
        )
        if reap_command:
            self._tell("!" + "\0".join(reap_command))

    def add(self, group: int) -> None:
        """Record a group, by its leader's process id."""
        self._tell(f"+{group}")
        self._groups[group] = procs.started_at(group) or 0.0
        self._write()

    def discard(self, group: int) -> None:
        """Forget a group that has ended."""
        if self._groups.pop(group, None) is not None:
            self._tell(f"-{group}")
            self._write()

    def close(self) -> None:
        """Stop the reaper, after all groups have ended."""
        if self._reaper is not None and self._reaper.stdin is not None:
            with contextlib.suppress(OSError):
                self._reaper.stdin.close()
            self._reaper.wait()
        self._file.unlink(missing_ok=True)

    def _tell(self, line: str) -> None:
        if self._reaper is not None and self._reaper.stdin is not None:
            self._reaper.stdin.write(line + "\n")
            self._reaper.stdin.flush()

    def _write(self) -> None:
        private.write_text(self._file, "".join(f"{group} {start}\n" for group, start in self._groups.items()))


def end_left_over(file: Path) -> list[int]:
    """End the groups that a killed supervisor left over, and return them."""
    groups = left_over(file)
    reaper.end_groups(groups)
    file.unlink(missing_ok=True)
    return groups


def left_over(file: Path) -> list[int]:
    """Return the groups that a killed supervisor recorded, if they still have the same leaders."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return []
    groups: list[int] = []
    for line in lines:
        if match := re.fullmatch(r"(\d+) (\d+\.\d+)", line):
            group, started = int(match[1]), procs.started_at(int(match[1]))
            if started is not None and abs(started - float(match[2])) < 1:
                groups.append(group)
    return groups
