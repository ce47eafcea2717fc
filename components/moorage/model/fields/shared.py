"""Rows that several components have."""

from typing import Any

from moorage.model.choices import PresetName
from moorage.model.names import check_arn
from moorage.model.presets import DEFAULT_PRESET
from moorage.model.problems import Problems

from .field import Field, Form

NAME = Form(r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")

PORT_NAME = Form(
    r"[a-z0-9_][a-z0-9_-]{0,63}",
    "1 to 64 lower-case letters, digits, hyphens and underscores, and not begin with a hyphen",
)
"""Of a port mapping, and of a service in Service Connect (API reference, PortMapping and
ServiceConnectService)."""

PRESET = Field(DEFAULT_PRESET, choices=PresetName)

TAGS = Field(words="only moorage's own")


def arn_of(service: str, kind: str, words: str = "") -> Field:
    """Return the row of an ARN of a `service`, for a resource of a `kind` such as `certificate/`."""

    def check(field: str, value: Any, problems: Problems) -> None:
        check_arn(field, value, service, kind, problems)

    return Field(words=words, check=check)
