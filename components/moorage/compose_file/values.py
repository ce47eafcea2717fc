"""Values of compose files: durations, sizes, numbers, booleans, commands."""

import math
import re

from moorage.model.fields.field import Field, Range

from .coercion import BOOLEANS, number_of
from .nodes import Node
from .report import Report
from .shell_words import split_words

_DURATION = re.compile(r"(?:(?:\d+\.?\d*|\.\d+)(?:ms|us|µs|ns|[wdhms]))+", re.ASCII)
_PART = re.compile(r"([\d.]+)(\D+)", re.ASCII)
_SECONDS = {
    **{"w": 7 * 24 * 3600, "d": 24 * 3600, "h": 3600, "m": 60, "s": 1},
    **{"ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9},
}
_SIZE = re.compile(r"(\d{1,18}(?:\.\d*)?|\.\d+) ?([bkmgtp])?(?:i?b)?", re.IGNORECASE | re.ASCII)
_UNITS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}
MIB = 2**20
_MAX_SECONDS = 2**31
MAX_INTEGER = 2**31 - 1
"""The largest number of the ECS API (Smithy, "integer": 32 bits)."""


def seconds(node: Node, path: str, report: Report) -> int | None:
    """Return a duration such as `1m30s` in seconds, rounded up; None if it is not one."""
    text = node.text()
    valid = text == "0" or _DURATION.fullmatch(text)
    total = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text)) if valid else 0
    if not valid or total > _MAX_SECONDS:
        report.refuse(node, path, "must be a duration such as 30s or 1m30s")
        return None
    # Parts such as 100ms are not exact in binary.
    return math.ceil(round(total, 9))


def size(node: Node, path: str, report: Report) -> int | None:
    """Return a size such as `512m` or `1.5gb` in bytes, which is also the unit of a number alone."""
    match = _SIZE.fullmatch(node.text().strip())
    if match is None:
        report.refuse(node, path, "must be a size such as 512m or 1gb")
        return None
    return math.ceil(float(match.group(1)) * _UNITS[(match.group(2) or "b").lower()])


def mebibytes(node: Node, path: str, report: Report) -> int | None:
    """Return a size in MiB, rounded up."""
    octets = size(node, path, report)
    if octets is None:
        return None
    if math.ceil(octets / MIB) > MAX_INTEGER:
        report.refuse(node, path, f"must be at most {MAX_INTEGER}m, the largest number of ECS")
        return None
    return math.ceil(octets / MIB)


def number(node: Node, path: str, report: Report) -> float | None:
    """Return a number, which may be written as a string."""
    value = number_of(node.text())
    if value is None:
        report.refuse(node, path, "must be a number")
    return value


def integer(node: Node, path: str, report: Report) -> int | None:
    """Return an integer, which may be written as a string."""
    value = number(node, path, report)
    if value is None:
        return None
    if not value.is_integer():
        report.refuse(node, path, "must be an integer")
        return None
    if abs(value) > MAX_INTEGER:
        report.refuse(node, path, f"must be at most {MAX_INTEGER}, the largest number of ECS")
        return None
    return int(value)


def boolean(node: Node, path: str, report: Report) -> bool:
    """Return a boolean, which may be written as a string."""
    value = BOOLEANS.get(node.text().lower())
    if value is None:
        report.refuse(node, path, "must be true or false")
    return bool(value)


def range_of(field: Field) -> Range:
    """Return the range of an argument that has one."""
    assert field.range is not None
    return field.range


def bounded(value: int, field: Field, node: Node, path: str, report: Report) -> int:
    """Return the nearest value in the range of an argument, with a warning if it is another one."""
    low, high = range_of(field).low, range_of(field).high
    nearest = max(low, min(high, value))
    if nearest != value:
        report.warn(node, path, f"ECS allows {low} to {high}; {nearest} is used")
    return nearest


def words(node: Node, path: str, report: Report) -> tuple[str, ...]:
    """Return the words of a command, a list or a string."""
    if isinstance(node.value, list):
        return tuple(item.text() for item in node.value)
    try:
        split = split_words(node.text())
    except ValueError as error:
        report.refuse(node, path, str(error))
        return ()
    if split.operator:
        text = f"ends before {split.operator!r}, because no shell runs it; use [sh, -c, ...] for a shell"
        report.warn(node, path, text)
    return split.words


def strings(node: Node) -> tuple[str, ...]:
    """Return a list of strings."""
    return tuple(item.text() for item in node.items())


def pairs(node: Node) -> dict[str, str]:
    """Return a mapping of strings; a name without a value has an empty one."""
    return {name: item.text() for name, item in node.entries().items()}
