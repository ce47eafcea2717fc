"""Checks of what users enter. Each returns a message for the user, or None for a valid value."""

import re

NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{2,29}")
PASSWORD_MIN = 8
PASSWORD_MAX = 128
"""Characters. An upper limit, because hashing takes time in proportion."""
TEXT_MAX = 10_000
"""Characters of one note; 21 of the longest still fit into one DynamoDB page of 1 MB."""
BODY_MAX = 1024 * 1024
"""Bytes of a form. Far more than a note, so that one too long comes back to be shortened."""
API_BODY_MAX = 128 * 1024
"""Bytes of a request to the API: a note takes 12 bytes a character at most, as two \\u escapes.

The parser of JSON is C code that holds the interpreter in any thread: only the size bounds the time.
"""


def tidy_name(name: str) -> str:
    """Names are compared without regard to case or surrounding space."""
    return name.strip().lower()


def tidy_text(text: str) -> str:
    """Line ends as one character, as browsers count them; no empty lines around it."""
    # JSON can carry halves of characters, which no table takes.
    text = text.encode(errors="replace").decode()
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip().lstrip("\n")


def check_name(name: str) -> str | None:
    """`name` is tidied already."""
    if NAME_PATTERN.fullmatch(name):
        return None
    return (
        "Choose a name of 3 to 30 characters: letters a to z, digits, dots, hyphens and underscores; "
        "it starts with a letter or a digit."
    )


def check_password(password: str) -> str | None:
    """For a new password only: at log-in a wrong one is just wrong."""
    if len(password) < PASSWORD_MIN:
        return f"Choose a password of at least {PASSWORD_MIN} characters; this one has {len(password)}."
    if len(password) > PASSWORD_MAX:
        return f"Choose a password of at most {PASSWORD_MAX} characters; this one has {len(password)}."
    return None


def check_text(text: str) -> str | None:
    """`text` is tidied already."""
    if not text.strip():
        return "This note is empty. Write something first."
    if len(text) > TEXT_MAX:
        return f"A note holds up to {TEXT_MAX:,} characters; this one has {len(text):,}. Shorten or split it."
    return None
