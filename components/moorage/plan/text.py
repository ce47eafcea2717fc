"""How text for people is laid out: width, colours, indentation, and the names of resources."""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_WIDEST = 110


@dataclass(frozen=True, slots=True)
class Style:
    """What the place that is printed to can show."""

    width: int = 100
    colours: bool = False
    unicode: bool = True

    def paint(self, text: str, *styles: str) -> str:
        """Return a text in colour, where there are colours."""
        if not self.colours or not text:
            return text
        return f"\033[{';'.join(_CODES[style] for style in styles)}m{text}\033[0m"

    def wrapped(self, text: str, indent: int, first: str | None = None) -> list[str]:
        """Return a text in lines that fit, each indented; `first` stands before the first one instead."""
        return textwrap.wrap(
            text,
            self.width,
            initial_indent=" " * indent if first is None else first,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [first or ""]


def style_of_stdout() -> Style:
    """Return what standard output can show: no colours in a pipe, or where NO_COLOR is set."""
    terminal = sys.stdout.isatty()
    encoding = sys.stdout.encoding or "ascii"
    try:
        "├─└│→…".encode(encoding)
        unicode = True
    except UnicodeEncodeError:
        unicode = False
    width = shutil.get_terminal_size((100, 24)).columns
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Style(max(40, min(_WIDEST, width)), terminal and not plain, unicode)


def columns(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """Return rows as lines, each column as wide as it needs; those in `right` end at the same place."""
    if not rows:
        return []
    ends = set(right)
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines: list[str] = []
    for row in rows:
        cells = (
            cell.rjust(width) if index in ends else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    return lines


def counted(count: int, one: str, many: str = "") -> str:
    """Return `1 task`, `2 tasks`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def short_type(type_: str) -> str:
    """Return a type as a person says it: `ecs Service` for `aws:ecs/service:Service`."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.rpartition(":")
    module = module.split("/")[0]
    if package in ("aws", "awsx"):
        return f"{'awsx ' if package == 'awsx' else ''}{module} {name}"
    if rest.startswith("providers:"):
        return f"provider {name}"
    return name if module in ("index", "") else f"{module} {name}"


def short_urn(urn: str) -> str:
    """Return a resource as a person says it: its name and its type."""
    parts = urn.split("::", 3)
    if len(parts) < 4:
        return urn
    return f"{parts[3]} ({short_type(parts[2].rpartition('$')[2])})"


def money(amount: float) -> str:
    """Return an amount with two digits."""
    return f"{amount:,.2f}"


def money_range(low: float, high: float) -> str:
    """Return one amount, or two where they differ."""
    return money(low) if money(low) == money(high) else f"{money(low)} to {money(high)}"
