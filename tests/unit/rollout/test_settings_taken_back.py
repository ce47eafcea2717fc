"""Settings that ECS took back while the revision stayed: seen by the next `up`, healed once, and named."""

from typing import Any

import pytest
from support import aws_answers as answers
from support.scripted_aws import Follow, ScriptedAws

from moorage.rollout.settings import Asked
from moorage.rollout.watch import SURE

SPOT = [{"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 1}]
ON_DEMAND = [{"capacityProvider": "FARGATE", "base": 0, "weight": 1}]
ASKED = Asked({"capacityProviderStrategy": SPOT})
NAMED = "notes:7 runs with settings other than requested: capacityProviderStrategy"


def showing(
    number: int, state: str, strategy: list[dict[str, Any]], *more: dict[str, Any], **told: Any
) -> dict[str, Any]:
    """Return a look at the service: deployment, state, and the strategy that it runs with."""
    primary = answers.deployment(number, state=state, running=2) | {"capacityProviderStrategy": strategy}
    return answers.service(primary, *more, **told)


def test_what_runs_as_asked_for_is_looked_at_once(followed: Follow, scripted: ScriptedAws) -> None:
    done = followed((0, showing(7, "COMPLETED", SPOT)), asked=ASKED)

    assert done.outcome.ok
    assert done.said == []
    assert [name for name, _ in scripted.calls] == ["DescribeServices"]


def test_settings_that_were_rolled_back_are_healed(followed: Follow, scripted: ScriptedAws) -> None:
    scripted.after_update = [
        (0, showing(8, "COMPLETED", ON_DEMAND)),
        (3, showing(9, "IN_PROGRESS", SPOT)),
        (30, showing(9, "COMPLETED", SPOT)),
    ]
    done = followed((0, showing(8, "COMPLETED", ON_DEMAND)), asked=ASKED)

    assert done.outcome.ok
    assert done.said == [
        f"{NAMED}, deploying it again",
        "notes:7: 2/2 tasks running",
        "notes:7 is running",
    ]
    before = [name for name, _ in scripted.calls].index("UpdateService")
    assert before == SURE
    assert scripted.calls[before][1] == {
        "cluster": "arn:aws:ecs:eu-central-1:123456789012:cluster/main",
        "service": "notes",
        "taskDefinition": "arn:aws:ecs:eu-central-1:123456789012:task-definition/notes:7",
        "forceNewDeployment": True,
        "capacityProviderStrategy": SPOT,
    }
    assert len(scripted.asked("UpdateService")) == 1


def test_settings_that_are_rolled_back_again_fail_with_the_reason(
    followed: Follow, scripted: ScriptedAws
) -> None:
    event = "was unable to place a task. Reason: Capacity is unavailable at this time."
    failed = answers.deployment(9, state="FAILED", status="ACTIVE", failed=3, at=9)
    failed |= {"capacityProviderStrategy": SPOT}
    scripted.after_update = [
        (0, showing(9, "IN_PROGRESS", SPOT)),
        (60, showing(10, "IN_PROGRESS", ON_DEMAND, failed, events={40.0: event})),
    ]
    done = followed((0, showing(8, "COMPLETED", ON_DEMAND)), asked=ASKED)

    assert done.outcome.kind == "rolled_back"
    assert done.outcome.differs == ("capacityProviderStrategy",)
    first, *rest = done.text.splitlines()
    assert first == (
        f"{NAMED}; its new deployment was rolled back: ECS deployment circuit breaker: tasks failed to start."
    )
    assert any("Capacity is unavailable" in line for line in rest)
    assert len(scripted.asked("UpdateService")) == 1


def test_a_rollback_that_the_service_does_not_tell_is_named_too(
    followed: Follow, scripted: ScriptedAws
) -> None:
    scripted.stopped = []
    done = followed(
        (0, showing(7, "IN_PROGRESS", SPOT)), (30, showing(8, "COMPLETED", ON_DEMAND)), asked=ASKED
    )

    assert done.outcome.kind == "rolled_back"
    assert done.text.startswith(f"{NAMED}; its new deployment was rolled back")
    assert len(scripted.asked("UpdateService")) == 0


def test_a_stale_look_is_not_believed(followed: Follow, scripted: ScriptedAws) -> None:
    done = followed(
        (0, showing(6, "COMPLETED", ON_DEMAND)),
        (3, showing(7, "IN_PROGRESS", SPOT)),
        (30, showing(7, "COMPLETED", SPOT)),
        asked=ASKED,
    )

    assert done.outcome.ok
    assert len(scripted.asked("UpdateService")) == 0


def test_a_rollback_on_its_way_is_not_success(followed: Follow, scripted: ScriptedAws) -> None:
    """`up` was stopped, and the next one looks while ECS still goes back."""
    scripted.after_update = [(0, showing(9, "IN_PROGRESS", SPOT)), (30, showing(9, "COMPLETED", SPOT))]
    done = followed(
        (0, showing(8, "IN_PROGRESS", ON_DEMAND)), (30, showing(8, "COMPLETED", ON_DEMAND)), asked=ASKED
    )

    assert done.outcome.ok
    assert len(scripted.asked("UpdateService")) == 1


def test_a_revision_comes_again_with_its_settings(followed: Follow, scripted: ScriptedAws) -> None:
    old = answers.deployment(8, answers.OLD, "COMPLETED", running=2) | {"capacityProviderStrategy": ON_DEMAND}
    scripted.after_update = [(0, showing(9, "COMPLETED", SPOT))]
    done = followed((0, answers.service(old)), asked=ASKED)

    assert done.outcome.ok
    assert done.said[0] == "notes:6 is running, deploying notes:7 again"
    (asked,) = [body for name, body in scripted.calls if name == "UpdateService"]
    assert asked["capacityProviderStrategy"] == SPOT


def test_settings_that_may_not_be_changed_again(followed: Follow, scripted: ScriptedAws) -> None:
    scripted.answers["UpdateService"] = answers.denied("ecs:UpdateService")
    done = followed((0, showing(8, "COMPLETED", ON_DEMAND)), asked=ASKED)

    assert done.outcome.kind == "rolled_back"
    first, second = done.text.splitlines()[:2]
    assert first == f"{NAMED}; its new deployment was rolled back"
    assert second.startswith("it could not be deployed again: User: ")


@pytest.mark.parametrize("state", ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"])
def test_an_app_that_moves_requests(state: str, followed: Follow, scripted: ScriptedAws) -> None:
    revision = "arn:aws:ecs:eu-central-1:123456789012:service-revision/main/notes/7"
    told = {
        "deploymentConfiguration": {"strategy": "BLUE_GREEN"},
        "currentServiceDeployment": "arn:aws:ecs:eu-central-1:123456789012:service-deployment/main/notes/7",
    }
    shift = {
        "serviceDeploymentArn": told["currentServiceDeployment"],
        "targetServiceRevision": {"arn": revision},
        "status": state,
    }
    again = {"currentServiceDeployment": told["currentServiceDeployment"] + "b"}

    def described(asked: dict[str, Any]) -> Any:
        (arn,) = asked["serviceDeploymentArns"]
        return {
            "serviceDeployments": [
                shift
                if arn == shift["serviceDeploymentArn"]
                else shift | {"serviceDeploymentArn": arn, "status": "SUCCESSFUL"}
            ]
        }

    scripted.answers["DescribeServiceDeployments"] = described
    scripted.answers["DescribeServiceRevisions"] = {
        "serviceRevisions": [{"serviceRevisionArn": revision, "taskDefinition": answers.NEW}]
    }
    scripted.after_update = [(0, showing(9, "COMPLETED", SPOT, **told | again))]
    done = followed((0, showing(8, "COMPLETED", ON_DEMAND, **told)), asked=ASKED)

    assert done.outcome.ok
    assert done.said[0] == f"{NAMED}, deploying it again"
    (asked,) = [body for name, body in scripted.calls if name == "UpdateService"]
    assert asked["capacityProviderStrategy"] == SPOT
