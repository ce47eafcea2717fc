"""What `evaluate` raises."""


class EvaluationError(Exception):
    """The program, or the project around it, could not be evaluated.

    The text is what a person needs to read; `__cause__` holds the original exception with its traceback.
    """
