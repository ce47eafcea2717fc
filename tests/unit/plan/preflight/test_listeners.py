from typing import Any

import pulumi_aws as aws
import pytest
from support.fixtures import Findings, Found, MadeProgram
from support.preflight_programs import World


def rules(*given: Any) -> Any:
    """Make listener rules: priority and conditions."""

    def more(world: World) -> None:
        for index, (priority, *conditions) in enumerate(given):
            aws.lb.ListenerRule(
                f"rule-{index}",
                listener_arn=world.listener.arn,
                priority=priority,
                conditions=conditions,
                actions=[{"type": "forward", "target_group_arn": world.target_group.arn}],
            )

    return more


def path(*values: str) -> dict[str, Any]:
    return {"path_pattern": {"values": list(values)}}


def host(*values: str) -> dict[str, Any]:
    return {"host_header": {"values": list(values)}}


def header(name: str, *values: str) -> dict[str, Any]:
    return {"http_header": {"http_header_name": name, "values": list(values)}}


def method(*values: str) -> dict[str, Any]:
    return {"http_request_method": {"values": list(values)}}


def query(key: str, value: str) -> dict[str, Any]:
    return {"query_strings": [{"key": key, "value": value}]}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([path("/*")], [path("/api/*")]),
        ([path("*")], [host("notes.example.com")]),
        ([path("/api/*")], [path("/api/v1/*")]),
        ([path("/api/*", "/web/*")], [path("/web/a", "/api/b")]),
        ([path("/api/*")], [path("/api/*"), host("notes.example.com")]),
        ([host("*.example.com")], [host("notes.EXAMPLE.com"), path("/a")]),
        ([host("*")], [path("/a")]),
        ([header("X-Kind", "beta*")], [header("x-kind", "beta-1"), path("/a")]),
        ([method("GET", "HEAD")], [method("GET")]),
        ([query("a", "1")], [query("a", "1"), path("/a")]),
    ],
)
def test_a_rule_behind_one_that_takes_all_its_requests(
    fargate: MadeProgram, findings: Findings, preview: bool, first: list[Any], second: list[Any]
) -> None:
    (finding,) = findings(fargate(rules((10, *first), (20, *second))), preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/rule-never-matches")
    assert finding.resource.endswith("::rule-1")
    assert "rule-0, with priority 10 before 20" in finding.message
    assert findings(fargate(rules((20, *first), (10, *second))), preview) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([path("/api/*")], [path("/api")]),
        ([path("/api/*")], [path("/api/a", "/web")]),
        ([path("/API/*")], [path("/api/a")]),
        ([path("/api/*"), host("notes.example.com")], [path("/api/*")]),
        ([host("*.example.com")], [host("example.com")]),
        ([header("x-kind", "beta")], [header("x-sort", "beta")]),
        ([method("GET")], [method("GET", "POST")]),
        ([{"path_pattern": {"regex_values": ["^/a"]}}], [path("/ab")]),
        ([{"source_ip": {"values": ["10.0.0.0/8"]}}], [path("/a")]),
        ([query("a", "1")], [query("a", "2")]),
    ],
)
def test_rules_of_which_each_has_requests_of_its_own(
    fargate: MadeProgram, found: Found, preview: bool, first: list[Any], second: list[Any]
) -> None:
    assert found(fargate(rules((10, *first), (20, *second))), preview) == []


def test_one_priority_twice(fargate: MadeProgram, findings: Findings, preview: bool) -> None:
    (finding,) = findings(fargate(rules((10, path("/a")), (10, path("/b")))), preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/duplicate-priority")
    assert "has priority 10 on listener, like rule-0" in finding.message


def test_rules_of_two_listeners_do_not_meet(fargate: MadeProgram, found: Found, preview: bool) -> None:
    def more(world: World) -> None:
        rules((10, path("/*")))(world)
        world.listener = aws.lb.Listener(
            "second",
            load_balancer_arn=world.alb.arn,
            port=8443,
            default_actions=[{"type": "forward", "target_group_arn": world.target_group.arn}],
        )
        aws.lb.ListenerRule(
            "other",
            listener_arn=world.listener.arn,
            priority=10,
            conditions=[path("/a")],
            actions=[{"type": "forward", "target_group_arn": world.target_group.arn}],
        )

    assert found(fargate(more), preview) == []


def test_patterns_that_are_not_known_are_not_judged(fargate: MadeProgram, found: Found) -> None:
    def more(world: World) -> None:
        rules((10, path("/*")), (20, path(world.cluster.arn.apply(lambda _: "/a"))))(world)

    assert found(fargate(more)) == [("error", "rule-never-matches", "rule-1")]
    assert found(fargate(more), preview=True) == []


def test_a_listener_of_another_stack(fargate: MadeProgram, found: Found, preview: bool) -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/1/2"

    class Given:
        """Stands for a listener of which only the ARN is known."""

    def more(world: World) -> None:
        world.listener = Given()
        world.listener.arn = arn
        rules((10, path("/api/*")), (10, path("/web/*")), (20, path("/api/a")))(world)

    assert found(fargate(more), preview) == [
        ("error", "duplicate-priority", "rule-1"),
        ("error", "rule-never-matches", "rule-2"),
    ]
