"""Commands that run in the foreground, on this terminal."""

import signal
import subprocess
from collections.abc import Sequence
from typing import Any, NamedTuple


class Ended(NamedTuple):
    """The end of a command."""

    returncode: int
    """The return code of subprocess: negative for a signal."""
    interrupted: bool
    """True if Ctrl-C was pressed while it ran."""

    @property
    def code(self) -> int:
        """The exit code; 128 + signal for a signal."""
        return self.returncode if self.returncode >= 0 else 128 - self.returncode


def run(words: Sequence[str], *, holds_ctrl_c: bool = False, **options: Any) -> Ended:
    """Run a command; Ctrl-C goes to it as well, and it decides when to end.

    Args:
        words: the command and its arguments.
        holds_ctrl_c: True if it starts with SIGINT blocked, until it unblocks it.
        options: the options of subprocess.Popen.

    Raises:
        OSError: it cannot be run.
    """
    seen: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    # A handler, not an exception: Ctrl-C at the start of the command must not lose its process.
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
    try:
        # The command inherits the mask. Code between fork and exec could deadlock on another thread's lock.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT} if holds_ctrl_c else ())
        try:
            process = subprocess.Popen(words, **options)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        returncode = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return Ended(returncode, bool(seen))
