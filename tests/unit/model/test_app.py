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
    task = app.task
    assert (task.family, task.own.name, app.port, app.host_port) == ("project-dev-web", "web", 0, 0)
    assert (task.cpu, task.memory, task.own.memory_reservation) == (256, 512, None)
    assert (app.desired_count, app.autoscaling, app.daemon) == (1, None, False)
    assert (app.minimum_healthy_percent, app.maximum_percent) == (100, 200)
    assert (app.deregistration_delay, app.stop_timeout) == (15, 15)
    assert (app.exposure, task.private, task.assign_public_ip) == ("none", False, True)
    assert app.rules == (Rule(None, None),)
    assert task.own.health_check is None


@pytest.mark.parametrize(
    ("preset", "interval", "days", "shell"), [("dev", 5, 30, True), ("prod", 10, 90, False)]
)
def test_what_the_preset_says(preset: str, interval: int, days: int, shell: bool) -> None:
    app = spec(preset=preset)
    task = app.task
    assert (app.health_check.interval, task.log_retention_days, task.execute_command) == (
        interval,
        days,
        shell,
    )
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
    assert (app.task.network_mode, app.target_type, app.task.is_fargate) == (mode, target, fargate)
    assert app.task.assign_public_ip == fargate


def test_awsvpc_on_ec2_by_argument() -> None:
    app = spec("ec2", network_mode="awsvpc")
    assert (app.task.network_mode, app.target_type, app.task.assign_public_ip) == ("awsvpc", "ip", False)


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
    assert app.task.private is private
    assert app.task.assign_public_ip is not private


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
    assert not spec(read_only=True).task.execute_command
    assert spec(read_only=False).task.execute_command


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
    assert (chosen.autoscaling.cpu, chosen.autoscaling.memory, chosen.desired_count) == (None, 70, 2)


def test_a_short_interval_shortens_the_timeout() -> None:
    assert spec(health_check={"interval": 5}).health_check.timeout == 4


@pytest.mark.parametrize(
    ("args", "port"),
    [
        ({}, 0),
        ({"port": 9000}, 9000),
        ({"public": True}, 8080),
        ({"load_balancer": {"url": "x"}}, 8080),
        ({"host_port": 80}, 8080),
        ({"connect": {}}, 8080),
        ({"connect": {"services": []}}, 0),
        ({"connect": {"services": [{"port": 9000}]}}, 0),
    ],
)
def test_a_worker_that_nobody_calls_publishes_nothing(args: dict[str, Any], port: int) -> None:
    app = spec(**args)
    assert app.port == port
    assert [mapping.container_port for mapping in app.task.own.ports] == ([port] if port else [])
