"""What is the same in two stacks although its text is not: names with the stack's name, generated ids and
suffixes."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from moorage.offline import UNKNOWN, Resource, ResourceGraph, Secret

from ..masked import SECRET_TEXT, UNKNOWN_TEXT

Key = tuple[str, str]
"""A resource's type with those of its parents, and its name."""

_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@+-]*")
_SUFFIX = re.compile(r"-[0-9a-f]{7}(?![0-9A-Za-z])")
"""Seven hexadecimal digits end a name that Pulumi generates ("Resource names", auto-naming)."""
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{16,}(?![0-9A-Za-z])")
_NAMING = ("id", "name", "dnsName", "arnSuffix", "repositoryUrl", "url")
"""Outputs by which other resources name one, beside its ARNs."""


class Alike:
    """Puts the values of one stack so that those of another can be compared with them."""

    def __init__(self, graph: ResourceGraph) -> None:
        """Learn what is generated in a stack."""
        self._stack = re.compile(rf"(?<![A-Za-z0-9]){re.escape(graph.stack)}(?![A-Za-z0-9])")
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
        """Return a value of an input; JSON in a text becomes what it says."""
        if isinstance(value, str):
            parsed = _parsed(value)
            return self.text(value) if parsed is None else self.value(parsed)
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


def _parsed(text: str) -> Any:
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def changes(one: Any, two: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two values differ: the path, and what stands there, None for nothing.

    Lists of dicts with names are compared by name, others item by item where they are of one length.
    """
    if isinstance(one, Secret) or isinstance(two, Secret):
        if one != two:
            yield path, _word(one), _word(two)
        return
    first, second = _by_name(one), _by_name(two)
    if isinstance(first, dict) and isinstance(second, dict):
        some, others = cast("dict[str, Any]", first), cast("dict[str, Any]", second)
        for key in sorted(some.keys() | others.keys()):
            yield from changes(some.get(key), others.get(key), f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(two, list) and len(cast("Any", one)) == len(cast("Any", two)):
        for index, (item, other) in enumerate(
            zip(cast("list[Any]", one), cast("list[Any]", two), strict=True)
        ):
            yield from changes(item, other, f"{path}[{index}]")
    elif one != two:
        yield path, _word(one), _word(two)


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


def _word(value: Any) -> Any:
    """Return a value as it may be shown."""
    if isinstance(value, Secret):
        return SECRET_TEXT
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, dict):
        return {key: _word(item) for key, item in cast("dict[str, Any]", value).items()}
    return [_word(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value
