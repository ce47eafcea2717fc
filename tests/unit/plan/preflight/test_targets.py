from typing import Any

import pulumi_aws as aws
import pytest
from support.fixtures import Findings, Found, MadeProgram
from support.preflight_programs import World


def published(*ports: int, host: int | None = None) -> dict[str, Any]:
    more = {} if host is None else {"hostPort": host}
    return {"containers": {"portMappings": [{"containerPort": port, **more} for port in ports]}}


@pytest.mark.parametrize(
    ("check", "rule"),
    [
        ({"interval": 5, "timeout": 5}, "health-check-timing"),
        ({"interval": 5, "timeout": 6}, "health-check-timing"),
        ({"interval": 6, "timeout": 5}, None),
        ({"interval": 5}, "health-check-timing"),
        ({"interval": 6}, None),
        ({"timeout": 30}, "health-check-timing"),
        ({"path": "healthz"}, "health-check-path"),
        ({"path": "/healthz"}, None),
    ],
)
def test_health_checks_that_aws_refuses(
    fargate: MadeProgram, found: Found, preview: bool, check: dict[str, Any], rule: str | None
) -> None:
    expected = [("error", rule, "group")] if rule else []
    assert found(fargate(group={"health_check": check}), preview) == expected


@pytest.mark.parametrize(
    ("check", "rule"),
    [
        # A Network Load Balancer's timeout may equal the interval.
        ({"protocol": "TCP", "interval": 10}, None),
        ({"protocol": "TCP", "interval": 9}, "health-check-timing"),
        ({"protocol": "HTTP", "interval": 6}, None),
        ({"protocol": "HTTP", "interval": 5}, "health-check-timing"),
    ],
)
def test_health_checks_of_connections(
    findings: Findings, preview: bool, check: Any, rule: str | None
) -> None:
    def program() -> None:
        aws.lb.TargetGroup("group", port=80, protocol="TCP", target_type="ip", health_check=check)

    expected = [f"preflight/{rule}"] if rule else []
    assert [finding.rule for finding in findings(program, preview)] == expected


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        (published(3000), "publishes 3000"),
        ({"containers": {"portMappings": None}}, "publishes none"),
        ({"containers": {"name": "api"}}, "the task definition has api"),
    ],
)
def test_a_balancer_that_leads_to_no_port(
    fargate: MadeProgram, findings: Findings, preview: bool, changes: dict[str, Any], part: str
) -> None:
    (finding,) = findings(fargate(**changes), preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/balanced-port")
    assert part in finding.message


@pytest.mark.parametrize(
    "changes",
    [
        published(3000, 8080),
        {"containers": {"portMappings": [{"containerPortRange": "8000-8100"}]}},
    ],
)
def test_a_balancer_that_leads_to_one_of_the_ports(
    fargate: MadeProgram, found: Found, preview: bool, changes: dict[str, Any]
) -> None:
    assert found(fargate(**changes), preview) == []


def test_a_health_check_of_a_port_that_nobody_publishes(
    fargate: MadeProgram, instances: MadeProgram, found: Found, preview: bool
) -> None:
    fixed = {"group": {"health_check": {"path": "/", "port": "9000"}}}
    assert found(fargate(**fixed), preview) == [
        ("warning", "health-check-port", "group"),
        ("error", "balancer-not-admitted", "service"),
    ]
    closed = [("error", "balancer-not-admitted", "service")]
    assert found(fargate(**fixed, **published(8080, 9000)), preview) == closed
    both = {"from_port": 8080, "to_port": 9000}
    assert found(fargate(**fixed, **published(8080, 9000), ingress=both), preview) == []
    assert found(instances(**fixed), preview) == [("error", "health-check-port", "group")]
    port = {"group": {"health_check": {"path": "/", "port": "8080"}}}
    # With a dynamic host port, the container's own is not reached from outside.
    assert found(instances(**port), preview) == [("error", "health-check-port", "group")]
    once = {"service": {"desired_count": 1}}
    assert found(instances(**port, **published(8080, host=8080), **once, ingress=OPEN), preview) == []


OPEN = {"from_port": 8080, "to_port": 8080}


def test_targets_of_the_wrong_type(
    fargate: MadeProgram, instances: MadeProgram, found: Found, preview: bool
) -> None:
    assert found(fargate(group={"target_type": "instance"}), preview) == [("error", "target-type", "service")]
    assert found(instances(group={"target_type": "ip"}), preview) == [("error", "target-type", "service")]


def forwarding(world: World) -> None:
    aws.lb.ListenerRule(
        "rule",
        listener_arn=world.listener.arn,
        priority=10,
        conditions=[{"path_pattern": {"values": ["/*"]}}],
        actions=[{"type": "forward", "target_group_arn": world.target_group.arn}],
    )


def test_a_target_group_without_listener(fargate: MadeProgram, found: Found, preview: bool) -> None:
    fixed = {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "404"}}
    answering = {"listener": {"default_actions": [fixed]}}
    assert found(fargate(**answering), preview) == [("error", "target-group-unreached", "service")]
    assert found(fargate(forwarding, **answering), preview) == []


def test_a_weighted_forward_leads_to_its_groups(fargate: MadeProgram, found: Found, preview: bool) -> None:
    def weighted(world: World) -> dict[str, Any]:
        groups = [{"arn": world.target_group.arn, "weight": 1}, {"arn": "arn:given", "weight": 1}]
        return {"default_actions": [{"type": "forward", "forward": {"target_groups": groups}}]}

    assert found(fargate(listener=weighted), preview) == []


@pytest.mark.parametrize(
    ("ingress", "good"),
    [
        (None, False),
        ({"from_port": 3000, "to_port": 3000}, False),
        ({"ip_protocol": "udp"}, False),
        ({"referenced_security_group_id": None, "cidr_ipv4": "10.0.0.0/16"}, True),
        ({"ip_protocol": "-1", "from_port": None, "to_port": None}, True),
        ({"from_port": 8000, "to_port": 9000}, True),
        ({"referenced_security_group_id": "sg-elsewhere"}, True),
        (lambda world: {"referenced_security_group_id": world.task_group.id}, False),
    ],
)
def test_tasks_that_do_not_let_their_balancer_in(
    fargate: MadeProgram, found: Found, preview: bool, ingress: Any, good: bool
) -> None:
    expected = [] if good else [("error", "balancer-not-admitted", "service")]
    assert found(fargate(ingress=ingress), preview) == expected


@pytest.mark.parametrize(
    ("source", "port", "good"),
    [("alb_group", 8080, True), ("alb_group", 80, False), ("task_group", 8080, False)],
)
def test_older_kinds_of_ingress_rules(
    fargate: MadeProgram, found: Found, preview: bool, source: str, port: int, good: bool
) -> None:
    expected = [] if good else [("error", "balancer-not-admitted", "service")]

    def apart(world: World) -> None:
        aws.ec2.SecurityGroupRule(
            "old",
            type="ingress",
            security_group_id=world.task_group.id,
            source_security_group_id=getattr(world, source).id,
            protocol="tcp",
            from_port=port,
            to_port=port,
        )

    assert found(fargate(apart, ingress=None), preview) == expected

    def inside(world: World) -> dict[str, Any]:
        rule = {"protocol": "tcp", "from_port": port, "to_port": port}
        from_ = {"self": True} if source == "task_group" else {"security_groups": [world.alb_group.id]}
        return {"ingress": [rule | from_]}

    assert found(fargate(ingress=None, task_group=inside), preview) == expected


def test_instances_that_do_not_let_their_balancer_in(
    instances: MadeProgram, findings: Findings, preview: bool
) -> None:
    (finding,) = findings(instances(ingress=OPEN), preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/balancer-not-admitted")
    assert "on port 32768 to 65535" in finding.message
    fixed = published(8080, host=8080) | {"service": {"desired_count": 1}}
    assert findings(instances(ingress=OPEN, **fixed), preview) == []
    (finding,) = findings(instances(**fixed), preview)
    assert "on port 8080:" not in finding.message
    assert "on port 8080" in finding.message


def test_groups_of_another_stack_are_not_judged(fargate: MadeProgram, found: Found, preview: bool) -> None:
    def given(world: World) -> dict[str, Any]:
        network = {"subnets": world.subnets, "security_groups": ["sg-1"], "assign_public_ip": True}
        return {"network_configuration": network}

    assert found(fargate(ingress=None, service=given), preview) == []
    balancers = {"target_group_arn": "arn:given", "container_name": "web", "container_port": 8080}
    assert found(fargate(ingress=None, service={"load_balancers": [balancers]}), preview) == []
