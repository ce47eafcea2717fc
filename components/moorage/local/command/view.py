"""What the commands print: for people on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Sequence
from typing import Any

from moorage.local.state import Paths
from moorage.rollout.diagnosis import report
from moorage.rollout.rules import Rule

from .advice import ADVICE
from .rollout import Rollout


class View:
    """Prints progress and results."""

    def __init__(self) -> None:
        """Use a status line on a terminal."""
        self._status: Any = None
        self._last = ""

    def progress(self, text: str) -> None:
        """Say what goes on: one line that changes on a terminal, a line each elsewhere."""
        if text == self._last:
            return
        self._last = text
        if not sys.stdout.isatty():
            self.say(text)
            return
        if self._status is None:
            from rich.console import Console

            self._status = Console().status("")
            self._status.start()
        self._status.update(text.splitlines()[0], spinner="dots")

    def done(self) -> None:
        """End the status line."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def say(self, text: str) -> None:
        """Print a line for good."""
        if self._status is not None:
            self._status.console.print(text, markup=False, highlight=False)
        else:
            print(text, flush=True)

    def error(self, text: str) -> None:
        """Print an error."""
        self.done()
        print(f"error: {text}", file=sys.stderr, flush=True)

    def rollout(self, rollout: Rollout, rules: Sequence[Rule], paths: Paths) -> None:
        """Say how one service's rollout ended."""
        app = rollout.app
        if rollout.outcome.ok:
            words = {"new": "deployed", "unchanged": "unchanged", "scaled": "scaled"}
            self.say(f"{app}: {words[rollout.what]}")
            return
        self.say(f"{app}: {report(rollout.outcome, rollout.want, rules=rules, advice=ADVICE)}")
        self.say(f"More: `moorage local logs {app}`, {paths.log}")

    def outputs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print the stack's outputs."""
        if rows:
            self.say("")
            table(("OUTPUT", "VALUE"), rows)

    def not_run(self, items: Sequence[tuple[str, str]]) -> None:
        """Print what is not run locally."""
        if items:
            self.say("")
            self.say("Not run locally:")
            for type_, name in items:
                self.say(f"  {type_}  {name}")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns, the last one as long as it is."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, *rows):
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True
        )


def ago(seconds: float | None) -> str:
    """Return a time as `3m ago`."""
    if seconds is None:
        return "-"
    passed = max(0, int(time.time() - seconds))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if passed >= size:
            return f"{passed // size}{unit} ago"
    return f"{passed}s ago"
