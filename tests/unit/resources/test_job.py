"""Jobs, evaluated: what runs them, what it may do, and what is refused."""

import json
from typing import Any

import pulumi
import pytest
from support.fixtures import Lines

import moorage
from moorage.offline import ResourceGraph, evaluate

PUBLIC = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]}
PRIVATE = {**PUBLIC, "private_subnet_ids": ["subnet-c", "subnet-d"], "private_egress": True}
JOB: dict[str, Any] = {
    "cluster": {"arn": "arn:aws:ecs:eu-central-1:1:cluster/main", "name": "main"},
    "network": PUBLIC,
    "image": "alpine:3",
}


def job(
    capacity: str = "fargate", preview: bool = False, cluster: dict[str, Any] | None = None, **args: Any
) -> ResourceGraph:
    def program() -> None:
        network = moorage.Network("net", PRIVATE if capacity == "managed_instances" else PUBLIC)
        main = moorage.EcsCluster("main", {"network": network.ref, "capacity": capacity, **(cluster or {})})
        made = moorage.Job(
            "nightly",
            {"cluster": main.ref, "network": network.ref, "image": "alpine:3", "command": ["report"], **args},
        )
        for name in ("run_task", "schedule", "container_name", "timeout", "task_role_arn"):
            pulumi.export(name, getattr(made, name))

    return evaluate(program, preview=preview, config={"aws:region": "eu-central-1"})


def inputs(graph: ResourceGraph, type_: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in graph if one.type == type_ and one.name == name]
    return dict(found.inputs)


def types(graph: ResourceGraph) -> set[str]:
    return {one.type for one in graph}


def test_a_job_on_demand_is_a_task_and_no_service(preview: bool) -> None:
    graph = job(preview=preview)

    assert not {"aws:ecs/service:Service", "aws:sfn/stateMachine:StateMachine"} & types(graph)
    definition = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition", "nightly-task")
    (container,) = json.loads(definition["containerDefinitions"])
    assert "portMappings" not in container
    assert container["command"] == ["report"]
    assert definition["skipDestroy"] is True
    (resource,) = [one for one in graph if one.name == "nightly-task"]
    assert resource.options["protect"] is False
    assert [graph.outputs[name] for name in ("schedule", "container_name", "timeout")] == [
        "",
        "nightly",
        "3600",
    ]
    assert graph.outputs["task_role_arn"] == ""


@pytest.mark.parametrize(
    ("capacity", "cluster", "strategy"),
    [
        ("fargate", {}, [("FARGATE", 0, 1)]),
        ("fargate_spot", {}, [("FARGATE", 1, 0), ("FARGATE_SPOT", 0, 1)]),
        ("fargate_spot", {"on_demand_base": 0}, [("FARGATE", 0, 0), ("FARGATE_SPOT", 0, 1)]),
        ("ec2", {}, [("main-instances", 0, 1)]),
        ("managed_instances", {}, [("main-managed", 0, 1)]),
    ],
)
def test_capacity_is_always_a_strategy(
    capacity: str, cluster: dict[str, Any], strategy: list[tuple[str, int, int]]
) -> None:
    run = json.loads(job(capacity, cluster=cluster).outputs["run_task"])

    found = [
        (
            entry["capacityProvider"].rsplit("-", 1)[0]
            if "main" in entry["capacityProvider"]
            else entry["capacityProvider"],
            entry["base"],
            entry["weight"],
        )
        for entry in run["capacityProviderStrategy"]
    ]
    assert found == strategy
    assert "launchType" not in run
    assert ("networkConfiguration" in run) is (capacity != "ec2")
    public = {"fargate": "ENABLED", "fargate_spot": "ENABLED", "managed_instances": "DISABLED"}
    if capacity != "ec2":
        assert run["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == public[capacity]


def test_a_schedule_starts_a_state_machine_that_sees_the_exit_code(preview: bool) -> None:
    graph = job(
        preview=preview, schedule="cron(0 3 * * ? *)", timezone="Europe/Vienna", retries=2, timeout=600
    )

    schedule = inputs(graph, "aws:scheduler/schedule:Schedule", "nightly-schedule")
    assert schedule["scheduleExpression"] == "cron(0 3 * * ? *)"
    assert schedule["scheduleExpressionTimezone"] == "Europe/Vienna"
    assert graph.outputs["schedule"].startswith("nightly-schedule-")
    if preview:
        return
    machine = json.loads(inputs(graph, "aws:sfn/stateMachine:StateMachine", "nightly-job")["definition"])
    assert machine["TimeoutSeconds"] == 600
    state = machine["States"]["Run"]
    assert state["Resource"] == "arn:aws:states:::ecs:runTask.sync"
    assert state["Retry"] == [
        {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 2}
    ]
    run = json.loads(graph.outputs["run_task"])
    assert state["Parameters"]["TaskDefinition"] == run["taskDefinition"]
    assert state["Parameters"]["CapacityProviderStrategy"] == [
        {"CapacityProvider": "FARGATE", "Base": 0, "Weight": 1}
    ]
    assert set(state["Parameters"]) == {
        *("CapacityProviderStrategy", "Cluster", "NetworkConfiguration", "PropagateTags", "TaskDefinition")
    }


def test_without_retries_nothing_is_tried_again() -> None:
    graph = job(schedule="rate(1 day)")

    machine = json.loads(inputs(graph, "aws:sfn/stateMachine:StateMachine", "nightly-job")["definition"])
    assert "Retry" not in machine["States"]["Run"]


def test_each_role_may_do_what_it_does_and_no_more() -> None:
    grants = [{"service": "s3", "access": "read", "arn": "arn:aws:s3:::reports"}]
    graph = job(schedule="rate(1 day)", grants=grants)

    run = json.loads(graph.outputs["run_task"])
    account = "arn:aws:ecs:eu-central-1:123456789012"
    cluster = run["cluster"].rsplit("/", 1)[-1]
    allowed = json.loads(inputs(graph, "aws:iam/rolePolicy:RolePolicy", "nightly-states-policy")["policy"])
    passed = [one for one in allowed["Statement"] if one["Action"] == ["iam:PassRole"]]
    assert {one["Action"][0]: one["Resource"] for one in allowed["Statement"] if one not in passed} == {
        "logs:CreateLogDelivery": ["*"],
        "ecs:RunTask": [f"{account}:task-definition/project-dev-nightly:*"],
        "ecs:DescribeTasks": [f"{account}:task/{cluster}/*"],
        "ecs:TagResource": [f"{account}:task/{cluster}/*"],
        "events:DescribeRule": [
            "arn:aws:events:eu-central-1:123456789012:rule/StepFunctionsGetEventsForECSTaskRule"
        ],
    }
    definition = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition", "nightly-task")
    roles = [definition["executionRoleArn"], definition["taskRoleArn"]]
    assert [one["Resource"] for one in passed] == [[role] for role in roles]
    starts = json.loads(inputs(graph, "aws:iam/rolePolicy:RolePolicy", "nightly-scheduler-policy")["policy"])
    target = inputs(graph, "aws:scheduler/schedule:Schedule", "nightly-schedule")["target"]
    assert starts["Statement"] == [
        {"Action": ["states:StartExecution"], "Effect": "Allow", "Resource": [target["arn"]]}
    ]
    trust = {
        name: json.loads(inputs(graph, "aws:iam/role:Role", f"nightly-{name}")["assumeRolePolicy"])
        for name in ("states", "scheduler")
    }
    sources = {
        name: (one["Statement"][0]["Principal"]["Service"], one["Statement"][0]["Condition"]["ArnLike"])
        for name, one in trust.items()
    }
    place = "eu-central-1:123456789012"
    assert sources == {
        "states": ("states.amazonaws.com", {"aws:SourceArn": f"arn:aws:states:{place}:stateMachine:*"}),
        "scheduler": (
            "scheduler.amazonaws.com",
            {"aws:SourceArn": f"arn:aws:scheduler:{place}:schedule-group/*"},
        ),
    }


def test_the_container_runs_as_it_is_told(preview: bool) -> None:
    graph = job(preview=preview, user="10001:10001", read_only=True)

    definition = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition", "nightly-task")
    (container,) = json.loads(definition["containerDefinitions"])
    assert (container["user"], container["readonlyRootFilesystem"]) == ("10001:10001", True)


def test_a_pulumi_secret_is_stored_for_the_job() -> None:
    graph = job(secret_values={"TOKEN": "s3cret"})

    definition = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition", "nightly-task")
    (container,) = json.loads(definition["containerDefinitions"])
    assert [one["name"] for one in container["secrets"]] == ["TOKEN"]
    assert "s3cret" not in definition["containerDefinitions"]


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        ({"retries": 2}, ["retries: 2: needs schedule: a run on demand is manual"]),
        ({"timezone": "UTC"}, ["timezone: needs schedule: a run on demand is manual"]),
        (
            {"schedule": "rate(1 day)", "retries": 11, "timeout": 59},
            ["retries: 11: must be from 0 to 10", "timeout: 59: must be from 60 to 31536000 seconds"],
        ),
        (
            {"schedule": "hourly"},
            [
                "schedule: 'hourly': must be like rate(5 minutes), cron(0 3 * * ? *) or "
                "at(2027-01-31T03:00:00)"
            ],
        ),
        ({"command": []}, ["command: []: must not be empty; omit it for the image's"]),
        (
            {"cpu": 300},
            ["cpu: 300: Fargate supports 256, 512, 1024, 2048, 4096, 8192, 16384, 32768 CPU units"],
        ),
        ({"port": 80}, ["port: unknown argument; docs/reference lists all of JobArgs"]),
        (
            {"environment": {"AWS_SECRET_ACCESS_KEY": "x"}},
            [
                "environment.AWS_SECRET_ACCESS_KEY: credentials do not belong in the environment; give the "
                "task role `grants`"
            ],
        ),
    ],
    ids=str,
)
def test_wrong_arguments(refused: Lines, args: dict[str, Any], problems: list[str]) -> None:
    found = refused("Job", {**JOB, **args}, name="nightly")

    assert [line[: len(problem)] for line, problem in zip(found, problems, strict=True)] == problems
