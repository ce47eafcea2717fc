"""Preflight: errors and warnings of a whole stack, beyond the argument checks of components.

The rules check plain resources of any program. They ignore unknown values of a preview and ids outside the
graph.
"""

from moorage.graph import View
from moorage.plan.finding import Finding

from . import (
    architecture,
    certificates,
    definitions,
    deployments,
    dockerfiles,
    listeners,
    names,
    network,
    permissions,
    placement,
    schedules,
    targets,
    task_roles,
)
from .rule import Rule

__all__ = ["RULES", "Rule", "check"]

_TOPICS = (
    *(network, placement, deployments, targets, listeners, certificates),
    *(names, permissions, task_roles, definitions, architecture, schedules, dockerfiles),
)

RULES = tuple(rule for topic in _TOPICS for rule in vars(topic).values() if isinstance(rule, Rule))
"""All preflight rules, in the order of their definition."""


def check(view: View) -> list[Finding]:
    """Return all findings, accepted or not, ordered by resource and rule."""
    findings = {finding for rule in RULES for finding in rule.findings(view)}
    order = {resource.urn: number for number, resource in enumerate(view.graph)}
    return sorted(findings, key=lambda finding: (order[finding.resource], finding.rule, finding.message))
