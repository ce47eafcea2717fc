"""Requests whose answer has pages: all of them are read."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.loaders import create_loader
from support import aws_answers as answers
from support.scripted_aws import ScriptedAws
from support.scripted_tasks import ScriptedTasks
from support.syntax import parsed

from moorage.rollout.job_aws import AwsTasks

LIBRARY = Path(__file__).parents[3] / "components" / "moorage"

ONE_ITEM = {
    # The limits of one service.
    ("operate/aws/place.py", "describe_scalable_targets"),
    # One subnet, by its id.
    ("importing/app_runner_aws.py", "describe_subnets"),
}
"""Requests for one item."""


@pytest.mark.parametrize(("count", "pages"), [(0, 0), (1, 1), (100, 1), (101, 2), (250, 3)])
def test_running_tasks_of_all_pages(
    ecs_tasks: ScriptedTasks, scripted: ScriptedAws, count: int, pages: int
) -> None:
    ecs_tasks.stays("RUNNING")
    for _ in range(count):
        ecs_tasks._RunTask({"taskDefinition": answers.JOB})
        scripted.clock.seconds += 1
    family = answers.JOB.rpartition("/")[2].rpartition(":")[0]

    assert AwsTasks(answers.CLUSTER).running(family) == [(arn, answers.JOB) for arn in ecs_tasks.tasks]
    assert len(scripted.asked("ListTasks")) == max(1, pages)
    assert len(scripted.asked("DescribeTasks")) == pages


def requests() -> Iterator[tuple[str, str, str]]:
    """Yield file, service and operation of each request of the library that does not ask for all pages."""
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call):
                continue
            name = path.relative_to(LIBRARY).as_posix()
            called = node.func
            match node.args[:2]:
                case [ast.Constant(str(service)), ast.Constant(str(operation))]:
                    if not (isinstance(called, ast.Attribute) and called.attr in ("every", "pages")):
                        yield name, service, operation
                case _:
                    pass
            match called:
                case ast.Attribute(ast.Call(args=[ast.Constant(str(service)), *_]), operation):
                    yield name, service, operation
                case _:
                    pass


def paged(service: str, loader: Any) -> set[str]:
    """Return the operations of a service that have pages, as boto3 names them."""
    try:
        pages = loader.load_service_model(service, "paginators-1")["pagination"]
    except (UnknownServiceError, ValueError):
        return set()
    return {xform_name(operation) for operation in pages}


def test_every_request_with_pages_asks_for_all_of_them() -> None:
    loader = create_loader()
    services = set(loader.list_available_services("service-2"))
    known = [each for each in requests() if each[1] in services]
    assert {"ecs", "ec2", "dynamodb", "apprunner"} <= {service for _, service, _ in known}
    of = {service: paged(service, loader) for _, service, _ in known}
    first_page = {(name, operation) for name, service, operation in known if operation in of[service]}
    assert first_page == ONE_ITEM
