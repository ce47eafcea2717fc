"""The `moorage` command. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""

# Imports are inside `main`, which also handles a Ctrl-C during an import.
import sys

from moorage.errors import INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Sequence


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run the command line; return the exit code.

    Every error is printed here only. Ctrl-C ends every command here, with one line: "interrupted", and the
    text of the KeyboardInterrupt.

    Args:
        arguments: the words after `moorage`; default: those of the process, which then ends.
    """
    try:
        if arguments is None:
            _begin()
        code = _run(arguments)
        if arguments is None:
            _finish()
        return code
    except KeyboardInterrupt as interrupt:
        text = f"interrupted: {interrupt}" if interrupt.args else "interrupted"
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of the output closed it.
        text, code = "", 0
    if arguments is None:
        _end_quietly()
    if text:
        print(text, file=sys.stderr, flush=True)
    return code


def _run(arguments: "Sequence[str] | None") -> int:
    from moorage.console import Label, say
    from moorage.errors import MoorageError

    from .command import run

    try:
        return run(sys.argv[1:] if arguments is None else list(arguments))
    except MoorageError as error:
        say(str(error), label=Label.ERROR)
        if error.hint:
            say(error.hint, label=Label.HINT)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        # The error of a full disk has no file name.
        place = f"{error.filename}: " if error.filename else ""
        say(f"{place}{error.strerror or error}", label=Label.ERROR)
        return 1


def _begin() -> None:
    """Unblock Ctrl-C, which `up --watch` blocks while the interpreter of its `up` starts.

    Characters that standard output cannot encode are printed as escapes.
    """
    import signal
    from typing import cast

    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _finish() -> None:
    """Flush the output; after this a Ctrl-C prints one line instead of a traceback."""
    import os
    import signal

    def end(_number: int, _frame: object) -> None:
        os.write(2, b"interrupted\n")
        os._exit(INTERRUPTED)

    sys.stdout.flush()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, end)


def _end_quietly() -> None:
    """End the interpreter without a traceback, at another Ctrl-C or when flushing the output fails."""
    import contextlib
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
