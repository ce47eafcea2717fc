"""The number and the form of tags ("Tag naming limits and requirements", Tagging AWS Resources; "Tagging
Amazon ECS resources", Tag restrictions)."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from .problems import Problems

APP_TAG, STACK_TAG = "moorage:app", "moorage:stack"
"""The tags that moorage adds to every resource with tags."""

MAX_TAGS = 50
_MAX_KEY = 128
_MAX_VALUE = 256
_SIGNS = "_.:/=+-@"


def check_tags(field: str, tags: Mapping[str, Any], problems: Problems, further: int = 0) -> None:
    """Check a component's tags together with those that moorage adds.

    Args:
        field: the argument, for messages.
        tags: the tags; a value that is not a string is an Output, and not checked.
        problems: takes what is wrong.
        further: how many tags besides its two moorage adds to a resource of the component.
    """
    if not isinstance(tags, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        return  # An Output, which is checked once it is known.
    own = len({APP_TAG, STACK_TAG} - {*tags}) + further
    if len(tags) + own > MAX_TAGS:
        text = f"{len(tags)} tags, and {own} of moorage's own; a resource has at most {MAX_TAGS}; remove "
        problems.say(field, f"{text}{len(tags) + own - MAX_TAGS}")
    written: dict[str, str] = {}
    for key, value in tags.items():
        if wrong := _wrong_text(key, 1, _MAX_KEY):
            problems.add(field, key, f"the key {wrong}")
        # IAM compares keys without regard to case ("Tags for AWS Identity and Access Management resources").
        other = written.setdefault(key.lower(), key)
        if other != key:
            problems.add(field, key, f"differs from {other!r} only in case, which IAM refuses on a role")
        if isinstance(value, str) and (wrong := wrong_tag_value(value)):
            # Not shown: part of it may be a secret.
            problems.say(f"{field}.{key[:_MAX_KEY]}", wrong)


def wrong_tag_value(value: str) -> str:
    """Return what is wrong with a tag's value, without the value; an empty string if nothing is."""
    wrong = _wrong_text(value, 0, _MAX_VALUE)
    return f"the value {wrong}" if wrong else ""


def _wrong_text(text: str, least: int, most: int) -> str:
    """Return what is wrong with a key or a value; an empty string if nothing is."""
    if not least <= len(text) <= most:
        return f"must be from {least} to {most} characters, and has {len(text)}"
    if text.lower().startswith("aws:"):
        return "must not begin with aws:, which is reserved for AWS"
    if not all(character in _SIGNS or unicodedata.category(character)[0] in "LNZ" for character in text):
        return f"must be letters, digits, spaces and {' '.join(_SIGNS)}"
    return ""
