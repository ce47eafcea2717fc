"""Reading the files of a compose project: regular files of bounded size, in UTF-8."""

import os
import stat
from pathlib import Path

from moorage.errors import MoorageError

MAX_BYTES = 2**20
"""The largest file that is read; a task definition may have 64 KiB."""


class ComposeError(MoorageError, ValueError):
    """A file cannot be used at all; the text has the file and, if any, the line."""


def shown_path(path: Path) -> str:
    """Return a path for messages, with escapes for bytes that are not UTF-8."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def exists(path: Path) -> bool:
    """Return whether a path exists; true if that cannot be checked, for reading then raises."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return True


def read_text(path: Path) -> str:
    """Return the text of a file, without a byte order mark. The null device reads as empty.

    Raises:
        ComposeError: the file does not exist, is not a regular file, is larger than `MAX_BYTES`, or is not
            UTF-8; the text has the file, and the line of bytes that are not UTF-8.
    """
    if path == Path(os.devnull):
        return ""
    shown = shown_path(path)
    try:
        # Checked before it is opened: opening a named pipe waits for a writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ComposeError(f"{shown}: cannot be read: it is not a regular file")
        with path.open("rb") as file:
            # One more than allowed, so that a larger file shows.
            data = file.read(MAX_BYTES + 1)
    except ComposeError:
        raise
    except (OSError, ValueError) as error:
        # Python raises a ValueError for a name with a null character.
        reason = error.strerror if isinstance(error, OSError) else "this is not a valid file name"
        raise ComposeError(f"{shown}: cannot be read: {reason}") from error
    if len(data) > MAX_BYTES:
        raise ComposeError(f"{shown}: cannot be read: it is larger than {MAX_BYTES // 2**20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ComposeError(f"{shown}:{line}: cannot be read: it is not UTF-8 text") from error
