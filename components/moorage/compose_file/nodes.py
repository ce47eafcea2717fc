"""YAML as a tree whose values have their file and line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from .scalars import Scalar, scalar_text


@dataclass(frozen=True, slots=True)
class Where:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return it in the format of compilers."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file; one in a mapping has the line of its key."""

    value: "Scalar | list[Self] | dict[str, Self]"
    where: Where
    tag: str = ""
    """`reset` or `override` with the tag `!reset` or `!override`, else empty."""

    def plain(self) -> Any:
        """Return the value without positions."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def with_value(self, value: "Scalar | list[Self] | dict[str, Self]") -> Self:
        """Return another value at the same place."""
        return replace(self, value=value)

    def get(self, key: str) -> Self | None:
        """Return the value of a mapping's `key`; None if it is missing or empty."""
        node = self.entries().get(key)
        return None if node is None or node.value is None else node

    def entries(self) -> Mapping[str, Self]:
        """Return a mapping's entries; none of another value."""
        return self.value if isinstance(self.value, dict) else {}

    def items(self) -> Sequence[Self]:
        """Return a list's items; none of another value."""
        return self.value if isinstance(self.value, list) else []

    def listed(self, key: str) -> Sequence[Self]:
        """Return the items of the list at a mapping's `key`, if any."""
        node = self.get(key)
        return node.items() if node else []

    def mapped(self, key: str) -> Mapping[str, Self]:
        """Return the entries of the mapping at a mapping's `key`, if any."""
        node = self.get(key)
        return node.entries() if node else {}

    def section(self, key: str) -> Self:
        """Return the value at a mapping's `key`; an empty mapping at the same place if it is missing."""
        return self.get(key) or self.with_value({})

    def text(self) -> str:
        """Return a scalar as the string that a container receives."""
        return "" if isinstance(self.value, dict | list) else scalar_text(self.value)

    def text_of(self, key: str, default: str = "") -> str:
        """Return the scalar at a mapping's `key`; the default if it is missing or empty."""
        node = self.get(key)
        return default if node is None else node.text()

    def find(self, path: Sequence[str | int]) -> Self:
        """Return the node at `path`, or the nearest one on the way."""
        node = self
        for step in path:
            child = node._child(step)
            if child is None:
                break
            node = child
        return node

    def written(self, path: Sequence[str | int]) -> Self | None:
        """Return the node at `path`, if it is written."""
        node: Self | None = self
        for step in path:
            node = node and node._child(step)
        return node

    def _child(self, step: str | int) -> Self | None:
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        return dict(enumerate(self.items())).get(step) if isinstance(step, int) else None
