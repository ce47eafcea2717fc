"""Values of inputs, with the provider's defaults and `UNKNOWN`.

UNKNOWN is a value that a preview does not know yet, that is decided outside the stack, or that has the wrong
type.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TypeVar, cast

from moorage.offline import UNKNOWN, Resource, Unknown, values
from moorage.offline.values import Json, entries

Known = TypeVar("Known")
Default = TypeVar("Default")
Kind = TypeVar("Kind", bound=StrEnum)


def number(
    value: Any, default: Default, read: Callable[[Any], int | None] = values.number
) -> int | Default | Unknown:
    """Return an integer, as `read` reads it."""
    if value is None:
        return default
    integer = read(value)
    return UNKNOWN if integer is None else integer


def text(value: Any, default: Default) -> str | Default | Unknown:
    """Return a string."""
    if value is None:
        return default
    return value if isinstance(value, str) else UNKNOWN


def flag(value: Any, default: Default) -> bool | Default | Unknown:
    """Return a boolean, which can also be a string."""
    if value is None or value == "":
        return default
    return {"true": True, "false": False}.get(str(value).lower(), UNKNOWN)


def member(kind: type[Kind], value: Any, default: Default) -> Kind | Default | Unknown:
    """Return the member of an enumeration with a value."""
    if value is None:
        return default
    return next((item for item in kind if item.value == value), UNKNOWN)


def count(value: Any, default: Default) -> int | Default | Unknown:
    """Return the length of a list."""
    if value is None:
        return default
    return len(cast("list[Any]", value)) if isinstance(value, list) else UNKNOWN


def total(numbers: Iterable[int | Unknown]) -> int | Unknown:
    """Return a sum."""
    subtotal = 0
    for number in numbers:
        if number is UNKNOWN:
            return UNKNOWN
        subtotal += number
    return subtotal


def known(value: Known | Unknown) -> Known | None:
    """Return a value; None if unknown."""
    return None if value is UNKNOWN else value


def plain(value: Any) -> str:
    """Return a string or number as a string; empty for secrets, unknown values and None."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else ""


def within(value: Any, *path: str | int) -> Any:
    """Return the value at a path of keys and indexes; UNKNOWN below an unknown one, None if it is not set."""
    for step in path:
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(step, int):
            elements = cast("list[Any]", value) if isinstance(value, list) else []
            value = elements[step] if step < len(elements) else None
        else:
            value = values.mapping(value).get(step)
    return value


def partly_unknown(value: Any) -> bool:
    """Return whether a list, or one of its elements, is unknown."""
    return value is UNKNOWN or (isinstance(value, list) and UNKNOWN in cast("list[Any]", value))


def first(value: Any) -> Json:
    """Return the first mapping of a list, or an empty one."""
    return next(iter(entries(value)), Json())


def physical(resource: Resource) -> str:
    """Return the physical name of a resource, else its logical name."""
    return plain(resource.outputs.get("name")) or resource.name
