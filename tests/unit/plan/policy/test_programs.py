"""Whole programs: what the presets hold to, and what is accepted, by whom and why."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from moorage import ComposeApp, ContainerApp, ContainerImage, EcsCluster, Job, LoadBalancer, Network
from moorage.graph import view
from moorage.model.configuration import EXCEPTIONS_KEY as KEY
from moorage.offline import EvaluationError, ResourceGraph, evaluate
from moorage.plan.exceptions import Review, RuleException
from moorage.plan.finding import Finding
from moorage.plan.plan import plan
from moorage.plan.policy import CONTROLS, review
from moorage.plan.presets import PRESET_EXCEPTIONS
from moorage.plan.rules import exceptions_in

ROOT = Path(__file__).parents[4]
NETWORK: Any = {
    "vpc_id": "vpc-1",
    "public_subnet_ids": ["subnet-a", "subnet-b"],
    "private_subnet_ids": ["subnet-c", "subnet-d"],
    "private_egress": True,
}
HOOK = "arn:aws:lambda:eu-central-1:123456789012:function:checks"


def reviewed(graph: ResourceGraph, exceptions: Sequence[RuleException] = ()) -> Review:
    return review(view(graph), exceptions)


def still_open(graph: ResourceGraph, exceptions: Sequence[RuleException] = ()) -> list[Finding]:
    return list(reviewed(graph, exceptions).findings)


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
    assert still_open(graph) == []
    assert {item.finding.rule for item in reviewed(graph).accepted} <= set(PRESET_EXCEPTIONS["prod"])


COMPOSE = """
services:
  front:
    image: example/front:1
    user: "1000:1000"
    read_only: true
    ports: ["80"]
    volumes: ["files:/files", "own:/own"]
    secrets: [token]
  worker: {image: example/worker:1, user: "1000:1000", read_only: true, volumes: ["files:/files:ro"]}
volumes: {files: , own: {x-moorage: {storage: efs}}}
secrets: {token: {environment: TOKEN}}
"""


def everything() -> None:
    """Declare whatever the components can make, with all that is for the program to say."""
    network = Network("net", NETWORK)
    cluster = EcsCluster("main", {"network": network.ref, "preset": "prod"})
    balancer = LoadBalancer(
        "web",
        {"network": network.ref, "preset": "prod", "domain": "shop.example", "zone_id": "Z1", "waf": True},
    )
    image = ContainerImage("image", {"build": {"context": "."}, "preset": "prod"})
    queue = "arn:aws:sqs:eu-central-1:123456789012:orders"
    task: Any = {
        "cluster": cluster.ref,
        "network": network.ref,
        "user": "1000",
        "read_only": True,
        "secret_values": {"TOKEN": pulumi.Output.secret("hush")},
        "grants": [{"service": "sqs", "access": "read_write", "arn": queue}],
    }
    for name, options in (
        ("rolling", {}),
        ("blue_green", {"hooks": [{"lambda_arn": HOOK, "stages": ["post_scale_up"]}]}),
        ("canary", {"test_header": "X-Preview"}),
        ("linear", {}),
    ):
        ContainerApp(
            name.replace("_", "-"),
            {
                **task,
                "image": image.uri,
                "load_balancer": balancer.ref,
                "rules": [{"path": f"/{name}/*"}],
                "deployment": name,
                "deployment_options": options,
                "alarms": {"latency": 0.5, "email": "ops@shop.example"},
                "dashboard": True,
                "autoscaling": {"min": 2, "max": 4},
                "pre_deploy": {"command": ["migrate"]},
            },
        )
    Job("nightly", {**task, "build": {"context": "."}, "schedule": "rate(1 day)", "retries": 2})
    Job("by-hand", {**task, "image": "example/job:1"})
    ComposeApp("shop", {"cluster": cluster.ref, "network": network.ref})


def test_whatever_the_components_make_passes_in_prod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preview: bool
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", "hush")
    graph = evaluate(everything, preview=preview)
    assert still_open(graph) == []
    types = {resource.type for resource in graph}
    assert types >= {
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:efs/accessPoint:AccessPoint",
        "aws:efs/backupPolicy:BackupPolicy",
        "aws:scheduler/schedule:Schedule",
        "aws:sfn/stateMachine:StateMachine",
        "aws:sns/topicPolicy:TopicPolicy",
    }
    accepted = {item.finding.rule for item in reviewed(graph).accepted}
    assert accepted == {"ELB.21", "ELB.22", "SecretsManager.1", "SecretsManager.4"}


def test_what_only_the_program_can_know_of_a_job_stays_open() -> None:
    def program() -> None:
        network = Network("net", NETWORK)
        cluster = EcsCluster("main", {"network": network.ref, "preset": "prod"})
        Job("nightly", {"cluster": cluster.ref, "network": network.ref, "image": "example/job:1"})

    fixes = {finding.rule: finding.fix for finding in still_open(evaluate(program))}
    assert set(fixes) == {"ECS.5", "ECS.20"}
    assert fixes["ECS.5"].startswith("read_only: true")
    assert "user" in fixes["ECS.20"]


def test_what_only_the_app_can_know_stays_open() -> None:
    found = {finding.rule for finding in still_open(evaluate(shop("prod")))}
    assert found == {"ECS.5", "ECS.20"}


def test_dev_accepts_with_reasons(preview: bool) -> None:
    said = reviewed(evaluate(shop("dev", user="1000"), preview=preview))
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
def test_what_stands_outside_of_components(presets: dict[str, str], found: set[str], preview: bool) -> None:
    graph = evaluate(table(**presets), preview=preview)
    assert {finding.rule for finding in still_open(graph)} == found


def test_an_app_told_of_its_cluster_by_plain_values_takes_that_preset() -> None:
    def program() -> None:
        cluster: Any = {"arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/one", "name": "one"}
        ContainerApp(
            "web", {"cluster": {**cluster, "preset": "dev"}, "network": NETWORK, "image": "example/web:1"}
        )

    rules = {item.finding.rule for item in reviewed(evaluate(program)).accepted}
    assert "ECS.5" in rules


def accepting(*entries: Any) -> dict[str, str]:
    return {KEY: json.dumps(entries)}


def prod() -> ResourceGraph:
    return evaluate(shop("prod"))


def test_a_stack_accepts_what_it_names_and_no_more() -> None:
    exceptions = exceptions_in(accepting({"controls": ["ECS.5"], "resource": "web-*", "reason": "it writes"}))
    said = reviewed(prod(), exceptions)
    assert {finding.rule for finding in said.findings} == {"ECS.20"}
    (item,) = [item for item in said.accepted if item.finding.rule == "ECS.5"]
    assert (item.by, item.reason) == ("the stack", "it writes")
    other = exceptions_in(accepting({"controls": ["ECS.5"], "resource": "api-*", "reason": "it writes"}))
    assert {finding.rule for finding in still_open(prod(), other)} == {"ECS.5", "ECS.20"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[", "must be a list"),
        ('{"a": 1}', "must be a list"),
        ('["ECS.5"]', "must be an object with controls or rules"),
        ('[{"controls": ["ECS.5"], "why": "x"}]', "must be an object with controls or rules"),
        ('[{"controls": "ECS.5", "reason": "x"}]', "controls: must be a list"),
        ('[{"controls": ["ECS.99"], "reason": "x"}]', "controls: 'ECS.99': unknown id"),
        ('[{"controls": [1], "reason": "x"}]', "controls: '1': unknown id"),
        ('[{"rules": ["preflight/spot"], "reason": "x"}]', "rules: 'preflight/spot': unknown id"),
        (
            '[{"controls": ["preflight/spot-only"], "reason": "x"}]',
            "controls: 'preflight/spot-only': unknown id",
        ),
        ('[{"rules": ["ECS.5"], "reason": "x"}]', "rules: 'ECS.5': unknown id"),
        ('[{"rules": ["preflight/target-type"], "reason": "x"}]', "preflight/target-type cannot be accepted"),
        ('[{"controls": [], "reason": "x"}]', "controls or rules is required"),
        ('[{"controls": ["ECS.5"], "reason": " "}]', "reason: required"),
        ('[{"controls": ["ECS.5"], "reason": "x", "resource": 1}]', "must be the name of a resource"),
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


def test_a_bucket_that_nothing_is_said_of_blocks_public_access_by_itself(preview: bool) -> None:
    graph = evaluate(lambda: aws.s3.Bucket("reports"), preview=preview)
    assert {finding.rule for finding in still_open(graph)} == {"S3.5", "S3.9", "S3.13"}
