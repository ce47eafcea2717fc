"""Files and folders that only this user can read, whatever the umask: `.moorage` holds secrets."""

import contextlib
import os
import stat
from collections.abc import Collection
from pathlib import Path
from typing import IO

FILE, FOLDER = 0o600, 0o700


def make_folder(path: Path) -> None:
    """Make a folder, and the missing ones above it, with mode 0700; restrict the mode of an existing one."""
    if not path.parent.exists():
        make_folder(path.parent)
    path.mkdir(mode=FOLDER, exist_ok=True)
    path.chmod(FOLDER)


def close_all(folder: Path, omit: Collection[Path] = ()) -> None:
    """Restrict everything of this user's in a folder to this user; links and `omit` are not followed."""
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(where, name) not in omit]
        for name in (*folders, *names):
            path = Path(where, name)
            with contextlib.suppress(OSError):
                mode = path.lstat().st_mode
                if mode & 0o077 and (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    path.chmod(stat.S_IMODE(mode) & 0o700)


def open_file(path: Path, mode: str) -> IO[str]:
    """Open a text file for `w` or `a` with mode 0600; restrict the mode of an existing one."""
    return open(path, mode, encoding="utf-8", opener=_open)


def write_text(path: Path, text: str) -> None:
    """Write a file with mode 0600 atomically."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open_file(temporary, "w") as file:
        file.write(text)
    temporary.replace(path)


def _open(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, FILE)
    os.fchmod(descriptor, FILE)
    return descriptor
