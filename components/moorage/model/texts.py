"""Numbers and booleans as the strings that ECS takes."""

import re
import sys
from typing import Any, TypeGuard

_INTEGER = re.compile("-?[0-9]{1,15}")
"""An integer as configuration has it."""

_HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which is not valid UTF-8; text that was read in another encoding has it."""

_EXACT = 10**15
"""Below it a float has all digits of an integer."""


def is_number(value: Any) -> TypeGuard[int | float]:
    """Return whether the engine accepts a value as a number: a finite double."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -sys.float_info.max <= value <= sys.float_info.max


def is_scalar(value: Any) -> TypeGuard[str | int | float]:
    """Return whether a value is a string, a boolean or a number, which `text_of` writes as a string."""
    return isinstance(value, str | bool) or is_number(value)


def text_of(value: str | float) -> str:
    """Return a string, a boolean or a number as Docker Compose passes it to a container.

    `8080.0` is `8080`, because numbers from other languages are floats.
    """
    if isinstance(value, bool):
        return str(value).lower()
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _EXACT
    return str(int(value)) if whole else str(value)


def unusable(text: str) -> str:
    """Return what is wrong with the characters of a string; empty if nothing is."""
    if _HALF.search(text):
        return "must be valid Unicode; it has half of a surrogate pair"
    return "must not have the character NUL, which ends a string in Linux" if "\0" in text else ""


def known_number(value: Any) -> int | None:
    """Return a value as an integer, also if it is one as a string; None if it is not."""
    if isinstance(value, str):
        return int(value) if _INTEGER.fullmatch(value) else None
    return int(value) if is_number(value) and float(value).is_integer() else None


def known_text(value: Any) -> str:
    """Return the value of an Output as a string.

    Raises:
        ValueError: it is not a string, a boolean or a number, or has a character that no string can have; the
            value is not shown, it may be secret.
    """
    if not is_scalar(value):
        raise ValueError(
            f"must be a string, a number or a boolean, and is of type {type(value).__name__}; "
            "pulumi.Output.json_dumps makes a string of an object"
        )
    if isinstance(value, str) and (wrong := unusable(value)):
        raise ValueError(wrong)
    return text_of(value)
