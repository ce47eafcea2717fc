"""Errors and warnings over a whole stack, beyond what the constructors of components refuse.

The rules look at plain resources, of any program. What a rule cannot know it does not guess: values that are
unknown in a preview, and ids of what is not in the graph.
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
"""Every rule of the preflight."""


def check(view: View) -> list[Finding]:
    """Return what the preflight finds, accepted or not, ordered by resource and rule."""
    found = {finding for rule in RULES for finding in rule.findings(view)}
    order = {resource.urn: number for number, resource in enumerate(view.graph)}
    return sorted(found, key=lambda finding: (order[finding.resource], finding.rule, finding.message))
