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
)
from .rule import Rule

__all__ = ["RULES", "Rule", "check"]

RULES: tuple[Rule, ...] = (
    *network.RULES,
    *placement.RULES,
    *deployments.RULES,
    *targets.RULES,
    *listeners.RULES,
    *certificates.RULES,
    *names.RULES,
    *permissions.RULES,
    *definitions.RULES,
    *architecture.RULES,
    *schedules.RULES,
    *dockerfiles.RULES,
)
"""All preflight rules."""


def check(view: View) -> list[Finding]:
    """Return all findings, accepted or not, ordered by resource and rule."""
    found = {finding for rule in RULES for finding in rule.findings(view)}
    order = {resource.urn: number for number, resource in enumerate(view.graph)}
    return sorted(found, key=lambda finding: (order[finding.resource], finding.rule, finding.message))
