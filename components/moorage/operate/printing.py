"""How verbs print: for people, or one JSON document for machines."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TextIO

from moorage.local.command.view import table

VERSION = 1
"""Of the shape of the JSON; raised when something is taken away or means something else."""


class Printer:
    """Prints what a verb found."""

    def __init__(self, *, as_json: bool) -> None:
        """Print for people, or for machines."""
        self.as_json = as_json
        self._last = ""

    def say(self, text: str = "") -> None:
        """Print lines for people."""
        if not self.as_json:
            print(text, flush=True)

    def progress(self, line: str, /) -> None:
        """Say how far something is, once: beside the result where that is for a machine."""
        if line != self._last:
            self._last = line
            print(line, flush=True, file=self._aside())

    def warn(self, text: str) -> None:
        """Print a warning beside the result."""
        print(f"warning: {text}", flush=True, file=sys.stderr)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print columns for people."""
        if not self.as_json:
            table(header, rows)

    def document(self, verb: str, content: Mapping[str, Any]) -> None:
        """Print what was found for a machine."""
        if self.as_json:
            print(json.dumps({"version": VERSION, "verb": verb, **content}, default=_text, indent=2))

    def record(self, content: Mapping[str, Any]) -> None:
        """Print one line of JSON, where there is no end to wait for."""
        print(json.dumps({"version": VERSION, **content}, default=_text), flush=True)

    def _aside(self) -> TextIO:
        return sys.stderr if self.as_json else sys.stdout


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")
