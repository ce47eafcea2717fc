"""What `evaluate` raises."""

from collections.abc import Sequence


class EvaluationError(Exception):
    """The program, or the project around it, could not be evaluated.

    The text is what a person needs to read: the message and, of a program in a folder, those of its own lines
    that led there. `__cause__` holds the original exception with its traceback.
    """

    def __init__(self, message: str, lines: Sequence[str] = ()) -> None:
        """Keep the message apart from the program's lines."""
        super().__init__("\n  ".join([message, *lines]))
        self.message = message
