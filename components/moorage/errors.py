"""The exceptions whose text is for the user.

The command prints them in one place, the error and its hint, and ends with their exit code.
"""

from collections.abc import Iterable, Sequence

INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 and the number of SIGINT, as shells have it."""


class MoorageError(Exception):
    """A failure that the user can understand and act upon."""

    exit_code = 1
    """What the command ends with."""
    hint = ""
    """What to do, where the text does not say it."""

    def __init__(self, text: str, *, hint: str = "") -> None:
        """Keep the hint apart from the text."""
        super().__init__(text)
        if hint:
            self.hint = hint


class UsageError(MoorageError):
    """The command line or the project's settings are wrong."""

    exit_code = 2


class LocalError(MoorageError):
    """The local run cannot go on."""


class EvaluationError(MoorageError):
    """The program, or the project around it, could not be evaluated.

    `__cause__` holds the original exception with its traceback.
    """

    def __init__(self, message: str, lines: Sequence[str] = ()) -> None:
        """Add to the message the program's own lines that led there."""
        super().__init__("\n  ".join([message, *lines]))
        self.message = message


def no_such(what: str, name: str, names: Iterable[str]) -> str:
    """Return that a name is not one of `names`, with the nearest of them, else all."""
    import difflib

    known = sorted(names)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}"
    return f"there is no {what} {name!r}; {hint}"
