"""Shared by the benchmarks: measured processes, turns, tables and verdicts.

Only the standard library, and nothing that is measured, is imported here: the kernel counts what the parent
of a process has in memory at the fork as the child's own peak.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: seconds, MiB, and what it printed."""

    wall: float
    cpu: float
    """User and system time of the process and of its children."""
    peak: float
    """The largest resident set of the process or of one of its children."""
    output: str


def run(command: Sequence[object]) -> Run:
    """Run a command to its end and measure it; end the benchmark when it fails.

    Python may write and use its bytecode caches, as on a user's machine.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            list(map(str, command)), env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        if process.returncode != 0:
            errors.seek(0)
            text = " ".join(map(str, command))
            raise SystemExit(f"{errors.read()}{output}\nexit code {process.returncode}: {text}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def program(*arguments: object) -> list[object]:
    """Return the command that runs `programs/run.py` with this Python."""
    return [sys.executable, PROGRAMS / "run.py", *arguments]


def turns(rounds: int, *runs: Callable[[], Run]) -> list[list[Run]]:
    """Do each of the runs in turns, after one of each that is thrown away: it fills the caches."""
    for one in runs:
        one()
    done = [[one() for one in runs] for _ in range(rounds)]
    return [list(column) for column in zip(*done, strict=True)]


def ratios(above: Iterable[Run], below: Iterable[Run], what: str) -> list[float]:
    """Return the quotients of `cpu`, `wall` or `peak`, round by round."""
    return [getattr(a, what) / getattr(b, what) for a, b in zip(above, below, strict=True)]


def spread(values: Iterable[float], digits: int = 2) -> str:
    """Return the median, with the least and the greatest value behind it."""
    found = sorted(values)
    low, middle, high = (f"{v:.{digits}f}" for v in (found[0], statistics.median(found), found[-1]))
    return f"{middle} ({low}-{high})"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows in columns as wide as they need."""
    lines = [list(map(str, row)) for row in (head, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        first, *rest = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *rest]))


def verdict(held: dict[str, bool]) -> int:
    """Print which numbers are held, and return the exit code: 1 when one is not."""
    for text, good in held.items():
        print(f"{'held    ' if good else 'NOT HELD'}  {text}")
    return 0 if all(held.values()) else 1
