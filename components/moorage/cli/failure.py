"""How a command ends that failed."""

import sys


def failed(text: str, code: int) -> int:
    """Say why, and return the exit code."""
    print(f"error: {text}", file=sys.stderr, flush=True)
    return code
