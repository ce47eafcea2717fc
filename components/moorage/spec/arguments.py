"""Checking a dict of arguments against the `TypedDict` that declares them: unknown keys, missing keys, wrong
types."""

import difflib
import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, NotRequired, Required, cast, get_args, get_origin, is_typeddict

from .problems import Problems


class _Key(NamedTuple):
    type: Any
    required: bool


@cache
def _keys(declaration: type) -> dict[str, _Key]:
    required = cast("frozenset[str]", getattr(declaration, "__required_keys__", frozenset()))
    # As written: Pulumi's Input holds forward references that only resolve in its own module.
    hints = inspect.get_annotations(declaration)
    return {name: _Key(_unwrapped(hint), name in required) for name, hint in hints.items()}


def _unwrapped(hint: Any) -> Any:
    while get_origin(hint) in (NotRequired, Required):
        hint = get_args(hint)[0]
    return hint


def check_arguments(
    declaration: type, args: Mapping[str, Any], problems: Problems, where: str = ""
) -> dict[str, Any]:
    """Check `args` against the keys and plain types that the `TypedDict` `declaration` gives.

    Only plain annotations (`str`, `int`, `bool`, lists, dicts, nested `TypedDict`s) are checked for their
    type; an `Input[...]` may hold anything Pulumi can resolve. A whole `float` passes as an `int`, because
    that is how numbers arrive from other languages.

    Returns:
        The arguments that are as declared and set, so that further checks need not ask for types again.
    """
    keys = _keys(declaration)
    good: dict[str, Any] = {}
    for name in args:
        if name not in keys:
            near = difflib.get_close_matches(name, keys, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(keys)}"
            problems.say(f"{where}{name}", f"there is no such argument; {hint}")
    for name, key in keys.items():
        if args.get(name) is not None:
            before = len(problems)
            _check_type(key.type, args[name], problems, f"{where}{name}")
            if len(problems) == before:
                good[name] = args[name]
        elif key.required:
            problems.say(f"{where}{name}", "is required")
    return good


def _check_type(expected: Any, value: Any, problems: Problems, where: str) -> None:
    if is_typeddict(expected):
        if isinstance(value, Mapping):
            check_arguments(expected, cast("Mapping[str, Any]", value), problems, f"{where}.")
        else:
            problems.add(where, value, f"must be a dict with the keys {', '.join(_keys(expected))}")
        return
    origin = get_origin(expected)
    if origin is list:
        if not isinstance(value, list):
            problems.add(where, value, "must be a list")
            return
        for index, item in enumerate(cast("list[Any]", value)):
            _check_type(get_args(expected)[0], item, problems, f"{where}[{index}]")
    elif origin is dict:
        if not isinstance(value, Mapping):
            problems.add(where, value, "must be a dict")
            return
        for key, item in cast("Mapping[str, Any]", value).items():
            _check_type(get_args(expected)[1], item, problems, f"{where}.{key}")
    elif expected is bool:
        if not isinstance(value, bool):
            problems.add(where, value, "must be true or false")
    elif expected is int:
        if isinstance(value, bool) or not isinstance(value, int | float) or int(value) != value:
            problems.add(where, value, "must be a whole number, known when the program runs")
    elif expected is str and not isinstance(value, str):
        problems.add(where, value, "must be a text, known when the program runs")


def whole(value: Any, default: int) -> int:
    """Return `value` as an `int` (numbers arrive as floats from other languages), or `default` when it is not
    set."""
    return default if value is None else int(value)


def one_of(field: str, value: Any, allowed: tuple[str, ...], problems: Problems) -> None:
    """Say so when `value` is a text that is not one of `allowed`, naming the nearest."""
    if isinstance(value, str) and value not in allowed:
        near = difflib.get_close_matches(value, allowed, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        problems.add(field, value, f"must be one of {', '.join(allowed)}{hint}")


def in_range(field: str, value: Any, low: int, high: int, problems: Problems, unit: str = "") -> None:
    """Say so when the number `value` is outside `low` to `high`; what is no number is another check's."""
    if isinstance(value, int | float) and not isinstance(value, bool) and not low <= value <= high:
        problems.add(field, value, f"must be from {low} to {high}{' ' + unit if unit else ''}")
