"""Values of compose files: durations, sizes, numbers, switches, command lines."""

import math
import re
import shlex

from .nodes import Node
from .report import Report

_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?(?:\d+us)?"
)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?", re.IGNORECASE)
_UNITS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SWITCHES = {
    "true": True,
    "yes": True,
    "y": True,
    "on": True,
    "false": False,
    "no": False,
    "n": False,
    "off": False,
}

MIB = 2**20


def seconds(node: Node, path: str, report: Report) -> int | None:
    """Return a duration such as `1m30s` in whole seconds, rounded up; None when it is none."""
    text = node.text().strip()
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        report.refuse(node, path, "must be a duration such as 30s or 1m30s")
        return None
    hours, minutes, whole, parts = (float(part or 0) for part in match.groups())
    return math.ceil(hours * 3600 + minutes * 60 + whole + parts / 1000)


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
    return None if found is None else math.ceil(found / MIB)


def number(node: Node, path: str, report: Report) -> float | None:
    """Return a number, which may be written as a text."""
    try:
        return float(node.text())
    except ValueError:
        report.refuse(node, path, "must be a number")
        return None


def whole(node: Node, path: str, report: Report) -> int | None:
    """Return a whole number, which may be written as a text."""
    found = number(node, path, report)
    if found is None:
        return None
    if not found.is_integer():
        report.refuse(node, path, "must be a whole number")
        return None
    return int(found)


def switch(node: Node, path: str, report: Report) -> bool:
    """Return true or false, which may be written as a text."""
    found = _SWITCHES.get(node.text().lower())
    if found is None:
        report.refuse(node, path, "must be true or false")
    return bool(found)


def words(node: Node, path: str, report: Report) -> tuple[str, ...]:
    """Return a command: a list as it is, a text split as a shell splits it."""
    if isinstance(node.value, list):
        return tuple(item.text() for item in node.value)
    try:
        return tuple(shlex.split(node.text()))
    except ValueError:
        report.refuse(node, path, "has a quote that is not closed")
        return ()


def texts(node: Node) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(item.text() for item in node.items())


def pairs(node: Node) -> dict[str, str]:
    """Return a mapping of texts; a name without a value has an empty one."""
    return {name: item.text() for name, item in node.entries().items()}
