"""YAML as the Pulumi CLI reads it, which is YAML 1.2: `yes` is text, and a date is not a date."""

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, cast

import yaml

from moorage.offline.errors import EvaluationError


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - pyyaml's own


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+0123456789.")),
    ("merge", "<<", ["<"]),
):
    _Loader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
        f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), _first
    )


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(node.value, 16 if node.value.startswith("0x") else 10)


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)  # pyright: ignore[reportUnknownMemberType]


class Scalar(str):
    """A plain value of a mapping as it is written in the file, whatever type YAML would make of it."""

    __slots__ = ()


def load(path: Path, literal: Collection[str] = ()) -> dict[str, Any]:
    """Return the mapping in a file.

    Args:
        path: the file.
        literal: the keys of mappings whose own scalars are to be `Scalar`; empty text is for the file's own.

    Raises:
        EvaluationError: the file cannot be read, is not YAML, or not a mapping.
    """
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        found = cast("Any", loader.construct_document(node) if node else {})  # pyright: ignore[reportUnknownMemberType]
    except OSError as error:
        raise EvaluationError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} is not YAML: {error}") from error
    if not isinstance(found, dict):
        raise EvaluationError(f"{path}: must be a mapping of keys to values")
    mapping = cast("dict[str, Any]", found)
    if literal and isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value in literal and isinstance(value, yaml.MappingNode):
                _keep_scalars(value, mapping[key.value])
        if "" in literal:
            _keep_scalars(node, mapping)
    return mapping


def _keep_scalars(node: yaml.MappingNode, values: dict[str, Any]) -> None:
    for key, value in node.value:
        if isinstance(value, yaml.ScalarNode):
            values[key.value] = Scalar("" if value.tag.endswith(":null") else value.value)


def text_of(value: Any) -> str:
    """Return a configuration value as the text that a program gets: JSON for what is not text."""
    if isinstance(value, str):
        return str(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
