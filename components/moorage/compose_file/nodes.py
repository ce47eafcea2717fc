"""YAML as a tree whose every value knows the file and line it was written on."""

from dataclasses import dataclass
from typing import Any

from .scalars import Scalar, scalar_text


@dataclass(frozen=True, slots=True)
class Where:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return it as editors and compilers write it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file; that of a mapping's key carries the key's line."""

    value: "Scalar | list[Node] | dict[str, Node]"
    where: Where
    tag: str = ""
    """`reset` or `override` where the file says `!reset` or `!override`, else empty."""

    def plain(self) -> Any:
        """Return the value without positions."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def with_value(self, value: "Scalar | list[Node] | dict[str, Node]") -> "Node":
        """Return another value at the same place."""
        return Node(value, self.where, self.tag)

    def get(self, key: str) -> "Node | None":
        """Return what a mapping has under `key`; None when it has nothing or an empty value there."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return None if found is None or found.value is None else found

    def entries(self) -> dict[str, "Node"]:
        """Return a mapping's entries; of anything else there are none."""
        return self.value if isinstance(self.value, dict) else {}

    def items(self) -> list["Node"]:
        """Return a list's items; of anything else there are none."""
        return self.value if isinstance(self.value, list) else []

    def listed(self, key: str) -> list["Node"]:
        """Return the items of the list that a mapping has under `key`, if there is one."""
        found = self.get(key)
        return found.items() if found else []

    def mapped(self, key: str) -> dict[str, "Node"]:
        """Return the entries of the mapping that a mapping has under `key`, if there is one."""
        found = self.get(key)
        return found.entries() if found else {}

    def text(self) -> str:
        """Return a scalar as the text that a container would see."""
        return "" if isinstance(self.value, dict | list) else scalar_text(self.value)

    def find(self, path: "list[str | int]") -> "Node":
        """Return the nearest node on the way to `path`."""
        node = self
        for step in path:
            if isinstance(node.value, dict):
                found = node.value.get(str(step))
            else:
                found = dict(enumerate(node.items())).get(step) if isinstance(step, int) else None
            if found is None:
                break
            node = found
        return node
