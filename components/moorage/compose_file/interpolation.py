"""Variables in compose files: `$NAME`, `${NAME}` and its forms with `:-`, `-`, `:?`, `?`, `:+` and `+`.

Compose Specification, "Interpolation", in the grammar of compose-go (`template`): `$$` is a dollar sign, and
one before neither a name nor `{` is literal. The text after an operator may hold variables.
"""

import re
from collections.abc import Callable

from moorage.errors import MoorageError
from moorage.model.problems import Problems

from .coercion import cast_value
from .files import ComposeError
from .nodes import Node

Lookup = Callable[[str], str | None]
"""Returns a variable's value, None if it is not set; raises `InterpolationError` if it is not UTF-8."""

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(
    rf"\$(?:(?P<escaped>\$)|(?P<name>{_NAME})|\{{(?:(?P<braced>{_NAME})(?:(?P<operator>:?[-+?])|\}})|(?P<invalid>)))"
)
_BRACE = re.compile(r"\{.?|\}", re.DOTALL)
_MAX_DEPTH = 100
MAX_VALUE = 2**20
"""Characters of one value after interpolation; a task definition may have 64 KiB."""
MAX_TOTAL = 2**24
"""Characters of all values with variables of one file together."""
_MAX_SHOWN = 30
_MAX_REASON = 200


class InterpolationError(MoorageError, ValueError):
    """A string with variables is malformed or becomes too large, or a required variable is not set."""


class Interpolation:
    """Replaces the variables in the values of one file, and limits the size of the values."""

    def __init__(self, lookup: Lookup) -> None:
        """Start a file."""
        self._lookup = lookup
        self._unset: Callable[[str], None] | None = None
        self._total = 0
        self._of_value = 0

    @property
    def exhausted(self) -> bool:
        """True if the values together are larger than `MAX_TOTAL`."""
        return self._total > MAX_TOTAL

    def substitute(self, text: str, unset: Callable[[str], None] | None = None) -> str:
        """Return `text` with its variables replaced.

        A variable that is not set and has no operator becomes empty, and `unset` receives its name.

        Raises:
            InterpolationError: the text is malformed, a required variable is missing, the value is larger
                than `MAX_VALUE`, or the file's values are larger than `MAX_TOTAL`.
        """
        if "$" not in text:
            return text
        self._unset, self._of_value = unset, 0
        return self._replaced(text, 0)

    def _replaced(self, text: str, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise InterpolationError(f"more than {_MAX_DEPTH} nested variables")
        parts: list[str] = []
        position = 0
        while (match := _VARIABLE.search(text, position)) is not None:
            parts.append(self._counted(text[position : match.start()]))
            position = match.end()
            if match["escaped"]:
                parts.append(self._counted("$"))
            elif match["invalid"] is not None:
                raise InterpolationError(_invalid(text[match.start() :]))
            elif match["operator"]:
                end = _closing(text, match)
                if end < 0:
                    raise InterpolationError(_invalid(text[match.start() :]))
                argument = text[match.end("operator") : end]
                parts.append(self._operated(match["braced"], match["operator"], argument, depth))
                position = end + 1
            else:
                parts.append(self._value(match["name"] or match["braced"]))
        parts.append(self._counted(text[position:]))
        return "".join(parts)

    def _value(self, name: str) -> str:
        value = self._lookup(name)
        if value is None and self._unset is not None:
            self._unset(name)
        return self._counted(value or "")

    def _operated(self, name: str, operator: str, argument: str, depth: int) -> str:
        value = self._lookup(name)
        there = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("+"):
            return self._replaced(argument, depth + 1) if there else ""
        if there:
            return self._counted(value or "")
        text = self._replaced(argument, depth + 1)
        if operator.endswith("-"):
            return text
        raise InterpolationError(
            f"the variable {name} is required{f': {text[:_MAX_REASON]}' if text else ''}"
        )

    def _counted(self, text: str) -> str:
        """Return `text`, a part of the value; raise if it makes the value or the file too large."""
        self._of_value += len(text)
        self._total += len(text)
        if self.exhausted:
            raise InterpolationError(f"the file's values become longer than {MAX_TOTAL} characters")
        if self._of_value > MAX_VALUE:
            raise InterpolationError(f"the value becomes longer than {MAX_VALUE} characters")
        return text


def _invalid(text: str) -> str:
    """Return the reason for refusing a text from its `$` on; show only its start, as it may hold a secret."""
    shown = f"{text[:_MAX_SHOWN]!r}{'...' if len(text) > _MAX_SHOWN else ''}"
    allowed = "${ must be followed by a name, an optional operator such as :-, and }; $$ is a dollar sign"
    return f"invalid interpolation at {shown}: {allowed}"


def _closing(text: str, match: re.Match[str]) -> int:
    """Return the position of a variable's closing brace; -1 if the line has none.

    If braces do not match, the line's last one closes it. As in compose-go, every brace counts, and the
    character after an opening one does not.
    """
    newline = text.find("\n", match.end())
    last = text.rfind("}", match.end(), len(text) if newline < 0 else newline)
    depth = 0
    for brace in _BRACE.finditer(text, match.start(), last + 1):
        depth += 1 if brace.group().startswith("{") else -1
        if not depth:
            return brace.start()
    return last


def interpolate(node: Node, lookup: Lookup, problems: Problems, unset: Callable[[str, Node], None]) -> Node:
    """Return a tree with the variables in all its values replaced, but not in keys.

    As in compose-go, strings become booleans and numbers where the specification has these.

    Raises:
        ComposeError: the values together are too large; the text has the place.
        ArgumentsError: a value is malformed or too large, or a required variable is missing.
    """
    before = len(problems)
    replaced = _interpolated(node, Interpolation(lookup), problems, unset, ())
    if len(problems) > before:
        # Further checks would report what remains of a value, and show it.
        problems.raise_if_any()
    return replaced


def _interpolated(
    node: Node,
    interpolation: Interpolation,
    problems: Problems,
    unset: Callable[[str, Node], None],
    path: tuple[str, ...],
) -> Node:
    if isinstance(node.value, dict):
        return node.with_value(
            {
                key: _interpolated(item, interpolation, problems, unset, (*path, key))
                for key, item in node.value.items()
            }
        )
    if isinstance(node.value, list):
        return node.with_value(
            [
                _interpolated(item, interpolation, problems, unset, (*path, str(index)))
                for index, item in enumerate(node.value)
            ]
        )
    if not isinstance(node.value, str):
        return node
    try:
        text = interpolation.substitute(node.value, lambda name: unset(name, node))
    except InterpolationError as error:
        place = f"{node.where}: {'.'.join(path)}"
        if interpolation.exhausted:
            raise ComposeError(f"{place}: {error}") from error
        problems.say(place, str(error))
        return node
    return node.with_value(cast_value(text, path))
