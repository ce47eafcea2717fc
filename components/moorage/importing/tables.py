"""Tables of a source's keys: each is an argument, a function, or omitted with a reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from moorage.compose_file.nodes import Node
from moorage.errors import MoorageError

from .report import Kind, Report


class SourceError(MoorageError):
    """A source cannot be imported; the text has the file and line."""


@dataclass(frozen=True, slots=True)
class SourceNode(Node):
    """A value of a source without a schema: reading it as another type is an error, not nothing."""

    path: str = ""
    """Its keys and indexes from the top of the source."""

    @classmethod
    def of(cls, node: Node, path: str = "") -> Self:
        """Return a tree of values with their paths."""
        value: Any = node.value
        if isinstance(node.value, dict):
            prefix = f"{path}." if path else ""
            value = {key: cls.of(item, f"{prefix}{key}") for key, item in node.value.items()}
        elif isinstance(node.value, list):
            value = [cls.of(item, f"{path}[{index}]") for index, item in enumerate(node.value)]
        return cls(value, node.where, node.tag, path)

    def error(self, text: str) -> SourceError:
        """Return an error about the value."""
        return SourceError(f"{self.where}: {self.path}: {text}")

    def get(self, key: str) -> Self | None:
        """Return the value of an object's `key`; None if it is missing or empty, or of another value."""
        node = self.value.get(key) if isinstance(self.value, dict) else None
        return None if node is None or node.value is None else node

    def entries(self) -> Mapping[str, Self]:
        """Return an object's entries.

        Raises:
            SourceError: it is not an object.
        """
        if not isinstance(self.value, dict | None):
            raise self._wrong_type("an object")
        return self.value or {}

    def items(self) -> Sequence[Self]:
        """Return a list's items.

        Raises:
            SourceError: it is not a list.
        """
        if not isinstance(self.value, list | None):
            raise self._wrong_type("a list")
        return self.value or []

    def text(self) -> str:
        """Return a scalar as a string.

        Raises:
            SourceError: it is an object or a list.
        """
        if isinstance(self.value, dict | list):
            raise self._wrong_type("a string")
        return Node.text(self)

    def _wrong_type(self, expected: str) -> SourceError:
        """Return the error of a value of another type; a scalar that is not a string is shown as it is."""
        kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}
        return self.error(f"must be {expected}, not {kinds.get(type(self.value), repr(self.value))}")


def is_empty(node: Node) -> bool:
    """Return whether a value sets nothing, as in a skeleton."""
    return node.value in (None, "", [], {})


Reader = Callable[[SourceNode], Any]


@dataclass(frozen=True, slots=True)
class As:
    """A key whose value is that of an argument."""

    argument: str
    read: Reader = SourceNode.plain
    """It returns None for a value that does not need the argument."""
    note: str = ""
    """The difference from the source."""
    text: str = ""
    """The report's text without a difference, if it is not only the argument."""


@dataclass(frozen=True, slots=True)
class Said:
    """A key that sets no argument, and has the same meaning in the program."""

    text: str
    kind: ClassVar[Kind] = Kind.TRANSLATED


class Nearly(Said):
    """A key that sets no argument, and has another meaning in the program."""

    kind = Kind.APPROXIMATED


class Without(Said):
    """A key that the program does not have, with the reason."""

    kind = Kind.OMITTED


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

    def translated(self, node: SourceNode, text: str) -> None:
        """Report a key whose value has the same meaning in the program."""
        self.report.translated(node, node.path, text)

    def items_translated(self, node: SourceNode, text: str) -> None:
        """Report each key of the objects of a list as translated."""
        for item in node.items():
            for value in item.entries().values():
                self.translated(value, text)

    def approximated(self, node: SourceNode, text: str) -> None:
        """Report a key whose value has another meaning in the program, and the difference."""
        self.report.approximated(node, node.path, text)

    def omitted(self, node: SourceNode, reason: str) -> None:
        """Report a key that the program does not have, and the reason."""
        self.report.omitted(node, node.path, reason)


T = TypeVar("T", bound=Target)


@dataclass(frozen=True, slots=True)
class Inside:
    """A key whose value is an object with a table of its own."""

    table: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A key whose value is a list of objects with a table."""

    argument: str
    table: Mapping[str, Any]
    key: str = ""
    """The argument of each that is its name, if they become an object."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A key whose value is a list of objects, which becomes the value of one argument."""

    argument: str
    read: Reader = SourceNode.plain


@dataclass(frozen=True, slots=True)
class ByValue:
    """A key whose row depends on its value."""

    rows: Mapping[Any, Any]
    other: Any
    """The row of other values."""
    read: Reader = SourceNode.text


Function = Callable[[T, SourceNode], None]
Row = As | Said | Inside | Listed | Joined | ByValue | Function[T]
Table = Mapping[str, Row[T]]


def apply(table: Table[T], node: SourceNode, target: T) -> None:
    """Apply a table to the entries of an object; a key that it does not have is omitted.

    Raises:
        SourceError: the value is not an object, or has the wrong type.
    """
    if not isinstance(node.value, dict):
        raise SourceError(f"{node.where}: {node.path or 'the document'} must be an object")
    for key, item in node.entries().items():
        if not is_empty(item):
            _apply_row(table.get(key, Without("unknown key")), item, target)


def _apply_row(row: Row[T], node: SourceNode, target: T) -> None:
    """Apply the row of a key to its value."""
    if isinstance(row, Said):
        target.report.add(row.kind, node, node.path, row.text)
    elif isinstance(row, As):
        if (value := row.read(node)) is not None:
            target.put(row.argument, value)
        if row.note:
            target.approximated(node, f"`{row.argument}`: {row.note}")
        else:
            target.translated(node, row.text or f"`{row.argument}`")
    elif isinstance(row, Inside):
        apply(row.table, node, target)
    elif isinstance(row, Listed):
        target.put(row.argument, _list(row, node, target.report))
    elif isinstance(row, Joined):
        target.put(row.argument, row.read(node))
        target.items_translated(node, f"`{row.argument}`")
    elif isinstance(row, ByValue):
        _apply_row(row.rows.get(row.read(node), row.other), node, target)
    else:
        row(target, node)


def _list(row: Listed, node: SourceNode, report: Report) -> Any:
    """Return the arguments of each object of a list, or an object of them by one of these."""
    made: list[dict[str, Any]] = []
    for item in node.items():
        one = Target(report, {})
        apply(row.table, item, one)
        made.append(one.args)
    if not row.key:
        return made
    return {str(args.pop(row.key, index)): args for index, args in enumerate(made)}
