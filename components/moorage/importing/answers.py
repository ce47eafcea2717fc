"""Answers of AWS as nodes: what is known of them is their source, not a line."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from moorage.compose_file.nodes import Node, Where


def answer(value: Any, source: str) -> Node:
    """Return a value that AWS answered as a node; `source` names it in the report."""
    where = Where(source, 0)
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return Node({str(key): answer(item, source) for key, item in entries.items()}, where)
    if isinstance(value, list | tuple):
        return Node([answer(item, source) for item in cast("list[Any]", value)], where)
    return Node(value.isoformat() if isinstance(value, datetime) else value, where)
