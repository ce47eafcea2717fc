"""The arguments of a component by path, and named tuples made of them."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar


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

    @property
    def preset(self) -> str:
        """Return the name of the preset."""
        ...


T = TypeVar("T")


def described(kind: type[T], values: Lookup, path: str = "", /, **others: Any) -> T:
    """Make a named tuple of the arguments of its fields' names, in the object `path`, and of the `others`."""
    make: Any = kind
    names = [name for name in make._fields if name not in others]
    return make(**{name: values[path + name] for name in names}, **others)
