"""Target groups, where the program leaves settings to the provider or to Elastic Load Balancing."""

from typing import Any

import pulumi_aws as aws
import pytest

from moorage.graph import ProtocolVersion, Stickiness, TargetGroup, view
from moorage.local.translate.balancing import target_group_spec
from moorage.offline import UNKNOWN, evaluate


def made(preview: bool = False, **args: Any) -> TargetGroup:
    graph = evaluate(lambda: aws.lb.TargetGroup("web", port=80, **args) and None, preview=preview)
    (found,) = view(graph).target_groups.values()
    return found


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        # Without a health check: "CreateTargetGroup", API reference.
        ({"protocol": "HTTP"}, ("HTTP", 30, 5, 5, 2, "200")),
        ({"protocol": "TCP"}, ("TCP", 30, 10, 5, 2, "200-399")),
        ({"target_type": "lambda"}, ("HTTP", 35, 30, 5, 5, "200")),
        # With one: `aws.lb.TargetGroup`, healthCheck.
        ({"protocol": "HTTP", "health_check": {"path": "/x"}}, ("HTTP", 30, 5, 3, 3, "200")),
        ({"protocol": "HTTPS", "health_check": {"path": "/x"}}, ("HTTP", 30, 5, 3, 3, "200")),
        ({"protocol": "TCP", "health_check": {"path": "/x"}}, ("HTTP", 30, 6, 3, 3, "200-399")),
        ({"protocol": "TCP", "health_check": {"protocol": "tcp"}}, ("TCP", 30, 10, 3, 3, "200-399")),
    ],
)
def test_a_health_check(args: dict[str, Any], expected: tuple[Any, ...], preview: bool) -> None:
    check = made(preview, **args).health_check
    timing = (check.interval, check.timeout, check.healthy, check.unhealthy)
    assert (check.protocol, *timing, check.matcher) == expected
    assert check.port is None


def test_a_health_check_of_grpc(preview: bool) -> None:
    group = made(preview, protocol="HTTP", protocol_version="grpc", health_check={"port": "9000"})
    check = group.health_check
    assert (group.version, check.path, check.matcher) == (ProtocolVersion.GRPC, "/AWS.ALB/healthcheck", "12")
    assert check.port == 9000


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ({"type": "lb_cookie", "enabled": False}, None),
        ({"type": "lb_cookie"}, Stickiness("lb_cookie", 86400, "")),
        ({"type": "app_cookie", "cookie_name": "sid"}, Stickiness("app_cookie", 86400, "sid")),
    ],
)
def test_stickiness(given: Any, expected: Stickiness | None, preview: bool) -> None:
    assert made(preview, protocol="HTTP", stickiness=given).stickiness == expected


def test_other_defaults(preview: bool) -> None:
    group = made(preview, protocol="HTTP")
    assert (group.version, group.algorithm) == (ProtocolVersion.HTTP1, "round_robin")
    assert group.balances_connections is False
    assert made(preview, protocol="TLS").balances_connections is True


def test_an_existing_target_group_has_no_defaults(preview: bool) -> None:
    graph = evaluate(lambda: aws.lb.TargetGroup.get("web", "arn:aws:x") and None, preview=preview)
    (group,) = view(graph).target_groups.values()
    unknown = {
        group.target_type,
        group.protocol,
        group.version,
        group.health_check.timeout,
        group.stickiness,
        group.deregistration_delay,
        group.balances_connections,
    }
    assert unknown == {UNKNOWN}


def test_the_local_run_has_the_same_health_check() -> None:
    group = made(protocol="HTTP", health_check={"path": "/x"}, deregistration_delay=7)
    spec = target_group_spec(group)
    check = spec.health_check
    assert (check.path, check.interval, check.timeout) == ("/x", 30, 5)
    assert (check.healthy_threshold, check.unhealthy_threshold) == (3, 3)
    assert (spec.deregistration_delay, spec.stickiness_seconds, spec.algorithm) == (7, None, "round_robin")
