"""Reading YAML into nodes, within bounds, as go-yaml reads it for compose-go."""

import base64
import binascii
import math
from pathlib import Path
from typing import Any, cast

import yaml
from yaml import cyaml
from yaml.composer import Composer
from yaml.reader import ReaderError
from yaml.resolver import Resolver

from .files import ComposeError, read_text, shown_path
from .nodes import Node, Where
from .scalars import Scalar, Timestamp, resolved

MAX_DEPTH = 100
MAX_VALUES = 100_000
"""The most values of a document with its aliases expanded, as in compose-go."""

_NO_CHARACTER = "has an escape that is not a Unicode character"
_YAML = "tag:yaml.org,2002:"
_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "null": (type(None),),
    "timestamp": (Timestamp,),
}
"""The types of scalars by the name of their YAML tag."""

# It parses like go-yaml; PyYAML's own parser refuses tabs, for one.
_LibYaml: Any = cast("Any", cyaml).CParser


class _Loader(Composer, _LibYaml, Resolver):
    """A composer on libyaml's parser, which leaves scalars unresolved."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as the base class has it
    DEFAULT_SCALAR_TAG = "?"

    def __init__(self, text: str) -> None:
        """Start at the beginning of `text`."""
        _LibYaml.__init__(self, text)
        Composer.__init__(self)
        Resolver.__init__(self)
        self.depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node, unless it is nested too deeply for the recursive composer."""
        if self.depth >= MAX_DEPTH:
            mark = cast("Any", self).peek_event().start_mark
            raise yaml.MarkedYAMLError(problem=f"more than {MAX_DEPTH} levels", problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def load_file(path: Path) -> list[Node]:
    """Read a YAML file and return its documents.

    Raises:
        ComposeError: the file cannot be read, or is not YAML; the text has the line.
    """
    return load_text(read_text(path), shown_path(path))


def load_text(text: str, shown: str) -> list[Node]:
    """Read YAML text and return its documents; `shown` is the file's name in messages.

    Raises:
        ComposeError: it is not YAML, has a duplicate key, is too large or nested too deeply; the text has the
            line.
    """
    documents: list[Any] = []
    try:
        loader = cast("Any", _Loader(text))
        while loader.check_node():
            documents.append(loader.get_node())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ComposeError(f"{shown}:{line}: is not YAML: {error.problem or error}") from error
    except ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise ComposeError(f"{shown}:{line}: is not YAML: {error.reason}") from error
    converter = _Converter(shown)
    return [converter.node(document) for document in documents if document is not None]


class _Converter:
    def __init__(self, file: str) -> None:
        self.file = file
        self.open: set[int] = set()
        self.values = 0

    def where(self, node: yaml.Node) -> Where:
        return Where(self.file, int(node.start_mark.line) + 1)

    def node(self, node: yaml.Node, where: Where | None = None) -> Node:
        where = where or self.where(node)
        tag = str(node.tag)
        special = tag[1:] if tag in ("!reset", "!override") else ""
        self.values += 1
        if id(node) in self.open:
            raise ComposeError(f"{where}: an anchor contains an alias of itself")
        if self.values > MAX_VALUES or len(self.open) >= MAX_DEPTH:
            limit = f"{MAX_VALUES} values" if self.values > MAX_VALUES else f"{MAX_DEPTH} levels"
            raise ComposeError(f"{where}: has more than {limit} with its aliases expanded")
        if isinstance(node, yaml.ScalarNode):
            return Node(self.scalar(node, where), where, special)
        self.open.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            value: Any = [self.node(item) for item in cast("list[yaml.Node]", node.value)]
        else:
            value = self.mapping(cast("yaml.MappingNode", node))
        self.open.discard(id(node))
        return Node(value, where, special)

    def scalar(self, node: yaml.ScalarNode, where: Where) -> Scalar:
        text = str(node.value)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ComposeError(f"{where}: {_NO_CHARACTER}")
        tag = str(node.tag)
        kind = tag.removeprefix(_YAML)
        value = resolved(text) if tag == "?" and not node.style else text
        if tag == f"{_YAML}binary":
            try:
                value = base64.b64decode(text).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise ComposeError(f"{where}: !!binary must be UTF-8 text in Base64") from error
        elif tag.startswith(_YAML) and kind in _TYPES:
            value = resolved(text)
            if type(value) not in _TYPES[kind]:
                raise ComposeError(f"{where}: the value is not of the type !!{kind}")
            value = float(value) if kind == "float" and isinstance(value, int) else value
        if isinstance(value, float) and not math.isfinite(value):
            raise ComposeError(f"{where}: {text} cannot be used: numbers must be finite")
        return value

    def mapping(self, node: yaml.MappingNode) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            name, where = self.key(key), self.where(key)
            if name in lines:
                raise ComposeError(f"{where}: {name} is a duplicate key, first on line {lines[name]}")
            lines[name] = where.line
            if name == "<<" and not cast("yaml.ScalarNode", key).style:
                merged = self.merged(value)
            else:
                own[name] = self.node(value, where)
        for name, item in own.items():
            if item.tag == "reset" and name in merged:
                # It resets earlier files, but not what is merged here.
                own[name] = Node(merged[name].value, merged[name].where, "override")
        return {**merged, **own}

    def key(self, node: yaml.Node) -> str:
        where = self.where(node)
        value = self.scalar(node, where) if isinstance(node, yaml.ScalarNode) else None
        if type(value) is not str:
            quoted = f": write '{node.value}'" if isinstance(node, yaml.ScalarNode) else ""
            raise ComposeError(f"{where}: a key must be a string{quoted}")
        return value

    def merged(self, node: yaml.Node) -> dict[str, Node]:
        """Return what `<<:` merges: of several mappings the first one with a key."""
        sources = cast("list[yaml.Node]", node.value) if isinstance(node, yaml.SequenceNode) else [node]
        entries: dict[str, Node] = {}
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise ComposeError(f"{self.where(source)}: << must be a mapping or a list of mappings")
            for name, item in self.node(source).entries().items():
                entries.setdefault(name, item)
        return entries
