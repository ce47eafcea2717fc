from typing import Any

import pulumi_aws as aws
import pytest
from support import preflight_cases
from support.fixtures import Found, MadeProgram
from support.preflight_programs import World, scaled


@pytest.mark.parametrize(
    ("count", "minimum", "maximum", "good"),
    [
        (1, 100, 100, False),
        (1, 50, 100, False),
        (1, 0, 100, True),
        (1, 100, 200, True),
        (2, 50, 100, True),
        (2, 100, 149, False),
        (2, 100, 150, True),
        (0, 100, 100, True),
    ],
)
def test_a_rollout_needs_room_to_move(
    fargate: MadeProgram, found: Found, preview: bool, count: int, minimum: int, maximum: int, good: bool
) -> None:
    service = {
        "desired_count": count,
        "deployment_minimum_healthy_percent": minimum,
        "deployment_maximum_percent": maximum,
    }
    expected = [] if good else [("error", "no-rolling-update", "service")]
    assert found(fargate(service=service), preview) == expected
    other = service | {"deployment_controller": {"type": "CODE_DEPLOY"}}
    assert found(fargate(service=other), preview) == []


def test_a_service_without_circuit_breaker(fargate: MadeProgram, found: Found, preview: bool) -> None:
    without = {"deployment_circuit_breaker": None}
    assert found(fargate(service=without), preview) == [("warning", "no-circuit-breaker", "service")]
    alarms = {"alarms": {"enable": True, "rollback": True, "alarm_names": ["errors"]}}
    assert found(fargate(service=without | alarms), preview) == []


@pytest.mark.parametrize(
    ("delay", "timeout", "good"), [(10, 20, False), (20, 20, True), (0, 20, True), (25, None, False)]
)
def test_draining_outlasts_stopping(
    fargate: MadeProgram, found: Found, preview: bool, delay: int, timeout: int | None, good: bool
) -> None:
    program = fargate(group={"deregistration_delay": delay}, containers={"stopTimeout": timeout})
    expected = [] if good else [("warning", "drain-shorter-than-stop", "group")]
    assert found(program, preview) == expected


def test_fargate_gives_a_container_two_minutes_to_stop(
    fargate: MadeProgram, instances: MadeProgram, found: Found, preview: bool
) -> None:
    long = {"group": {"deregistration_delay": 300}, "containers": {"stopTimeout": 121}}
    assert found(fargate(**long), preview) == [("error", "stop-timeout", "task")]
    assert found(instances(**long), preview) == []
    assert found(fargate(**long | {"containers": {"stopTimeout": 120}}), preview) == []


@pytest.mark.parametrize(
    ("minimum", "maximum", "expected"),
    [
        (4, 2, [("error", "autoscaling-bounds", "scaling")]),
        (0, 2, [("warning", "autoscaling-to-zero", "scaling")]),
        (3, 9, [("warning", "count-outside-autoscaling", "service")]),
        (1, 1, [("warning", "count-outside-autoscaling", "service")]),
        (2, 2, []),
        (1, 9, []),
    ],
)
def test_bounds_of_autoscaling(
    fargate: MadeProgram, found: Found, preview: bool, minimum: int, maximum: int, expected: Any
) -> None:
    assert found(fargate(scaled(minimum, maximum)), preview) == expected


def test_scaling_to_zero_without_a_balancer(fargate: MadeProgram, found: Found, preview: bool) -> None:
    assert found(fargate(scaled(0, 2), service={"load_balancers": None}), preview) == []


def test_a_scaling_target_may_name_its_service(fargate: MadeProgram, found: Found, preview: bool) -> None:
    def more(world: World) -> None:
        aws.appautoscaling.Target(
            "scaling",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id="service/main/web",
            min_capacity=0,
            max_capacity=2,
        )

    program = fargate(more, service={"name": "web"}, cluster={"name": "main"})
    expected = [("warning", "autoscaling-to-zero", "scaling")]
    assert found(program, preview) == expected


def test_bounds_of_a_group(instances: MadeProgram, found: Found, preview: bool) -> None:
    group = {"min_size": 4, "max_size": 3}
    assert found(instances(instances=group), preview) == [("error", "group-bounds", "instances")]
    assert found(instances(instances={"min_size": 3, "max_size": 3}), preview) == []


SPOT = {"capacity_provider": "FARGATE_SPOT", "weight": 1}


@pytest.mark.parametrize(
    ("stack", "strategies", "good"),
    [
        ("prod", [SPOT], False),
        ("production", [SPOT, {"capacity_provider": "FARGATE", "weight": 0}], False),
        ("prod", [SPOT, {"capacity_provider": "FARGATE", "base": 1}], True),
        ("dev", [SPOT], True),
    ],
)
def test_nothing_but_spot_in_production(
    fargate: MadeProgram, found: Found, preview: bool, stack: str, strategies: list[Any], good: bool
) -> None:
    service = {"launch_type": None, "capacity_provider_strategies": strategies}
    expected = [] if good else [("warning", "spot-only", "service")]
    assert found(fargate(service=service), preview, stack) == expected


@pytest.mark.parametrize(("base", "good"), [(0, False), (1, True)])
def test_nothing_but_spot_instances_in_production(
    instances: MadeProgram, found: Found, preview: bool, base: int, good: bool
) -> None:
    def group(world: World) -> dict[str, Any]:
        return {
            "launch_template": None,
            "mixed_instances_policy": {
                "instances_distribution": {
                    "on_demand_base_capacity": base,
                    "on_demand_percentage_above_base_capacity": 0,
                },
                "launch_template": {"overrides": [{"instance_type": "t3.small"}]},
            },
        }

    expected = [] if good else [("warning", "spot-only", "service")]
    assert found(instances(instances=group), preview, "prod") == expected


def tracked(*metrics: str, scheduled: bool = False) -> Any:
    """Scale the service between 0 and 2 tasks by these metrics."""

    def more(world: World) -> None:
        target = aws.appautoscaling.Target(
            "scaling",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=world.running.name.apply(lambda name: f"service/main/{name}"),
            min_capacity=0,
            max_capacity=2,
        )
        place: Any = {
            "service_namespace": target.service_namespace,
            "scalable_dimension": target.scalable_dimension,
            "resource_id": target.resource_id,
        }
        for metric in metrics:
            aws.appautoscaling.Policy(
                metric,
                policy_type="TargetTrackingScaling",
                target_tracking_scaling_policy_configuration={
                    "target_value": 60,
                    **(
                        {"predefined_metric_specification": {"predefined_metric_type": metric}}
                        if metric != "Backlog"
                        else {"customized_metric_specification": {"metric_name": metric, "namespace": "n"}}
                    ),
                },
                **place,
            )
        if scheduled:
            aws.appautoscaling.ScheduledAction(
                "morning",
                schedule="cron(0 6 * * ? *)",
                scalable_target_action={"min_capacity": 1},
                **place,
            )

    return more


CPU, REQUESTS = "ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (tracked(CPU, REQUESTS), [("error", "autoscaling-from-zero", "scaling")]),
        (tracked(CPU, "Backlog"), [("warning", "autoscaling-to-zero", "scaling")]),
        (tracked(CPU, scheduled=True), [("warning", "autoscaling-to-zero", "scaling")]),
        (tracked(), [("warning", "autoscaling-to-zero", "scaling")]),
    ],
)
def test_what_can_start_the_first_task(
    fargate: MadeProgram, found: Found, preview: bool, more: Any, expected: Any
) -> None:
    assert found(fargate(more), preview) == expected


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([(0, 0)], [("error", "autoscaling-from-zero", "action-0")]),
        ([(0, 3)], [("error", "autoscaling-from-zero", "action-0")]),
        ([(0, 0), (1, 3)], []),
        ([(2, 4)], []),
        ([(3, 2)], [("error", "autoscaling-bounds", "action-0")]),
    ],
)
def test_scheduled_bounds(
    fargate: MadeProgram, found: Found, preview: bool, actions: Any, expected: Any
) -> None:
    assert found(fargate(preflight_cases.scaled(1, 3, CPU, *actions)), preview) == expected
