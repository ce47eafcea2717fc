"""Task definitions for several rules."""

from moorage.graph import CapacityKind, Task, View
from moorage.offline import UNKNOWN
from moorage.offline.values import Json


def containers(task: Task) -> list[Json]:
    """Return the container definitions with the field names of ECS; none if unknown."""
    return [] if task.containers is UNKNOWN else [container.definition for container in task.containers]


def started_on_fargate(view: View) -> set[str]:
    """Return the URNs of the task definitions that the stack runs on Fargate."""
    return {
        each.task.urn
        for each in (*view.services, *view.runs)
        if each.task is not UNKNOWN and each.capacity.kind is CapacityKind.FARGATE
    }


def only_fargate(view: View) -> set[str]:
    """Return the URNs of the task definitions that certainly run on Fargate."""
    only = {task.urn for task in view.tasks.values() if task.compatibilities == ("FARGATE",)}
    return only | started_on_fargate(view)
