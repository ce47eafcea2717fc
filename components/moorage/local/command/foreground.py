"""Commands that run in the foreground, on the terminal of ours."""

import signal
import subprocess
from collections.abc import Sequence
from typing import Any, NamedTuple


class Ended(NamedTuple):
    """How a command ended."""

    returncode: int
    """As subprocess has it: negative for a signal."""
    interrupted: bool
    """Whether there was a Ctrl-C meanwhile."""

    @property
    def code(self) -> int:
        """The exit code, that of a signal as shells have it."""
        return self.returncode if self.returncode >= 0 else 128 - self.returncode


def run(words: Sequence[str], **options: Any) -> Ended:
    """Run a command, which gets Ctrl-C as this process does, and ends in its own time.

    Args:
        words: The command line.
        options: Of subprocess.Popen.

    Raises:
        OSError: it cannot be run.
    """
    seen: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    # A handler, not an exception: a Ctrl-C that comes as the command starts must not lose its process.
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
    try:
        returncode = subprocess.Popen(words, **options).wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return Ended(returncode, bool(seen))
