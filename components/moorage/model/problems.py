"""Problems of a component's arguments, which are collected and raised together."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from moorage.errors import MoorageError


class Problem(NamedTuple):
    """One problem of one argument."""

    field: str
    """The argument's path, such as `health_check.interval` or `rules[0].path`."""
    value: str | None
    """The value as it is shown, or None if no single value is wrong."""
    text: str
    """The rest of the message: what is wrong, what is allowed, what to do."""

    def __str__(self) -> str:
        """Return the problem in one line."""
        return ": ".join(part for part in self if part is not None)


class ArgumentsError(MoorageError, ValueError):
    """The arguments of a component are wrong; the text lists every problem, one per line."""

    def __init__(self, title: str, problems: tuple[Problem, ...]) -> None:
        """Keep the problems beside the text: the plugin reports them property by property."""
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        self.title = f"{title}: {count} in its arguments"
        self.problems = problems
        super().__init__("\n  - ".join([self.title, *map(str, problems)]))


class Problems:
    """The problems of one component's arguments.

    Checks add to it; `raise_if_any` raises one `ValueError` that lists them all, so that one run shows every
    mistake.
    """

    def __init__(self, component: str, name: str) -> None:
        """Start an empty list for the component `component` with the logical name `name`."""
        self._title = f"{component} {name!r}"
        # A dict for its order; the same problem is listed once.
        self._problems: dict[Problem, None] = {}

    def __iter__(self) -> Iterator[Problem]:
        """Yield each problem."""
        return iter(self._problems)

    def __len__(self) -> int:
        """Return the number of problems."""
        return len(self._problems)

    def add(self, field: str, value: Any, allowed: str) -> None:
        """Add the problem of a wrong `value` of `field`; `allowed` says what is allowed, or what to do."""
        self._problems[Problem(field, _shown(value), allowed)] = None

    def say(self, field: str, text: str) -> None:
        """Add a problem of `field` where no single value is wrong."""
        self._problems[Problem(field, None, text)] = None

    def concerns(self, field: str) -> bool:
        """Return whether a problem is about `field`, or about an argument in it."""
        return any(
            problem.field == field or problem.field.startswith((f"{field}.", f"{field}["))
            for problem in self._problems
        )

    def raise_if_any(self) -> None:
        """Raise the problems.

        Raises:
            ArgumentsError: there is a problem; the text lists them all.
        """
        if self._problems:
            raise ArgumentsError(self._title, tuple(self._problems))


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        # Numbers from other languages are floats.
        value = int(value)
    if isinstance(value, int) and value.bit_length() > 1024:
        # Python does not write out thousands of digits.
        return "a number of hundreds of digits"
    if isinstance(value, StrEnum):
        value = value.value
    # By its name: this package does not import Pulumi, and an Output's own text is an address in memory.
    text = "an Output" if type(value).__name__ == "Output" else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
