"""The console: the output of all commands, as text with rich or as JSON.

A terminal gets colours, lines that fit its width, and progress that updates in place. A pipe or a file gets
plain lines of any length. NO_COLOR and TERM=dumb disable colours; FORCE_COLOR enables them in a pipe.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, TextIO

from .errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.status import Status
    from rich.table import Table
    from rich.text import Text

NO_TERMINAL = "stdin is not a terminal; pass --yes to confirm"

_UNLIMITED = 1_000_000
"""Columns of a pipe: nothing is wrapped or cut."""

_GAP = 2
"""Spaces between columns."""

_LONGEST = 24
"""Length up to which a word is not broken."""


class Label(StrEnum):
    """The label of a line, printed before it."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


_COLOURS = {Label.ERROR: "bold red", Label.WARNING: "bold yellow", Label.HINT: "bold cyan"}


def say(text: str = "", *, label: Label | None = None, stderr: bool = False) -> None:
    """Print lines unchanged; with a label, to standard error."""
    stream = sys.stderr if stderr or label else sys.stdout
    if label and _coloured(stream):
        from rich.text import Text

        content = Text.assemble((label, _COLOURS[label]), f": {text}")
        _console(stream).print(content, soft_wrap=True)
    else:
        print(f"{label}: {text}" if label else text, file=stream, flush=True)


def show(*content: "RenderableType") -> None:
    """Print tables, trees and texts of rich, each on its own lines; markup in strings is not interpreted."""
    console = _console(sys.stdout)
    with console.capture() as printed:
        for item in content:
            console.print(item)
    # Cells are padded to the width of their column.
    sys.stdout.write("\n".join(line.rstrip(" ") for line in printed.get().split("\n")))
    sys.stdout.flush()


def plain(*content: "RenderableType") -> str:
    """Return trees and texts of rich as lines without colors, whatever the output is."""
    from io import StringIO

    from rich.console import Console

    console = Console(
        file=StringIO(), width=_UNLIMITED, color_system=None, markup=False, highlight=False, emoji=False
    )
    with console.capture() as printed:
        console.print(*content, sep="\n")
    return printed.get()


def heading(text: str, colour: str = "") -> "Text":
    """Return the title of a section, after an empty line."""
    from rich.text import Text

    return Text(f"\n{text}", f"bold {colour}")


def table(
    rows: Sequence[Sequence["str | Text"]],
    header: Sequence[str] = (),
    *,
    indent: int = 0,
    right: Sequence[int] = (),
    keys: int = 1,
) -> "RenderableType":
    """Return rows in columns, those in `right` aligned to the right.

    If a terminal is too narrow for the columns, those that do not fit follow in another table, which repeats
    the first `keys` columns.
    """
    from rich.console import Group
    from rich.padding import Padding

    room = _console(sys.stdout).width - indent
    columns = zip(*filter(None, (header, *rows)), strict=True)
    words = [" ".join(map(str, column)).split() for column in columns]
    least = [min(_LONGEST, max(map(len, column), default=0)) for column in words]
    parts: list[list[int]] = [[]]
    for index, _ in enumerate(least):
        if header and parts[-1][keys:] and sum(least[i] + _GAP for i in (*parts[-1], index)) - _GAP > room:
            parts.append([*range(keys)])
        parts[-1].append(index)
    made = [_columns(rows, header, part, right, room) for part in parts]
    between = [item for one in made for item in ("", one)][1:]
    return Padding.indent(Group(*between), indent)


def _columns(
    rows: Sequence[Sequence["str | Text"]],
    header: Sequence[str],
    shown: Sequence[int],
    right: Sequence[int],
    room: int,
) -> "Table":
    from rich.table import Table
    from rich.text import Text

    made = Table(
        box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=bool(header), header_style="bold"
    )
    for index in shown:
        name = Text(header[index]) if header else ""
        made.add_column(name, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in map(row.__getitem__, shown)))
    # Names are not wrapped, if that leaves room for the other columns.
    made.columns[0].no_wrap = max(len(row[0]) for row in (header, *rows) if row) <= room // 2
    return made


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document."""
    utf8 = (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(document, indent=2, ensure_ascii=not utf8, default=_plain), flush=True)


def confirm(question: str) -> bool:
    """Ask a question on standard error; return whether the answer is yes.

    Raises:
        UsageError: standard input is not a terminal.
    """
    if not sys.stdin.isatty():
        raise UsageError(NO_TERMINAL)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def ask(question: str, default: str) -> str:
    """Ask a question on standard error; return the answer, or the default for an empty one.

    Raises:
        KeyboardInterrupt: standard input ended.
    """
    print(f"{question} [{default}]: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        print(file=sys.stderr)
        raise KeyboardInterrupt
    return line.strip() or default


def ago(moment: datetime | None) -> str:
    """Return a time as `3m ago`."""
    if moment is None:
        return "-"
    passed = max(0, int(time.time() - moment.timestamp()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if passed >= size:
            return f"{passed // size}{unit} ago"
    return f"{passed}s ago"


def is_terminal(stream: TextIO) -> bool:
    """Return whether a stream is a terminal that supports updates in place."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_interactive() -> bool:
    """Return whether the command can prompt a user."""
    return sys.stdin.isatty() and sys.stdout.isatty()


class Printer:
    """Prints the progress and the result of a command, as text or as JSON."""

    VERSION = 1
    """Version of the JSON's shape; raised when a key is removed or changes its meaning."""

    def __init__(self, *, as_json: bool = False) -> None:
        """Print text, or JSON."""
        self.as_json = as_json
        self._aside = sys.stderr if as_json else sys.stdout
        self._status: Status | None = None
        self._last = ""

    def __enter__(self) -> Self:
        """Return the printer."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the progress."""
        self.done()

    def progress(self, text: str, /) -> None:
        """Print a line of progress unless it repeats the last one: on a terminal it replaces that one.

        With JSON it goes to standard error.
        """
        if text == self._last:
            return
        self._last = text
        if not is_terminal(self._aside):
            print(text, file=self._aside, flush=True)
            return
        from rich.text import Text

        console, line = _console(self._aside), Text(text.splitlines()[0])
        # The spinner takes two columns.
        line.truncate(console.width - 2, overflow="ellipsis")
        if self._status is None:
            self._status = console.status("")
            self._status.start()
        self._status.update(line)

    def done(self) -> None:
        """End the line of progress."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def say(self, text: str = "", /) -> None:
        """Print lines of text; nothing with JSON."""
        if not self.as_json:
            say(text)

    def warn(self, text: str) -> None:
        """Print a warning to standard error."""
        say(text, label=Label.WARNING)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], keys: int = 1) -> None:
        """Print a table of text, whose first `keys` columns identify a row; nothing with JSON."""
        self.done()
        if not self.as_json:
            show(table(rows, header, keys=keys))

    def document(self, verb: str, content: Mapping[str, Any]) -> None:
        """Print the result as JSON; nothing with text."""
        self.done()
        if self.as_json:
            print_json({"version": self.VERSION, "verb": verb, **content})

    def record(self, content: Mapping[str, Any]) -> None:
        """Print one line of JSON, for output without an end."""
        print(json.dumps({"version": self.VERSION, **content}, default=_plain), flush=True)


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    terminal, coloured = stream.isatty(), _coloured(stream)
    return Console(
        file=stream,
        width=None if terminal else _UNLIMITED,
        force_terminal=terminal or coloured,
        color_system="auto" if coloured else None,
        markup=False,
        highlight=False,
        emoji=False,
    )


def _coloured(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty() or os.environ.get("FORCE_COLOR", "0") not in ("", "0")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
