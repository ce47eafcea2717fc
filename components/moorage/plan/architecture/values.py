"""Reading single inputs as a picture shows them, beside what every reader of a graph uses."""

from typing import Any

from moorage.offline import Resource
from moorage.offline.values import Json, entries


def text(value: Any) -> str:
    """Return a text or number as text; empty for what is secret, not known or not set."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else ""


def first(value: Any) -> Json:
    """Return the first mapping of a list, or an empty one."""
    return next(iter(entries(value)), Json())


def physical(resource: Resource) -> str:
    """Return the name AWS knows a resource by, or its logical name."""
    return text(resource.outputs.get("name")) or resource.name


def distinct(found: list[str]) -> tuple[str, ...]:
    """Return texts without repetitions, in their order."""
    return tuple(dict.fromkeys(found))
