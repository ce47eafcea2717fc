"""Values of compose files: durations, sizes, numbers, switches, command lines."""

import math
import re

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
"""Smithy, "integer": 32 bits, as the numbers of the ECS API are."""


def seconds(node: Node, path: str, report: Report) -> int | None:
    """Return a duration such as `1m30s` in whole seconds, rounded up; None when it is not one."""
    text = node.text()
    written = text == "0" or _DURATION.fullmatch(text)
    found = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text)) if written else 0
    if not written or found > _MAX_SECONDS:
        report.refuse(node, path, "must be a duration such as 30s or 1m30s")
        return None
    # Parts such as 100ms have no exact binary fraction.
    return math.ceil(round(found, 9))


def size(node: Node, path: str, report: Report) -> int | None:
    """Return a size such as `512m` or `1.5gb` in bytes; a number alone is bytes already."""
    match = _SIZE.fullmatch(node.text().strip())
    if match is None:
        report.refuse(node, path, "must be a size such as 512m or 1gb")
        return None
    return math.ceil(float(match.group(1)) * _UNITS[(match.group(2) or "b").lower()])


def mebibytes(node: Node, path: str, report: Report) -> int | None:
    """Return a size in MiB, rounded up."""
    found = size(node, path, report)
    if found is not None and math.ceil(found / MIB) > MAX_INTEGER:
        report.refuse(node, path, f"must be at most {MAX_INTEGER}m: ECS takes no larger number")
        return None
    return None if found is None else math.ceil(found / MIB)


def number(node: Node, path: str, report: Report) -> float | None:
    """Return a number, which may be written as a string."""
    found = number_of(node.text())
    if found is None:
        report.refuse(node, path, "must be a number")
    return found


def whole(node: Node, path: str, report: Report) -> int | None:
    """Return a whole number, which may be written as a string."""
    found = number(node, path, report)
    if found is None:
        return None
    if not found.is_integer():
        report.refuse(node, path, "must be a whole number")
        return None
    if abs(found) > MAX_INTEGER:
        report.refuse(node, path, f"must be at most {MAX_INTEGER}: ECS takes no larger number")
        return None
    return int(found)


def switch(node: Node, path: str, report: Report) -> bool:
    """Return true or false, which may be written as a string."""
    found = BOOLEANS.get(node.text().lower())
    if found is None:
        report.refuse(node, path, "must be true or false")
    return bool(found)


def words(node: Node, path: str, report: Report) -> tuple[str, ...]:
    """Return a command: a list as it is, a string split into words."""
    if isinstance(node.value, list):
        return tuple(item.text() for item in node.value)
    try:
        split = split_words(node.text())
    except ValueError as error:
        report.refuse(node, path, str(error))
        return ()
    if split.operator:
        text = f"ends before {split.operator!r}: no shell runs it; write [sh, -c, ...] to have one"
        report.warn(node, path, text)
    return split.words


def texts(node: Node) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(item.text() for item in node.items())


def pairs(node: Node) -> dict[str, str]:
    """Return a mapping of texts; a name without a value has an empty one."""
    return {name: item.text() for name, item in node.entries().items()}
