"""Readers of single values of a graph, which may have any type.

None of these functions raises: a value that is unknown (`UNKNOWN`), secret (`Secret`), not set (None) or of
another type reads as empty. To read a secret, `reveal` it first.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from .graph import UNKNOWN

Json = dict[str, Any]

_SIZE = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(v?cpu|gb)?\s*", re.IGNORECASE)
_LISTS = ("Action", "NotAction", "Resource", "NotResource")


def text(value: Any) -> str | None:
    """Return a string; None for any other value."""
    return value if isinstance(value, str) else None


def number(value: Any) -> int | None:
    """Return an integer, also from a float or a string such as `"256"`; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        return None


def size(value: Any) -> int | None:
    """Return a task's `cpu` in CPU units or `memory` in MiB, also from `1 vCPU` or `.5 GB`."""
    match = _SIZE.fullmatch(str(value))
    return int(float(match[1]) * (1024 if match[2] else 1)) if match else None


def mapping(value: Any) -> Json:
    """Return a mapping; an empty one for any other value."""
    return cast(Json, value) if isinstance(value, dict) else {}


def entries(value: Any) -> list[Json]:
    """Return the mappings in a list, or a single mapping in place of a list."""
    return [cast(Json, item) for item in _listed(value) if isinstance(item, dict)]


def texts(value: Any) -> tuple[str, ...]:
    """Return the strings in a list, or a single one in place of a list; numbers are converted."""
    return tuple(
        str(item)
        for item in _listed(value)
        if isinstance(item, str | int | float) and not isinstance(item, bool)
    )


def parsed(value: Any) -> Any:
    """Return the value of a JSON string; None if it is null or not JSON."""
    if not isinstance(value, str):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def container_definitions(task_definition: Json) -> list[Json] | None:
    """Return the containers in the inputs of a task definition, with ECS's names of their fields; None if
    they are not known, or secret."""
    containers = parsed(task_definition.get("containerDefinitions"))
    return entries(containers) if isinstance(containers, list) else None


def statements(document: Any) -> list[Json] | None:
    """Return the statements of a policy document, a JSON string or a mapping; None if they are not known.

    Elements that may be a string or a list ("IAM JSON policy element reference") become lists: `Action`,
    `NotAction`, `Resource` and `NotResource`, if set.
    """
    element = mapping(parsed(document) if isinstance(document, str) else document).get("Statement")
    if not isinstance(element, list | dict):
        return None
    return [
        {key: _listed(item) if key in _LISTS else item for key, item in statement.items()}
        for statement in entries(element)
    ]


def leaves(value: Any) -> Iterator[Any]:
    """Yield the leaves of a value at any depth, in order: all values that are not mappings or lists.

    A `Secret` is a leaf.
    """
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += reversed(cast(Json, item).values())
        elif isinstance(item, list):
            waiting += reversed(cast("list[Any]", item))
        else:
            yield item


def is_known(value: Any) -> bool:
    """Return whether a value contains no UNKNOWN, at any depth."""
    return all(leaf is not UNKNOWN for leaf in leaves(value))


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]
