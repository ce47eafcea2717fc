"""The size of a task definition: 64 KiB for all that is registered ("Amazon ECS service quotas")."""

import json
from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model.definition_size import largest_part, other_parameters, wrong_size
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.values import Values
from moorage.model.task import task
from moorage.model.task_checks import check_definition


def _request(length: int, others: dict[str, Any]) -> tuple[str, int]:
    """Return containers with a command of some length, and the bytes of the whole request."""
    definitions = json.dumps([{"command": ["x" * length]}], separators=(",", ":"))
    tags = [{"key": key, "value": value} for key, value in others["tags"].items()]
    request = json.dumps({**others, "tags": tags}, separators=(",", ":"))
    return definitions, len(request) + len('"containerDefinitions":,') + len(definitions)


def test_the_whole_request_counts() -> None:
    others = {"family": "web", "taskRoleArn": "arn:aws:iam::123456789012:role/web", "tags": {"team": "a"}}
    _, around = _request(0, others)
    largest, size = _request(65_536 - around, others)
    assert size == 65_536
    assert wrong_size(largest, others) == ""
    assert wrong_size(_request(65_537 - around, others)[0], others).startswith(
        "its task definition has 65,537 bytes, most of them in `command`; the limit is 64 KiB"
    )


def test_what_is_no_parameter_does_not_count() -> None:
    others = {"skipDestroy": True, "tagsAll": {"a": "x" * 66_000}, "containerDefinitions": "x" * 66_000}
    assert wrong_size("[]", others) == ""


def test_an_output_counts_as_the_longest_value_of_a_tag() -> None:
    definitions = json.dumps([{"command": ["x" * 60_000]}])
    written = wrong_size(definitions, {"tags": {f"k{number}": "v" * 256 for number in range(50)}})
    assert written
    assert wrong_size(definitions, {"tags": {f"k{number}": object() for number in range(50)}}) == written


def test_tags_can_be_the_largest_part() -> None:
    assert largest_part('[{"image": "n"}]', {"family": "web", "tags": {"team": "payments"}}) == "tags"


def test_the_parameters_beside_the_containers() -> None:
    web = task("web", Values(CONTAINER_APP, {"cluster": {"arch": "arm64"}, "network": {}}), "project-dev-web")
    others = other_parameters(web, {"team": "a"}, ["data"])
    assert others["family"] == "project-dev-web"
    assert others["requiresCompatibilities"] == ["FARGATE"]
    assert others["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert (others["volumes"], others["tags"]) == (["data"], {"team": "a"})


LONG = ["x" * 66_000]


@pytest.mark.parametrize(
    ("args", "own", "field"),
    [
        ({"command": LONG}, None, "command"),
        ({"entry_point": LONG}, None, "entry_point"),
        ({"environment": {"A": LONG[0]}}, None, "environment"),
        ({}, {"command": LONG}, "pre_deploy.command"),
        ({}, {"command": ["x"], "environment": {"A": LONG[0]}}, "pre_deploy.environment"),
    ],
)
def test_the_argument_that_is_too_large(
    problem_lines: Lines, args: dict[str, Any], own: dict[str, Any] | None, field: str
) -> None:
    web = task(
        "web", Values(CONTAINER_APP, {"cluster": {}, "network": {}, **args, **(own or {})}), "project-dev-web"
    )
    (line,) = problem_lines(lambda problems: check_definition(web, {}, problems, own=own))
    assert line.startswith(f"{field}: its task definition has 6")
