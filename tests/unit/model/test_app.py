from typing import Any

import pytest

from moorage.model.app import AppSpec, app_spec
from moorage.model.listener_rules import Rule

ARN = "arn:aws:ecs:eu-west-1:123456789012:cluster/main"


def spec(capacity: str = "fargate", preset: str = "dev", **args: Any) -> AppSpec:
    cluster = {"arn": ARN, "name": "main", "capacity": capacity, "preset": preset}
    return app_spec("web", {"cluster": cluster, **args}, "project-dev-web")


def test_defaults() -> None:
    app = spec()
    assert (app.family, app.container_name, app.port, app.host_port) == ("project-dev-web", "web", 8080, 0)
    assert (app.cpu, app.memory, app.memory_reservation) == (256, 512, None)
    assert (app.count, app.autoscaling, app.daemon) == (1, None, False)
    assert (app.minimum_healthy_percent, app.maximum_percent) == (100, 200)
    assert (app.deregistration_delay, app.stop_timeout) == (15, 15)
    assert (app.exposure, app.private, app.assign_public_ip) == ("none", False, True)
    assert app.rules == (Rule(None, None),)
    assert app.container_health_check is None


@pytest.mark.parametrize(
    ("preset", "interval", "days", "shell"), [("dev", 5, 30, True), ("prod", 10, 90, False)]
)
def test_what_the_preset_says(preset: str, interval: int, days: int, shell: bool) -> None:
    app = spec(preset=preset)
    assert (app.health_check.interval, app.log_retention_days, app.execute_command) == (interval, days, shell)
    assert app.health_check.timeout == 4


@pytest.mark.parametrize(
    ("capacity", "mode", "target", "fargate"),
    [
        ("fargate", "awsvpc", "ip", True),
        ("fargate_spot", "awsvpc", "ip", True),
        ("ec2", "bridge", "instance", False),
        ("managed_instances", "awsvpc", "ip", False),
    ],
)
def test_network_mode_follows_the_capacity(capacity: str, mode: str, target: str, fargate: bool) -> None:
    app = spec(capacity)
    assert (app.network_mode, app.target_type, app.is_fargate) == (mode, target, fargate)
    assert app.assign_public_ip == fargate


def test_awsvpc_on_ec2_by_argument() -> None:
    app = spec("ec2", network_mode="awsvpc")
    assert (app.network_mode, app.target_type, app.assign_public_ip) == ("awsvpc", "ip", False)


@pytest.mark.parametrize(
    ("network", "args", "private"),
    [
        ({}, {}, False),
        ({"private_egress": True}, {}, True),
        ({"private_egress": True}, {"subnets": "public"}, False),
        ({}, {"subnets": "private"}, True),
    ],
)
def test_where_tasks_are(network: dict[str, Any], args: dict[str, Any], private: bool) -> None:
    app = spec(network=network, **args)
    assert app.private is private
    assert app.assign_public_ip is not private


@pytest.mark.parametrize(("delay", "stop"), [(30, 25), (300, 25), (10, 10), (1, 2), (0, 2)])
def test_a_task_stops_within_its_deregistration_but_ecs_takes_no_less_than_two(delay: int, stop: int) -> None:
    assert spec(deregistration_delay=delay).stop_timeout == stop
    assert spec(deregistration_delay=delay, stop_timeout=7).stop_timeout == 7


@pytest.mark.parametrize(("preset", "delay", "stop"), [("dev", 15, 15), ("prod", 30, 25)])
def test_a_task_leaves_sooner_where_things_are_tried(preset: str, delay: int, stop: int) -> None:
    app = spec(preset=preset)
    assert (app.deregistration_delay, app.stop_timeout) == (delay, stop)


@pytest.mark.parametrize(("preset", "stop", "delay"), [("dev", 20, 20), ("prod", 20, 30), ("prod", 120, 120)])
def test_time_to_stop_that_is_given_is_time_to_drain_too(preset: str, stop: int, delay: int) -> None:
    app = spec(preset=preset, stop_timeout=stop)
    assert (app.deregistration_delay, app.stop_timeout) == (delay, stop)


def test_no_shell_where_its_agent_cannot_write() -> None:
    assert not spec(read_only=True).execute_command
    assert spec(read_only=False).execute_command


def test_exposure() -> None:
    assert spec(public=True).exposure == "public"
    assert spec(load_balancer={"url": "x"}).exposure == "load_balancer"


def test_a_daemon_leaves_before_it_comes() -> None:
    app = spec("ec2", daemon=True)
    assert (app.minimum_healthy_percent, app.maximum_percent) == (0, 100)


def test_autoscaling() -> None:
    plain = spec(autoscaling={"min": 2, "max": 4}).autoscaling
    assert plain is not None
    assert (plain.cpu, plain.memory, plain.requests) == (60, None, None)
    chosen = spec(autoscaling={"min": 2, "max": 4, "memory": 70})
    assert chosen.autoscaling is not None
    assert (chosen.autoscaling.cpu, chosen.autoscaling.memory, chosen.count) == (None, 70, 2)


def test_numbers_of_other_languages_become_whole() -> None:
    app = spec(
        port=8080.0,
        host_port=0.0,
        cpu=256.0,
        memory=512.0,
        memory_reservation=256.0,
        count=2.0,
        stop_timeout=20.0,
        deregistration_delay=30.0,
        minimum_healthy_percent=50.0,
        maximum_percent=200.0,
        log_retention_days=7.0,
        health_check={
            "interval": 5.0,
            "timeout": 2.0,
            "healthy_threshold": 3.0,
            "unhealthy_threshold": 3.0,
            "grace_period": 30.0,
        },
        container_health_check={
            "command": ["CMD", "x"],
            "interval": 5.0,
            "timeout": 2.0,
            "retries": 2.0,
            "start_period": 1.0,
        },
        autoscaling={"min": 1.0, "max": 3.0, "cpu": 50.0, "memory": 60.0, "requests": 100.0},
        rules=[{"path": "/", "priority": 5.0}],
    )
    assert ".0" not in repr(app)


def test_a_short_interval_shortens_the_timeout() -> None:
    assert spec(health_check={"interval": 5}).health_check.timeout == 4
