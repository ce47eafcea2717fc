"""A command on a terminal of a given width."""

import os
import pty
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path


def on_terminal(
    words: Sequence[str], cwd: Path, columns: int = 80, stdin: str = "", **environment: str
) -> tuple[int, str]:
    """Run a command whose output is a terminal; return its exit code and what the terminal got.

    `stdin` is typed before it starts; without any, its standard input is not a terminal.
    """
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    mode = termios.tcgetattr(theirs)
    mode[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    os.write(ours, stdin.encode())
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env={**known, "TERM": "xterm-256color", **environment},
        stdin=theirs if stdin else subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    parts: list[bytes] = []
    try:
        while part := os.read(ours, 65536):
            parts.append(part)
    except OSError:
        pass  # Linux says so when the last process on the terminal has ended.
    os.close(ours)
    return process.wait(), b"".join(parts).decode()
