"""The states of a service that look like success, rollback or failure and are another one: each row of the
table in docs/rollouts.md."""

from typing import Any

import pytest
from support import aws_answers as answers
from support.aws_answers import Answer
from support.scripted_aws import Clock, Follow, ScriptedAws

from moorage.rollout.settings import Asked
from moorage.rollout.watch import POLL, SURE

LATE = 10.0
"""Seconds after which a new deployment may become visible."""


def test_the_looks_span_the_time_in_which_a_deployment_becomes_visible() -> None:
    assert (SURE - 1) * POLL > LATE


def test_completed_is_no_success_while_fewer_tasks_run(followed: Follow, clock: Clock) -> None:
    done = followed(
        (0, answers.service(answers.deployment(7))),
        (9, answers.service(answers.deployment(7, state="COMPLETED", running=1))),
        (300, answers.service(answers.deployment(7, state="COMPLETED", running=2))),
    )

    assert done.outcome.ok
    # It stays so for a while, not only between two crashes.
    assert clock.now() >= 300 + (SURE - 1) * POLL
    assert done.said == [
        "notes:7: 0/2 tasks running",
        "notes:7: 1/2 tasks running",
        "notes:7 is running",
    ]


def test_a_crash_loop_after_completion_fails_with_its_reason(followed: Follow, scripted: ScriptedAws) -> None:
    scripted.stopped = [
        answers.task(
            number, "Essential container in task exited", code="EssentialContainerExited", exit_code=3, at=50
        )
        for number in range(4)
    ]
    looks = [
        (second, answers.service(answers.deployment(7, state="COMPLETED", running=1 + second // 6 % 2)))
        for second in range(0, 900, 6)
    ]
    done = followed(*looks)

    assert done.outcome.kind == "timed_out"
    first, second, *_ = done.text.splitlines()
    assert first.startswith("the rollout of notes:7 timed out with ")
    assert second == "most likely: the container exits with code 3 soon after it starts"


def test_an_unchanged_service_that_lost_a_task_waits_for_it(
    followed: Follow, scripted: ScriptedAws, steady: Answer
) -> None:
    done = followed((0, answers.service(answers.deployment(7, state="COMPLETED", running=1))), (60, steady))

    assert done.outcome.ok
    assert len(scripted.asked("UpdateService")) == 0


def test_no_task_was_asked_for(followed: Follow, scripted: ScriptedAws) -> None:
    done = followed((0, answers.service(answers.deployment(7, state="COMPLETED", desired=0))), asked=Asked())

    assert done.outcome.ok
    assert len(scripted.asked("DescribeServices")) == 1


def test_scaled_to_zero_by_somebody_else(followed: Follow, scripted: ScriptedAws) -> None:
    asked = Asked(least=2, kept={"desiredCount": 2})
    zero = answers.service(answers.deployment(7, state="COMPLETED", desired=0), desiredCount=0)
    done = followed((0, zero), asked=asked)

    assert done.outcome.kind == "scaled_to_zero"
    assert done.text == (
        "notes:7 runs no tasks: another command scaled the service to 0\n"
        "what to do: run `pulumi up --refresh` to restore `count`; with `autoscaling`, restore its minimum"
    )
    assert len(scripted.asked("DescribeServices")) == SURE
    assert len(scripted.asked("UpdateService")) == 0


def test_a_count_that_is_visible_late_is_not_zero(followed: Follow, clock: Clock) -> None:
    asked = Asked(least=2, kept={"desiredCount": 2})
    zero = answers.service(answers.deployment(6, state="COMPLETED", desired=0), desiredCount=0)
    done = followed(
        (0, zero),
        (LATE, answers.service(answers.deployment(7), desiredCount=2)),
        (40, answers.service(answers.deployment(7, state="COMPLETED", running=2), desiredCount=2)),
        asked=asked,
    )

    assert done.outcome.ok
    assert clock.now() >= 40


@pytest.mark.parametrize(
    ("asked", "observed"),
    [
        (Asked(kept={"desiredCount": 4}), {"desiredCount": 2}),
        (Asked(kept={"healthCheckGracePeriodSeconds": 60}), {"healthCheckGracePeriodSeconds": 0}),
        (
            Asked(kept={"minimumHealthyPercent": 100}),
            {"deploymentConfiguration": {"minimumHealthyPercent": 50}},
        ),
        (Asked(again=True), {}),
        (
            Asked({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}),
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
        ),
    ],
    ids=["count", "grace period", "percentage", "redeploy", "capacity"],
)
def test_a_stale_success_of_the_same_revision_is_not_believed(
    followed: Follow, scripted: ScriptedAws, steady: Answer, asked: Asked, observed: dict[str, Any]
) -> None:
    """The earlier deployment of the same revision is shown until the new one becomes visible, which fails."""
    stale = answers.service(answers.deployment(6, state="COMPLETED", running=2, at=-500), **observed)
    back = answers.deployment(6, state="COMPLETED", running=2, at=-500)
    failed = answers.deployment(7, state="FAILED", status="ACTIVE", failed=3)
    done = followed(
        (0, stale),
        (LATE, answers.service(answers.deployment(7), answers.deployment(6, status="ACTIVE", at=-500))),
        (60, answers.service(back, failed)),
        asked=asked,
    )

    assert done.outcome.kind == "rolled_back"
    assert len(scripted.asked("UpdateService")) == 0


@pytest.mark.parametrize(
    "asked", [Asked(kept={"desiredCount": 4}), Asked(again=True)], ids=["count", "redeploy"]
)
def test_what_stays_so_is_believed(followed: Follow, scripted: ScriptedAws, asked: Asked) -> None:
    """A user scaled the service, or `redeploy` has not changed: it runs."""
    done = followed(
        (0, answers.service(answers.deployment(7, state="COMPLETED", running=2), desiredCount=2)), asked=asked
    )

    assert done.outcome.ok
    assert len(scripted.asked("DescribeServices")) == SURE


def test_a_new_revision_that_is_visible_late_is_not_deployed_again(
    followed: Follow, scripted: ScriptedAws, old: Answer, steady: Answer
) -> None:
    done = followed((0, old), (LATE, answers.service(answers.deployment(9))), (40, steady))

    assert done.outcome.ok
    assert len(scripted.asked("UpdateService")) == 0


def test_after_healing_the_deployment_that_it_began_is_waited_for(
    followed: Follow, scripted: ScriptedAws, old: Answer
) -> None:
    begun = answers.deployment(9)
    update = scripted._UpdateService
    scripted.answers["UpdateService"] = lambda asked: {**update(asked), "service": {"deployments": [begun]}}
    earlier = answers.service(answers.deployment(7, state="COMPLETED", running=2, at=-500))
    scripted.after_update = [
        (0, earlier),
        (LATE, answers.service(begun)),
        (30, answers.service(answers.deployment(9, state="COMPLETED", running=2))),
    ]
    done = followed((0, old))

    assert done.outcome.ok
    assert "notes:7: 0/2 tasks running" in done.said


# Another command's deployment.


def newer_in_progress(**more: Any) -> Any:
    return answers.service(
        answers.deployment(9, answers.NEW.replace(":7", ":9"), running=1, at=8),
        answers.deployment(7, state="COMPLETED", status="ACTIVE", running=2, at=-500),
        **more,
    )


OVERTAKEN = (
    "another command is deploying notes:9 (1/2 tasks running, started 2026-11-21 12:00:08 UTC): notes:7 is "
    "not deployed over it\n"
    "what to do: wait until that deployment ends; the next `up` deploys notes:7 again"
)


@pytest.mark.parametrize("begun", [True, False])
def test_a_newer_revision_in_progress_is_not_deployed_over(
    followed: Follow, scripted: ScriptedAws, begun: bool
) -> None:
    first = answers.service(answers.deployment(7)) if begun else newer_in_progress()
    done = followed((0, first), (10, newer_in_progress()))

    assert done.outcome.kind == "overtaken"
    assert done.text == OVERTAKEN
    assert len(scripted.asked("UpdateService")) == 0


def test_a_newer_revision_that_completed_is_deployed_over_once(
    followed: Follow, scripted: ScriptedAws, steady: Answer
) -> None:
    newer = answers.NEW.replace(":7", ":9")
    scripted.after_update = [(0, answers.service(answers.deployment(10))), (30, steady)]
    done = followed((0, answers.service(answers.deployment(9, newer, "COMPLETED", running=2))))

    assert done.outcome.ok
    assert done.said[0] == "notes:9 is running, deploying notes:7 again"
    assert len(scripted.asked("UpdateService")) == 1


@pytest.mark.parametrize(
    ("newest", "status", "overtaken"),
    [("6", "IN_PROGRESS", True), ("7", "ROLLBACK_IN_PROGRESS", False), ("6", "ROLLBACK_IN_PROGRESS", False)],
)
def test_an_earlier_revision_in_progress_is_a_rollback_or_another_command(
    followed: Follow, scripted: ScriptedAws, newest: str, status: str, overtaken: bool, steady: Answer
) -> None:
    known = {
        "serviceDeploymentArn": "arn:9",
        "targetServiceRevisionArn": f"rev/{newest}",
        "status": status,
        "createdAt": answers.moment(5),
    }
    scripted.answers |= {
        "ListServiceDeployments": {"serviceDeployments": [known]},
        "DescribeServiceDeployments": {"serviceDeployments": [known]},
        "DescribeServiceRevisions": lambda asked: {
            "serviceRevisions": [
                {"serviceRevisionArn": arn, "taskDefinition": answers.NEW.replace(":7", f":{arn[4:]}")}
                for arn in asked["serviceRevisionArns"]
            ]
        },
    }
    scripted.after_update = [(0, answers.service(answers.deployment(9))), (30, steady)]
    done = followed((0, answers.service(answers.deployment(8, answers.OLD, running=1))))

    assert done.outcome.kind == ("overtaken" if overtaken else "completed")
    assert len(scripted.asked("UpdateService")) == (0 if overtaken else 1)


def test_who_may_not_list_deployments_is_told_by_the_number(followed: Follow, scripted: ScriptedAws) -> None:
    scripted.answers["ListServiceDeployments"] = answers.denied("ecs:ListServiceDeployments")

    assert followed((0, newer_in_progress())).text == OVERTAKEN


# The report.


def test_failed_tasks_are_those_that_ecs_counts(followed: Follow, scripted: ScriptedAws) -> None:
    scripted.stopped = [answers.task(1, "Task failed to start")]
    done = followed(
        (0, answers.service(answers.deployment(7, failed=2))),
        (30, answers.service(answers.deployment(7, state="FAILED", failed=5))),
    )

    assert done.outcome.evidence.failed == 5
    assert "failed tasks, as ECS counts them: 5\n1 task: Task failed to start" in done.text


def test_failed_tasks_are_known_after_ecs_has_forgotten_the_deployment(followed: Follow, old: Answer) -> None:
    done = followed((0, answers.service(answers.deployment(7, failed=3))), (30, old))

    assert done.outcome.kind == "rolled_back"
    assert "failed tasks, as ECS counts them: 3" in done.text


def test_only_tasks_of_this_attempt_are_counted(followed: Follow, scripted: ScriptedAws, old: Answer) -> None:
    earlier = [answers.task(number, "OutOfMemoryError", by=5, at=-300) for number in range(6)]
    scripted.stopped = [*earlier, answers.task(9, "Task failed to start", by=7)]
    done = followed((0, answers.service(answers.deployment(7, failed=1))), (30, old))

    assert [task.reason for task in done.outcome.evidence.stopped] == ["Task failed to start"]


def test_of_attempts_that_the_service_forgot_the_last_is_counted(
    followed: Follow, scripted: ScriptedAws, old: Answer
) -> None:
    earlier = [answers.task(number, "OutOfMemoryError", by=5, at=-300) for number in range(6)]
    scripted.stopped = [*earlier, answers.task(9, "Task failed to start", by=6, at=-100)]
    scripted.answers["UpdateService"] = answers.denied("ecs:UpdateService")
    done = followed((0, old))

    assert [task.reason for task in done.outcome.evidence.stopped] == ["Task failed to start"]


@pytest.mark.parametrize(
    ("task", "cause"),
    [
        ({"reason": "The instance was retired by its provider"}, "The instance was retired by its provider"),
        (
            {"reason": "", "code": "", "container": "SomethingNew: no idea"},
            "stopped; container notes: SomethingNew: no idea",
        ),
        ({"reason": "", "code": ""}, "ECS gave no reason"),
    ],
)
def test_the_reason_that_is_there_is_said(
    followed: Follow, scripted: ScriptedAws, task: dict[str, Any], cause: str
) -> None:
    scripted.stopped = [answers.task(number, **task) for number in range(3)]
    failed = answers.deployment(7, state="FAILED", failed=3) | {"rolloutStateReason": ""}
    done = followed((0, answers.service(answers.deployment(7))), (30, answers.service(failed)))

    assert f"most likely: {cause}\n" in done.text
