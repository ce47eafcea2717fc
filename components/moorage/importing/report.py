"""The report of an import: the outcome of each key of the source."""

from dataclasses import dataclass, field
from enum import StrEnum

from moorage.compose_file.nodes import Node, Where


class Kind(StrEnum):
    """The outcomes of the translation of a key."""

    TRANSLATED = "translated"
    APPROXIMATED = "approximated"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of the source and what became of it."""

    kind: Kind
    where: Where
    key: str
    text: str

    @property
    def place(self) -> str:
        """The file and line; an answer of AWS has no lines."""
        return str(self.where) if self.where.line else self.where.file


@dataclass(slots=True)
class Report:
    """Everything that an import reports, without duplicates, in the order of the source."""

    _entries: dict[Entry, None] = field(default_factory=dict[Entry, None])

    @property
    def entries(self) -> list[Entry]:
        """All entries."""
        return list(self._entries)

    def of(self, kind: Kind) -> list[Entry]:
        """Return the entries of one kind."""
        return [entry for entry in self._entries if entry.kind is kind]

    def add(self, kind: Kind, node: Node, key: str, text: str) -> None:
        """Report a key and what became of it."""
        self._entries[Entry(kind, node.where, key, text)] = None

    def translated(self, node: Node, key: str, text: str) -> None:
        """Report a key whose value has the same meaning in the program."""
        self.add(Kind.TRANSLATED, node, key, text)

    def approximated(self, node: Node, key: str, text: str) -> None:
        """Report a key whose value has another meaning in the program, and the difference."""
        self.add(Kind.APPROXIMATED, node, key, text)

    def omitted(self, node: Node, key: str, reason: str) -> None:
        """Report a key that the program does not have, and the reason."""
        self.add(Kind.OMITTED, node, key, reason)

    def withdraw(self, node: Node, key: str) -> None:
        """Remove what was reported of a key."""
        for entry in [one for one in self._entries if (one.where, one.key) == (node.where, key)]:
            del self._entries[entry]
