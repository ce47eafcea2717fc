"""Findings of the preflight, of the policy controls and of a preview."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """The weight of a finding."""

    ERROR = "error"
    """It cannot work, or AWS refuses it: the plan fails."""
    WARNING = "warning"
    """It works, at a price or a risk."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found."""

    rule: str
    """The id of the rule, such as `preflight/spot-only`, or of the control, such as `ECS.5`."""
    severity: Severity
    resource: str
    """The resource's URN."""
    message: str
    """What is wrong, with the value."""
    fix: str
    """What to do, with the argument to change."""
