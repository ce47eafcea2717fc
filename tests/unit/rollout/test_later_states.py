"""A state that AWS adds later stays as it is answered: a rollout waits for one it knows."""

import json
from enum import StrEnum

import botocore.session
import pytest
from support import aws_answers as answers
from support.scripted_aws import Follow

from moorage.rollout import scan_aws, states
from moorage.rollout.observed import (
    service_deployments_of,
    service_of,
    stopped_tasks_of,
    unready_targets_of,
)
from moorage.rollout.states import state_of

LATER = "ADDED_LATER"

OF_AWS: dict[type[StrEnum], tuple[str, str]] = {
    states.TaskDefinitionStatus: ("ecs", "TaskDefinitionStatus"),
    states.ServiceStrategy: ("ecs", "DeploymentStrategy"),
    states.RolloutState: ("ecs", "DeploymentRolloutState"),
    states.HealthStatus: ("ecs", "HealthStatus"),
    states.StopCode: ("ecs", "TaskStopCode"),
    states.ServiceDeploymentStatus: ("ecs", "ServiceDeploymentStatus"),
    states.LifecycleStage: ("ecs", "ServiceDeploymentLifecycleStage"),
    states.TargetState: ("elbv2", "TargetHealthStateEnum"),
    scan_aws.ScanStatus: ("ecr", "ScanStatus"),
    scan_aws.FindingStatus: ("inspector2", "FindingStatus"),
}
"""The shapes in AWS's models, by enumeration."""

ONLY_DOCUMENTED = (states.ClusterStatus, states.ServiceStatus, states.DeploymentStatus, states.TaskStatus)
"""Those that AWS's models have as strings."""


@pytest.mark.parametrize("kind", [*OF_AWS, *ONLY_DOCUMENTED], ids=lambda kind: kind.__name__)
def test_only_a_known_state_is_a_member(kind: type[StrEnum]) -> None:
    assert all(state_of(kind, str(state.value)) is state for state in kind)
    later = state_of(kind, LATER)
    assert (type(later), later) == (str, LATER)
    assert later not in list(kind)
    assert state_of(kind, None) == ""


@pytest.mark.parametrize("kind", OF_AWS, ids=lambda kind: kind.__name__)
def test_states_are_those_of_the_models_of_aws(kind: type[StrEnum]) -> None:
    service, shape = OF_AWS[kind]
    model = botocore.session.get_session().get_service_model(service)
    assert set(kind) <= set(model.shape_for(shape).enum)


@pytest.mark.parametrize("kind", [*OF_AWS, *ONLY_DOCUMENTED], ids=lambda kind: kind.__name__)
def test_a_state_prints_and_counts_as_its_text(kind: type[StrEnum]) -> None:
    for state in kind:
        text = str(state.value)
        assert (f"{state}", json.dumps({state: state})) == (text, json.dumps({text: text}))
        assert {text: 1}[state] == 1


def test_an_answer_with_later_states_is_read() -> None:
    described = answers.service(
        answers.deployment(7, state=LATER, status=LATER, reason="-"),
        status=LATER,
        deploymentConfiguration={"strategy": LATER},
    )
    service = service_of(described)
    (deployment,) = service.deployments
    assert [service.status, service.strategy, deployment.status, deployment.rollout_state] == [LATER] * 4
    # The strategy is not rolling: only the service deployment shows whether it has ended.
    assert (service.gone, service.primary, service.shifts, deployment.settled) == (False, None, True, False)

    (task,) = stopped_tasks_of({"tasks": [{"taskArn": "a/1", "stopCode": LATER}]})
    assert (task.stop_code, task.ended_itself) == (LATER, False)

    (shift,) = service_deployments_of({"serviceDeployments": [{"status": LATER, "lifecycleStage": LATER}]})
    assert (shift.status, shift.stage, shift.failed, shift.going) == (LATER, LATER, False, False)

    assert unready_targets_of({"TargetHealthDescriptions": [{"TargetHealth": {"State": LATER}}]}) == []


def test_a_rollout_waits_in_a_later_state(followed: Follow) -> None:
    done = followed(
        (0, answers.service(answers.deployment(7, state=LATER, running=1, reason="-"), status=LATER)),
        (30, answers.service(answers.deployment(7, state="COMPLETED", running=2))),
    )
    assert done.outcome.ok
    assert done.said == ["notes:7: 1/2 tasks running", "notes:7 is running"]
