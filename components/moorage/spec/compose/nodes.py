"""YAML as a tree whose every value knows the file and line it was written on.

Scalars are read as YAML 1.2 has them, which is what Compose does: `yes` and `on` are texts, and so is
`22:22`, which YAML 1.1 takes for a number of base 60.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

Scalar = None | bool | int | float | str


class ComposeError(ValueError):
    """A file cannot be used at all; its text names the file and, where there is one, the line."""


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
        return scalar_text(self.value)

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


def scalar_text(value: Any) -> str:
    """Return a scalar as YAML writes it: `true`, not `True`; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


class _Loader(yaml.SafeLoader):
    """A composer of nodes; what scalars mean is decided here, so it resolves none."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as the base class has it
    DEFAULT_SCALAR_TAG = "?"


_BOOLEANS = {text: text.lower() == "true" for text in ("true", "True", "TRUE", "false", "False", "FALSE")}
_NULLS = ("", "~", "null", "Null", "NULL")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0(?:x[0-9a-fA-F]+|o[0-7]+|b[01]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def _resolved(text: str) -> Scalar:
    """Return what an unquoted scalar means (YAML 1.2, core schema)."""
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text in _NULLS:
        return None
    if _INTEGER.fullmatch(text):
        # A file mode such as 0440 is octal, as Compose reads it.
        octal = re.fullmatch(r"0[0-7]+", text)
        return int(text, 8) if octal else int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def load_file(path: Path, shown: str) -> list[Node]:
    """Read a YAML file and return its documents; `shown` is its name in messages.

    Raises:
        ComposeError: there is no such file, or it is no YAML; the text says where.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ComposeError(f"{shown}: cannot be read: {reason}") from error
    return load_text(text, shown)


def load_text(text: str, shown: str) -> list[Node]:
    """Read YAML text and return its documents.

    Raises:
        ComposeError: it is no YAML, or it has a key twice; the text says where.
    """
    try:
        documents = [found for found in _composed(text) if found is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ComposeError(f"{shown}:{line}: is no YAML: {error.problem or error}") from error
    except yaml.YAMLError as error:
        raise ComposeError(f"{shown}:1: is no YAML: {error}") from error
    converter = _Converter(shown)
    return [converter.node(document) for document in documents]


def _composed(text: str) -> Iterator[Any]:
    compose_all = cast("Any", yaml).compose_all
    yield from compose_all(text, Loader=_Loader)


class _Converter:
    def __init__(self, file: str) -> None:
        self.file = file
        self.open: set[int] = set()

    def where(self, node: yaml.Node) -> Where:
        return Where(self.file, int(node.start_mark.line) + 1)

    def node(self, node: yaml.Node, where: Where | None = None) -> Node:
        where = where or self.where(node)
        tag = str(node.tag)
        special = tag[1:] if tag in ("!reset", "!override") else ""
        if id(node) in self.open:
            raise ComposeError(f"{where}: an anchor holds an alias of itself")
        if isinstance(node, yaml.ScalarNode):
            return Node(self.scalar(node, tag), where, special)
        self.open.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            value: Any = [self.node(item) for item in cast("list[yaml.Node]", node.value)]
        else:
            value = self.mapping(cast("yaml.MappingNode", node))
        self.open.discard(id(node))
        return Node(value, where, special)

    def scalar(self, node: yaml.ScalarNode, tag: str) -> Scalar:
        text = str(node.value)
        return text if node.style is not None or tag.endswith(":str") else _resolved(text)

    def mapping(self, node: yaml.MappingNode) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            if not isinstance(key, yaml.ScalarNode):
                raise ComposeError(f"{self.where(key)}: a key must be a text")
            name = str(key.value)
            if name == "<<" and key.style is None:
                for entry, item in self.merged(value).items():
                    merged.setdefault(entry, item)
                continue
            if name in own:
                raise ComposeError(
                    f"{self.where(key)}: {name} is given twice, on line {own[name].where.line} too"
                )
            own[name] = self.node(value, self.where(key))
        return {**merged, **own}

    def merged(self, node: yaml.Node) -> dict[str, Node]:
        """Return what `<<:` brings in: of several mappings the first that has a key gives it."""
        sources = cast("list[yaml.Node]", node.value) if isinstance(node, yaml.SequenceNode) else [node]
        found: dict[str, Node] = {}
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise ComposeError(f"{self.where(source)}: << takes a mapping, or a list of mappings")
            for name, item in self.node(source).entries().items():
                found.setdefault(name, item)
        return found
