"""Verbs about apps whose deployments move requests: the service alone does not tell when one is over."""

import json
from typing import Any

import pytest
from support import running_app as words
from support.fixtures import RunMoorage
from support.scripted_aws import ScriptedAws

from moorage.rollout.states import Ending
from moorage.rollout.watch import Awaited, Outcome


@pytest.fixture
def bakes(scripted: ScriptedAws) -> None:
    """All tasks of revision 7 run, and its deployment goes on."""
    service = words.service(
        words.deployment(7, words.NEW), deploymentConfiguration={"strategy": "BLUE_GREEN"}
    )
    scripted.answers["DescribeServices"] = {"services": [service]}
    scripted.answers["ListServiceDeployments"] = {
        "serviceDeployments": [words.past(7, "IN_PROGRESS", at=10), words.past(6, "SUCCESSFUL")]
    }


@pytest.mark.usefixtures("bakes")
def test_an_app_is_not_healthy_before_its_bake_time_is_over(moorage_on_aws: RunMoorage) -> None:
    shown = moorage_on_aws("status")
    assert (shown.code, shown.out.startswith("notes: deploying; ")) == (0, True)
    assert json.loads(moorage_on_aws("status", "--json").out)["apps"][0]["state"] == "deploying"
    assert moorage_on_aws("why").out == "notes: nothing failed: notes:7 is being deployed, 2/2 tasks\n"


@pytest.mark.usefixtures("bakes")
def test_status_is_not_known_without_its_deployments(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws
) -> None:
    scripted.answers["ListServiceDeployments"] = words.denied("ecs:ListServiceDeployments")
    shown = moorage_on_aws("status")
    assert (shown.code, shown.out) == (3, "")
    assert "ecs:ListServiceDeployments is not allowed" in shown.err


@pytest.mark.parametrize(
    ("configuration", "minutes"),
    [
        ({}, 0),
        ({"strategy": "ROLLING", "bakeTimeInMinutes": 5}, 0),
        ({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}, 5),
        (
            {
                "strategy": "CANARY",
                "bakeTimeInMinutes": 5,
                "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": 10},
            },
            15,
        ),
        (
            {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": 5,
                "linearConfiguration": {"stepPercent": 10, "stepBakeTimeInMinutes": 6},
            },
            59,
        ),
    ],
)
def test_a_rollback_is_followed_for_as_long_as_it_waits_on_purpose(
    moorage_on_aws: RunMoorage,
    scripted: ScriptedAws,
    monkeypatch: pytest.MonkeyPatch,
    configuration: dict[str, Any],
    minutes: int,
) -> None:
    timeouts: list[float] = []

    async def follow(awaited: Awaited, _loop: object) -> Outcome:
        timeouts.append(awaited.timeout)
        return Outcome(Ending.COMPLETED)

    monkeypatch.setattr("moorage.operate.aws.place.follow", follow)
    service = words.service(words.deployment(7, words.NEW), deploymentConfiguration=configuration)
    scripted.answers |= {"DescribeServices": {"services": [service]}, "UpdateService": {"service": service}}
    assert moorage_on_aws("rollback", "--yes").code == 0
    assert timeouts == [900 + 60 * minutes]
