"""Inputs and outputs as plain values, secrets included."""

from collections.abc import Mapping
from typing import Any

from moorage.local.model import Json
from moorage.offline.graph import UNKNOWN, reveal


def plain(values: Mapping[str, Any]) -> Json:
    """Return inputs or outputs, secrets revealed, without values that are unknown or not set."""
    return {key: value for key, value in reveal(values).items() if value is not UNKNOWN and value is not None}


def text(value: Any) -> str:
    """Return a value as a string, secrets revealed."""
    return str(reveal(value))
