"""The text of an exception of a program: its message, and the program's own lines of the traceback."""

import os
import sys
import traceback
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pulumi

from moorage.errors import EvaluationError

_WRAPPERS = ("While processing input: ", "While processing resource: ")


def evaluation_error(error: BaseException, folder: Path | None) -> EvaluationError:
    """Return the error that `evaluate` raises for an exception of the program in `folder`.

    `folder` is None for a function, whose lines are in the caller's traceback.
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


_SHOWN = 10
"""Maximum lines of the program that are shown; of more, the first and the last ones."""

_LIBRARIES = tuple(
    os.path.dirname(str(module.__file__)) + os.sep for module in (sys.modules["moorage"], pulumi, os)
)
"""Folders whose frames are never the program's: ours, the SDK's and Python's own."""


def own_lines(error: BaseException, folder: Path) -> Iterator[str]:
    """Yield `file:line, in function` and the source of each frame of the program, innermost last."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename, folder)]
    places = [
        (_place(frame.filename, frame.lineno, folder, frame.name), frame.line or "", len(list(same)))
        for frame, same in groupby(frames)
    ]
    if len(places) > _SHOWN:
        half = _SHOWN // 2
        places[half:-half] = [(f"... {len(places) - 2 * half} more", "", 1)]
    for place, source, times in places:
        yield place + (f" ({times} times)" if times > 1 else "")
        if source:
            yield f"  {source}"
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        yield _place(error.filename, error.lineno, folder)
        # Python's own two lines: the source, and a caret under the error.
        yield from (
            line[2:] for line in traceback.format_exception_only(error)[1:-1] for line in line.splitlines()
        )


def _is_own(filename: str, folder: Path) -> bool:
    outside = filename.startswith(_LIBRARIES) or f"{os.sep}site-packages{os.sep}" in filename
    return filename.startswith(str(folder) + os.sep) and not outside


def _place(filename: str, line: int | None, folder: Path, function: str = "<module>") -> str:
    inside = "" if function == "<module>" else f", in {function}"
    return f"{filename.removeprefix(str(folder) + os.sep)}:{line}{inside}"
