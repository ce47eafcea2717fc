"""The rows of a field table and what they consist of."""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from moorage.model.choices import PresetName
from moorage.model.presets import PRESETS
from moorage.model.problems import Problems

MOST = 2**31 - 1
"""The largest integer that AWS takes: the end of a range that has none of its own."""


class Range(NamedTuple):
    """The numbers that an argument can be, both ends included."""

    low: int
    high: int = MOST
    unit: str = ""
    """Such as `seconds`; a condition follows after a comma or a colon."""
    also: int | None = None
    """A number outside the range with a meaning of its own, which `unit` names."""

    def __str__(self) -> str:
        """Return the range in words."""
        end = "" if self.high == MOST else f" to {self.high}"
        return f"from {self.low}{end}{' ' + self.unit if self.unit else ''}"


class Form(NamedTuple):
    """The form of a string."""

    pattern: str
    """A regular expression for the whole string."""
    words: str
    """The form in words, as it goes on after "must be"."""


class Need(NamedTuple):
    """Another argument that this one needs."""

    path: str | tuple[str, ...]
    """One of several is enough. With a dot before it, it is in the same object."""
    values: tuple[str, ...] = ()
    """The values it needs; empty for any that is set and not false."""
    why: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The arguments of which one is enough."""
        return (self.path,) if isinstance(self.path, str) else self.path

    def __str__(self) -> str:
        """Return the need as it goes on after "needs"."""
        return any_of([path.removeprefix(".") for path in self.paths]) + _values(self.values)


class Exclude(NamedTuple):
    """Another argument that this one cannot be combined with."""

    path: str
    """As a `Need` has it."""
    values: tuple[str, ...] = ()
    """The values of it that exclude this one; empty for all but false."""
    why: str = ""
    """The effect of the other one, as it goes on after "which"."""

    def __str__(self) -> str:
        """Return the exclusion as it goes on after "cannot be combined with"."""
        which = f", which {self.why}" if self.why else ""
        return f"{self.path.removeprefix('.')}{_values(self.values)}{which}"


def any_of(words: Sequence[str]) -> str:
    """Return words as a choice: `a, b or c`."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _values(values: Sequence[str]) -> str:
    return f" {any_of(values)}" if values else ""


class PerPreset(NamedTuple):
    """A default that is an attribute of the preset."""

    attribute: str

    def of(self, preset: str) -> Any:
        """Return the default in a preset."""
        return getattr(PRESETS[preset], self.attribute)


def preset_words(default: PerPreset) -> str:
    """Return a default that differs between the presets."""
    values = {preset: default.of(preset) for preset in PresetName}
    if all(isinstance(value, bool) for value in values.values()):
        return " and ".join(f"in the preset `{preset}`" for preset, value in values.items() if value)
    (first, value), *others = values.items()
    return ", ".join([f"{value} in the preset `{first}`", *(f"{item} in `{name}`" for name, item in others)])


class Field(NamedTuple):
    """The row of one argument: all but its type and meaning, which its `TypedDict` gives."""

    default: Any = None
    """A plain value, `PerPreset` or `Derived`; None for an argument that is not set, `{}` for an object whose
    own fields have defaults."""
    words: str = ""
    """The default in words, where the value does not say it; `{}` stands for the value."""
    range: Range | None = None
    choices: type[StrEnum] | tuple[int, ...] | tuple[str, ...] | Mapping[str, Any] | None = None
    form: Form | None = None
    check: Callable[[str, Any, Problems], None] | None = None
    """A check of the value by itself, for rules that range, choices and form cannot express."""
    needs: tuple[Need, ...] = ()
    excludes: tuple[Exclude, ...] = ()
    secret: bool = False
    """True for a string that the schema marks as secret. Not for an object: packages would make one secret of
    it, of which nothing is known while one of its values is not."""

    @property
    def is_plain(self) -> bool:
        """True if only the type is checked."""
        own = (self.range, self.choices, self.form, self.check)
        return own == (None, None, None, None) and not self.needs and not self.excludes


Fields = Mapping[str, Field]
"""Rows by dotted path, with `[]` for the items of a list and `*` for those of an object with keys of the
user's: `health_check.interval`, `rules[].path`, `containers.*.image`."""

_HELD = re.compile(r"(\[\]|\.\*)?\.(?!\*)|(\[\]|\.\*)$")
"""The separator after an object or a list in the path of an argument in it."""

_OF_ITEMS = re.compile(r"(.*?)(?:\[\]|\.\*)(?:\.(.*))?")


class Items(NamedTuple):
    """The rows of the items of a list, or of an object with keys of the user's."""

    itself: Field | None
    """The row of an item that is not an object."""
    table: "Table"
    """The rows of an item that is an object."""


class Table:
    """The rows of a component, or of an object in its arguments."""

    def __init__(self, fields: Fields, preset: str = "preset") -> None:
        """Keep the rows, and those of the objects and lists that hold them; `preset` is the argument that
        names the preset."""
        holders = [path[: match.start()] for path in fields for match in _HELD.finditer(path)]
        self.fields = {**fields, **plain(*(path for path in holders if path not in fields))}
        self.preset = preset
        self.checked: dict[str, dict[str, Field]] = {}
        """The rows with something to check and without items, by top-level argument."""
        self.items: dict[str, Items] = {}
        """The rows of items, by the path of what holds them."""
        inner: dict[str, dict[str, Field]] = {}
        for path, field in fields.items():
            match = _OF_ITEMS.fullmatch(path)
            if match:
                inner.setdefault(match[1], {})[match[2] or ""] = field
            elif not field.is_plain:
                self.checked.setdefault(path.partition(".")[0], {})[path] = field
        for path, rows in inner.items():
            self.items[path] = Items(rows.pop("", None), Table(rows))


def plain(*names: str) -> dict[str, Field]:
    """Return the rows of arguments of which only the type is checked."""
    return dict.fromkeys(names, Field())


def within(path: str, fields: Fields) -> dict[str, Field]:
    """Return the rows of an object's own arguments under the path of the object."""
    return {f"{path}.{name}": field for name, field in fields.items()}
