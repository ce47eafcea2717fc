"""The example `worker`: who may do what with the queue, and what sets the counts in each stack."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from moorage.graph import Access, view
from moorage.offline import ResourceGraph, evaluate
from moorage.plan.finding import FindingSeverity
from moorage.plan.preflight import check

EXAMPLE = Path(__file__).parents[2] / "examples" / "worker"


@cache
def graph(stack: str) -> ResourceGraph:
    return evaluate(EXAMPLE, stack=stack)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_one_receives_and_the_other_sends(stack: str) -> None:
    access = {
        permission.users[0].rsplit("::", 1)[-1]: permission.access
        for permission in view(graph(stack)).permissions
        if permission.resource and permission.resource.name == "worker-queue"
    }
    assert access == {"worker": Access.READ, "api": Access.WRITE}
    queues = graph(stack).of_type("aws:sqs/queue:Queue")
    assert {bool(queue.options.get("protect")) for queue in queues} == {stack == "prod"}
    assert [
        finding for finding in check(view(graph(stack))) if finding.severity is FindingSeverity.ERROR
    ] == []


def test_an_order_is_hidden_for_longer_than_its_task_stops() -> None:
    (definition,) = [
        json.loads(task.inputs["containerDefinitions"])[0]
        for task in graph("dev").of_type("aws:ecs/taskDefinition:TaskDefinition")
        if task.name == "worker-task"
    ]
    queue = graph("dev").one("aws:sqs/queue:Queue", "worker-queue").inputs
    assert definition["stopTimeout"] == 60 < queue["visibilityTimeoutSeconds"] == 90
    variables: list[dict[str, Any]] = definition["environment"]
    url = graph("dev").one("aws:sqs/queue:Queue", "worker-queue").outputs["url"]
    assert {"name": "QUEUE_URL", "value": url} in variables


@pytest.mark.parametrize(("stack", "most", "schedules"), [("dev", 5, [(0, 0), (1, 1)]), ("prod", 50, [])])
def test_counts(stack: str, most: int, schedules: list[tuple[int, int]]) -> None:
    services = {service.name: service for service in view(graph(stack)).services}
    assert (services["worker"].minimum, services["worker"].maximum) == (0, most)
    scaling = services["api"].scaling
    bounds = [(action.minimum, action.maximum) for action in scaling.schedules] if scaling else []
    assert bounds == schedules
