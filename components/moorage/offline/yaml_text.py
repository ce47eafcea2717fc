"""YAML 1.2, as the Pulumi CLI reads it: `yes` and dates are strings."""

import json
import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml

from moorage.errors import EvaluationError

_LARGEST = 1 << 20
"""Maximum size of a file in bytes."""
_DEEPEST = 50
"""Maximum nesting of a file."""
_MOST = 100_000
"""Maximum number of values of a file with its aliases expanded."""

_PREFIX = "tag:yaml.org,2002:"
_LITERAL = "!literal"


class Scalar(str):
    """A plain value of a mapping as written in the file, without YAML's conversion to a type."""

    __slots__ = ()


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - pyyaml's own


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+0123456789.")),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", list("-+.")),
    ("merge", "<<", ["<"]),
):
    _Loader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
        f"{_PREFIX}{_tag}", re.compile(f"(?:{_pattern})$"), _first
    )


def _integer(loader: Any, node: yaml.ScalarNode) -> int:
    return int(node.value, 16 if node.value.startswith("0x") else 10)


def _number(loader: Any, node: yaml.ScalarNode) -> float:
    return float(node.value)


def _literal(loader: Any, node: yaml.ScalarNode) -> Scalar:
    return Scalar(node.value)


_Loader.add_constructor(f"{_PREFIX}int", _integer)  # pyright: ignore[reportUnknownMemberType]
_Loader.add_constructor(f"{_PREFIX}float", _number)  # pyright: ignore[reportUnknownMemberType]
_Loader.add_constructor(_LITERAL, _literal)  # pyright: ignore[reportUnknownMemberType]


def load(path: Path, literal: Collection[str] = ()) -> dict[str, Any]:
    """Return the mapping in a file; its keys are strings, its values are JSON values.

    `literal` are the keys of mappings whose own scalars become `Scalar`; an empty string is the file's own.

    Raises:
        EvaluationError: the file cannot be read, is not YAML, or is not a mapping; the text names file, line
            and column.
    """
    loader = _Loader(_read(path))
    try:
        node = loader.get_single_node()
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise EvaluationError(f"{path}: must be a mapping of keys to values")
        _Check(path, literal).value(node, "")
        if "" in literal:
            _keep_scalars(loader, node)
        for key, value in cast("list[tuple[yaml.ScalarNode, yaml.Node]]", node.value):
            if key.value in literal and isinstance(value, yaml.MappingNode):
                _keep_scalars(loader, value)
        return cast("dict[str, Any]", loader.construct_document(node))  # pyright: ignore[reportUnknownMemberType]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise EvaluationError(f"{path}{place}: not YAML: {error.problem or error.context}") from error
    except RecursionError:
        raise EvaluationError(f"{path}: nested more than {_DEEPEST} levels deep") from None


def _read(path: Path) -> str:
    """Return the text of a file, after a check that YAML allows its characters."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise EvaluationError(f"{path}: larger than {_LARGEST >> 20} MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EvaluationError(f"{path}:{line}: not UTF-8") from error
    refused = _Loader.NON_PRINTABLE.search(text)
    if refused:
        line = text.count("\n", 0, refused.start()) + 1
        raise EvaluationError(f"{path}:{line}: the character U+{ord(refused[0]):04X} is not allowed in YAML")
    return text


@dataclass
class _Check:
    """Rejects YAML that a configuration cannot hold, with its place in the file."""

    path: Path
    literal: Collection[str]
    within: list[int] = field(default_factory=list[int])
    sizes: dict[int, int] = field(default_factory=dict[int, int])

    def value(self, node: yaml.Node, where: str) -> int:
        """Check a value; return its number of values with aliases expanded."""
        if isinstance(node, yaml.ScalarNode):
            self.scalar(node, where)
            return 1
        if id(node) in self.sizes:
            return self.sizes[id(node)]
        if id(node) in self.within:
            self.refuse(node, where, "an alias cannot be inside the value that it refers to")
        if len(self.within) > _DEEPEST:
            self.refuse(node, where, f"nested more than {_DEEPEST} levels deep")
        self.within.append(id(node))
        size = 1 + sum(self.value(item, name) for item, name in self.parts(node, where))
        self.within.pop()
        if size > _MOST:
            self.refuse(node, where, f"aliases expand to more than {_MOST} values")
        self.sizes[id(node)] = size
        return size

    def parts(self, node: yaml.Node, where: str) -> list[tuple[yaml.Node, str]]:
        """Return the items of a list or a mapping with their paths; check its keys."""
        if node.tag not in (f"{_PREFIX}seq", f"{_PREFIX}map"):
            self.refuse(node, where, f"the type {node.tag} is not supported")
        if isinstance(node, yaml.SequenceNode):
            return [(item, f"{where}[{index}]") for index, item in enumerate(node.value)]
        parts: list[tuple[yaml.Node, str]] = []
        lines: dict[str, int] = {}
        for key, item in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            name = self.key(key, where)
            if name in lines:
                self.refuse(key, where, f"duplicate key {name!r}, first set in line {lines[name]}")
            lines[name] = key.start_mark.line + 1
            if where in self.literal and isinstance(item, yaml.ScalarNode):
                self.text(item, name)
            else:
                parts.append((item, f"{where}.{name}" if where else name))
        return parts

    def key(self, node: yaml.Node, where: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.refuse(node, where, "a key must be a string, not a list or a mapping")
        text = str(node.value)
        if node.tag not in (f"{_PREFIX}str", f"{_PREFIX}merge"):
            self.refuse(
                node, where, f'the key {text or "null"} is not a string; write it in quotes: "{text}"'
            )
        self.text(node, where)
        return text

    def scalar(self, node: yaml.ScalarNode, where: str) -> None:
        self.text(node, where)
        match str(node.tag).removeprefix(_PREFIX):
            case "null" | "str":
                return
            case "bool":
                right, kind = node.value.lower() in ("true", "false"), "a boolean"
            case "int":
                right, kind = _fits(_integer, node), "an integer of at most 64 bits"
            case "float":
                right, kind = _fits(_number, node), "a number that JSON can hold"
            case _:
                self.refuse(node, where, f"the type {node.tag} is not supported")
        if not right:
            self.refuse(node, where, f"not {kind}; write it in quotes to make it a string")

    def text(self, node: yaml.ScalarNode, where: str) -> None:
        refused = re.search("[\0\ud800-\udfff]", node.value)
        if refused:
            self.refuse(node, where, f"the character U+{ord(refused[0]):04X} is not allowed")

    def refuse(self, node: yaml.Node, where: str, why: str) -> NoReturn:
        mark = node.start_mark
        place = f"{self.path}:{mark.line + 1}:{mark.column + 1}"
        raise EvaluationError(f"{place}: {where}: {why}" if where else f"{place}: {why}")


def _fits(construct: Callable[[Any, yaml.ScalarNode], float], node: yaml.ScalarNode) -> bool:
    """Return whether a number is finite and in the range of the Pulumi CLI."""
    try:
        number = construct(None, node)
    except ValueError:
        return False
    return -(2**63) <= number < 2**64 if isinstance(number, int) else math.isfinite(number)


def _keep_scalars(loader: _Loader, node: yaml.MappingNode) -> None:
    """Convert the mapping's own scalars to `Scalar`, including those merged by `<<`."""
    loader.flatten_mapping(node)
    node.value = [(key, _kept(value)) for key, value in node.value]


def _kept(value: yaml.Node) -> yaml.Node:
    if not isinstance(value, yaml.ScalarNode):
        return value
    text = "" if value.tag == f"{_PREFIX}null" else value.value
    return yaml.ScalarNode(_LITERAL, text, value.start_mark, value.end_mark)


def text_of(value: Any) -> str:
    """Return a configuration value as the string that a program receives: JSON for other types."""
    if isinstance(value, str):
        return str(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
