"""Arguments that stand in one scenario each: redeploy, rights to pull, policies of instances, monitoring."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from moorage import ContainerApp, EcsCluster, Network
from moorage.graph import view
from moorage.local.model import ServiceSpec
from moorage.local.scheduler.deployments import Service
from moorage.local.translate.program import translate
from moorage.offline import EvaluationError, ResourceGraph, evaluate

SERVICE = "aws:ecs/service:Service"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
SSM = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def run(
    app: Mapping[str, Any], cluster: Mapping[str, Any] | None = None, *, preview: bool = False
) -> ResourceGraph:
    def program() -> None:
        network = Network("net", {})
        main: Any = {"network": network.ref, **(cluster or {})}
        args: Any = {"image": "httpd", "cluster": EcsCluster("main", main).ref, "network": network.ref, **app}
        ContainerApp("web", args)

    return evaluate(program, preview=preview)


def test_redeploy_is_a_trigger_and_changes_no_other_value() -> None:
    plain, one, two = run({}), run({"redeploy": "one"}), run({"redeploy": "two"})
    assert "triggers" not in plain.one(SERVICE).inputs
    assert [g.one(SERVICE).inputs["triggers"]["redeploy"] for g in (one, two)] == ["one", "two"]
    assert {r.urn for r in one if r.inputs != two.by_urn(r.urn).inputs and r.custom} == {one.one(SERVICE).urn}


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("httpd", None),
        ("public.ecr.aws/docker/library/httpd:2.4", None),
        (
            "210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/web:7",
            "eu-west-1:210987654321:repository/team/web",
        ),
        (
            "210987654321.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:" + "0" * 64,
            "eu-west-1:210987654321:repository/web",
        ),
        ("210987654321.dkr-ecr.eu-west-1.on.aws/web", "eu-west-1:210987654321:repository/web"),
    ],
)
def test_an_image_of_a_private_registry_may_be_pulled_and_no_other(
    image: str, repository: str | None
) -> None:
    rights = run({"image": image}).one("aws:iam/rolePolicy:RolePolicy", "web-execution-policy")
    statements = json.loads(rights.inputs["policy"])["Statement"]
    found = [statement["Resource"] for statement in statements if statement["Action"] == PULL]
    assert found == ([[f"arn:aws:ecr:{repository}"]] if repository else [])
    assert any("ecr:GetAuthorizationToken" in s["Action"] for s in statements) == bool(repository)


@pytest.mark.parametrize("preview", [False, True])
def test_instances_get_further_policies_before_they_start(preview: bool) -> None:
    graph = run({}, {"capacity": "ec2", "ec2": {"policy_arns": [SSM]}}, preview=preview)
    attachment = graph.one(ATTACHMENT, "main-instance-policy-AmazonSSMManagedInstanceCore")
    assert [alias["name"] for alias in attachment.options["aliases"]] == ["main-instance-policy-0"]
    assert attachment.inputs["policyArn"] == SSM
    assert attachment.urn in graph.one("aws:iam/instanceProfile:InstanceProfile").dependencies
    assert run({}, {"capacity": "ec2"}).of_type(ATTACHMENT) == []


def test_a_role_has_ten_managed_policies(preview: bool) -> None:
    """ "IAM and AWS STS quotas": the one that moorage makes is an inline policy, and does not count."""
    arns = [f"arn:aws:iam::123456789012:policy/p{number}" for number in range(11)]
    graph = run({}, {"capacity": "ec2", "ec2": {"policy_arns": arns[:10]}}, preview=preview)
    assert len(graph.of_type(ATTACHMENT)) == 10
    with pytest.raises(
        EvaluationError, match=r"ec2\.policy_arns: 11 policies, and a role has at most 10; remove 1"
    ):
        run({}, {"capacity": "ec2", "ec2": {"policy_arns": arns}}, preview=preview)


def test_policies_are_for_instances_of_the_cluster_itself() -> None:
    with pytest.raises(
        EvaluationError, match=r"ec2\.policy_arns.*cannot be combined with capacity managed_instances"
    ):
        run({}, {"capacity": "managed_instances", "ec2": {"policy_arns": [SSM]}})


@pytest.mark.parametrize(
    ("cluster", "value"),
    [
        ({"container_insights": True}, "enabled"),
        ({"preset": "prod", "container_insights": False}, "disabled"),
    ],
)
def test_container_insights_over_the_preset(cluster: dict[str, Any], value: str) -> None:
    settings = run({}, cluster).one("aws:ecs/cluster:Cluster").inputs["settings"]
    assert settings == [{"name": "containerInsights", "value": value}]


def test_public_tasks_have_a_rule_of_their_own() -> None:
    assert [rule.name for rule in run({"public": True}).of_type(INGRESS)] == ["web-tasks-in-public-tcp-8080"]


def test_a_local_run_deploys_again_for_another_text(tmp_path: Path) -> None:
    def service(text: str) -> ServiceSpec:
        return translate(view(run({"redeploy": text})), tmp_path, {}).services[0]

    running = Service(service("one"))
    assert running.deploy(service("one"), 1, 0) == "new"
    assert running.deploy(service("one"), 1, 1) == "unchanged"
    assert running.deploy(service("two"), 1, 2) == "new"
    assert service("one").fingerprint() == service("two").fingerprint()
