"""The arguments of a component by path, and named tuples made of them."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, get_origin


class Lookup(Protocol):
    """The arguments of one component, by path."""

    def __getitem__(self, path: str) -> Any:
        """Return an argument as given, or by default."""
        ...

    def given(self, path: str) -> Any:
        """Return an argument as it is given; None when it is not."""
        ...

    def inner(self, path: str) -> "Sequence[Lookup]":
        """Return the objects in a list, each with its own defaults."""
        ...


T = TypeVar("T")


def described(kind: type[T], values: Lookup, path: str = "", /, **others: Any) -> T:
    """Make a named tuple of the arguments of its fields' names, in the object `path`, and of the `others`.

    An argument that is not set gets the default of its field, or an empty tuple.
    """
    make: Any = kind
    for name in make._fields:
        if name in others:
            continue
        value = values[path + name]
        if get_origin(make.__annotations__[name]) is tuple:
            others[name] = tuple(value or ())
        elif value is not None or name not in make._field_defaults:
            others[name] = value
    return make(**others)


def described_if_given(kind: type[T], values: Lookup, path: str) -> T | None:
    """Make a named tuple of the object `path`; None if it is not given."""
    return None if values.given(path) is None else described(kind, values, f"{path}.")


def described_each(kind: type[T], values: Lookup, path: str) -> tuple[T, ...]:
    """Make a named tuple of each object in the list `path`."""
    return tuple(described(kind, item) for item in values.inner(path))
