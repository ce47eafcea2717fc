"""Numbers within the bounds of an argument."""

from typing import Any

from moorage.compose_file.values import range_of
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.field import Table as Fields

from .readers import whole
from .tables import Function, Reader, SourceNode, Target

_INTERVAL = 10
"""Seconds between two health checks where the source names none, as in Copilot."""


def bounded(
    argument: str, owner: str, read: Reader = whole, fields: Fields = CONTAINER_APP
) -> Function[Target]:
    """Return a function for a number; one outside the bounds of its `owner` becomes the nearest."""
    low, high = range_of(fields.fields[argument])[:2]

    def function(target: Target, node: SourceNode) -> None:
        number = read(node)
        nearest = max(low, min(high, number))
        target.put(argument, nearest)
        if nearest == number:
            target.translated(node, f"`{argument}`")
        else:
            target.approximated(node, f"`{argument}` is {nearest}: {owner} allows {low} to {high}")

    return function


def checked(argument: str, read: Reader = whole) -> Function[Target]:
    """Return a function for a number of a load balancer's health check."""
    return bounded(f"health_check.{argument}", "the load balancer", read)


def settle_timeout(arguments: dict[str, Any]) -> None:
    """Keep the interval of a health check above its timeout."""
    check = arguments.get("health_check", {})
    if "timeout" in check:
        check["interval"] = max(check.get("interval", _INTERVAL), check["timeout"] + 1)
