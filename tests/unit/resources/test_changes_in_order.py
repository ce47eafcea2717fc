"""A change on a live stack leaves the way to the running tasks open until the rollout was verified."""

from collections.abc import Callable
from typing import Any

import pytest

from moorage.offline import Resource, ResourceGraph

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SERVICE = "aws:ecs/service:Service"

GraphOf = Callable[..., ResourceGraph]


def tasks_rules(graph: ResourceGraph) -> dict[str, Resource]:
    return {rule.name: rule for rule in graph.of_type(INGRESS) if "-tasks-in" in rule.name}


@pytest.mark.parametrize(
    ("options", "app", "former"),
    [
        ({"balancer": {}}, {"port": 8080}, "web-tasks-in"),
        ({}, {"port": 8080, "public": True}, "web-tasks-in-public"),
        ({"capacity": "ec2"}, {"port": 80, "host_port": 8080, "public": True}, "web-tasks-in-public"),
        ({"capacity": "ec2", "balancer": {}}, {"port": 80, "host_port": 8080}, "web-tasks-in"),
    ],
    ids=["balancer", "public", "host port", "host port behind a balancer"],
)
def test_another_port_is_another_rule(
    graph_of: GraphOf, preview: bool, options: dict[str, Any], app: dict[str, Any], former: str
) -> None:
    key = "host_port" if "host_port" in app else "port"
    before = tasks_rules(graph_of(**options, apps={"web": app}, preview=preview))
    after = tasks_rules(graph_of(**options, apps={"web": {**app, key: 9090}}, preview=preview))
    (old,), (new,) = before.values(), after.values()
    assert old.urn != new.urn
    assert (old.inputs["fromPort"], new.inputs["fromPort"]) == (8080, 9090)
    # A stack from before rules were named after their port keeps its rule.
    assert [alias["name"] for alias in new.options["aliases"]] == [former]


@pytest.mark.parametrize("options", [{"balancer": {}}, {"capacity": "ec2", "balancer": {}}])
def test_the_service_changes_after_the_new_port_is_open(
    graph_of: GraphOf, preview: bool, options: dict[str, Any]
) -> None:
    host_port = {"host_port": 8081} if "capacity" in options else {}
    graph = graph_of(**options, apps={"web": {"port": 8080, **host_port}}, preview=preview)
    (rule,) = tasks_rules(graph).values()
    assert rule.urn in graph.one(SERVICE).dependencies


def test_rights_are_replaced_beside_the_old_ones(graph_of: GraphOf, preview: bool) -> None:
    table = {
        "service": "dynamodb",
        "access": "read",
        "arn": "arn:aws:dynamodb:us-east-1:123456789012:table/a",
    }
    secrets = {"secrets": {"TOKEN": "token"}, "grants": [table]}
    policies = graph_of(apps={"web": secrets}, preview=preview).of_type("aws:iam/rolePolicy:RolePolicy")
    assert {policy.name for policy in policies} == {"web-execution-policy", "web-task-policy"}
    for policy in policies:
        # The engine creates the replacement first and deletes the old one last, unless names are fixed.
        assert policy.options["replaceOnChanges"] == ["policy"]
        assert "name" not in policy.inputs
        assert policy.options["protect"] is False


def test_a_rule_can_be_deleted_in_a_protected_app(graph_of: GraphOf) -> None:
    (rule,) = tasks_rules(graph_of(balancer={})).values()
    assert rule.options["protect"] is False
