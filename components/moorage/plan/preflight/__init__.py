"""Errors and warnings over a whole graph, beyond what the constructors of components refuse.

The rules look at plain resources, of any program. What a rule cannot know it does not guess: values that are
unknown in a preview, and ids of what is not in the graph.
"""

from moorage.offline import ResourceGraph
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
from .services import Services
from .stack import Stack

_THEMES = (
    definitions,
    network,
    placement,
    deployments,
    targets,
    listeners,
    names,
    certificates,
    permissions,
    architecture,
    schedules,
    dockerfiles,
)


def check(graph: ResourceGraph) -> list[Finding]:
    """Return what the preflight finds, ordered by resource and rule."""
    services = Services(Stack(graph))
    found = {finding for theme in _THEMES for finding in theme.check(services)}
    order = {resource.urn: number for number, resource in enumerate(graph)}
    return sorted(found, key=lambda finding: (order[finding.resource], finding.rule, finding.message))
