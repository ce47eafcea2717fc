"""Rows and checks of several components."""

import re
from collections.abc import Callable
from typing import Any

from moorage.model.names import check_arn
from moorage.model.presets import DEFAULT_PRESET, PRESETS
from moorage.model.problems import Problems

from .field import Field, Form

NAME = Form(r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")

PORT_NAME = Form(
    r"[a-z0-9_][a-z0-9_-]{0,63}",
    "1 to 64 lower-case letters, digits, hyphens and underscores, and not begin with a hyphen",
)
"""API reference, PortMapping and ServiceConnectService."""

HOST_PATTERN = Form(
    r"(?=.{1,128}$)[A-Za-z0-9*?.-]*\.[A-Za-z]+|\*",
    "a name such as notes.example.com or *.example.com, at most 128 letters, digits and - . * ?, "
    "with only letters after the last dot",
)
PATH_PATTERN = Form(
    r"/[A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}|\*",
    "at most 128 letters, digits and _ - . $ / ~ \" ' @ : + & * ?, the last two as wildcards, and "
    "begin with /",
)
"""The hosts and paths of listener rules ("Condition types for listener rules")."""

PRESET = Field(DEFAULT_PRESET, choices=PRESETS)

TAGS = Field(words="only moorage's own")

ARN = re.compile(r"arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:.+")
ARN_FORM = "must be an ARN: arn:partition:service:region:account:resource"
"""IAM JSON policy elements: Resource."""

Check = Callable[[str, Any, Problems], None]


def at_most(count: int) -> Check:
    """Return the check of a list that may have up to `count` items."""

    def check(field: str, value: Any, problems: Problems) -> None:
        if len(value) > count:
            problems.add(field, len(value), f"must be at most {count}")

    return check


def not_empty(advice: str) -> Check:
    """Return the check of a list that must have an item."""

    def check(field: str, value: Any, problems: Problems) -> None:
        if not value:
            problems.add(field, value, f"must not be empty; {advice}")

    return check


def arn_of(service: str, kind: str, words: str = "") -> Field:
    """Return the row of the ARN of a `service`'s resource of a `kind` such as `certificate/`."""

    def check(field: str, value: Any, problems: Problems) -> None:
        check_arn(field, value, service, kind, problems)

    return Field(words=words, check=check)
