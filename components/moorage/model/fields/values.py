"""A component's arguments with the defaults of its field table."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from moorage.model.presets import DEFAULT_PRESET, PRESETS

from .field import Exclude, Need, PerPreset, Table


class Values:
    """The arguments of one component, by dotted path: as given, else the default."""

    def __init__(self, table: Table, args: Mapping[str, Any], preset: str | None = None) -> None:
        """Keep the arguments; `preset` replaces the one that they name."""
        self.table = table
        self.args = args
        named = preset or self.given(table.preset)
        self._preset = str(named) if named in PRESETS else DEFAULT_PRESET

    @property
    def preset(self) -> str:
        """The preset of the defaults."""
        return self._preset

    def given(self, path: str) -> Any:
        """Return an argument as it is given; None when it is not."""
        if "." not in path:
            return self.args.get(path)
        parent, _, name = path.rpartition(".")
        holder = self.given(parent)
        return cast("dict[str, Any]", holder).get(name) if isinstance(holder, dict) else None

    def has(self, path: str) -> bool:
        """Return whether an argument is given, and not as false."""
        return _is_set(self.given(path))

    def __getitem__(self, path: str) -> Any:
        """Return an argument as given, or by default; a choice as a member of its enumeration.

        The value of a wrong choice is the default.
        """
        choices, value = self.table.fields[path].choices, self.given(path)
        if value is None or (choices is not None and value not in list(choices)):
            value = self.default(path)
        return choices(value) if isinstance(choices, type) and value is not None else value

    def inner(self, path: str) -> "list[Values]":
        """Return the objects in a list, each with the defaults of its own rows."""
        return [Values(self.table.items[path].table, item) for item in self.given(path) or ()]

    def default(self, path: str) -> Any:
        """Return the default of an argument."""
        default = self.table.fields[path].default
        if isinstance(default, PerPreset):
            return default.of(self.preset)
        return default.value(self) if isinstance(default, Derived) else default

    def applies(self, path: str) -> bool:
        """Return whether an argument has an effect beside the others, or is off."""
        parent = path.rpartition(".")[0]
        if parent:
            holder = self.given(parent)
            if not (isinstance(holder, Mapping) or (holder is None and self.default(parent) == {})):
                return False
            if not self.applies(parent):
                return False
        field = self.table.fields[path]
        return self[path] is False or (
            all(self.meets(need, parent) for need in field.needs)
            and not any(self.excluded(other, parent) for other in field.excludes)
        )

    def meets(self, need: Need, parent: str = "") -> bool:
        """Return whether a need of an argument in the object `parent` is met."""
        values = [self[path] for path in absolute(need.paths, parent)]
        if need.values:
            return any(value in need.values for value in values)
        return any(map(_is_set, values))

    def excluded(self, other: Exclude, parent: str = "") -> bool:
        """Return whether another argument excludes one in the object `parent`."""
        (path,) = absolute((other.path,), parent)
        return self[path] in other.values if other.values else self.has(path)

    def defaults(self) -> Iterator[tuple[str, Any]]:
        """Yield the arguments that are not given and have an effect, with their defaults."""
        for path in self.table.fields:
            if "[]" in path or "*" in path or self.given(path) is not None or not self.applies(path):
                continue
            value = self.default(path)
            if value is not None and value != {}:
                yield path, value


class Derived:
    """A default that follows from other arguments."""

    def __init__(self, value: Callable[[Values], Any]) -> None:
        """Keep the function of the component's arguments."""
        self.value = value


def absolute(paths: Iterable[str], parent: str) -> list[str]:
    """Return paths as in the table; those with a dot before them are in the object `parent`."""
    before = f"{parent}." if parent else ""
    return [before + path[1:] if path.startswith(".") else path for path in paths]


def _is_set(value: Any) -> bool:
    return value is not None and value is not False
