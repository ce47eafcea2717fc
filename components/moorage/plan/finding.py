"""Findings of preflight rules, policy controls and previews."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class FindingSeverity(StrEnum):
    """The severity of a finding."""

    ERROR = "error"
    """It cannot work, or AWS rejects it: the plan fails."""
    WARNING = "warning"
    """It works, at a cost or risk."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of a rule or control for a resource."""

    rule: str
    """The id of the rule, such as `preflight/spot-only`, or of the control, such as `ECS.5`."""
    severity: FindingSeverity
    resource: str
    """The resource's URN."""
    message: str
    """The problem, with the value."""
    fix: str
    """The fix, with the argument to change."""


def by_problem(findings: Iterable[Finding], severity: FindingSeverity) -> list[list[Finding]]:
    """Return the findings of a severity; those of several resources with the same problem are together."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.severity is severity:
            groups.setdefault((finding.rule, finding.message, finding.fix), []).append(finding)
    return list(groups.values())
