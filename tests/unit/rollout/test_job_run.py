"""A job's task run on a scripted ECS, followed to its end and explained."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from support import aws_answers as answers
from support.scripted_aws import Clock, ScriptedAws, call
from support.scripted_tasks import ScriptedTasks

from moorage.rollout.ask import Denied, Loop, Unreachable
from moorage.rollout.job import STOPS_WITHIN, UNKNOWN, Ended, run
from moorage.rollout.job_aws import AwsTasks, JobTask, job_task
from moorage.rollout.job_report import report

RanJob = Callable[..., tuple[Ended, list[str], list[str]]]
"""Runs a job; returns how it ended, what was said, and what was logged."""


@pytest.fixture
def ran(ecs_tasks: ScriptedTasks, clock: Clock) -> RanJob:
    """Run the task of the scripted ECS; returns how it ended, what was said, and what was logged."""

    def go(timeout: float = 900, **more: Any) -> tuple[Ended, list[str], list[str]]:
        said, logged = list[str](), list[str]()
        task = JobTask(
            name="migrate",
            cluster=answers.CLUSTER,
            task_definition=answers.JOB,
            container="migrate",
            log_group="logs",
            stream_prefix="migrate",
            **more,
        )

        ended = asyncio.run(
            run(
                AwsTasks(answers.CLUSTER),
                task,
                timeout=timeout,
                loop=Loop(said.append, call, clock.sleep, clock.now),
                log=logged.append,
            )
        )
        return ended, said, logged

    return go


def explained(ended: Ended) -> str:
    task = JobTask(name="migrate", cluster=answers.CLUSTER, task_definition=answers.JOB, container="migrate")
    return report(ended, task)


def test_success(ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws) -> None:
    ecs_tasks.ends(exit_code=0, log=["applied 0001", "applied 0002"])
    ended, said, logged = ran(
        capacity_provider_strategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        network_configuration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        command=["python", "migrate.py"],
    )

    assert (ended.ok, ended.kind, ended.exit_code) == (True, "succeeded", 0)
    assert explained(ended) == "notes-pre-deploy:3 exited with code 0"
    assert said == [f"started task {1:032x}", "waiting for capacity", "pulling the image", "running", "ended"]
    assert logged == ["applied 0001", "applied 0002"]
    (asked,) = [asked for name, asked in scripted.calls if name == "RunTask"]
    assert asked.pop("clientToken")
    assert asked == {
        "cluster": answers.CLUSTER,
        "taskDefinition": answers.JOB,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        "overrides": {"containerOverrides": [{"name": "migrate", "command": ["python", "migrate.py"]}]},
        "startedBy": "moorage",
        "propagateTags": "TASK_DEFINITION",
        "enableECSManagedTags": True,
    }


def test_the_log_is_handed_on_while_it_runs_and_once(
    ran: RanJob, ecs_tasks: ScriptedTasks, clock: Clock
) -> None:
    ecs_tasks.ends(exit_code=0, at=30, log=["one", "two", "three"], every=5)
    _, _, logged = ran()

    assert logged == ["one", "two", "three"]


def test_an_exit_code_that_is_not_0(ran: RanJob, ecs_tasks: ScriptedTasks) -> None:
    ecs_tasks.ends(exit_code=1, log=["applied 0001", "duplicate column: state"])
    ended, _, _ = ran()

    assert (ended.kind, ended.exit_code) == ("failed", 1)
    assert explained(ended) == (
        "notes-pre-deploy:3 failed: exit code 1\n"
        "most likely: its command exited with code 1\n"
        "what to do: see its last log lines below\n"
        "1 task: Essential container in task exited; container migrate exited with code 1\n"
        "last log lines:\n  applied 0001\n  duplicate column: state"
    )


def test_an_exit_code_without_a_log(ran: RanJob, ecs_tasks: ScriptedTasks) -> None:
    ecs_tasks.ends(exit_code=3)
    ended, _, _ = ran()

    assert "what to do: run its command in the image by hand" in explained(ended)


def test_out_of_memory_is_known(ran: RanJob, ecs_tasks: ScriptedTasks) -> None:
    ecs_tasks.ends(exit_code=137, container="OutOfMemoryError: Container killed due to memory usage")
    ended, _, _ = ran()

    assert "most likely: a container exceeded its memory and was killed" in explained(ended)


@pytest.mark.parametrize("code", [0, 1])
def test_another_container_that_ended_is_not_the_jobs_command(
    ran: RanJob, ecs_tasks: ScriptedTasks, code: int
) -> None:
    ecs_tasks.container = "proxy"
    ecs_tasks.ends(exit_code=code)
    ended, _, _ = ran()

    assert (ended.kind, ended.exit_code) == ("failed", None)
    assert explained(ended).splitlines()[:3] == [
        "notes-pre-deploy:3 failed, its exit code is not known",
        "most likely: another container of the task exited and stopped the task",
        "what to do: make only the job's own container essential",
    ]


def test_somebody_stopped_it(ran: RanJob, ecs_tasks: ScriptedTasks) -> None:
    ecs_tasks.ends(exit_code=143, code="UserInitiated", reason="Task stopped by user")
    ended, _, _ = ran()

    assert "most likely: someone stopped it\nwhat to do: find out who stopped it; run it again" in explained(
        ended
    )


def test_what_ecs_did_not_say(ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws) -> None:
    ecs_tasks.ends(exit_code=None, code="", reason="")
    assert "what to do: check the job's log" in explained(ran()[0])
    scripted.answers["RunTask"] = answers.Failure("InvalidParameterException", "No subnets")
    text = explained(ran()[0])
    assert text.startswith("notes-pre-deploy:3 was not started: ")
    assert "what to do: correct what ECS names, and run it again" in text


def test_it_never_ran(ran: RanJob, ecs_tasks: ScriptedTasks) -> None:
    ecs_tasks.ends(
        code="TaskFailedToStart",
        reason="CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve "
        "ref docker.io/library/notes:1: docker.io/library/notes:1: not found",
    )
    ended, said, _ = ran()

    assert (ended.kind, ended.exit_code) == ("failed", None)
    text = explained(ended)
    assert text.startswith("notes-pre-deploy:3 failed before its container ran\n")
    assert "most likely: the image is not in its registry" in text
    assert "running" not in said


def test_no_capacity(ran: RanJob, scripted: ScriptedAws) -> None:
    scripted.answers["RunTask"] = {
        "tasks": [],
        "failures": [{"reason": "Capacity is unavailable at this time. Please try again later"}],
    }
    ended, said, _ = ran()

    assert (ended.kind, ended.task) == ("not_started", "")
    assert said == []
    assert explained(ended) == (
        "notes-pre-deploy:3 was not started: Capacity is unavailable at this time. Please try again later\n"
        "most likely: AWS has no capacity of this kind at the moment\n"
        "what to do: try again later, or add zones; with Fargate Spot, run some tasks on demand "
        "with `on_demand_base`"
    )


def test_no_room_on_the_instances(ran: RanJob, scripted: ScriptedAws) -> None:
    scripted.answers["RunTask"] = {"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY", "detail": "512"}]}
    ended, _, _ = ran()

    text = explained(ended)
    assert text.startswith("notes-pre-deploy:3 was not started: RESOURCE:MEMORY: 512\n")
    assert "most likely: no instance has room for the task: RESOURCE:MEMORY" in text


def test_ecs_refuses(ran: RanJob, scripted: ScriptedAws) -> None:
    scripted.answers["RunTask"] = answers.Failure(
        "ClientException", "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/x'"
    )
    ended, _, _ = ran()

    assert ended.kind == "not_started"
    assert "most likely: ECS cannot assume one of the task's roles" in explained(ended)


@pytest.mark.parametrize(
    ("status", "most_likely"),
    [
        ("PROVISIONING", "the cluster had no capacity for it in time"),
        ("PENDING", "it ran longer than its `timeout`"),
        ("RUNNING", "it ran longer than its `timeout`"),
        ("ADDED_LATER", "it ran longer than its `timeout`"),
    ],
)
def test_a_task_whose_time_is_up_is_stopped(
    ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, clock: Clock, status: str, most_likely: str
) -> None:
    ecs_tasks.stays(status)
    ended, said, _ = ran(timeout=60)

    assert ended.kind == "timed_out"
    assert len(scripted.asked("StopTask")) == 1
    assert said[-2:] == ["timed out; stopping the task", "ended"]
    first, second, *_ = explained(ended).splitlines()
    doing = {"PROVISIONING": "waiting for capacity", "PENDING": "pulling the image"}.get(
        status, status.lower()
    )
    assert first == f"notes-pre-deploy:3 timed out and was stopped: {doing}"
    assert second == f"most likely: {most_likely}"
    assert 60 <= clock.now() < 90


def test_a_task_that_may_not_be_stopped_may_go_on(
    ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, clock: Clock
) -> None:
    ecs_tasks.stays("RUNNING")
    scripted.answers["StopTask"] = answers.denied("ecs:StopTask")
    ended, _, _ = ran(timeout=60)

    assert ended.kind == "timed_out"
    assert "not known: the task could not be stopped and may still run: User: " in explained(ended)
    assert len(scripted.asked("StopTask")) == 1
    assert clock.now() <= 60 + STOPS_WITHIN + 10


def test_a_log_that_may_not_be_read_is_asked_for_once(
    ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws
) -> None:
    ecs_tasks.ends(exit_code=1, at=60)
    scripted.answers["GetLogEvents"] = answers.denied("logs:GetLogEvents")
    ended, _, logged = ran()

    assert logged == []
    assert len(scripted.asked("GetLogEvents")) == 1
    assert "not known: the log: logs:GetLogEvents is not allowed" in explained(ended)


@pytest.mark.usefixtures("own_clients")
def test_throttling_passes(
    ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, clock: Clock
) -> None:
    ecs_tasks.ends(exit_code=0, at=40)
    described = scripted.answers["DescribeTasks"]

    def describe(asked: Any) -> Any:
        if clock.now() < 9:
            raise answers.Failure("ThrottlingException", "Rate exceeded")
        return described(asked)

    scripted.answers["DescribeTasks"] = describe
    ended, said, _ = ran()

    assert ended.ok
    assert said[1] == "AWS does not answer, retrying: ThrottlingException: Rate exceeded"


@pytest.mark.usefixtures("own_clients")
def test_aws_that_never_answers_is_said(ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws) -> None:
    ecs_tasks.ends(exit_code=0)
    scripted.answers["DescribeTasks"] = answers.Failure("ServiceUnavailable", "", 503)

    with pytest.raises(Unreachable):
        ran()


@pytest.mark.usefixtures("own_clients")
def test_a_task_is_asked_for_until_it_is_started_and_once(
    ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, clock: Clock
) -> None:
    ecs_tasks.ends(exit_code=0)
    run_task = scripted.answers["RunTask"]

    def start(asked: Any) -> Any:
        return (
            run_task(asked) if clock.now() > 60 else answers.Failure("ThrottlingException", "Rate exceeded")
        )

    scripted.answers["RunTask"] = start
    ended, said, _ = ran()

    assert ended.ok
    assert said[0] == "AWS does not answer, retrying: ThrottlingException: Rate exceeded"
    assert len({asked["clientToken"] for name, asked in scripted.calls if name == "RunTask"}) == 1


@pytest.mark.usefixtures("own_clients")
def test_a_task_is_followed_through_an_outage(
    ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, clock: Clock
) -> None:
    ecs_tasks.ends(exit_code=0, at=200)
    described = scripted.answers["DescribeTasks"]
    scripted.answers["DescribeTasks"] = lambda asked: (
        answers.Failure("ServerException", "", 500) if 20 < clock.now() < 400 else described(asked)
    )

    assert ran()[0].ok


@pytest.mark.parametrize(
    ("operation", "action"), [("RunTask", "ecs:RunTask"), ("DescribeTasks", "ecs:DescribeTasks")]
)
def test_what_is_not_allowed_is_named(
    ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, operation: str, action: str
) -> None:
    ecs_tasks.ends(exit_code=0)
    scripted.answers[operation] = answers.denied(action)

    with pytest.raises(Denied) as caught:
        ran()

    assert caught.value.action == action


def test_a_task_that_ecs_forgot(ran: RanJob, ecs_tasks: ScriptedTasks, scripted: ScriptedAws) -> None:
    ecs_tasks.ends(exit_code=0)
    scripted.answers["DescribeTasks"] = {"tasks": [], "failures": [{"reason": "MISSING"}]}
    ended, _, _ = ran()

    assert ended.kind == "lost"
    assert len(scripted.asked("DescribeTasks")) == UNKNOWN
    assert "is not known" in explained(ended)


def test_outputs_of_a_job_say_what_is_run() -> None:
    outputs = {
        "runTask": '{"cluster": "c", "taskDefinition": "t", "capacityProviderStrategy": [{"base": 1}], '
        '"networkConfiguration": {"awsvpcConfiguration": {}}}',
        "containerName": "report",
        "logGroupName": "logs",
    }

    task = job_task("nightly", outputs, ["true"])

    assert (task.cluster, task.task_definition, task.container) == ("c", "t", "report")
    assert (task.log_group, task.stream_prefix, task.command) == ("logs", "nightly", ["true"])
    assert task.capacity_provider_strategy == [{"base": 1}]
    assert task.network_configuration == {"awsvpcConfiguration": {}}
