"""The arguments of a component by path, and dataclasses made of them."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, cast


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
    """Make a dataclass of the arguments of its fields' names, in the object `path`, and of the `others`."""
    names = [field.name for field in dataclasses.fields(cast("Any", kind)) if field.name not in others]
    return kind(**{name: values[path + name] for name in names}, **others)
