"""Run an installer: on a terminal with its progress, but without a line for each package."""

import os
import pty
import re
import subprocess
import sys
import termios

COLOUR = rb"(?:\x1b\[[\d;]*m)*"
PACKAGE = re.compile(rb"%b +%b[-+~]%b " % (COLOUR, COLOUR, COLOUR))
"""A line of uv about a package that it adds, removes or replaces."""
BEGUN = re.compile(rb"%b *$|%b +\S" % (COLOUR, COLOUR))
"""The beginning of a line that may become one."""


def main(command: list[str]) -> int:
    """Run a command, and return its exit code."""
    if not os.access(command[0], os.X_OK):
        print(f"{command[0]} not found", file=sys.stderr)
        return 127
    if not sys.stderr.isatty():
        return subprocess.call([*command, "--quiet"])
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, termios.tcgetwinsize(sys.stderr))
    child = subprocess.Popen(command, stderr=slave)
    os.close(slave)
    rest = b""
    while data := _read(master):
        *lines, rest = (rest + data).split(b"\n")
        shown = b"".join(line + b"\n" for line in lines if not PACKAGE.match(line))
        if not BEGUN.match(rest):
            shown, rest = shown + rest, b""
        os.write(sys.stderr.fileno(), shown)
    os.write(sys.stderr.fileno(), rest)
    return child.wait()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux: the other side is closed.
        return b""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
