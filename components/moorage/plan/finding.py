"""Findings of preflight rules, policy controls and previews."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """The record of a rule of preflight or of previews."""

    id: str
    """The id in findings, exceptions and documentation, such as `preflight/spot-only`."""
    title: str
    """The condition that it finds."""
    source: str
    """The titles of its pages in the AWS documentation, or another named one."""
    fix: str
    """The fix, with the argument to change."""
    severity: FindingSeverity = FindingSeverity.ERROR
    may_warn: bool = False
    """True if some of its findings are warnings."""
    acceptable: bool = True
    """True if a stack can accept its findings. It cannot if values contradict each other, so that the
    deployment fails in any case."""


def by_severity(findings: Iterable[Finding]) -> list[tuple[FindingSeverity, list[list[Finding]]]]:
    """Return findings, errors first; those of several resources with the same problem are together."""
    groups: dict[FindingSeverity, dict[Any, list[Finding]]] = {severity: {} for severity in FindingSeverity}
    for finding in findings:
        problem = (finding.rule, finding.message, finding.fix)
        groups[finding.severity].setdefault(problem, []).append(finding)
    return [(severity, [*problems.values()]) for severity, problems in groups.items() if problems]
