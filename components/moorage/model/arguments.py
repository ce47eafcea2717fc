"""Checks of arguments against the `TypedDict` that declares them: unknown and missing keys, wrong types."""

import difflib
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from inspect import isawaitable
from typing import (
    Any,
    NamedTuple,
    NotRequired,
    Required,
    Union,
    cast,
    get_args,
    get_origin,
    is_typeddict,
)

from .problems import Problems
from .synonyms import of_another_component, same_meaning
from .texts import is_number, is_scalar, known_number, text_of, unusable

_FEW = 12
"""Arguments that a message lists."""

_TYPO = 0.7
"""The similarity of two names from which one is taken for the other, mistyped."""
_SAME = 0.9
"""The similarity of two names without underscores that are the same name."""

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_BOOLEANS = {"true": True, "false": False}

opener: ContextVar[Callable[[Any], Any] | None] = ContextVar("moorage_opener", default=None)
"""Returns the value of an Output that is known before any resource, else the Output."""

watcher: ContextVar[Callable[[str, Any], Any] | None] = ContextVar("moorage_watcher", default=None)
"""Is called with the name and the arguments of each component, and returns the arguments to use: `moorage
plan --explain` records them."""

Steps = tuple[str | int, ...]
"""The keys and indexes of a value in the arguments of a component."""


class Origin(NamedTuple):
    """The origin of an argument that a component gives another one inside it."""

    place: str = ""
    """A line of a file, such as `compose.yaml:13`."""
    argument: Steps = ()
    """The argument of the outer component, if it is not from a file."""


class Inner(dict[str, Any]):
    """The arguments that a component gives another one inside it, for `watcher`."""

    def __init__(self, args: Mapping[str, Any], origin: Callable[[Steps], Origin | None]) -> None:
        """Keep the arguments; `origin` returns that of one, None for what the outer component decides."""
        super().__init__(args)
        self.origin = origin


def written_path(steps: Sequence[str | int]) -> str:
    """Return keys and indexes as a path, such as `ports[0].port`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


_WRONG: Any = object()
"""Stands for a value of another type than declared."""


class _Key(NamedTuple):
    type: Any
    required: bool


@cache
def _keys(declaration: type) -> dict[str, _Key]:
    required = cast("tuple[str, ...]", getattr(declaration, "__required_keys__", ()))
    # As written: Pulumi's Input has forward references that resolve only in its own module.
    hints = inspect.get_annotations(declaration)
    return {name: _Key(_unwrapped(hint), name in required) for name, hint in hints.items()}


def _unwrapped(hint: Any) -> Any:
    while get_origin(hint) in (NotRequired, Required):
        hint = get_args(hint)[0]
    return hint


def check_arguments(
    declaration: type, args: Mapping[str, Any], problems: Problems, where: str = ""
) -> dict[str, Any]:
    """Check `args` against the keys and plain types of the `TypedDict` `declaration`.

    An `Input[...]` may be anything that Pulumi can resolve; a plain value in it is checked like any other. A
    whole `float` is accepted as an `int`: numbers from other languages are floats.

    Returns:
        The arguments that are set and have the declared types, with numbers as `int`. A nested object is in
        it without its wrong keys, unless one of them is required.
    """
    keys = _keys(declaration)
    good: dict[str, Any] = {}
    for name in cast("Mapping[Any, Any]", args):
        if not isinstance(name, str):
            problems.say(where.rstrip(".") or "arguments", f"the key {name!r} must be a string")
        elif name not in keys:
            problems.say(f"{where}{name}", f"unknown argument; {_nearest(name, declaration)}")
    for name, key in keys.items():
        if args.get(name) is not None:
            value = _checked(key.type, args[name], problems, f"{where}{name}")
            if value is not _WRONG:
                good[name] = value
        elif key.required:
            problems.say(f"{where}{name}", "is required")
    return good


def _nearest(name: str, declaration: type) -> str:
    """Return the argument that an unknown one may be: one that means the same, or is written almost so."""
    keys = [*_keys(declaration)]
    if meant := same_meaning(name, keys):
        return f"did you mean {meant!r}?"
    if (elsewhere := of_another_component(name)) and elsewhere[1] != declaration.__name__.removesuffix(
        "Args"
    ):
        return f"{elsewhere[0]!r} is an argument of {elsewhere[1]}"
    near = difflib.get_close_matches(name, [key for key in keys if _begin_alike(name, key)], 1, _TYPO)
    if near:
        return f"did you mean {near[0]!r}?"
    if len(keys) <= _FEW:
        return f"must be one of {', '.join(keys)}"
    return f"docs/reference lists all of {declaration.__name__}"


def _begin_alike(name: str, key: str) -> bool:
    """Return whether two names may be one that is mistyped.

    With another first word they mean something else: `timeout` is not `stop_timeout`.
    """
    pairs = (name.partition("_")[0], key.partition("_")[0]), (name.replace("_", ""), key.replace("_", ""))
    first, joined = (difflib.SequenceMatcher(None, *pair).ratio() for pair in pairs)
    return first >= _TYPO or joined >= _SAME


def _checked(expected: Any, value: Any, problems: Problems, where: str) -> Any:
    """Return `value` as declared, or `_WRONG`."""
    if get_origin(expected) is Union:
        if _is_for_pulumi(value):
            return value
        expected = get_args(expected)[0]
        if expected is str and not isinstance(value, str):
            # Not shown: it may be meant as a secret.
            problems.say(where, "must be a string")
            return _WRONG
    elif hasattr(value, "apply") and (open_ := opener.get()):
        value = open_(value)
    if isinstance(value, str) and (wrong := unusable(value)):
        # Not shown: it may be a secret.
        problems.say(where, wrong)
        return _WRONG
    if is_typeddict(expected):
        keys = _keys(expected)
        if not isinstance(value, Mapping):
            return _wrong(problems, where, value, f"must be an object with the keys {', '.join(keys)}")
        good = check_arguments(expected, cast("Mapping[str, Any]", value), problems, f"{where}.")
        return good if all(name in good for name, key in keys.items() if key.required) else _WRONG
    origin = get_origin(expected)
    if origin in (list, Sequence):
        if not isinstance(value, list):
            return _wrong(problems, where, value, "must be a list")
        items = [
            _checked(get_args(expected)[0], item, problems, f"{where}[{index}]")
            for index, item in enumerate(cast("list[Any]", value))
        ]
        return _WRONG if any(item is _WRONG for item in items) else items
    if origin is dict:
        if not isinstance(value, Mapping):
            return _wrong(problems, where, value, "must be an object")
        of = get_args(expected)[1]
        pairs = {
            key: _checked(of, _text_in(of, item), problems, f"{where}.{key}")
            for key, item in cast("Mapping[str, Any]", value).items()
            if _is_key(key, problems, where)
        }
        return {key: item for key, item in pairs.items() if item is not _WRONG}
    return _plain(expected, value, problems, where)


def _plain(expected: Any, value: Any, problems: Problems, where: str) -> Any:
    """Return a boolean, a number or a string as declared, also from a string that spells it."""
    if expected is bool and not isinstance(value, bool):
        if isinstance(value, str) and value in _BOOLEANS:
            return _BOOLEANS[value]
        return _wrong(problems, where, value, "must be true or false")
    if expected is int:
        number = known_number(value)
        if number is None:
            return _wrong(problems, where, value, "must be an integer")
        return number
    if expected is float:
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return float(value)
        if not is_number(value):
            return _wrong(problems, where, value, "must be a number")
        return float(value)
    if isinstance(expected, type) and issubclass(expected, str) and not isinstance(value, str):
        return _wrong(problems, where, value, "must be a string")
    return cast("Any", value)


def _text_in(expected: Any, value: Any) -> Any:
    """Return a value of an object of strings: a number or a boolean as text."""
    is_text = expected is str or (get_origin(expected) is Union and get_args(expected)[0] is str)
    return text_of(value) if is_text and is_scalar(value) else value


def _known(value: Any) -> str:
    """Return what to add for an Output, which an argument does not take that decides which resources there
    are."""
    if not _is_for_pulumi(value):
        return ""
    return (
        "; it decides which resources there are, and must be known before they exist: pass a plain value, or "
        "an output of a StackReference that is not secret"
    )


def _is_for_pulumi(value: Any) -> bool:
    """Return whether Pulumi resolves a value: an Output, an awaitable or an unknown."""
    return hasattr(value, "apply") or isawaitable(value) or type(value).__name__ == "Unknown"


def _is_key(key: Any, problems: Problems, where: str) -> bool:
    if isinstance(key, str) and not unusable(key):
        return True
    problems.say(where, f"the key {key!r} must be a string of valid Unicode without NUL")
    return False


def _wrong(problems: Problems, where: str, value: Any, allowed: str) -> Any:
    problems.add(where, value, f"{allowed}{_known(value)}")
    return _WRONG


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object as it is; an empty one for everything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects in a list."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def one_of(field: str, value: Any, allowed: tuple[str | int, ...], problems: Problems) -> None:
    """Check that a string or an integer is one of `allowed`; suggest the nearest."""
    if isinstance(value, str | int) and value not in allowed:
        words = [str(item) for item in allowed]
        near = difflib.get_close_matches(value, words, n=1) if isinstance(value, str) else []
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        problems.add(field, value, f"must be one of {', '.join(words)}{hint}")


def in_range(field: str, value: Any, low: int, high: int, problems: Problems, unit: str = "") -> None:
    """Check that a number is from `low` to `high`; other types are skipped."""
    if isinstance(value, int | float) and not isinstance(value, bool) and not low <= value <= high:
        problems.add(field, value, f"must be from {low} to {high}{' ' + unit if unit else ''}")
