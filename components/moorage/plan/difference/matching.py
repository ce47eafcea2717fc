"""Matching of two stacks' values despite stack names, generated ids and suffixes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from moorage.offline import Resource, ResourceGraph, Secret, shown
from moorage.offline.values import entries, parsed

Key = tuple[str, str]
"""A resource's type with its parents' types, and its name."""

_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@+-]*")
_SUFFIX = re.compile(r"-[0-9a-f]{7}(?![0-9A-Za-z])")
"""Seven hexadecimal digits end a name that Pulumi generates ("Resource names", auto-naming)."""
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{16,}(?![0-9A-Za-z])")
_STACK_TAG = "moorage:stack"
"""A tag of every resource with the stack's name."""
_NAMING = ("id", "name", "dnsName", "arnSuffix", "repositoryUrl", "url")
"""Outputs that other resources refer to, besides ARNs."""


class Alike:
    """Normalizes the values of one stack for comparison with another."""

    def __init__(self, graph: ResourceGraph) -> None:
        """Collect the generated values of a stack."""
        # Only as a part of a name: a value such as `dev` can also be a preset.
        stack = re.escape(graph.stack)
        self._stack = re.compile(
            rf"(?<=[A-Za-z0-9][-_/.:]){stack}(?![A-Za-z0-9])|(?<![A-Za-z0-9]){stack}(?=[-_/.:][A-Za-z0-9])"
        )
        self._generated: dict[str, str] = {}
        for resource in graph:
            if resource.external or not resource.custom:
                continue
            inputs = {value for value in resource.inputs.values() if isinstance(value, str)}
            for attribute, value in (("id", resource.id), *resource.outputs.items()):
                if isinstance(value, str) and value not in inputs and _names(attribute, value):
                    self._generated.setdefault(value, f"{self.name(resource.name)}.{attribute}")

    def name(self, text: str) -> str:
        """Return a name without the stack's name."""
        return self._stack.sub("<stack>", text)

    def key(self, resource: Resource) -> Key:
        """Return the key that identifies a resource in another stack."""
        _, _, types, name = resource.urn.split("::", 3)
        return types, self.name(name)

    def text(self, text: str) -> str:
        """Return a string with placeholders for generated values."""
        text = _TOKEN.sub(lambda match: self._generated.get(match[0], match[0]), text)
        return self.name(_DIGITS.sub("…", _SUFFIX.sub("", text)))

    def value(self, value: Any) -> Any:
        """Return an input's value with placeholders for generated values."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Secret):
            return Secret(self.value(value.value))
        if isinstance(value, Mapping):
            items = cast("Mapping[str, Any]", value).items()
            return {self.name(key): self.value(item) for key, item in items}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in cast("list[Any]", value)]
        return value


def _names(attribute: str, value: str) -> bool:
    return bool(value) and (attribute in _NAMING or value.startswith("arn:"))


class Comparison:
    """Compares the values of two stacks."""

    def __init__(self, first: Alike, second: Alike) -> None:
        """Compare values of these two stacks."""
        self._first, self._second = first, second

    def same(self, one: Any, two: Any) -> bool:
        """Return whether two values are equal except for generated parts and stack names."""
        return one == two or self._first.value(one) == self._second.value(two)

    def changes(self, one: Any, two: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
        """Yield the paths where two values differ, with both values; None for a missing value.

        JSON strings are parsed; lists of named objects are compared by name, other lists of equal length
        item by item.
        """
        if self.same(one, two) or path.endswith(_STACK_TAG):
            return
        first, second = _by_name(_parsed(one)), _by_name(_parsed(two))
        if isinstance(first, dict) and isinstance(second, dict):
            some, others = self._keyed(cast("dict[str, Any]", first), cast("dict[str, Any]", second))
            for key in sorted(some.keys() | others.keys()):
                yield from self.changes(some.get(key), others.get(key), f"{path}.{key}" if path else key)
        elif isinstance(first, list) and isinstance(second, list) and _length(first) == _length(second):
            pairs = zip(cast("list[Any]", first), cast("list[Any]", second), strict=True)
            for index, (item, other) in enumerate(pairs):
                yield from self.changes(item, other, f"{path}[{index}]")
        else:
            yield path, shown(self._first.value(one)), shown(self._second.value(two))

    def _keyed(self, one: dict[str, Any], two: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return two dicts with stack names in keys replaced."""
        return (
            {key if key in two else self._first.name(key): item for key, item in one.items()},
            {key if key in one else self._second.name(key): item for key, item in two.items()},
        )


def _length(value: Any) -> int:
    return len(value)


def _parsed(value: Any) -> Any:
    """Return the value of a JSON string; other values unchanged."""
    content = parsed(value) if isinstance(value, str) and value.startswith(("{", "[")) else None
    return value if content is None else content


def _by_name(value: Any) -> Any:
    """Return a list of objects with different names by name; other values unchanged."""
    if not isinstance(value, list):
        return value
    items = cast("list[Any]", value)
    named = {
        item["name"]: {key: part for key, part in item.items() if key != "name"}
        for item in entries(items)
        if isinstance(item.get("name"), str)
    }
    return named if items and len(named) == len(items) else items
