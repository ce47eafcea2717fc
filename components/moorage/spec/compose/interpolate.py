"""Variables in compose files: `$NAME`, `${NAME}` and its forms with `:-`, `-`, `:?`, `?`, `:+` and `+`.

Compose Specification, "Interpolation". `$$` is a dollar sign; what stands after an operator may hold
variables itself.
"""

import re
from collections.abc import Callable

from ..problems import Problems
from .nodes import Node

Lookup = Callable[[str], str | None]
"""What gives a variable's value; None when it is not set."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")

_BOOLEANS_IN_THE_SCHEMA = frozenset({"external", "required", "internal", "attachable"})
_SWITCH = {
    "true": True,
    "yes": True,
    "y": True,
    "on": True,
    "false": False,
    "no": False,
    "n": False,
    "off": False,
}


class InterpolationError(ValueError):
    """A text with variables is malformed, or a variable that it requires is not set."""


def substitute(text: str, lookup: Lookup, unset: Callable[[str], None] | None = None) -> str:
    """Return `text` with its variables replaced.

    Args:
        text: what is written.
        lookup: gives a variable's value.
        unset: is told the name of each variable that is not set and has no default; it becomes empty.

    Raises:
        InterpolationError: the text is malformed, or a required variable is missing.
    """
    parts: list[str] = []
    position = 0
    while (dollar := text.find("$", position)) >= 0:
        parts.append(text[position:dollar])
        following = text[dollar + 1 : dollar + 2]
        if following == "$":
            parts.append("$")
            position = dollar + 2
        elif following == "{":
            end = _closing(text, dollar + 2)
            parts.append(_braced(text[dollar + 2 : end], lookup, unset))
            position = end + 1
        elif name := _NAME.match(text, dollar + 1):
            parts.append(_value(name.group(), lookup, unset))
            position = name.end()
        else:
            raise InterpolationError(f"invalid interpolation in {text!r}: write $$ for a dollar sign")
    parts.append(text[position:])
    return "".join(parts)


def _closing(text: str, start: int) -> int:
    """Return where the brace that was opened before `start` is closed."""
    depth = 1
    position = start
    while position < len(text):
        if text.startswith("$$", position):
            position += 2
        elif text.startswith("${", position):
            depth += 1
            position += 2
        elif text[position] == "}":
            depth -= 1
            if not depth:
                return position
            position += 1
        else:
            position += 1
    raise InterpolationError(f"invalid interpolation in {text!r}: a closing brace is missing")


def _braced(inner: str, lookup: Lookup, unset: Callable[[str], None] | None) -> str:
    name = _NAME.match(inner)
    if name is None:
        raise InterpolationError(f"invalid interpolation '${{{inner}}}': a variable's name is missing")
    rest = inner[name.end() :]
    if not rest:
        return _value(name.group(), lookup, unset)
    operator = next((known for known in _OPERATORS if rest.startswith(known)), None)
    if operator is None:
        raise InterpolationError(f"invalid interpolation '${{{inner}}}': known are :- - :? ? :+ +")
    argument = rest[len(operator) :]
    value = lookup(name.group())
    there = bool(value) if operator.startswith(":") else value is not None
    if operator.endswith("+"):
        return substitute(argument, lookup, unset) if there else ""
    if there:
        return value or ""
    if operator.endswith("-"):
        return substitute(argument, lookup, unset)
    said = substitute(argument, lookup, unset)
    raise InterpolationError(f"the variable {name.group()} is required{f': {said}' if said else ''}")


def _value(name: str, lookup: Lookup, unset: Callable[[str], None] | None) -> str:
    value = lookup(name)
    if value is None and unset is not None:
        unset(name)
    return value or ""


def interpolate(node: Node, lookup: Lookup, problems: Problems, unset: Callable[[str, Node], None]) -> Node:
    """Return a tree with the variables in all its values replaced; keys stay as they are.

    Args:
        node: the tree.
        lookup: gives a variable's value.
        problems: is told what is malformed or missing, with file and line.
        unset: is told each variable that is not set and has no default, and where.
    """
    return _interpolated(node, lookup, problems, unset, ())


def _interpolated(
    node: Node,
    lookup: Lookup,
    problems: Problems,
    unset: Callable[[str, Node], None],
    path: tuple[str, ...],
) -> Node:
    if isinstance(node.value, dict):
        return node.with_value(
            {
                key: _interpolated(item, lookup, problems, unset, (*path, key))
                for key, item in node.value.items()
            }
        )
    if isinstance(node.value, list):
        return node.with_value(
            [
                _interpolated(item, lookup, problems, unset, (*path, str(index)))
                for index, item in enumerate(node.value)
            ]
        )
    if not isinstance(node.value, str) or "$" not in node.value:
        return node
    try:
        text = substitute(node.value, lookup, lambda name: unset(name, node))
    except InterpolationError as error:
        problems.say(f"{node.where}: {'.'.join(path)}", str(error))
        return node.with_value(node.value.replace("$", ""))
    if path and path[-1] in _BOOLEANS_IN_THE_SCHEMA:
        return node.with_value(_SWITCH.get(text.lower(), text))
    return node.with_value(text)
