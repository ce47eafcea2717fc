"""Reading the files of a compose project: regular files of bounded size, in UTF-8."""

import os
import stat
from pathlib import Path

MAX_BYTES = 2**20
"""The largest file that is read: a task definition, for comparison, may have 64 KiB."""


class ComposeError(ValueError):
    """A file cannot be used at all; its text names the file and, where there is one, the line."""


def shown_path(path: Path) -> str:
    """Return a path as messages show it, with escapes for bytes that are not UTF-8."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def exists(path: Path) -> bool:
    """Return whether there is anything at a path; what cannot be looked at is for whoever reads it."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return True


def read_text(path: Path) -> str:
    """Return the text of a file, without a byte order mark. The null device reads as empty.

    Raises:
        ComposeError: the file does not exist, is not a regular file, is larger than `MAX_BYTES`, or is not
            UTF-8; the text names the file, and the line of bytes that are not UTF-8.
    """
    if path == Path(os.devnull):
        return ""
    shown = shown_path(path)
    try:
        # Before it is opened: opening a named pipe waits for whoever writes to it.
        regular = stat.S_ISREG(path.stat().st_mode)
        data = _start(path) if regular else b""
    except (OSError, ValueError) as error:
        # Python refuses a name with a null character as a value.
        reason = error.strerror if isinstance(error, OSError) else "this cannot be the name of a file"
        raise ComposeError(f"{shown}: cannot be read: {reason}") from error
    if not regular:
        raise ComposeError(f"{shown}: cannot be read: it is not a regular file")
    if len(data) > MAX_BYTES:
        raise ComposeError(f"{shown}: cannot be read: it has more than {MAX_BYTES // 2**20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ComposeError(f"{shown}:{line}: cannot be read: it is not UTF-8 text") from error


def _start(path: Path) -> bytes:
    """Return a file's first bytes: one more than are read, so that a larger file shows."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
