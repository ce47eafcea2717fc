"""Commands that run in the foreground, on the terminal of ours."""

import subprocess


def finished(process: "subprocess.Popen[bytes]") -> tuple[int, bool]:
    """Wait for a command, which gets Ctrl-C as this process does, and ends in its own time.

    Returns:
        Its exit code, that of a signal as shells have it, and whether there was a Ctrl-C.
    """
    interrupted = False
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            interrupted = True
        else:
            return (code if code >= 0 else 128 - code), interrupted
