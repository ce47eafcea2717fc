"""Output of tasks: recent lines in memory, all lines in a file per app."""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import IO

from moorage.local import private
from moorage.rollout.logs import LogLine

KEPT = 5000
"""Lines of an app to keep in memory."""
MAX_BYTES = 20_000_000
"""The size from which a log file is rotated when it is opened."""


class LogStore:
    """The output of all tasks of a stack."""

    def __init__(self, folder: Path) -> None:
        """Write to `<folder>/<app>.log`."""
        self._folder = folder
        self._lines: dict[str, deque[LogLine]] = {}
        self._files: dict[str, IO[str]] = {}
        self._followers: list[Callable[[LogLine], None]] = []

    def sink(self, app: str, task: str, container: str) -> Callable[[str], None]:
        """Return a function that takes the lines of one container."""
        return lambda text: self.add(LogLine(time.time(), app, task, container, text))

    def add(self, line: LogLine) -> None:
        """Keep a line, and pass it to all followers."""
        self._lines.setdefault(line.app, deque(maxlen=KEPT)).append(line)
        file = self._file(line.app)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(line.time))
        file.write(f"{stamp} {line.task[:8]} {line.container} {line.text}\n")
        file.flush()
        for take in self._followers:
            take(line)

    def recent(self, apps: Iterable[str], task: str | None, tail: int, since: float = 0) -> list[LogLine]:
        """Return the last `tail` lines of these apps, oldest first.

        `task` is the beginning of a task id, `since` a time in seconds since the epoch.
        """
        lines = [
            line
            for app in apps
            for line in self._lines.get(app, ())
            if line.task.startswith(task or "") and line.time >= since
        ]
        lines.sort(key=lambda line: line.time)
        return lines[-tail:] if tail > 0 else []

    @contextlib.contextmanager
    def following(self, take: Callable[[LogLine], None]) -> Generator[None]:
        """Pass every further line to `take` for the length of the block."""
        self._followers.append(take)
        try:
            yield
        finally:
            self._followers.remove(take)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _file(self, app: str) -> IO[str]:
        if app not in self._files:
            private.make_folder(self._folder)
            path = self._folder / f"{app}.log"
            if path.exists() and path.stat().st_size > MAX_BYTES:
                path.replace(path.with_suffix(".log.1"))
            self._files[app] = private.open_file(path, "a")
        return self._files[app]
