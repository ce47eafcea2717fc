"""Numbers within the bounds of an argument."""

from typing import Any

from moorage.compose_file.nodes import Node

from .tables import Function, Target, whole


def bounded(argument: str, low: int, high: int, owner: str, read: Any = whole) -> Function[Target]:
    """Return a function for a number; one outside the bounds of its `owner` becomes the nearest."""

    def function(target: Target, node: Node, path: str) -> None:
        given = read(node)
        value = max(low, min(high, given))
        target.put(argument, value)
        if value == given:
            target.report.translated(node, path, f"`{argument}`")
        else:
            text = f"`{argument}` is {value}: {owner} allows {low} to {high}"
            target.report.approximated(node, path, text)

    return function
