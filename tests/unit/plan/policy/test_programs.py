"""Whole programs: what the presets hold to, and what is accepted, by whom and why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from moorage import ContainerApp, EcsCluster, LoadBalancer, Network
from moorage.offline import EvaluationError, ResourceGraph, evaluate
from moorage.plan.plan import plan
from moorage.plan.policy import CONTROLS, KEY, PRESET_EXCEPTIONS, check, exceptions_in, review

ROOT = Path(__file__).parents[4]
NETWORK: Any = {
    "vpc_id": "vpc-1",
    "public_subnet_ids": ["subnet-a", "subnet-b"],
    "private_subnet_ids": ["subnet-c", "subnet-d"],
    "private_egress": True,
}


def shop(preset: str, capacity: str = "fargate", **app: Any) -> Callable[[], None]:
    def program() -> None:
        network = Network("net", NETWORK)
        cluster = EcsCluster("main", {"network": network.ref, "preset": preset, "capacity": capacity})
        balancer = LoadBalancer(
            "web",
            {
                "network": network.ref,
                "cluster": cluster.ref if capacity == "ec2" else None,
                "preset": preset,
                "domain": "shop.example",
                "zone_id": "Z1",
                "waf": True,
            },
        )
        ContainerApp(
            "web",
            {
                "cluster": cluster.ref,
                "network": network.ref,
                "load_balancer": balancer.ref,
                "image": "example/web:1",
                "tracing": True,
                "secret_values": {"TOKEN": pulumi.Output.secret("hush")},
                **app,
            },
        )

    return program


@pytest.mark.parametrize("capacity", ["fargate", "fargate_spot", "ec2", "managed_instances"])
def test_the_preset_prod_passes_every_control(capacity: str, preview: bool) -> None:
    graph = evaluate(shop("prod", capacity, read_only=True, user="1000"), preview=preview)
    assert check(graph) == []
    assert {item.finding.rule for item in review(graph).accepted} <= set(PRESET_EXCEPTIONS["prod"])


def test_what_only_the_app_can_know_stays_open() -> None:
    found = {finding.rule for finding in check(evaluate(shop("prod")))}
    assert found == {"ECS.5", "ECS.20"}


def test_dev_accepts_with_reasons(preview: bool) -> None:
    said = review(evaluate(shop("dev", user="1000"), preview=preview))
    assert said.findings == ()
    accepted = {item.finding.rule: (item.by, item.reason) for item in said.accepted}
    assert accepted["ECS.12"] == ("dev", PRESET_EXCEPTIONS["dev"]["ECS.12"])
    assert {"ELB.5", "ELB.6", "ECS.12"} <= set(accepted)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_stacks_of_this_repository_have_nothing_open(name: str) -> None:
    found = plan(ROOT, stack=name)
    ids = {control.id for control in CONTROLS}
    assert [finding for finding in found.findings if finding.rule in ids] == []
    assert {item.by for item in found.accepted} == ({"dev"} if name == "dev" else {"prod", "the stack"})


def test_exceptions_name_controls_that_are_checked() -> None:
    ids = {control.id for control in CONTROLS}
    assert {control for accepted in PRESET_EXCEPTIONS.values() for control in accepted} <= ids


def table(**preset: Any) -> Callable[[], None]:
    def program() -> None:
        for name, chosen in preset.items():
            EcsCluster(name, {"preset": chosen, "container_insights": True})
        aws.dynamodb.Table("notes", billing_mode="PAY_PER_REQUEST", hash_key="pk", attributes=[])

    return program


@pytest.mark.parametrize(
    ("presets", "found"),
    [
        ({"a": "dev"}, set()),
        ({"a": "prod"}, {"DynamoDB.2", "DynamoDB.6"}),
        ({"a": "dev", "b": "prod"}, {"DynamoDB.2", "DynamoDB.6"}),
        ({}, {"DynamoDB.2", "DynamoDB.6"}),
    ],
)
def test_what_stands_outside_of_components(presets: Any, found: set[str], preview: bool) -> None:
    graph = evaluate(table(**presets), preview=preview)
    assert {finding.rule for finding in check(graph)} == found


def test_an_app_told_of_its_cluster_by_plain_values_takes_that_preset() -> None:
    def program() -> None:
        cluster: Any = {"arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/one", "name": "one"}
        ContainerApp(
            "web", {"cluster": {**cluster, "preset": "dev"}, "network": NETWORK, "image": "example/web:1"}
        )

    rules = {item.finding.rule for item in review(evaluate(program)).accepted}
    assert "ECS.5" in rules


def accepting(*entries: Any) -> dict[str, str]:
    return {KEY: json.dumps(entries)}


def prod() -> ResourceGraph:
    return evaluate(shop("prod"))


def test_a_stack_accepts_what_it_names_and_no_more() -> None:
    exceptions = exceptions_in(accepting({"controls": ["ECS.5"], "resource": "web-*", "reason": "it writes"}))
    said = review(prod(), exceptions)
    assert {finding.rule for finding in said.findings} == {"ECS.20"}
    (item,) = [item for item in said.accepted if item.finding.rule == "ECS.5"]
    assert (item.by, item.reason) == ("the stack", "it writes")
    other = exceptions_in(accepting({"controls": ["ECS.5"], "resource": "api-*", "reason": "it writes"}))
    assert {finding.rule for finding in check(prod(), other)} == {"ECS.5", "ECS.20"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[", "must be a list"),
        ('{"a": 1}', "must be a list"),
        ('["ECS.5"]', "must have controls and reason"),
        ('[{"controls": ["ECS.5"], "why": "x"}]', "must have controls and reason"),
        ('[{"controls": ["ECS.99"], "reason": "x"}]', "'ECS.99' is no control"),
        ('[{"controls": [], "reason": "x"}]', "must be a list of controls"),
        ('[{"controls": ["ECS.5"], "reason": " "}]', "must say why"),
        ('[{"controls": ["ECS.5"], "reason": "x", "resource": 1}]', "must be a resource's name"),
    ],
)
def test_a_wrong_exception(value: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        exceptions_in({KEY: value})
    with pytest.raises(EvaluationError, match=message):
        plan(lambda: None, config={KEY: value})


def test_the_guide_lists_every_control_and_exception() -> None:
    guide = (ROOT / "docs" / "policy.md").read_text().splitlines()
    for control in CONTROLS:
        looks_at = ", ".join(dict.fromkeys(type_.rsplit(":", 1)[-1] for type_ in control.types))
        row = f"| {control.id} | {control.title} | {control.severity} | {looks_at} | {control.passes} |"
        assert row in guide
    for preset, accepted in PRESET_EXCEPTIONS.items():
        for control, reason in accepted.items():
            assert f"| `{preset}` | {control} | {reason} |" in guide
