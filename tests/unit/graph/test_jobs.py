"""Runs of tasks outside services: event rules, schedules, state machines."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.plain_ecs import cluster_with_default, task_definition

from moorage.graph import ComputeKind, view
from moorage.offline import UNKNOWN, evaluate

TRUST = '{"Statement": []}'
Starter = Callable[[aws.ecs.Cluster, aws.ecs.TaskDefinition, dict[str, Any]], None]
SPOT = [{"capacity_provider": "FARGATE_SPOT", "weight": 1}]


def by_rule(cluster: aws.ecs.Cluster, task: aws.ecs.TaskDefinition, network: dict[str, Any]) -> None:
    rule = aws.cloudwatch.EventRule("nightly", schedule_expression="rate(1 day)")
    target: Any = {"task_definition_arn": task.arn, "network_configuration": network}
    aws.cloudwatch.EventTarget("nightly", rule=rule.name, arn=cluster.arn, ecs_target=target)


def by_schedule(cluster: aws.ecs.Cluster, task: aws.ecs.TaskDefinition, network: dict[str, Any]) -> None:
    parameters: Any = {"task_definition_arn": task.arn, "network_configuration": network}
    role = aws.iam.Role("r", assume_role_policy=TRUST)
    target: Any = {"arn": cluster.arn, "role_arn": role.arn, "ecs_parameters": parameters}
    aws.scheduler.Schedule(
        "nightly", schedule_expression="rate(1 day)", flexible_time_window={"mode": "OFF"}, target=target
    )


def by_machine(cluster: aws.ecs.Cluster, task: aws.ecs.TaskDefinition, network: dict[str, Any]) -> None:
    def definition(arns: list[str]) -> str:
        placed = {"Subnets": network["subnets"], "AssignPublicIp": "ENABLED"}
        parameters = {
            "Cluster": arns[0],
            "TaskDefinition": arns[1],
            "NetworkConfiguration": {"AwsvpcConfiguration": placed},
        }
        state = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": parameters}
        return json.dumps({"StartAt": "run", "States": {"run": state}})

    role = aws.iam.Role("r", assume_role_policy=TRUST)
    given = pulumi.Output.all(cluster.arn, task.arn).apply(definition)
    aws.sfn.StateMachine("nightly", role_arn=role.arn, definition=given)


@pytest.mark.parametrize("starter", [by_rule, by_schedule, by_machine])
def test_tasks_that_are_started_are_placed_as_those_of_services(starter: Starter) -> None:
    def program() -> None:
        cluster = cluster_with_default("c", ["FARGATE_SPOT"], SPOT)
        starter(cluster, task_definition(), {"subnets": ["subnet-1"], "assign_public_ip": True})

    stack = view(evaluate(program))
    (run,) = stack.runs
    assert (run.resource.name, run.task.family) == ("nightly", "web")
    # RunTask takes the cluster's default strategy, as a service does.
    assert [provider.kind for provider in run.capacity.providers] == [ComputeKind.FARGATE_SPOT]
    assert (run.network.subnets, run.network.address) == (("subnet-1",), True)
    assert [job.task.family for job in stack.jobs] == ["web"]


@pytest.mark.parametrize("starter", [by_rule, by_schedule])
def test_in_a_preview_too(starter: Starter) -> None:
    def program() -> None:
        cluster = cluster_with_default("c", ["FARGATE_SPOT"], SPOT)
        starter(cluster, task_definition(), {"subnets": ["subnet-1"], "assign_public_ip": True})

    (run,) = view(evaluate(program, preview=True)).runs
    assert run.capacity.shares is not UNKNOWN
    assert (run.network.subnets, run.network.address) == (("subnet-1",), True)


@pytest.mark.parametrize(
    ("launch_types", "expected"),
    [
        (["EC2"], ["EC2"]),
        (["FARGATE"], ["FARGATE"]),
        (["EC2", "FARGATE"], ["EC2", "FARGATE"]),
        ([], None),
    ],
)
def test_the_capacity_of_a_job_is_that_of_its_runs(
    launch_types: list[str], expected: list[str] | None, preview: bool
) -> None:
    def program() -> None:
        cluster, task = aws.ecs.Cluster("c"), task_definition(requires_compatibilities=["EC2", "FARGATE"])
        for index, type_ in enumerate(launch_types):
            rule = aws.cloudwatch.EventRule(f"at-{index}", schedule_expression="rate(1 day)")
            target: Any = {"task_definition_arn": task.arn, "launch_type": type_}
            aws.cloudwatch.EventTarget(f"at-{index}", rule=rule.name, arn=cluster.arn, ecs_target=target)

    (job,) = view(evaluate(program, preview=preview)).jobs
    names = [provider.name for provider in job.capacity.providers]
    assert names == (expected or [])
    assert (job.capacity.shares is UNKNOWN) is (expected is None)
