"""Whole deployments that move requests, followed through real boto3 clients against a scripted ECS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from moorage.rollout.ask import Denied
from moorage.rollout.watch import POLL, SURE

ARN = "arn:aws:ecs:eu-central-1:123456789012"


class Shifting:
    """A service whose deployments move requests, as ECS answers for it."""

    def __init__(self, scripted: Any, words: Any) -> None:
        self.aws, self.words = scripted, words
        self.strategy = "BLUE_GREEN"
        self.steps: list[tuple[float, dict[str, Any]]] = []
        self.again: list[tuple[float, dict[str, Any]]] = []
        scripted.answers |= {
            "DescribeServiceDeployments": lambda asked: self._described(asked),
            "DescribeServiceRevisions": self._revisions,
            "ListServiceDeployments": lambda asked: {
                "serviceDeployments": [_brief(self.now()["shift"])] if self.steps else []
            },
        }

    def at(self, second: float, status: str, stage: str = "", **more: Any) -> None:
        """From a second on this is what ECS says of the deployment, `more` as in `_step`."""
        self.steps.append((second, self._step(status, stage, **more)))

    def then(self, second: float, status: str, stage: str = "", **more: Any) -> None:
        """The same, so many seconds after UpdateService, for the deployment that it begins."""
        self.again.append((second, self._step(status, stage, **{"number": 8, **more})))

    def _step(
        self,
        status: str,
        stage: str,
        *,
        number: int = 7,
        brings: str = "",
        primary: str = "",
        both: bool | None = None,
        reason: str = "",
        rollback: str = "",
        alarms: tuple[str, ...] = (),
        weight: float | None = None,
        tasks: tuple[int, int, int] = (2, 2, 0),
        events: dict[float, str] | None = None,
    ) -> dict[str, Any]:
        words = self.words
        brings, over = brings or words.NEW, status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "STOPPED")
        back = status.startswith("ROLLBACK_SUCC") or status == "STOPPED"
        runs = primary or (words.OLD if back else brings)
        both = not over if both is None else both
        listed = [words.deployment(number, runs, None, running=2)]
        if both:
            listed.append(words.deployment(number - 1, words.OLD, None, status="ACTIVE", running=2))
        desired, running, pending = tasks
        target = {
            "arn": f"{ARN}:service-revision/main/notes/{brings.rpartition(':')[2]}",
            "requestedTaskCount": desired,
            "runningTaskCount": running,
            "pendingTaskCount": pending,
        }
        shift: dict[str, Any] = {
            "serviceDeploymentArn": f"{ARN}:service-deployment/main/notes/{number}",
            "createdAt": words.moment(0),
            "status": status,
            "targetServiceRevision": target
            if weight is None
            else {**target, "requestedProductionTrafficWeight": weight},
            "deploymentConfiguration": {"strategy": self.strategy, "bakeTimeInMinutes": 10},
        }
        shift |= {"lifecycleStage": stage} if stage else {}
        shift |= {"statusReason": reason} if reason else {}
        shift |= {"rollback": {"reason": rollback}} if rollback else {}
        shift |= {"alarms": {"triggeredAlarmNames": list(alarms)}} if alarms else {}
        service = words.service(
            *listed,
            events=events,
            deploymentConfiguration={"strategy": self.strategy},
            currentServiceDeployment=shift["serviceDeploymentArn"],
        )
        return {"service": service, "shift": shift}

    def now(self) -> dict[str, Any]:
        """What ECS says at this moment."""
        return [step for second, step in self.steps if second <= self.aws.clock.now()][-1]

    def _described(self, asked: dict[str, Any]) -> dict[str, Any]:
        shift = self.now()["shift"]
        assert asked["serviceDeploymentArns"] == [shift["serviceDeploymentArn"]]
        return {"serviceDeployments": [shift]}

    def _revisions(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "serviceRevisions": [
                {
                    "serviceRevisionArn": arn,
                    "taskDefinition": f"{ARN}:task-definition/notes:{arn.rpartition('/')[2]}",
                }
                for arn in asked["serviceRevisionArns"]
            ]
        }

    def update(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert self.again, "nothing was to be deployed again"
        begin = self.aws.clock.now()
        self.steps = [(begin + second, step) for second, step in self.again]
        return {}


def _brief(shift: dict[str, Any]) -> dict[str, Any]:
    return {
        "serviceDeploymentArn": shift["serviceDeploymentArn"],
        "createdAt": shift["createdAt"],
        "status": shift["status"],
        "targetServiceRevisionArn": shift["targetServiceRevision"]["arn"],
        **({"statusReason": shift["statusReason"]} if "statusReason" in shift else {}),
    }


@pytest.fixture
def ecs_shifts(scripted: Any, words: Any) -> Shifting:
    shifting = Shifting(scripted, words)
    scripted.answers["UpdateService"] = shifting.update
    scripted.answers["DescribeServices"] = lambda asked: shifting.now()["service"]
    return shifting


@pytest.fixture
def ended(followed: Callable[..., Any], ecs_shifts: Shifting) -> Callable[..., Any]:
    """Follow it to its end, in at most an hour."""

    def run(timeout: float = 3600) -> Any:
        return followed(timeout=timeout)

    return run


def test_an_unchanged_service_is_asked_about_twice(ecs_shifts: Shifting, ended: Any, scripted: Any) -> None:
    ecs_shifts.at(0, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert done.said == []
    assert [name for name, _ in scripted.calls] == ["DescribeServices", "DescribeServiceDeployments"]


def test_blue_green_succeeds_only_after_its_bake_time(
    ecs_shifts: Shifting, ended: Any, clock: Any, root: Path
) -> None:
    ecs_shifts.at(0, "PENDING")
    ecs_shifts.at(4, "IN_PROGRESS", "SCALE_UP", tasks=(2, 0, 2))
    ecs_shifts.at(20, "IN_PROGRESS", "SCALE_UP", tasks=(2, 2, 0))
    ecs_shifts.at(30, "IN_PROGRESS", "TEST_TRAFFIC_SHIFT")
    ecs_shifts.at(40, "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", weight=100.0)
    ecs_shifts.at(60, "IN_PROGRESS", "BAKE_TIME")
    ecs_shifts.at(250, "IN_PROGRESS", "CLEAN_UP")
    ecs_shifts.at(280, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert clock.now() >= 280
    assert done.said == [
        "notes:7: waiting for its turn",
        "notes:7: scale up, 0/2 tasks running, 2 starting",
        "notes:7: scale up, 2/2 tasks running",
        "notes:7: test traffic shift",
        "notes:7: production traffic shift, 100 % of requests",
        "notes:7: bake time, 0 of 10 minutes",
        "notes:7: bake time, 1 of 10 minutes",
        "notes:7: bake time, 2 of 10 minutes",
        "notes:7: bake time, 3 of 10 minutes",
        "notes:7: clean up",
        "notes:7 is running",
    ]
    assert "\n".join(done.said) in (root / "docs" / "rollouts.md").read_text()


def test_a_green_that_is_primary_and_alone_is_not_done_yet(
    ecs_shifts: Shifting, ended: Any, words: Any
) -> None:
    # A first deployment: nothing else runs, and the service has no more to tell.
    ecs_shifts.at(0, "IN_PROGRESS", "BAKE_TIME", both=False)
    ecs_shifts.at(100, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert done.said[0] == "notes:7: bake time, 0 of 10 minutes"


def test_a_canary_shows_its_part_of_the_requests(ecs_shifts: Shifting, ended: Any) -> None:
    ecs_shifts.strategy = "CANARY"
    ecs_shifts.at(0, "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", weight=5.0)
    ecs_shifts.at(60, "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", weight=100.0)
    ecs_shifts.at(70, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert done.said == [
        "notes:7: production traffic shift, 5 % of requests",
        "notes:7: production traffic shift, 100 % of requests",
        "notes:7 is running",
    ]


def test_an_alarm_rolls_back(ecs_shifts: Shifting, ended: Any) -> None:
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
        "what to do: look at the alarm's metric: the release made it worse than its threshold"
    )


def test_a_lifecycle_hook_refuses(ecs_shifts: Shifting, ended: Any) -> None:
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
        "most likely: the lifecycle hook at POST_TEST_TRAFFIC_SHIFT refused the release, or did not answer "
        "as ECS needs it",
    ]


def test_somebody_stops_it(ecs_shifts: Shifting, ended: Any) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.at(30, "ROLLBACK_REQUESTED", "SCALE_UP")
    ecs_shifts.at(40, "ROLLBACK_IN_PROGRESS", "SCALE_UP")
    ecs_shifts.at(60, "ROLLBACK_SUCCESSFUL")
    done = ended()

    assert done.outcome.kind == "rolled_back"
    assert done.text == (
        "notes:7 was rolled back, notes:6 is running: somebody stopped it\n"
        "most likely: somebody stopped the deployment\n"
        "what to do: ask who did; run `up` again to deploy it once more"
    )


def test_it_is_stopped_without_a_rollback(ecs_shifts: Shifting, ended: Any, root: Path) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.at(30, "STOP_REQUESTED", "SCALE_UP")
    ecs_shifts.at(60, "STOPPED")
    done = ended()

    assert done.outcome.kind == "stopped"
    assert done.text.startswith(
        "the deployment of notes:7 was stopped, notes:6 is running: somebody stopped it\n"
    )
    assert done.text in (root / "docs" / "rollouts.md").read_text()


def test_a_first_deployment_has_nothing_to_go_back_to(
    ecs_shifts: Shifting, ended: Any, scripted: Any, words: Any
) -> None:
    scripted.stopped = [
        words.task(1, "Essential container in task exited", code="EssentialContainerExited", exit_code=3)
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
        "most likely: the container ends with code 3 soon after it starts\n"
    )


def test_the_rollback_fails_too(ecs_shifts: Shifting, ended: Any) -> None:
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
        "notes:7 was to be rolled back, and that failed too; the service goes to notes:7: Service deployment"
    )
    assert "the app's listener rules or target groups are not as ECS left them" in done.text


def test_what_failed_before_is_deployed_again(ecs_shifts: Shifting, ended: Any, scripted: Any) -> None:
    ecs_shifts.at(0, "ROLLBACK_SUCCESSFUL", reason="Service deployment rolled back.")
    # Right after the update ECS may still show the old deployment.
    ecs_shifts.then(0, "ROLLBACK_SUCCESSFUL", number=7)
    ecs_shifts.then(4, "IN_PROGRESS", "SCALE_UP", tasks=(2, 0, 2))
    ecs_shifts.then(60, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert scripted.asked("UpdateService") == 1
    assert done.said == [
        "notes:6 is running, deploying notes:7 again",
        "notes:7: scale up, 0/2 tasks running, 2 starting",
        "notes:7 is running",
    ]


def test_it_is_deployed_again_once(ecs_shifts: Shifting, ended: Any, scripted: Any) -> None:
    ecs_shifts.at(0, "ROLLBACK_SUCCESSFUL")
    ecs_shifts.then(0, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.then(30, "ROLLBACK_SUCCESSFUL", reason="Service deployment rolled back.")
    done = ended()

    assert done.outcome.kind == "rolled_back"
    assert scripted.asked("UpdateService") == 1


def test_an_earlier_rollback_is_waited_for(ecs_shifts: Shifting, ended: Any, clock: Any) -> None:
    ecs_shifts.at(0, "ROLLBACK_IN_PROGRESS", "SCALE_UP", reason="Service deployment rolled back.")
    ecs_shifts.at(60, "ROLLBACK_SUCCESSFUL", reason="Service deployment rolled back.")
    done = ended()

    assert done.outcome.kind == "rolled_back"
    assert clock.now() >= 60


def test_somebody_elses_deployment_that_was_rolled_back_to_ours(
    ecs_shifts: Shifting, ended: Any, words: Any, scripted: Any
) -> None:
    ecs_shifts.at(0, "ROLLBACK_SUCCESSFUL", brings=words.OLD.replace(":6", ":8"), primary=words.NEW)
    done = ended()

    assert done.outcome.ok
    assert scripted.asked("DescribeServices") == SURE


def test_somebody_elses_deployment_is_deployed_over(
    ecs_shifts: Shifting, ended: Any, words: Any, scripted: Any
) -> None:
    ecs_shifts.at(0, "SUCCESSFUL", brings=words.OLD)
    ecs_shifts.then(0, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.then(30, "SUCCESSFUL", "CLEAN_UP")

    assert ended().outcome.ok
    assert scripted.asked("UpdateService") == 1


def test_an_older_success_that_is_still_shown_is_not_ours(
    ecs_shifts: Shifting, ended: Any, words: Any, clock: Any
) -> None:
    # Right after the update: the service lists both already, its current deployment is still the last one.
    ecs_shifts.at(0, "SUCCESSFUL", brings=words.OLD, primary=words.NEW, both=True)
    ecs_shifts.at(4, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.at(60, "SUCCESSFUL", "CLEAN_UP")

    assert ended().outcome.ok
    assert clock.now() >= 60


def test_the_time_is_up_in_the_bake_time(ecs_shifts: Shifting, ended: Any) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "BAKE_TIME")
    done = ended(timeout=120)

    assert done.outcome.kind == "timed_out"
    assert done.text.startswith(
        "notes:7 is still not running everywhere, and the time is up: bake time, 2 of 10 minutes\n"
    )


def test_what_hinders_it_is_in_the_progress(ecs_shifts: Shifting, ended: Any) -> None:
    trouble = "was unable to place a task because no container instance met all of its requirements."
    ecs_shifts.at(0, "IN_PROGRESS", "SCALE_UP", tasks=(2, 0, 0), events={1: trouble})
    ecs_shifts.at(60, "SUCCESSFUL", "CLEAN_UP")

    assert ended().said[0] == f"notes:7: scale up, 0/2 tasks running; {trouble}"


def test_without_the_right_to_ask_nobody_can_tell(
    ecs_shifts: Shifting, ended: Any, scripted: Any, words: Any
) -> None:
    scripted.answers["DescribeServiceDeployments"] = words.denied("ecs:DescribeServiceDeployments")
    ecs_shifts.at(0, "SUCCESSFUL")

    with pytest.raises(Denied) as caught:
        ended()
    assert caught.value.action == "ecs:DescribeServiceDeployments"


def test_a_service_that_names_no_deployment_is_found_by_the_list(
    ecs_shifts: Shifting, ended: Any, scripted: Any
) -> None:
    ecs_shifts.at(0, "SUCCESSFUL")
    del ecs_shifts.steps[0][1]["service"]["services"][0]["currentServiceDeployment"]

    assert ended().outcome.ok
    assert scripted.asked("ListServiceDeployments") == 1


def test_a_throttled_look_is_repeated(
    ecs_shifts: Shifting, ended: Any, scripted: Any, words: Any, own_clients: None
) -> None:
    known = scripted.answers["DescribeServiceDeployments"]

    def throttled(asked: Any) -> Any:
        if scripted.clock.now() < 2 * POLL:
            raise words.Failure("ThrottlingException", "Rate exceeded")
        return known(asked)

    scripted.answers["DescribeServiceDeployments"] = throttled
    ecs_shifts.at(0, "SUCCESSFUL")
    done = ended()

    assert done.outcome.ok
    assert done.said == ["AWS does not answer, asking again: ThrottlingException: Rate exceeded"]


def test_a_service_that_is_gone(ecs_shifts: Shifting, ended: Any, scripted: Any, words: Any) -> None:
    scripted.answers["DescribeServices"] = words.MISSING

    assert ended().outcome.kind == "gone"
    assert scripted.asked("DescribeServiceDeployments") == 0
