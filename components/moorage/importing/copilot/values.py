"""Values of Copilot's manifests: durations, commands, schedules, and what differs by environment."""

import re

from moorage.compose_file.nodes import Node
from moorage.importing.commands import words as split
from moorage.importing.readers import texts
from moorage.importing.tables import SourceError
from moorage.model.later import later

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "": 1}
_VARIABLE = re.compile(r"\\?\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def seconds(node: Node) -> float:
    """Return a duration such as 1m30s in seconds.

    Raises:
        SourceError: it is not one.
    """
    text = node.text().strip()
    parts: list[tuple[str, str]] = re.findall(r"([0-9.]+)(ms|s|m|h|d|)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise SourceError(f"{node.where}: {text!r} must be a duration such as 90s or 1m30s")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def whole_seconds(node: Node) -> int:
    """Return a duration in whole seconds."""
    return round(seconds(node))


def words(node: Node) -> list[str]:
    """Return a command, which is a list or a shell's line."""
    return texts(node) if isinstance(node.value, list) else split(node)


def schedule(node: Node) -> str | None:
    """Return a schedule as EventBridge has it, of cron, `@daily` and the like, or `@every`; None for none."""
    text = node.text().strip()
    named = {
        "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
        "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *",
        "@midnight": "0 0 * * *",
        "@hourly": "0 * * * *",
    }
    if text.lower() == "none":
        return None
    if text.startswith(("cron(", "rate(", "at(")):
        return text
    if text.startswith("@every "):
        minutes = max(1, round(seconds(node.with_value(text.removeprefix("@every ").strip())) / 60))
        return f"rate({minutes} minute{'s' * (minutes != 1)})"
    fields = named.get(text, text).split()
    if len(fields) != 5:
        raise SourceError(f"{node.where}: {text!r} must be a cron expression with five fields, or @every")
    minute, hour, day, month, weekday = fields
    if weekday == "*":
        weekday = "?"
    elif day == "*":
        day = "?"
    # Sunday is 0 in cron and 1 in EventBridge.
    weekday = re.sub(r"(?<![#/0-9])[0-7](?![0-9])", lambda match: str(int(match[0]) % 7 + 1), weekday)
    return f"cron({minute} {hour} {day} {month} {weekday} *)"


def merged(base: Node, over: Node) -> Node:
    """Return a node with what an environment overrides: mappings are merged, everything else is replaced."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict) or "spot" in over.value:
        return over
    entries = dict(base.value)
    for key, other in {"build": "location", "location": "build"}.items():
        if key in over.value:
            entries.pop(other, None)
    if "spot" in entries and "range" in over.value:
        entries.pop("spot")
    for key, item in over.value.items():
        entries[key] = merged(entries[key], item) if key in entries else item
    return base.with_value(entries)


def interpolated(node: Node, variables: dict[str, str]) -> Node:
    """Return a node with its variables: those of the shell that deploys become stand-ins."""
    if isinstance(node.value, dict):
        return node.with_value({key: interpolated(item, variables) for key, item in node.value.items()})
    if isinstance(node.value, list):
        return node.with_value([interpolated(item, variables) for item in node.value])
    if not isinstance(node.value, str):
        return node

    def value(match: re.Match[str]) -> str:
        if match[0].startswith("\\"):
            return match[0][1:]
        return variables.get(match[1], later(match[1]))

    return node.with_value(_VARIABLE.sub(value, node.value))
