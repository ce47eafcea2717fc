"""Exceptions whose text is for the user.

The command prints the error and its hint in one place, and exits with its exit code.
"""

from collections.abc import Iterable, Mapping, Sequence

INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 plus the number of SIGINT, as in shells."""


class MoorageError(Exception):
    """A failure that the user can understand and act on."""

    exit_code = 1
    """The exit code of the command."""
    hint = ""
    """What to do, if the text does not say it."""

    def __init__(self, text: str, *, hint: str = "") -> None:
        """Set the text and its hint."""
        super().__init__(text)
        if hint:
            self.hint = hint


EXTRAS: Mapping[str, Sequence[str]] = {
    "compose": ("check_jsonschema", "jsonschema"),
    "local": ("aiohttp", "cryptography", "h2", "psutil", "trustme", "watchfiles"),
    "policy": ("pulumi_policy",),
}
"""The modules that each extra of the distribution installs."""


def require_extra(extra: str, feature: str) -> None:
    """Check that an extra is installed, without importing its modules.

    Raises:
        MoorageError: a module is missing; the text begins with `feature`.
    """
    from importlib.util import find_spec

    if any(find_spec(module) is None for module in EXTRAS[extra]):
        raise MoorageError(
            f"{feature} requires the extra moorage[{extra}]", hint=f"pip install 'moorage[{extra}]'"
        )


class UsageError(MoorageError):
    """The command line or the project's settings are wrong."""

    exit_code = 2


class LocalError(MoorageError):
    """The local run cannot continue."""


class EvaluationError(MoorageError):
    """The program, or the project around it, could not be evaluated.

    `__cause__` holds the original exception with its traceback.
    """

    def __init__(self, message: str, lines: Sequence[str] = ()) -> None:
        """Add the program's own lines of the traceback to the message."""
        super().__init__("\n  ".join([message, *lines]))
        self.message = message


def no_such(what: str, name: str, names: Iterable[str]) -> str:
    """Return the message that a name is not one of `names`, with the closest one, else all."""
    import difflib

    allowed = sorted(names)
    closest = difflib.get_close_matches(name, allowed, n=1)
    listed = f"must be one of {', '.join(allowed)}" if allowed else "there are none"
    hint = f"did you mean {closest[0]}?" if closest else listed
    return f"unknown {what} {name!r}; {hint}"
