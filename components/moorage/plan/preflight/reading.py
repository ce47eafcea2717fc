"""Reading of inputs, which are whatever a program gave, with UNKNOWN among them in a preview."""

import re
from typing import Any, cast

from moorage.offline import UNKNOWN

Json = dict[str, Any]


def text(value: Any) -> str | None:
    """Return a text that is known."""
    return value if isinstance(value, str) else None


def number(value: Any) -> int | None:
    """Return a whole number that is known; it may be written as a float or a text."""
    if isinstance(value, bool):
        return None
    try:
        return int(float(value))
    except (TypeError, ValueError):
        return None


def size(value: Any) -> int | None:
    """Return a task's CPU units or MiB; also written as `1 vCPU` or `.5 GB`."""
    match = re.fullmatch(r"\s*([0-9.]+)\s*(v?cpu|gb)?\s*", str(value), re.IGNORECASE)
    return int(float(match[1]) * (1024 if match[2] else 1)) if match else None


def mapping(value: Any) -> Json:
    """Return a mapping; empty when there is none or it is not known."""
    return cast(Json, value) if isinstance(value, dict) else {}


def entries(value: Any) -> list[Json]:
    """Return the mappings of a list; empty when there are none or it is not known."""
    if not isinstance(value, list):
        return []
    return [cast(Json, item) for item in cast("list[Any]", value) if isinstance(item, dict)]


def texts(value: Any) -> list[str]:
    """Return the known texts of a list, or the one text that stands in place of a list."""
    if isinstance(value, str):
        return [value]
    return (
        [item for item in cast("list[Any]", value) if isinstance(item, str)]
        if isinstance(value, list)
        else []
    )


def length(value: Any) -> int:
    """Return how many items a list has; 0 where there is none or it is not known."""
    return len(cast("list[Any]", value)) if isinstance(value, list) else 0


def is_known(value: Any) -> bool:
    """Return whether nothing in a value is UNKNOWN."""
    if isinstance(value, dict):
        return all(map(is_known, cast(Json, value).values()))
    if isinstance(value, list):
        return all(map(is_known, cast("list[Any]", value)))
    return value is not UNKNOWN
