"""Answers of AWS as nodes: what is known of them is their source, not a line."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from moorage.compose_file.nodes import Node, Where

from .tables import SourceNode


def answer(value: Any, source: str, path: str = "") -> SourceNode:
    """Return a value that AWS answered as a node; `source` names it in the report."""
    return SourceNode.of(_node(value, Where(source, 0)), path)


def _node(value: Any, where: Where) -> Node:
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return Node({str(key): _node(item, where) for key, item in entries.items()}, where)
    if isinstance(value, list | tuple):
        return Node([_node(item, where) for item in cast("list[Any]", value)], where)
    return Node(value.isoformat() if isinstance(value, datetime) else value, where)
