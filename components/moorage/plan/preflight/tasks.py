"""Task definitions for several rules."""

from moorage.graph import ComputeKind, View
from moorage.offline import UNKNOWN


def started_on_fargate(view: View) -> set[str]:
    """Return the URNs of the task definitions that the stack runs on Fargate."""
    return {
        each.task.urn
        for each in (*view.services, *view.runs)
        if each.task is not UNKNOWN and each.capacity.kind is ComputeKind.FARGATE
    }


def only_fargate(view: View) -> set[str]:
    """Return the URNs of the task definitions that certainly run on Fargate."""
    only = {task.urn for task in view.tasks.values() if task.compatibilities == ("FARGATE",)}
    return only | started_on_fargate(view)
