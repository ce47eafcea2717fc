"""Deployment settings of a service, where the program leaves it to ECS too."""

from typing import Any

import pulumi_aws as aws
import pytest
from support.plain_ecs import service

from moorage.graph import Deployment, DeploymentStrategy, view
from moorage.offline import UNKNOWN, evaluate


def deployment(preview: bool, **args: Any) -> Deployment:
    (found,) = view(evaluate(lambda: service(**args), preview=preview)).services
    return found.deployment


@pytest.mark.parametrize(
    ("args", "percents"),
    [({}, (100, 200)), ({"scheduling_strategy": "DAEMON"}, (0, 100))],
    ids=["replicas", "daemon"],
)
def test_the_percents_that_ecs_takes_by_itself(
    args: dict[str, Any], percents: tuple[int, int], preview: bool
) -> None:
    """CreateService, deploymentConfiguration: the defaults of minimumHealthyPercent and maximumPercent."""
    found = deployment(preview, **args)
    assert (found.minimum_percent, found.maximum_percent) == percents
    assert (found.strategy, found.breaker, found.rollback) == (DeploymentStrategy.ROLLING, False, False)


@pytest.mark.parametrize(
    ("args", "strategy"),
    [
        ({"deployment_configuration": {"strategy": "BLUE_GREEN"}}, DeploymentStrategy.BLUE_GREEN),
        ({"deployment_controller": {"type": "CODE_DEPLOY"}}, DeploymentStrategy.CODE_DEPLOY),
        ({"deployment_controller": {"type": "ECS"}}, DeploymentStrategy.ROLLING),
    ],
    ids=lambda value: "",
)
def test_who_replaces_the_tasks(args: dict[str, Any], strategy: DeploymentStrategy, preview: bool) -> None:
    assert deployment(preview, **args).strategy is strategy


def test_a_circuit_breaker_that_a_preview_does_not_know(preview: bool) -> None:
    def program() -> None:
        known = aws.ecs.Cluster("main").arn.apply(lambda _: {"enable": True, "rollback": True})
        service(deployment_circuit_breaker=known)

    (found,) = view(evaluate(program, preview=preview)).services
    expected = UNKNOWN if preview else True
    assert (found.deployment.breaker, found.deployment.rollback) == (expected, expected)


def test_a_target_group_drains_instances_for_5_minutes_by_itself(preview: bool) -> None:
    """Target group attributes, deregistration_delay.timeout_seconds; CreateTargetGroup, TargetType."""
    graph = evaluate(lambda: aws.lb.TargetGroup("web", port=80) and None, preview=preview)
    (found,) = view(graph).target_groups.values()
    assert (found.target_type, found.deregistration_delay) == ("instance", 300)
