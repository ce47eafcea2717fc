"""Arguments of instructions: arrays, words and pairs."""

import json
import re
from typing import NoReturn, cast

BLANKS = re.compile(r"[\t\v\f\r ]+")


def array(text: str) -> list[str] | None:
    """Return the strings of a JSON array; None if the text is not one.

    Raises:
        ValueError: an item is not a string.
    """
    if not text.startswith("["):
        return None
    try:
        values = json.loads(text, parse_constant=_refuse)
    except ValueError:
        return None
    if not all(isinstance(value, str) for value in values):
        raise ValueError("an array must have only strings")
    return cast("list[str]", values)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def listed(text: str) -> list[str]:
    """Return the strings of an array, or words, such as the sources and the destination of COPY.

    Raises:
        ValueError: an item of an array is not a string.
    """
    values = array(text)
    return values if values is not None else separated(text)


def separated(text: str) -> list[str]:
    """Return the words between blanks; quotes mean nothing."""
    return BLANKS.split(text) if text else []


def words(text: str, escape: str) -> list[str]:
    """Return words, with their quotes and escapes; blanks in them are quoted or escaped."""
    escape = re.escape(escape)
    escaped = rf"{escape}."
    single = r"'[^']*(?:'|\Z)"
    double = rf'"(?:{escaped}|[^"{escape}])*(?:"|(?={escape}?\Z))'
    return re.findall(rf"""(?s)(?:{escaped}|{single}|{double}|[^\s'"{escape}])+""", text)


def pairs(text: str, instruction: str, escape: str) -> list[tuple[str, str]]:
    """Return names and values of ENV or LABEL: `A=1 B="two words"`, or the old form `A 1`.

    Raises:
        ValueError: a word is not a pair.
    """
    assignments = words(text, escape)
    if assignments and "=" not in assignments[0]:
        name, *value = BLANKS.split(text, maxsplit=1)
        if not value:
            raise ValueError(f"{instruction} must have two arguments: {instruction} {name}=value")
        return [(name, value[0])]
    for word in assignments:
        if "=" not in word:
            wrong = f"{instruction}: {word!r} has no =; write name=value, and quote a value with spaces"
            raise ValueError(wrong)
    return [(name, value) for name, _, value in (word.partition("=") for word in assignments)]
