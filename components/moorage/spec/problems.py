"""Collecting everything that is wrong with a component's arguments, to raise it at once."""

from typing import Any


class Problems:
    """What is wrong with the arguments of one component.

    Checks add to it; `raise_if_any` ends them with one `ValueError` that lists every problem, so a person
    mends a config in one go instead of one `up` per mistake.
    """

    def __init__(self, component: str, name: str) -> None:
        """Start an empty list for the component `component` with the logical name `name`."""
        self._title = f"{component} {name!r}"
        self._lines: list[str] = []

    def __len__(self) -> int:
        """Return how many problems there are."""
        return len(self._lines)

    def add(self, field: str, value: Any, allowed: str) -> None:
        """Say that `field` has a `value` that cannot be, and what is `allowed` or to do instead."""
        line = f"{field}: {_shown(value)}: {allowed}"
        if line not in self._lines:
            self._lines.append(line)

    def say(self, field: str, text: str) -> None:
        """Say what is wrong with `field` where no single value is to blame."""
        line = f"{field}: {text}"
        if line not in self._lines:
            self._lines.append(line)

    def raise_if_any(self) -> None:
        """End the checks.

        Raises:
            ValueError: a problem was added; the text lists them all.
        """
        if not self._lines:
            return
        count = "1 problem" if len(self._lines) == 1 else f"{len(self._lines)} problems"
        raise ValueError("\n  - ".join([f"{self._title}: {count} in its arguments", *self._lines]))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
