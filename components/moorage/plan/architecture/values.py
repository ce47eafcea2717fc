"""Reading single inputs, where anything may be secret, not known yet, or not set."""

import json
from typing import Any, cast

from moorage.offline import Resource


def text(value: Any) -> str:
    """Return a text or number as text; empty for what is secret, not known or not set."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else ""


def whole(value: Any) -> int | None:
    """Return a whole number, also from text as the provider takes it, such as `"256"`."""
    if isinstance(value, bool):
        return None
    try:
        return int(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping, the first of a list of them, or an empty one."""
    if isinstance(value, list) and value:
        value = cast("list[Any]", value)[0]
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Return a list; a single value as a list of one, as policies write it; nothing for what is not known."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [value] if isinstance(value, str | int | float | dict) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings in a list."""
    return [cast("dict[str, Any]", item) for item in items(value) if isinstance(item, dict)]


def texts(value: Any) -> tuple[str, ...]:
    """Return the texts in a list."""
    return tuple(found for item in items(value) if (found := text(item)))


def parsed(value: Any) -> Any:
    """Return what a JSON text holds; None when it is not known, secret or not JSON."""
    if not isinstance(value, str):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def physical(resource: Resource) -> str:
    """Return the name AWS knows a resource by, or its logical name."""
    return text(resource.outputs.get("name")) or resource.name


def distinct(found: list[str]) -> tuple[str, ...]:
    """Return texts without repetitions, in their order."""
    return tuple(dict.fromkeys(found))
