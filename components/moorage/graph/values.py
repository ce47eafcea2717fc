"""Values of inputs: the provider's default where they are not set, and `UNKNOWN` where they are not known.

UNKNOWN stands for everything that cannot be told from the program: a value that a preview does not know yet,
one that is decided outside of the stack, and one of another type than the provider takes.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from moorage.offline import UNKNOWN, Resource, Unknown, values
from moorage.offline.values import Json, entries

Known = TypeVar("Known")
Default = TypeVar("Default")
Kind = TypeVar("Kind", bound=StrEnum)


def number(value: Any, default: Default) -> int | Default | Unknown:
    """Return a whole number."""
    if value is None:
        return default
    found = values.number(value)
    return UNKNOWN if found is None else found


def text(value: Any, default: Default) -> str | Default | Unknown:
    """Return a text."""
    if value is None:
        return default
    return value if isinstance(value, str) else UNKNOWN


def flag(value: Any, default: Default) -> bool | Default | Unknown:
    """Return a truth value, which may be written as a text."""
    if value is None or value == "":
        return default
    return {"true": True, "false": False}.get(str(value).lower(), UNKNOWN)


def member(kind: type[Kind], value: Any, default: Default) -> Kind | Default | Unknown:
    """Return the member of an enumeration that a text stands for."""
    if value is None:
        return default
    return next((each for each in kind if each.value == value), UNKNOWN)


def total(numbers: Iterable[int | Unknown]) -> int | Unknown:
    """Return a sum."""
    found = 0
    for number in numbers:
        if number is UNKNOWN:
            return UNKNOWN
        found += number
    return found


def known(value: Known | Unknown) -> Known | None:
    """Return a value, None where it is not known."""
    return None if value is UNKNOWN else value


def plain(value: Any) -> str:
    """Return a text or number as text; empty for what is secret, not known or not set."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else ""


def first(value: Any) -> Json:
    """Return the first mapping of a list, or an empty one."""
    return next(iter(entries(value)), Json())


def physical(resource: Resource) -> str:
    """Return the name AWS knows a resource by, or its logical name."""
    return plain(resource.outputs.get("name")) or resource.name
