"""The `moorage` command. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""

# Imports are made inside `main`, where a Ctrl-C during one is answered as any other.
import sys

from moorage.errors import INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Sequence


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run the command line; return the exit code.

    Every failure is printed here, and nowhere else. Ctrl-C ends every command here, with one line:
    "interrupted", and the text of the KeyboardInterrupt.

    Args:
        arguments: the words after `moorage`; default: those of the process, which ends after this then.
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
        # Whoever read the output has seen enough.
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
        # A full disk has no file's name in its error.
        place = f"{error.filename}: " if error.filename else ""
        say(f"{place}{error.strerror or error}", label=Label.ERROR)
        return 1


def _begin() -> None:
    """Take a Ctrl-C that `up --watch` held back while the interpreter of its `up` started.

    A character that standard output cannot show is printed as its number.
    """
    import signal
    from typing import cast

    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="backslashreplace")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _finish() -> None:
    """Write what is left; a Ctrl-C while the interpreter ends then says so without a traceback."""
    import os
    import signal

    def end(_number: int, _frame: object) -> None:
        os.write(2, b"interrupted\n")
        os._exit(INTERRUPTED)

    sys.stdout.flush()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, end)


def _end_quietly() -> None:
    """Let the interpreter end without a traceback: at another Ctrl-C, or when it writes what is left."""
    import contextlib
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
