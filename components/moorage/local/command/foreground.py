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
    """Whether Ctrl-C was pressed while it ran."""

    @property
    def code(self) -> int:
        """The exit code; 128 + signal for a signal."""
        return self.returncode if self.returncode >= 0 else 128 - self.returncode


def run(words: Sequence[str], **options: Any) -> Ended:
    """Run a command; Ctrl-C goes to it as well, and it decides when to end.

    `options` are those of subprocess.Popen.

    Raises:
        OSError: it cannot be run.
    """
    seen: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    # A handler, not an exception: Ctrl-C at the start of the command must not lose its process.
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
    try:
        returncode = subprocess.Popen(words, **options).wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return Ended(returncode, bool(seen))
