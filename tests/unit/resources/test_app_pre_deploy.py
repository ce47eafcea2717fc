"""The pre-deploy job of an app, evaluated."""

import json
from typing import Any

import pytest
from support.fixtures import Lines

import moorage
from moorage.offline import ResourceGraph, evaluate

APP: dict[str, Any] = {
    "cluster": {"arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/main", "name": "main"},
    "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]},
    "image": "notes:1",
    "environment": {"STAGE": "dev", "LEVEL": "info"},
}
JOB = {"command": ["python", "migrate.py"]}


def app(preview: bool = False, **args: Any) -> ResourceGraph:
    return evaluate(
        lambda: moorage.ContainerApp("notes", {**APP, "pre_deploy": JOB, **args}), preview=preview
    )


def definitions(graph: ResourceGraph) -> dict[str, Any]:
    return {one.name: one for one in graph if one.type == "aws:ecs/taskDefinition:TaskDefinition"}


def test_the_job_is_the_apps_container_with_another_command(preview: bool) -> None:
    args = {
        "tracing": True,
        "container_health_check": {"command": ["CMD", "true"]},
        "cpu": 512,
        "memory": 1024,
        "user": "10001:10001",
        "read_only": True,
    }
    found = definitions(app(preview, **args))

    job, notes = found["notes-pre-deploy-task"].inputs, found["notes-task"].inputs
    (container,) = json.loads(job["containerDefinitions"])
    assert container["command"] == ["python", "migrate.py"]
    assert (container["name"], container["image"]) == ("notes", "notes:1")
    assert container["logConfiguration"]["options"]["awslogs-stream-prefix"] == "notes-pre-deploy"
    assert (container["user"], container["readonlyRootFilesystem"]) == ("10001:10001", True)
    assert not {"portMappings", "healthCheck", "dependsOn"} & set(container)
    assert job["family"] == f"{notes['family']}-pre-deploy"
    assert (job["cpu"], job["memory"]) == ("512", "1024")
    for role in ("taskRoleArn", "executionRoleArn"):
        assert job[role] == notes[role]


def test_its_environment_and_size_are_its_own(preview: bool) -> None:
    wanted = {**JOB, "environment": {"LEVEL": "debug", "LOCK": "1"}, "cpu": 1024, "memory": 2048}
    job = definitions(app(preview, pre_deploy=wanted))["notes-pre-deploy-task"].inputs

    (container,) = json.loads(job["containerDefinitions"])
    assert {one["name"]: one["value"] for one in container["environment"]} == {
        "STAGE": "dev",
        "LEVEL": "debug",
        "LOCK": "1",
    }
    assert (job["cpu"], job["memory"]) == ("1024", "2048")


def test_the_tag_that_remembers_it_is_not_taken_away() -> None:
    found = definitions(app())

    assert found["notes-pre-deploy-task"].options["ignoreChanges"] == [
        'tags["moorage:pre-deploy"]',
        'tagsAll["moorage:pre-deploy"]',
    ]
    assert not found["notes-task"].options.get("ignoreChanges")
    assert found["notes-pre-deploy-task"].options["protect"] is False
    assert found["notes-pre-deploy-task"].inputs["skipDestroy"] is True


def test_on_instances_it_publishes_no_port() -> None:
    cluster = {
        **APP["cluster"],
        "capacity": "ec2",
        "capacity_provider": "instances",
        "security_group_id": "sg-1",
        "max_instances": 2,
    }
    job = definitions(app(cluster=cluster, public=True, host_port=8080))["notes-pre-deploy-task"].inputs

    (container,) = json.loads(job["containerDefinitions"])
    assert job["networkMode"] == "bridge"
    assert "portMappings" not in container


def test_without_it_there_is_one_task_definition(preview: bool) -> None:
    graph = evaluate(lambda: moorage.ContainerApp("notes", APP), preview=preview)

    assert list(definitions(graph)) == ["notes-task"]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({}, "pre_deploy.command: is required"),
        ({"command": []}, "pre_deploy.command: []: must not be empty; the image's own command runs the app"),
        ({**JOB, "timeout": 59}, "pre_deploy.timeout: 59: must be from 60 to 86400 seconds"),
        (
            {**JOB, "memory": 700},
            "pre_deploy.memory: 700: with 256 CPU units Fargate supports 512, 1024, 2048 MiB; nearest: 512",
        ),
        (
            {**JOB, "environment": {"1X": "y"}},
            "pre_deploy.environment.1X: '1X': must be a variable's name: letters, digits and _ . -",
        ),
        (
            {**JOB, "environment": {"TOKEN": "y"}},
            "pre_deploy.environment.TOKEN: is already a secret of the app; set each variable once",
        ),
    ],
    ids=str,
)
def test_wrong_arguments(refused: Lines, args: dict[str, Any], problem: str) -> None:
    wrong = {**APP, "secrets": {"TOKEN": "/notes/token"}, "pre_deploy": args}

    assert refused("ContainerApp", wrong, name="notes") == [problem]
