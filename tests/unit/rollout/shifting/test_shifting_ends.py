"""Deployments that move requests and do not succeed: how that is reported."""

from pathlib import Path

import pytest
from support import aws_answers as answers
from support.scripted_aws import Clock, ScriptedAws
from support.scripted_shifts import FollowShift, Shifting

from moorage.rollout.ask import Denied


def test_an_alarm_rolls_back(ecs_shifts: Shifting, ended: FollowShift) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "BAKE_TIME")
    ecs_shifts.at(60, "ROLLBACK_IN_PROGRESS", "BAKE_TIME", reason="Service deployment rolled back.")
    ecs_shifts.at(
        90,
        "ROLLBACK_SUCCESSFUL",
        reason="Service deployment rolled back.",
        alarms=("web-errors-0123456",),
    )
    done = ended()

    assert done.outcome.kind == "rolled_back"
    assert done.said[-1] == "notes:7: rolling back: Service deployment rolled back."
    assert done.text == (
        "notes:7 was rolled back, notes:6 is running: "
        "Service deployment rolled back. (alarm web-errors-0123456)\n"
        "most likely: a CloudWatch alarm stopped the deployment\n"
        "what to do: check the alarm's metric: the release pushed it past its threshold"
    )


def test_a_lifecycle_hook_refuses(ecs_shifts: Shifting, ended: FollowShift) -> None:
    reason = (
        "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. Lifecycle "
        "hook target arn:aws:lambda:eu-central-1:123456789012:function:smoke returned FAILED status."
    )
    ecs_shifts.at(0, "IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT")
    ecs_shifts.at(60, "ROLLBACK_SUCCESSFUL", reason=reason)
    done = ended()

    assert done.outcome.kind == "rolled_back"
    assert done.text.splitlines()[:2] == [
        "notes:7 was rolled back, notes:6 is running: Service deployment rolled back because "
        "POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. Lifecycle hook target function:smoke returned "
        "FAILED status.",
        "most likely: the lifecycle hook at POST_TEST_TRAFFIC_SHIFT rejected the release, or its response "
        "was not valid",
    ]


def test_somebody_stops_it(ecs_shifts: Shifting, ended: FollowShift) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.at(30, "ROLLBACK_REQUESTED", "SCALE_UP")
    ecs_shifts.at(40, "ROLLBACK_IN_PROGRESS", "SCALE_UP")
    ecs_shifts.at(60, "ROLLBACK_SUCCESSFUL")
    done = ended()

    assert done.outcome.kind == "rolled_back"
    assert done.text == (
        "notes:7 was rolled back, notes:6 is running: someone stopped it\n"
        "most likely: someone stopped the deployment\n"
        "what to do: find out who stopped it; run `up` again to deploy it"
    )


def test_it_is_stopped_without_a_rollback(ecs_shifts: Shifting, ended: FollowShift, root: Path) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.at(30, "STOP_REQUESTED", "SCALE_UP")
    ecs_shifts.at(60, "STOPPED")
    done = ended()

    assert done.outcome.kind == "stopped"
    assert done.text.startswith(
        "the deployment of notes:7 was stopped, notes:6 is running: someone stopped it\n"
    )
    assert done.text in (root / "docs" / "rollouts.md").read_text()


def test_a_first_deployment_has_nothing_to_go_back_to(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws
) -> None:
    scripted.stopped = [
        answers.task(1, "Essential container in task exited", code="EssentialContainerExited", exit_code=3)
    ]
    ecs_shifts.at(0, "IN_PROGRESS", "SCALE_UP", both=False)
    ecs_shifts.at(
        60,
        "ROLLBACK_FAILED",
        both=False,
        reason="No rollback candidate was found to run the rollback.",
        rollback="Service deployment rolled back because the circuit breaker threshold was exceeded.",
    )
    done = ended()

    assert done.outcome.kind == "failed"
    assert done.text.startswith(
        "notes:7 could not be started: Service deployment rolled back because the circuit breaker threshold "
        "was exceeded. No rollback candidate was found to run the rollback.\n"
        "most likely: the container exits with code 3 soon after it starts\n"
    )


def test_the_rollback_fails_too(ecs_shifts: Shifting, ended: FollowShift) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "BAKE_TIME")
    ecs_shifts.at(
        60,
        "ROLLBACK_FAILED",
        reason="Service deployment rolled back because of invalid networking configuration: One or more "
        "rules not found",
    )
    done = ended()

    assert done.outcome.kind == "stuck"
    assert done.text.startswith(
        "notes:7 failed, and its rollback failed too; the service is moving to notes:7: Service deployment"
    )
    assert "the app's listener rules or target groups were changed outside of ECS" in done.text


def test_what_failed_before_is_deployed_again(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws
) -> None:
    ecs_shifts.at(0, "ROLLBACK_SUCCESSFUL", reason="Service deployment rolled back.")
    # Right after the update ECS may still show the old deployment.
    ecs_shifts.then(0, "ROLLBACK_SUCCESSFUL", number=7)
    ecs_shifts.then(4, "IN_PROGRESS", "SCALE_UP", tasks=(2, 0, 2))
    ecs_shifts.then(60, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert len(scripted.asked("UpdateService")) == 1
    assert done.said == [
        "notes:6 is running, deploying notes:7 again",
        "notes:7: scale up, 0/2 tasks running, 2 starting",
        "notes:7 is running",
    ]


def test_it_is_deployed_again_once(ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws) -> None:
    ecs_shifts.at(0, "ROLLBACK_SUCCESSFUL")
    ecs_shifts.then(0, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.then(30, "ROLLBACK_SUCCESSFUL", reason="Service deployment rolled back.")
    done = ended()

    assert done.outcome.kind == "rolled_back"
    assert len(scripted.asked("UpdateService")) == 1


def test_an_earlier_rollback_is_waited_for(ecs_shifts: Shifting, ended: FollowShift, clock: Clock) -> None:
    ecs_shifts.at(0, "ROLLBACK_IN_PROGRESS", "SCALE_UP", reason="Service deployment rolled back.")
    ecs_shifts.at(60, "ROLLBACK_SUCCESSFUL", reason="Service deployment rolled back.")
    done = ended()

    assert done.outcome.kind == "rolled_back"
    assert clock.now() >= 60


def test_the_time_is_up_in_the_bake_time(ecs_shifts: Shifting, ended: FollowShift) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "BAKE_TIME")
    done = ended(timeout=120)

    assert done.outcome.kind == "timed_out"
    assert done.text.startswith(
        "the rollout of notes:7 timed out with 2/2 tasks running: bake time, 2 of 10 minutes\n"
    )


def test_without_the_right_to_ask_nobody_can_tell(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws
) -> None:
    scripted.answers["DescribeServiceDeployments"] = answers.denied("ecs:DescribeServiceDeployments")
    ecs_shifts.at(0, "SUCCESSFUL")

    with pytest.raises(Denied) as caught:
        ended()
    assert caught.value.action == "ecs:DescribeServiceDeployments"


def test_a_service_that_is_gone(ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws) -> None:
    scripted.answers["DescribeServices"] = answers.MISSING

    assert ended().outcome.kind == "gone"
    assert len(scripted.asked("DescribeServiceDeployments")) == 0
