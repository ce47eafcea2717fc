"""Rows and checks of several components."""

import re
from collections.abc import Callable
from typing import Any

from moorage.model.choices import Strategy
from moorage.model.names import check_pattern
from moorage.model.presets import DEFAULT_PRESET, PRESETS
from moorage.model.problems import Problems

from .field import Field, Form, Need, Range

NAME = Form(r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")

PORT_NAME = Form(
    r"[a-z0-9_][a-z0-9_-]{0,63}",
    "1 to 64 lower-case letters, digits, hyphens and underscores, and not begin with a hyphen",
)
"""API reference, PortMapping and ServiceConnectService."""

PORT = Range(1, 65535)
PERCENT = Range(1, 100, "percent")
BALANCED = (Need("load_balancer"),)
ROLLING = (Need("deployment", (Strategy.ROLLING,)),)

PRESET = Field(DEFAULT_PRESET, choices=PRESETS)

TAGS = Field(words="only moorage's own")

ARN = re.compile(r"arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:.+")
ARN_FORM = "must be an ARN: arn:partition:service:region:account:resource"
"""IAM JSON policy elements: Resource."""

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""API reference, PutRetentionPolicy."""

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
    """Return the row of the ARN of a `service`'s resource of a `kind` such as `certificate/` ("Amazon
    Resource Names (ARNs)")."""
    form = rf"arn:aws[a-z-]*:{service}:[a-z0-9-]*:([0-9]{{12}}|aws):{kind}.+"

    def check(field: str, value: Any, problems: Problems) -> None:
        check_pattern(field, value, form, f"an ARN such as arn:aws:{service}:...:{kind}...", problems)

    return Field(words=words, check=check)
