"""The errors a user of the local run sees as one text, never as a traceback."""


class LocalError(Exception):
    """The local run cannot go on; the text says what is wrong and what to do."""
