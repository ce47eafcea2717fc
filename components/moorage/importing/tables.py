"""Tables of a source's keys: each is an argument, a function, or omitted with a reason."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from moorage.compose_file.nodes import Node
from moorage.compose_file.scalars import Scalar
from moorage.errors import MoorageError

from .report import Report


class SourceError(MoorageError):
    """A source cannot be imported; the text has the file and line."""


class _WrongType(SourceError):
    """A value has another type than its key."""

    def __init__(self, node: Node, expected: str) -> None:
        """Keep the place apart from the text, between which the key belongs."""
        self.where, self.text = node.where, f"must be {expected}, not {_kind(node)}"
        super().__init__(f"{self.where}: {self.text}")


def _kind(node: Node) -> str:
    """Return the type of a value in words; a scalar that is not a string as it is."""
    if isinstance(node.value, dict | list):
        return "an object" if isinstance(node.value, dict) else "a list"
    return "a string" if isinstance(node.value, str) else repr(node.value)


class TypedNode(Node):
    """A value of a source without a schema: reading it as another type is an error, not nothing."""

    __slots__ = ()

    def with_value(self, value: "Scalar | list[Node] | dict[str, Node]") -> Node:
        """Return another value at the same place."""
        return TypedNode(value, self.where, self.tag)

    def get(self, key: str) -> Node | None:
        """Return the value of an object's `key`; None if it is missing or empty, or of another value."""
        node = self.value.get(key) if isinstance(self.value, dict) else None
        return None if node is None or node.value is None else typed(node)

    def entries(self) -> dict[str, Node]:
        """Return an object's entries.

        Raises:
            SourceError: it is not an object.
        """
        if not isinstance(self.value, dict | None):
            raise _WrongType(self, "an object")
        return {key: typed(item) for key, item in super().entries().items()}

    def items(self) -> list[Node]:
        """Return a list's items.

        Raises:
            SourceError: it is not a list.
        """
        if not isinstance(self.value, list | None):
            raise _WrongType(self, "a list")
        return [typed(item) for item in super().items()]

    def text(self) -> str:
        """Return a scalar as a string.

        Raises:
            SourceError: it is an object or a list.
        """
        if isinstance(self.value, dict | list):
            raise _WrongType(self, "a string")
        return super().text()


def typed(node: Node) -> Node:
    """Return a node that refuses to be read as another type."""
    return TypedNode(node.value, node.where, node.tag)


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
    for key, item in typed(node).entries().items():
        if is_empty(item):
            continue
        inner = f"{path}.{key}" if path else key
        try:
            _apply_row(table.get(key), item, inner, target)
        except _WrongType as error:
            raise SourceError(f"{error.where}: {inner}: {error.text}") from None


def _apply_row(
    row: As | Without | Said | Inside | Function[T] | None, node: Node, path: str, target: T
) -> None:
    """Apply the row of a key to its value."""
    if row is None:
        target.report.omitted(node, path, "unknown key")
    elif isinstance(row, Without):
        target.report.omitted(node, path, row.reason)
    elif isinstance(row, As):
        target.put(row.argument, row.read(node))
        if row.note:
            target.report.approximated(node, path, f"`{row.argument}`: {row.note}")
        else:
            target.report.translated(node, path, f"`{row.argument}`")
    elif isinstance(row, Said):
        target.report.translated(node, path, row.text)
    elif isinstance(row, Inside):
        apply(row.table, node, path, target)
    else:
        row(target, node, path)
