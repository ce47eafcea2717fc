"""The text of an exception of a program: its message, and the program's own lines of the traceback."""

from pathlib import Path

import pulumi

from moorage.errors import EvaluationError

from .frames import own_lines

_WRAPPERS = ("While processing input: ", "While processing resource: ")


def evaluation_error(error: BaseException, folder: Path | None) -> EvaluationError:
    """Return the error that `evaluate` raises for an exception of the program.

    Args:
        error: the exception.
        folder: the project's folder; None for a function, whose lines are in the caller's traceback.
    """
    error = _unwrapped(error)
    return EvaluationError(_message(error), tuple(own_lines(error, folder)) if folder else ())


def _unwrapped(error: BaseException) -> BaseException:
    """Return the error about an input; the SDK wraps it, and adds the input."""
    # An exception that the SDK raises again may be its own cause; its context is still the first one.
    while str(error).startswith(_WRAPPERS) and error.__context__ not in (None, error):
        error = error.__context__
    return error


def _message(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        if isinstance(error.code, str):
            return error.code
        return f"The program called sys.exit({'' if error.code is None else error.code})"
    if isinstance(error, pulumi.InputPropertyError):
        return f"{error.property_path}: {error.reason}"
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    if text and isinstance(error, ValueError | pulumi.RunError | EvaluationError):
        return text
    kind = type(error).__name__
    return f"{kind}: {text}" if text else kind
