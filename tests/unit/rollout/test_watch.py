"""Whole rollouts, followed through real boto3 clients against a scripted ECS."""

from collections.abc import Callable
from typing import Any

import pytest
from support import aws_answers as answers
from support.aws_answers import Answer
from support.scripted_aws import Clock, Follow, ScriptedAws

from moorage.rollout.watch import POLL, SURE


def test_one_question_when_nothing_is_going_on(
    followed: Follow, scripted: ScriptedAws, steady: Answer
) -> None:
    done = followed((0, steady))

    assert done.outcome.ok
    assert done.said == []
    assert [name for name, _ in scripted.calls] == ["DescribeServices"]


def test_a_rollout_succeeds(followed: Follow, scripted: ScriptedAws, steady: Answer) -> None:
    before = answers.deployment(6, answers.OLD, "COMPLETED", status="ACTIVE", running=2)
    done = followed(
        (0, answers.service(answers.deployment(7), before)),
        (4, answers.service(answers.deployment(7, pending=2), before)),
        (10, answers.service(answers.deployment(7, running=1, pending=1), before)),
        (20, answers.service(answers.deployment(7, running=2), before)),
        (40, answers.service(answers.deployment(7, running=2), before | {"runningCount": 1})),
        (60, steady),
    )

    assert done.outcome.ok
    assert done.said == [
        "notes:7: 0/2 tasks running, draining 2",
        "notes:7: 0/2 tasks running, 2 starting, draining 2",
        "notes:7: 1/2 tasks running, 1 starting, draining 2",
        "notes:7: 2/2 tasks running, draining 2",
        "notes:7: 2/2 tasks running, draining 1",
        "notes:7 is running",
    ]
    assert set(name for name, _ in scripted.calls) == {"DescribeServices"}


def test_a_slow_drain_is_no_failure(followed: Follow, steady: Answer, clock: Clock) -> None:
    before = answers.deployment(6, answers.OLD, "COMPLETED", status="ACTIVE", running=1)
    done = followed((0, answers.service(answers.deployment(7, running=2), before)), (600, steady))

    assert done.outcome.ok
    assert done.said == ["notes:7: 2/2 tasks running, draining 1", "notes:7 is running"]
    assert clock.now() >= 600


def test_the_circuit_breaker_rolls_back(
    followed: Follow, scripted: ScriptedAws, rolled_back: Callable[..., Answer]
) -> None:
    going = answers.service(
        answers.deployment(7, failed=1),
        answers.deployment(6, answers.OLD, "COMPLETED", status="ACTIVE", running=2),
    )
    scripted.stopped = [
        answers.task(
            number, "Essential container in task exited", code="EssentialContainerExited", exit_code=3
        )
        for number in range(3)
    ]
    scripted.logs[f"notes/notes/{2:032x}"] = ["starting", "KeyError: 'DATABASE_URL'"]
    scripted.logs[f"notes/notes/{0:032x}"] = ["starting", "KeyError: 'DATABASE_URL'"]
    done = followed((0, going), (40, rolled_back()))

    assert done.outcome.kind == "rolled_back"
    assert done.text == (
        "notes:7 was rolled back, notes:6 is running: "
        "ECS deployment circuit breaker: tasks failed to start.\n"
        "most likely: the container exits with code 3 soon after it starts\n"
        "what to do: see its last log lines below; if there are none, run the image by hand\n"
        "failed tasks, as ECS counts them: 3\n"
        "3 tasks: Essential container in task exited; container notes exited with code 3\n"
        "event: (service notes) rolling back to deployment ecs-svc/....\n"
        "event: (service notes) (deployment ecs-svc/...) deployment failed: tasks failed to start.\n"
        "last log lines:\n"
        "  starting\n"
        "  KeyError: 'DATABASE_URL'"
    )
    # Believed at once: the service itself says that the deployment failed.
    assert len(scripted.asked("DescribeServices")) == 40 // POLL + 2
    assert len(scripted.asked("UpdateService")) == 0


def test_a_rollback_that_the_service_does_not_tell_is_believed_after_several_looks(
    followed: Follow, scripted: ScriptedAws, old: Answer
) -> None:
    done = followed((0, answers.service(answers.deployment(7))), (1, old))

    assert done.outcome.kind == "rolled_back"
    assert done.outcome.running == answers.OLD
    assert len(scripted.asked("DescribeServices")) == 1 + SURE


def test_new_settings_of_the_same_revision_are_rolled_back(followed: Follow) -> None:
    # Such as another capacity: the revision stays, and what goes on running is still not what was asked for.
    before = answers.deployment(6, answers.NEW, "COMPLETED", status="ACTIVE", running=2, at=-500)
    failed = answers.deployment(7, state="FAILED", status="ACTIVE", failed=3)
    done = followed(
        (0, answers.service(answers.deployment(7), before)),
        (30, answers.service(before | {"status": "PRIMARY"}, failed)),
    )

    assert done.outcome.kind == "rolled_back"
    assert done.text.startswith(
        "notes:7 is running with its earlier settings: its new deployment was rolled back: "
        "ECS deployment circuit breaker: tasks failed to start."
    )


def test_an_earlier_failure_of_the_same_revision_does_not_count(followed: Follow) -> None:
    earlier = answers.deployment(6, state="FAILED", status="ACTIVE", failed=3, at=-100)
    done = followed(
        (0, answers.service(answers.deployment(7), earlier)),
        (30, answers.service(answers.deployment(7, state="COMPLETED", running=2), earlier)),
    )

    assert done.outcome.ok


def test_a_first_deployment_fails(followed: Follow, scripted: ScriptedAws) -> None:
    scripted.stopped = [
        answers.task(1, "ResourceInitializationError: unable to pull secrets or registry auth: i/o timeout")
    ]
    done = followed(
        (0, answers.service(answers.deployment(7))),
        (30, answers.service(answers.deployment(7, state="FAILED", failed=3))),
    )

    assert done.outcome.kind == "failed"
    assert done.text.startswith("notes:7 could not be started: ECS deployment circuit breaker: tasks failed")
    assert len(scripted.asked("UpdateService")) == 0


def test_a_first_deployment_that_failed_before_is_tried_again(
    followed: Follow, scripted: ScriptedAws, steady: Answer
) -> None:
    scripted.after_update = [(0, answers.service(answers.deployment(8))), (30, steady)]
    done = followed((0, answers.service(answers.deployment(7, state="FAILED", failed=3))))

    assert done.outcome.ok
    assert done.said == ["deploying notes:7 again", "notes:7: 0/2 tasks running", "notes:7 is running"]


def test_nothing_can_be_placed(followed: Follow, scripted: ScriptedAws, clock: Clock) -> None:
    event = (
        "was unable to place a task because no container instance met all of its requirements. The closest "
        "matching container-instance 40f53686-1332-4b7b-97b1-5b7de7586fd3 has insufficient memory available."
    )
    yesterday = {-86400.0: "was unable to place a task because No Container Instances were found"}
    done = followed((0, answers.service(answers.deployment(7), events={5: event, **yesterday})))

    assert done.outcome.kind == "timed_out"
    assert "no instance has room for the task: insufficient memory" in done.text
    assert "No Container Instances" not in done.text
    assert done.said == [f"notes:7: 0/2 tasks running; {event}"]
    assert 900 <= clock.now() < 900 + POLL


def test_flapping_health(followed: Follow, scripted: ScriptedAws, clock: Clock) -> None:
    looks = [
        (second, answers.service(answers.deployment(7, running=second // 30 % 2 + 1, failed=second // 60)))
        for second in range(0, 900, 30)
    ]
    scripted.stopped = [
        answers.task(
            number,
            f"Task failed ELB health checks in (target-group {answers.GROUP})",
            code="ServiceSchedulerInitiated",
            exit_code=137,
        )
        for number in range(4)
    ]
    scripted.targets = [
        ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"),
        ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"),
    ]
    done = followed(*looks)

    assert done.outcome.kind == "timed_out"
    # ECS killed these tasks: the code 137 does not mean too little memory.
    assert "most likely: the health check's path returns 404, which is not accepted" in done.text
    assert "1 unhealthy target: Health checks failed with these codes: [404]" in done.text
    assert "4 tasks: Task failed ELB health checks" in done.text


def test_a_stale_first_look_is_not_believed(
    followed: Follow, scripted: ScriptedAws, old: Answer, steady: Answer
) -> None:
    done = followed((0, old), (4, answers.service(answers.deployment(7))), (20, steady))

    assert done.outcome.ok
    assert len(scripted.asked("UpdateService")) == 0


def test_what_an_earlier_up_left_is_healed(
    followed: Follow, scripted: ScriptedAws, old: Answer, steady: Answer
) -> None:
    scripted.after_update = [(0, answers.service(answers.deployment(9, running=1))), (20, steady)]
    done = followed((0, old))

    assert done.outcome.ok
    assert done.said == [
        "notes:6 is running, deploying notes:7 again",
        "notes:7: 1/2 tasks running",
        "notes:7 is running",
    ]
    update = next(asked for name, asked in scripted.calls if name == "UpdateService")
    assert update == {
        "cluster": answers.CLUSTER,
        "service": "notes",
        "taskDefinition": answers.NEW,
        "forceNewDeployment": True,
    }


def test_healing_fails_again_with_a_fresh_reason(
    followed: Follow, scripted: ScriptedAws, rolled_back: Callable[..., Answer]
) -> None:
    # Of the first attempt its deployment and its tasks are still listed.
    scripted.stopped = [
        answers.task(1, "OutOfMemoryError: Container killed due to memory usage", by=7),
        answers.task(
            2, "CannotPullContainerError: pull image manifest has been retried: not found", by=9, at=110
        ),
    ]
    scripted.after_update = [
        (0, rolled_back()),
        (3 * POLL, answers.service(answers.deployment(9, at=100))),
        (60, rolled_back(9, at=100)),
    ]
    done = followed((0, rolled_back()))

    assert done.outcome.kind == "rolled_back"
    assert len(scripted.asked("UpdateService")) == 1
    assert "most likely: the image is not in its registry" in done.text
    assert "OutOfMemory" not in done.text


def test_another_revision_has_replaced_it_meanwhile(followed: Follow, scripted: ScriptedAws) -> None:
    newer = answers.NEW.replace(":7", ":9")
    done = followed(
        (0, answers.service(answers.deployment(7))),
        (10, answers.service(answers.deployment(8, newer, "COMPLETED", running=2))),
    )

    assert done.text == (
        "notes:7 was replaced, notes:9 is running\n"
        "what to do: another command deploys this service; run `up` again to deploy notes:7 over it"
    )
    assert len(scripted.asked("UpdateService")) == 0


def test_an_earlier_revision_has_replaced_it_meanwhile(followed: Follow, scripted: ScriptedAws) -> None:
    stopped = {
        "serviceDeploymentArn": "arn:7",
        "targetServiceRevisionArn": "rev/7",
        "status": "STOPPED",
        "createdAt": answers.moment(0),
    }
    scripted.answers |= {
        "ListServiceDeployments": {"serviceDeployments": [stopped]},
        "DescribeServiceDeployments": {"serviceDeployments": [stopped]},
        "DescribeServiceRevisions": {
            "serviceRevisions": [{"serviceRevisionArn": "rev/7", "taskDefinition": answers.NEW}]
        },
    }
    done = followed(
        (0, answers.service(answers.deployment(7))),
        (10, answers.service(answers.deployment(8, answers.OLD, "COMPLETED", running=2))),
    )

    assert done.text == (
        "notes:7 was replaced, notes:6 is running\n"
        "what to do: another command deploys this service; run `up` again to deploy notes:7 over it"
    )


def test_the_time_is_up_and_nothing_failed(followed: Follow) -> None:
    before = answers.deployment(6, answers.OLD, "COMPLETED", status="ACTIVE", running=1)
    done = followed((0, answers.service(answers.deployment(7, running=2), before)), timeout=60)

    assert done.outcome.kind == "timed_out"
    assert done.text == (
        "the rollout of notes:7 timed out with 2/2 tasks running\n"
        "most likely: no task failed; the rollout is slow\n"
        "what to do: run `up` again to continue waiting, or raise `rollout_timeout`"
    )


@pytest.mark.parametrize("how", ["MISSING", "INACTIVE", "DRAINING", "cluster"])
def test_the_service_is_deleted_meanwhile(followed: Follow, how: str) -> None:
    gone = {
        "MISSING": answers.MISSING,
        "cluster": answers.Failure("ClusterNotFoundException", "Cluster not found."),
    }.get(how) or answers.service(status=how)
    done = followed((0, answers.service(answers.deployment(7))), (3, gone))

    assert done.text == (
        "the service is gone, notes:7 does not run\n"
        "what to do: run `pulumi refresh`, then `up` to create it again"
    )


def test_a_new_service_that_is_not_seen_at_once(followed: Follow, steady: Answer) -> None:
    assert followed(
        (0, answers.MISSING), (4, answers.service(answers.deployment(7))), (20, steady)
    ).outcome.ok


def test_no_rollout_state(followed: Follow, scripted: ScriptedAws) -> None:
    def counted(running: int, *more: Any) -> Any:
        return answers.service(answers.deployment(7, state=None, running=running), *more)

    done = followed((0, counted(1)), (4, counted(2)), (7, counted(1)), (10, counted(2)))

    assert done.outcome.ok
    # Running for one look is not enough: it may be a task that is about to fail.
    assert len(scripted.asked("DescribeServices")) == 4 + SURE


def test_the_deployments_reason_as_ecs_remembers_it(followed: Follow, scripted: ScriptedAws) -> None:
    def brief(name: str, revision: str, at: float, status: str) -> dict[str, Any]:
        return {
            "serviceDeploymentArn": f"deployment-{name}",
            "targetServiceRevisionArn": f"revision-{revision}",
            "status": status,
            "createdAt": answers.moment(at),
            "statusReason": "Service deployment rolled back because of alarms.",
        }

    scripted.answers |= {
        "ListServiceDeployments": {
            "serviceDeployments": [
                brief("yesterday", "7", -86400, "ROLLBACK_SUCCESSFUL"),
                brief("this", "7", 1, "ROLLBACK_IN_PROGRESS"),
                brief("other", "5", 20, "STOPPED"),
            ]
        },
        "DescribeServiceRevisions": {
            "serviceRevisions": [
                {"serviceRevisionArn": "revision-7", "taskDefinition": answers.NEW},
                {"serviceRevisionArn": "revision-5", "taskDefinition": answers.OLD},
            ]
        },
        "DescribeServiceDeployments": lambda asked: {
            "serviceDeployments": [
                {
                    "serviceDeploymentArn": asked["serviceDeploymentArns"][0],
                    "status": "ROLLBACK_IN_PROGRESS",
                    "rollback": {"reason": "Service deployment rolled back because of alarms."},
                    "targetServiceRevision": {"arn": "revision-7"},
                    "alarms": {"status": "TRIGGERED", "triggeredAlarmNames": ["notes-5xx"]},
                }
            ]
        },
    }
    failed = answers.deployment(7, state="FAILED", status="ACTIVE")
    done = followed(
        (0, answers.service(answers.deployment(7))),
        (9, answers.service(answers.deployment(8, answers.OLD, at=9), failed)),
    )

    asked = {name: asked for name, asked in scripted.calls}
    assert asked["DescribeServiceDeployments"] == {"serviceDeploymentArns": ["deployment-this"]}
    assert done.text.splitlines()[:2] == [
        "notes:7 was rolled back, notes:6 is running: Service deployment rolled back because of alarms. "
        "(alarm notes-5xx)",
        "most likely: a CloudWatch alarm stopped the deployment",
    ]


@pytest.mark.parametrize(("stopped", "pages"), [(100, 1), (101, 2), (250, 3), (1001, 10)])
def test_stopped_tasks_of_all_pages_are_read(
    stopped: int, pages: int, followed: Follow, scripted: ScriptedAws, rolled_back: Callable[..., Answer]
) -> None:
    """ECS lists them in no order: the newest may be on the last page."""
    pull = "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found"
    kept = min(stopped, 1000)
    scripted.stopped = [
        answers.task(number, "Essential container in task exited", by=6) for number in range(stopped)
    ]
    scripted.stopped[kept - 1] = answers.task(kept, pull)
    done = followed((0, answers.service(answers.deployment(7))), (30, rolled_back()))

    assert [task.reason for task in done.outcome.evidence.stopped] == [pull]
    assert len(scripted.asked("ListTasks")) == len(scripted.asked("DescribeTasks")) == pages
