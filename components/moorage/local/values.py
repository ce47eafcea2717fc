"""Reading of nested inputs, whose values are whatever the program gave."""

import re
from typing import Any, cast

from .model import Json


def items(values: Json, key: str) -> list[Json]:
    """Return a list of mappings; empty when it is not set."""
    return cast("list[Json]", values.get(key) or [])


def nested(values: Json, key: str) -> Json:
    """Return a mapping; empty when it is not set."""
    return cast(Json, values.get(key) or {})


def strings(values: Json, key: str) -> tuple[str, ...]:
    """Return a list of strings; empty when it is not set."""
    return tuple(str(value) for value in cast("list[Any]", values.get(key) or []))


def number(values: Json, key: str) -> int | None:
    """Return a whole number, which may be written as a float or a string; None when it is not set, or 0."""
    value = values.get(key)
    return int(float(value)) if value else None


def size(values: Json, key: str) -> int | None:
    """Return a task's `cpu` in CPU units or `memory` in MiB; also written as `1 vCPU` or `.5 GB`."""
    match = re.fullmatch(r"\s*([0-9.]+)\s*(v?cpu|gb)?\s*", str(values.get(key) or ""), re.IGNORECASE)
    if match is None:
        return None
    return int(float(match.group(1)) * (1024 if match.group(2) else 1))
