"""Variables in compose files: `$NAME`, `${NAME}` and its forms with `:-`, `-`, `:?`, `?`, `:+` and `+`.

Compose Specification, "Interpolation", in the grammar of compose-go (`template`): `$$` is a dollar sign, and
one that begins neither a name nor `{` stays. What stands after an operator may hold variables itself.
"""

import re
from collections.abc import Callable

from ..problems import Problems
from .casts import cast_value
from .nodes import Node

Lookup = Callable[[str], str | None]
"""Gives a variable's value; None when it is not set. Raises `InterpolationError` for one that is not text."""

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
# With an operator the match goes to the line's last brace; which one closes it, braces are counted for.
_VARIABLE = re.compile(
    rf"\$(?:(?P<escaped>\$)|(?P<name>{_NAME})|\{{(?:(?P<braced>{_NAME})(?:(?P<operator>:?[-+?]).*)?\}}|(?P<invalid>)))"
)
_BRACE = re.compile(r"\{.?|\}", re.DOTALL)
_MAX_DEPTH = 100


class InterpolationError(ValueError):
    """A text with variables is malformed, or a variable that it requires is not set."""


def substitute(text: str, lookup: Lookup, unset: Callable[[str], None] | None = None, depth: int = 0) -> str:
    """Return `text` with its variables replaced.

    Args:
        text: what is written.
        lookup: gives a variable's value.
        unset: receives the name of each variable that is not set and has no operator; it becomes empty.
        depth: how many variables the text is inside of.

    Raises:
        InterpolationError: the text is malformed, or a required variable is missing.
    """
    if depth > _MAX_DEPTH:
        raise InterpolationError(f"more than {_MAX_DEPTH} variables inside of each other")
    parts: list[str] = []
    position = 0
    while (match := _VARIABLE.search(text, position)) is not None:
        parts.append(text[position : match.start()])
        position = match.end()
        if match["escaped"]:
            parts.append("$")
        elif match["invalid"] is not None:
            said = "what follows ${ must be a name, an operator such as :- if any, and }; $$ is a dollar sign"
            raise InterpolationError(f"invalid interpolation in {text!r}: {said}")
        elif match["operator"]:
            end = _closing(text, match)
            argument = text[match.end("operator") : end]
            parts.append(_operated(match["braced"], match["operator"], argument, lookup, unset, depth))
            position = end + 1
        else:
            name = match["name"] or match["braced"]
            value = lookup(name)
            if value is None and unset is not None:
                unset(name)
            parts.append(value or "")
    parts.append(text[position:])
    return "".join(parts)


def _closing(text: str, match: re.Match[str]) -> int:
    """Return where the brace of a variable is closed; the last one of the line when braces do not match.

    As in compose-go, every brace counts, and the character after an opening one does not.
    """
    depth = 0
    for brace in _BRACE.finditer(text, match.start(), match.end()):
        depth += 1 if brace.group().startswith("{") else -1
        if not depth:
            return brace.start()
    return match.end() - 1


def _operated(
    name: str,
    operator: str,
    argument: str,
    lookup: Lookup,
    unset: Callable[[str], None] | None,
    depth: int,
) -> str:
    value = lookup(name)
    there = bool(value) if operator.startswith(":") else value is not None
    if operator.endswith("+"):
        return substitute(argument, lookup, unset, depth + 1) if there else ""
    if there:
        return value or ""
    text = substitute(argument, lookup, unset, depth + 1)
    if operator.endswith("-"):
        return text
    raise InterpolationError(f"the variable {name} is required{f': {text}' if text else ''}")


def interpolate(node: Node, lookup: Lookup, problems: Problems, unset: Callable[[str, Node], None]) -> Node:
    """Return a tree with the variables in all its values replaced; keys stay as they are.

    Strings where the specification has switches and numbers become those, as in compose-go.

    Args:
        node: the tree.
        lookup: gives a variable's value.
        problems: receives what is malformed or missing, with file and line.
        unset: receives each variable that is not set and has no default, and where.
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
    if not isinstance(node.value, str):
        return node
    try:
        text = substitute(node.value, lookup, lambda name: unset(name, node))
    except InterpolationError as error:
        problems.say(f"{node.where}: {'.'.join(path)}", str(error))
        return node.with_value(node.value.replace("$", ""))
    return node.with_value(cast_value(text, path))
