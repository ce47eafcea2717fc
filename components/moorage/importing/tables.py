"""Tables of a source's keys: each is an argument, a function, or omitted with a reason."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from moorage.compose_file.nodes import Node
from moorage.errors import MoorageError

from .report import Report


class SourceError(MoorageError):
    """A source cannot be imported; the text has the file and line."""


def plain(node: Node) -> Any:
    """Return a value as it is written."""
    return node.plain()


def text(node: Node) -> str:
    """Return a scalar as a string."""
    return node.text()


def texts(node: Node) -> list[str]:
    """Return a list of strings; a scalar is a list of one."""
    return [item.text() for item in node.items()] if isinstance(node.value, list) else [node.text()]


def whole(node: Node) -> int:
    """Return an integer, which may be written as a string.

    Raises:
        SourceError: it is not one.
    """
    match = re.fullmatch(r"\s*(-?[0-9]+)(\.0+)?\s*", node.text())
    if match is None:
        raise SourceError(f"{node.where}: {node.text()!r} must be an integer")
    return int(match[1])


def flag(node: Node) -> bool:
    """Return a Boolean, which may be written as a string.

    Raises:
        SourceError: it is not one.
    """
    if node.text().lower() not in ("true", "false"):
        raise SourceError(f"{node.where}: {node.text()!r} must be true or false")
    return node.text().lower() == "true"


def pairs(node: Node) -> dict[str, str]:
    """Return a mapping of strings."""
    return {key: item.text() for key, item in node.entries().items()}


def is_empty(node: Node) -> bool:
    """Return whether a value sets nothing, as in a skeleton."""
    return node.value in (None, "", [], {})


@dataclass(frozen=True, slots=True)
class As:
    """A key whose value is that of an argument."""

    argument: str
    read: Callable[[Node], Any] = plain
    note: str = ""
    """The difference from the source."""


@dataclass(frozen=True, slots=True)
class Without:
    """A key that the program does not have."""

    reason: str


@dataclass(frozen=True, slots=True)
class Said:
    """A key that sets no argument, and has the same meaning in the program."""

    text: str


@dataclass(slots=True)
class Target:
    """The arguments that keys set, and the report."""

    report: Report
    args: dict[str, Any]

    def put(self, argument: str, value: Any) -> None:
        """Set an argument; dots separate the keys of nested objects."""
        *holders, name = argument.split(".")
        held = self.args
        for holder in holders:
            held = held.setdefault(holder, {})
        held[name] = value


T = TypeVar("T", bound=Target)


@dataclass(frozen=True, slots=True)
class Inside:
    """A key whose value is an object with a table of its own."""

    table: Mapping[str, Any]


Function = Callable[[T, Node, str], None]
Table = Mapping[str, As | Without | Said | Inside | Function[T]]


def apply(table: Table[T], node: Node, path: str, target: T) -> None:
    """Apply a table to the entries of an object; a key that it does not have is omitted.

    Raises:
        SourceError: the value is not an object, or has the wrong type.
    """
    if not isinstance(node.value, dict):
        raise SourceError(f"{node.where}: {path or 'the document'} must be an object")
    for key, item in node.entries().items():
        if is_empty(item):
            continue
        inner = f"{path}.{key}" if path else key
        row = table.get(key)
        if row is None:
            target.report.omitted(item, inner, "unknown key")
        elif isinstance(row, Without):
            target.report.omitted(item, inner, row.reason)
        elif isinstance(row, As):
            target.put(row.argument, row.read(item))
            if row.note:
                target.report.approximated(item, inner, f"`{row.argument}`: {row.note}")
            else:
                target.report.translated(item, inner, f"`{row.argument}`")
        elif isinstance(row, Said):
            target.report.translated(item, inner, row.text)
        elif isinstance(row, Inside):
            apply(row.table, item, inner, target)
        else:
            row(target, item, inner)
