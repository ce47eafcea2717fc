"""What is the same in two stacks although its text is not: names with the stack's name, generated ids and
suffixes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from moorage.offline import Resource, ResourceGraph, Secret, shown
from moorage.offline.values import parsed

Key = tuple[str, str]
"""A resource's type with those of its parents, and its name."""

_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@+-]*")
_SUFFIX = re.compile(r"-[0-9a-f]{7}(?![0-9A-Za-z])")
"""Seven hexadecimal digits end a name that Pulumi generates ("Resource names", auto-naming)."""
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{16,}(?![0-9A-Za-z])")
_STACK_TAG = "moorage:stack"
"""A tag of every resource, which is the stack's name."""
_NAMING = ("id", "name", "dnsName", "arnSuffix", "repositoryUrl", "url")
"""Outputs by which other resources name one, beside its ARNs."""


class Alike:
    """Puts the values of one stack so that those of another can be compared with them."""

    def __init__(self, graph: ResourceGraph) -> None:
        """Learn what is generated in a stack."""
        # As a part of a name only: a value such as `dev` may be a preset as well.
        stack = re.escape(graph.stack)
        self._stack = re.compile(
            rf"(?<=[A-Za-z0-9][-_/.:]){stack}(?![A-Za-z0-9])|(?<![A-Za-z0-9]){stack}(?=[-_/.:][A-Za-z0-9])"
        )
        self._generated: dict[str, str] = {}
        for resource in graph:
            if resource.options.get("read") or not resource.custom:
                continue
            given = {value for value in resource.inputs.values() if isinstance(value, str)}
            for attribute, value in (("id", resource.id), *resource.outputs.items()):
                if isinstance(value, str) and value not in given and _names(attribute, value):
                    self._generated.setdefault(value, f"{self.name(resource.name)}.{attribute}")

    def name(self, text: str) -> str:
        """Return a name without the stack's."""
        return self._stack.sub("<stack>", text)

    def key(self, resource: Resource) -> Key:
        """Return by what a resource is found in another stack."""
        _, _, types, name = resource.urn.split("::", 3)
        return types, self.name(name)

    def text(self, text: str) -> str:
        """Return a text with words for what is generated."""
        text = _TOKEN.sub(lambda match: self._generated.get(match[0], match[0]), text)
        return self.name(_DIGITS.sub("…", _SUFFIX.sub("", text)))

    def value(self, value: Any) -> Any:
        """Return a value of an input with words for what is generated."""
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
        """Compare what these two know."""
        self._first, self._second = first, second

    def same(self, one: Any, two: Any) -> bool:
        """Return whether two values are the same but for generated parts and the stack's name."""
        return one == two or self._first.value(one) == self._second.value(two)

    def changes(self, one: Any, two: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
        """Yield where two values differ: the path, and what stands there, None for nothing.

        JSON in a text is compared as what it says, lists of dicts with names by name, other lists item by
        item where they are of one length.
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
        """Return two dicts in which keys that are the same but for the stack's name are the same."""
        return (
            {key if key in two else self._first.name(key): item for key, item in one.items()},
            {key if key in one else self._second.name(key): item for key, item in two.items()},
        )


def _length(value: Any) -> int:
    return len(value)


def _parsed(value: Any) -> Any:
    """Return what the JSON in a text says."""
    found = parsed(value) if isinstance(value, str) and value.startswith(("{", "[")) else None
    return value if found is None else found


def _by_name(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    items = cast("list[Any]", value)
    if not items or not all(isinstance(item, dict) for item in items):
        return items
    dicts = cast("list[dict[str, Any]]", items)
    if not all(isinstance(item.get("name"), str) for item in dicts):
        return items
    named = {item["name"]: {key: part for key, part in item.items() if key != "name"} for item in dicts}
    return named if len(named) == len(items) else items
