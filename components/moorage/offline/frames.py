"""The program's own lines in the traceback of an exception."""

import os
import sys
import traceback
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pulumi

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
