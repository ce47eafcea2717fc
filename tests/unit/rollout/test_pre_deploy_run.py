"""The pre-deploy job: run once for each revision, remembered, and nothing deployed when it fails."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from support import aws_answers as answers
from support.fixtures import Told
from support.scripted_aws import Clock, ScriptedAws, call
from support.scripted_tasks import ScriptedTasks

from moorage.resources import watching
from moorage.resources.app import pre_deploy as gate
from moorage.resources.app.pre_deploy import SUCCEEDED, TAG, Gate, pass_gate
from moorage.rollout.ask import Loop
from moorage.rollout.job_aws import AwsTasks, JobTask

PassGate = Callable[..., str]
"""Passes the gate as `up` does; returns how the program ended, empty if it goes on."""

KEPT = "nothing was deployed; the service is unchanged"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What is logged, by severity."""
    lines: dict[str, list[str]] = {"info": [], "warn": [], "error": []}
    for severity, known in lines.items():
        monkeypatch.setattr(pulumi.log, severity, lambda text, known=known, **_: known.append(text))
    return lines


@pytest.fixture
def up(ecs_tasks: ScriptedTasks, clock: Clock, told: Told) -> PassGate:
    """Pass the gate as `up` does; returns how the program ended, empty if it goes on."""
    task = JobTask(
        name="notes-pre-deploy",
        cluster=answers.CLUSTER,
        task_definition=answers.JOB,
        container="migrate",
        log_group="logs",
        stream_prefix="notes-pre-deploy",
    )

    def run(timeout: float = 900) -> str:
        app: Any = object()
        try:
            loop = Loop(lambda line: pulumi.log.info(f"pre-deploy: {line}"), call, clock.sleep, clock.now)
            asyncio.run(pass_gate(Gate(app, AwsTasks(answers.CLUSTER), task, loop), timeout))
        except pulumi.RunError as error:
            return str(error)
        return ""

    return run


def operations(scripted: ScriptedAws) -> list[str]:
    return [name for name, _ in scripted.calls]


def test_success_is_remembered(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told
) -> None:
    ecs_tasks.ends(exit_code=0, log=["applied 0001"])

    assert up() == ""
    assert ecs_tasks.tags == {answers.JOB: {TAG: SUCCEEDED}}
    assert told["info"] == [
        f"pre-deploy: started task {1:032x}",
        "pre-deploy: waiting for capacity",
        "pre-deploy: pulling the image",
        "pre-deploy: running",
        "pre-deploy: applied 0001",
        "pre-deploy: ended",
    ]
    assert told["error"] == told["warn"] == []


def test_an_unchanged_job_is_not_run_again(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws
) -> None:
    ecs_tasks.ends(exit_code=0)
    up()
    scripted.calls.clear()

    assert up() == ""
    assert operations(scripted) == ["ListTagsForResource"]


def test_a_failed_job_ends_the_program_and_is_run_again(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told
) -> None:
    ecs_tasks.ends(exit_code=1, log=["duplicate column: state"])

    assert up() == "notes-pre-deploy: failed, and nothing was deployed"
    assert told["error"] == [
        "notes-pre-deploy:3 failed: exit code 1\n"
        "most likely: its command exited with code 1\n"
        "what to do: see its last log lines below\n"
        "1 task: Essential container in task exited; container migrate exited with code 1\n"
        "last log lines:\n  duplicate column: state\n" + KEPT
    ]
    assert ecs_tasks.tags == {}

    ecs_tasks.ends(exit_code=0)
    assert up() == ""
    assert len(scripted.asked("RunTask")) == 2
    assert ecs_tasks.tags == {answers.JOB: {TAG: SUCCEEDED}}


def test_an_exit_code_of_a_task_that_crashed_is_no_reason_to_try_again(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws
) -> None:
    ecs_tasks.ends(exit_code=1, reason="Essential container in task exited", log=["AccessDenied"])
    up()

    assert len(scripted.asked("RunTask")) == 1


def test_a_role_that_was_made_just_now_is_tried_again(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told
) -> None:
    ecs_tasks.ends(code="TaskFailedToStart", reason="ECS was unable to assume the role 'x'")
    original = scripted.answers["RunTask"]

    def run(asked: Any) -> Any:
        answer = original(asked)
        ecs_tasks.ends(exit_code=0)
        return answer

    scripted.answers["RunTask"] = run

    assert up() == ""
    assert len(scripted.asked("RunTask")) == 2
    assert "pre-deploy: it did not start; retrying: ECS cannot assume one of the task's roles" in told["info"]


def test_no_capacity_is_tried_three_times(up: PassGate, scripted: ScriptedAws, told: Told) -> None:
    scripted.answers["RunTask"] = {
        "failures": [{"reason": "Capacity is unavailable at this time. Please try again later"}]
    }

    assert up() == "notes-pre-deploy: failed, and nothing was deployed"
    assert len(scripted.asked("RunTask")) == 3
    (error,) = told["error"]
    assert error.startswith("notes-pre-deploy:3 was not started: Capacity is unavailable at this time.")
    assert error.endswith(KEPT)


def test_nothing_is_tried_when_no_time_is_left(up: PassGate, scripted: ScriptedAws, told: Told) -> None:
    scripted.answers["RunTask"] = {"failures": [{"reason": "Capacity is unavailable at this time."}]}

    assert up(timeout=20) == "notes-pre-deploy: failed, and nothing was deployed"
    assert len(scripted.asked("RunTask")) == 2
    assert told["error"][0].startswith("notes-pre-deploy:3 was not started: Capacity is unavailable")


def test_an_image_that_is_missing_is_not_tried_again(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws
) -> None:
    ecs_tasks.ends(code="TaskFailedToStart", reason="CannotPullContainerError: manifest unknown: not found")
    up()

    assert len(scripted.asked("RunTask")) == 1


@pytest.mark.parametrize("status", ["PROVISIONING", "PENDING", "RUNNING"])
def test_a_job_whose_time_is_up_is_stopped(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told, status: str
) -> None:
    ecs_tasks.stays(status)

    assert up(timeout=60) == "notes-pre-deploy: failed, and nothing was deployed"
    assert [asked["task"] for name, asked in scripted.calls if name == "StopTask"] == list(ecs_tasks.tasks)
    (error,) = told["error"]
    assert error.startswith("notes-pre-deploy:3 timed out and was stopped: ")
    assert ecs_tasks.tags == {}


def test_a_task_that_an_interrupted_up_left_is_followed(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws
) -> None:
    ecs_tasks.ends(exit_code=0, at=30)
    AwsTasks(answers.CLUSTER).start(
        JobTask(name="notes", cluster=answers.CLUSTER, task_definition=answers.JOB, container="migrate"),
        "token",
    )

    assert up() == ""
    assert len(scripted.asked("RunTask")) == 1
    assert ecs_tasks.tags == {answers.JOB: {TAG: SUCCEEDED}}


def test_another_revision_that_still_runs_is_waited_for(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told, clock: Clock
) -> None:
    older = answers.JOB.replace(":3", ":2")
    ecs_tasks.ends(exit_code=1, at=40)
    AwsTasks(answers.CLUSTER).start(
        JobTask(name="notes", cluster=answers.CLUSTER, task_definition=older, container="migrate"), "token"
    )
    ecs_tasks.ends(exit_code=0)

    assert up() == ""
    assert told["info"][0] == "pre-deploy: waiting for notes-pre-deploy:2, which is still running"
    (_, ours) = ecs_tasks.tasks.values()
    assert ours["asked"]["taskDefinition"] == answers.JOB
    assert ours["begin"] >= 40


def test_another_revision_that_does_not_end(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told
) -> None:
    ecs_tasks.stays("RUNNING")
    AwsTasks(answers.CLUSTER).start(
        JobTask(
            name="notes",
            cluster=answers.CLUSTER,
            task_definition=answers.JOB.replace(":3", ":2"),
            container="migrate",
        ),
        "token",
    )

    assert up(timeout=60) == "notes-pre-deploy: failed, and nothing was deployed"
    assert len(scripted.asked("RunTask")) == 1
    assert told["error"] == [
        f"notes-pre-deploy:3 was not started: timed out while an earlier one still runs\n{KEPT}"
    ]


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("ListTagsForResource", "ecs:ListTagsForResource"),
        ("ListTasks", "ecs:ListTasks"),
        ("RunTask", "ecs:RunTask"),
        ("RunTask", "iam:PassRole"),
        ("DescribeTasks", "ecs:DescribeTasks"),
    ],
)
def test_what_is_not_allowed_is_named(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told, operation: str, action: str
) -> None:
    ecs_tasks.ends(exit_code=0)
    scripted.answers[operation] = answers.denied(action)

    assert up() == "notes-pre-deploy: failed, and nothing was deployed"
    (error,) = told["error"]
    first, *_, last_but_one, last = error.splitlines()
    assert first == f"whether notes-pre-deploy:3 succeeds is not known: {action} is not allowed"
    assert last_but_one == f"what to do: allow {', '.join(gate.ACTIONS)}"
    assert last == KEPT


def test_the_guide_lists_what_must_be_allowed() -> None:
    guide = Path(__file__).parents[3].joinpath("docs", "jobs.md").read_text()

    assert [action for action in gate.ACTIONS if f"`{action}`" not in guide] == []


def test_success_that_cannot_be_remembered_is_a_warning(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told
) -> None:
    ecs_tasks.ends(exit_code=0)
    scripted.answers["TagResource"] = answers.denied("ecs:TagResource")

    assert up() == ""
    (warning,) = told["warn"]
    assert warning.startswith("notes-pre-deploy:3 succeeded, but could not be tagged, so the next `up`")


@pytest.mark.usefixtures("own_clients")
def test_aws_that_never_answers_is_said(
    up: PassGate, ecs_tasks: ScriptedTasks, scripted: ScriptedAws, told: Told
) -> None:
    ecs_tasks.ends(exit_code=0)
    scripted.answers["DescribeTasks"] = answers.Failure("ThrottlingException", "Rate exceeded")

    assert up() == "notes-pre-deploy: failed, and nothing was deployed"
    (error,) = told["error"]
    assert (
        "what to do: run `up` again, which follows a task that still runs and does not start a second one"
        in error
    )


def test_cancelling_leaves_the_task_to_the_next_up(
    ecs_tasks: ScriptedTasks, scripted: ScriptedAws, clock: Clock, up: PassGate
) -> None:
    ecs_tasks.ends(exit_code=0, at=40)
    task = JobTask(name="notes", cluster=answers.CLUSTER, task_definition=answers.JOB, container="migrate")

    async def interrupted() -> None:
        async def sleep(seconds: float) -> None:
            raise asyncio.CancelledError

        app: Any = object()
        loop = Loop(print, call, sleep, clock.now)
        await pass_gate(Gate(app, AwsTasks(answers.CLUSTER), task, loop), 900)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupted())
    assert len(scripted.asked("StopTask")) == 0

    assert up() == ""
    assert len(scripted.asked("RunTask")) == 1
    assert not watching._watches
