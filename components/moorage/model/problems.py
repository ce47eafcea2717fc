"""Collecting everything that is wrong with a component's arguments, to raise it at once."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from moorage.errors import MoorageError


class Problem(NamedTuple):
    """One thing that is wrong with one argument."""

    field: str
    """The argument's path, such as `health_check.interval` or `rules[0].path`."""
    value: str | None
    """The value as a person reads it, or None where no single value is to blame."""
    text: str
    """What is allowed, or to do instead."""

    def __str__(self) -> str:
        """Return the problem in one line."""
        return ": ".join(part for part in self if part is not None)


class ArgumentsError(MoorageError, ValueError):
    """A component's arguments are wrong; its text lists every problem, one per line."""

    def __init__(self, title: str, problems: tuple[Problem, ...]) -> None:
        """Keep the problems beside the text: the plugin hands them to the engine property by property."""
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        self.title = f"{title}: {count} in its arguments"
        self.problems = problems
        super().__init__("\n  - ".join([self.title, *map(str, problems)]))


class Problems:
    """What is wrong with the arguments of one component.

    Checks add to it; `raise_if_any` ends them with one `ValueError` that lists every problem, so a person
    mends a config in one go instead of one `up` per mistake.
    """

    def __init__(self, component: str, name: str) -> None:
        """Start an empty list for the component `component` with the logical name `name`."""
        self._title = f"{component} {name!r}"
        # A dict for its order; the same problem is said once.
        self._problems: dict[Problem, None] = {}

    def __iter__(self) -> Iterator[Problem]:
        """Yield each problem."""
        return iter(self._problems)

    def __len__(self) -> int:
        """Return how many problems there are."""
        return len(self._problems)

    def add(self, field: str, value: Any, allowed: str) -> None:
        """Say that `field` has a `value` that cannot be, and what is `allowed` or to do instead."""
        self._problems[Problem(field, _shown(value), allowed)] = None

    def say(self, field: str, text: str) -> None:
        """Say what is wrong with `field` where no single value is to blame."""
        self._problems[Problem(field, None, text)] = None

    def concerns(self, field: str) -> bool:
        """Return whether a problem is about `field`, or about something in it."""
        return any(
            problem.field == field or problem.field.startswith((f"{field}.", f"{field}["))
            for problem in self._problems
        )

    def raise_if_any(self) -> None:
        """End the checks.

        Raises:
            ArgumentsError: a problem was added; the text lists them all.
        """
        if self._problems:
            raise ArgumentsError(self._title, tuple(self._problems))


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        # From other languages every number arrives as a float.
        value = int(value)
    if isinstance(value, int) and value.bit_length() > 1024:
        # Python does not write out thousands of digits.
        return "a number of hundreds of digits"
    if isinstance(value, StrEnum):
        value = value.value
    # By its name: this package knows no Pulumi, and an Output's own text is an address in memory.
    text = "an Output" if type(value).__name__ == "Output" else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
