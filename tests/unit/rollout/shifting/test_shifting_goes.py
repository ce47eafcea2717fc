"""Deployments that move requests and succeed, followed through real boto3 clients."""

from pathlib import Path
from typing import Any

from support import aws_answers as answers
from support.scripted_aws import Clock, ScriptedAws
from support.scripted_shifts import FollowShift, Shifting

from moorage.rollout.watch import POLL, SURE


def test_an_unchanged_service_is_asked_about_twice(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws
) -> None:
    ecs_shifts.at(0, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert done.said == []
    assert [name for name, _ in scripted.calls] == ["DescribeServices", "DescribeServiceDeployments"]


def test_a_state_and_a_stage_that_aws_adds_later_are_waited_for(
    ecs_shifts: Shifting, ended: FollowShift
) -> None:
    ecs_shifts.at(0, "IN_PROGRESS", "ADDED_LATER")
    ecs_shifts.at(20, "PAUSED", "CLEAN_UP")
    ecs_shifts.at(60, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert done.said == ["notes:7: added later", "notes:7: clean up", "notes:7 is running"]


def test_blue_green_succeeds_only_after_its_bake_time(
    ecs_shifts: Shifting, ended: FollowShift, clock: Clock, root: Path
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
        "notes:7: pending",
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


def test_a_green_that_is_primary_and_alone_is_not_done_yet(ecs_shifts: Shifting, ended: FollowShift) -> None:
    # A first deployment: nothing else runs, and the service has no more to tell.
    ecs_shifts.at(0, "IN_PROGRESS", "BAKE_TIME", both=False)
    ecs_shifts.at(100, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert done.said[0] == "notes:7: bake time, 0 of 10 minutes"


def test_a_canary_shows_its_part_of_the_requests(ecs_shifts: Shifting, ended: FollowShift) -> None:
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


def test_somebody_elses_deployment_that_was_rolled_back_to_ours(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws
) -> None:
    ecs_shifts.at(0, "ROLLBACK_SUCCESSFUL", brings=answers.OLD.replace(":6", ":8"), primary=answers.NEW)
    done = ended()

    assert done.outcome.ok
    assert len(scripted.asked("DescribeServices")) == SURE


def test_somebody_elses_deployment_is_deployed_over(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws
) -> None:
    ecs_shifts.at(0, "SUCCESSFUL", brings=answers.OLD)
    ecs_shifts.then(0, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.then(30, "SUCCESSFUL", "CLEAN_UP")

    assert ended().outcome.ok
    assert len(scripted.asked("UpdateService")) == 1


def test_an_older_success_that_is_still_shown_is_not_ours(
    ecs_shifts: Shifting, ended: FollowShift, clock: Clock
) -> None:
    # Right after the update: the service lists both already, its current deployment is still the last one.
    ecs_shifts.at(0, "SUCCESSFUL", brings=answers.OLD, primary=answers.NEW, both=True)
    ecs_shifts.at(4, "IN_PROGRESS", "SCALE_UP")
    ecs_shifts.at(60, "SUCCESSFUL", "CLEAN_UP")

    assert ended().outcome.ok
    assert clock.now() >= 60


def test_somebody_elses_deployment_in_progress_is_not_deployed_over(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws
) -> None:
    newer = answers.NEW.replace(":7", ":9")
    ecs_shifts.at(0, "IN_PROGRESS", "SCALE_UP", brings=newer, primary=answers.NEW, tasks=(2, 1, 1))
    done = ended()

    assert done.outcome.kind == "overtaken"
    assert done.text.startswith(
        "another command is deploying notes:9 (1/2 tasks running, started 2026-11-21 12:00:00 UTC): notes:7 "
        "is not deployed over it\n"
    )
    assert len(scripted.asked("UpdateService")) == 0


def test_somebody_elses_rollback_is_waited_for(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws, clock: Clock
) -> None:
    newer = answers.NEW.replace(":7", ":9")
    ecs_shifts.at(0, "ROLLBACK_IN_PROGRESS", brings=newer, primary=newer)
    ecs_shifts.at(60, "ROLLBACK_SUCCESSFUL", brings=newer, primary=answers.NEW)
    done = ended()

    assert done.outcome.ok
    assert done.said == ["notes:7: rolling back"]
    assert clock.now() >= 60
    assert len(scripted.asked("UpdateService")) == 0


def test_successful_is_no_success_while_fewer_tasks_run(
    ecs_shifts: Shifting, ended: FollowShift, clock: Clock
) -> None:
    ecs_shifts.at(0, "SUCCESSFUL", "CLEAN_UP")
    ecs_shifts.steps[0][1]["service"]["services"][0]["deployments"][0]["runningCount"] = 1
    ecs_shifts.at(60, "SUCCESSFUL", "CLEAN_UP")
    done = ended()

    assert done.outcome.ok
    assert done.said == ["notes:7: 1/2 tasks running", "notes:7 is running"]
    assert clock.now() >= 60


def test_what_hinders_it_is_in_the_progress(ecs_shifts: Shifting, ended: FollowShift) -> None:
    trouble = "was unable to place a task because no container instance met all of its requirements."
    ecs_shifts.at(0, "IN_PROGRESS", "SCALE_UP", tasks=(2, 0, 0), events={1: trouble})
    ecs_shifts.at(60, "SUCCESSFUL", "CLEAN_UP")

    assert ended().said[0] == f"notes:7: scale up, 0/2 tasks running; {trouble}"


def test_a_service_that_names_no_deployment_is_found_by_the_list(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws
) -> None:
    ecs_shifts.at(0, "SUCCESSFUL")
    del ecs_shifts.steps[0][1]["service"]["services"][0]["currentServiceDeployment"]

    assert ended().outcome.ok
    assert len(scripted.asked("ListServiceDeployments")) == 1


def test_a_throttled_look_is_repeated(
    ecs_shifts: Shifting, ended: FollowShift, scripted: ScriptedAws, own_clients: None
) -> None:
    known = scripted.answers["DescribeServiceDeployments"]

    def throttled(asked: Any) -> Any:
        if scripted.clock.now() < 2 * POLL:
            raise answers.Failure("ThrottlingException", "Rate exceeded")
        return known(asked)

    scripted.answers["DescribeServiceDeployments"] = throttled
    ecs_shifts.at(0, "SUCCESSFUL")
    done = ended()

    assert done.outcome.ok
    assert done.said == ["AWS does not answer, retrying: ThrottlingException: Rate exceeded"]
