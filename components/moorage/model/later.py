"""Stand-ins for values that are known only once resources exist."""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from .texts import known_text

# Two characters of Unicode's private use area, which no argument has.
_MARK = re.compile("\ue000([^\ue001]*)\ue001")


def later(key: str) -> str:
    """Return the string that stands for the value `key`."""
    return f"\ue000{key}\ue001"


def is_later(text: str) -> bool:
    """Return whether a string holds a stand-in."""
    return "\ue000" in text


def key_of(text: str) -> str:
    """Return the key of a string that is one stand-in.

    Raises:
        ValueError: it is not.
    """
    match = _MARK.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a stand-in")
    return match[1]


def keys_in(value: Any) -> set[str]:
    """Return the keys of all stand-ins in a value of objects, lists and strings."""
    keys: set[str] = set()
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            keys.update(_MARK.findall(item) if is_later(item) else ())
        elif isinstance(item, dict):
            waiting += cast("dict[str, Any]", item).values()
        elif isinstance(item, list | tuple):
            waiting += cast("list[Any]", item)
    return keys


def filled(value: Any, values: Mapping[str, Any]) -> Any:
    """Return a value of objects, lists and strings with its stand-ins replaced.

    Raises:
        ValueError: the value of a stand-in is not a string, a number or a boolean; the text has its key.
    """
    return _replaced(value, lambda mark: _text(mark, values))


def estimated(value: Any, text: str) -> Any:
    """Return a value of objects, lists and strings with a text for each stand-in."""
    return _replaced(value, lambda _: text)


def _replaced(value: Any, replacement: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(value, str):
        return _MARK.sub(replacement, value) if is_later(value) else value
    if isinstance(value, dict):
        return {key: _replaced(item, replacement) for key, item in cast("dict[str, Any]", value).items()}
    return [_replaced(item, replacement) for item in value] if isinstance(value, list) else value  # pyright: ignore


def _text(mark: re.Match[str], values: Mapping[str, Any]) -> str:
    try:
        return known_text(values.get(mark[1], mark[0]))
    except ValueError as error:
        raise ValueError(f"{mark[1]}: {error}") from None
