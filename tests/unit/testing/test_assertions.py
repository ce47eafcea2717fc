"""Assertions about whole programs: what trips each, and what it says."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from moorage.testing import (
    assert_no_plaintext_secrets,
    assert_no_wildcard_actions,
    assert_passes_policy,
    assert_unique_urns,
    container_definitions,
    policy_statements,
)
from moorage.testing.plugin import Evaluate

TASK = "aws:ecs/taskDefinition:TaskDefinition"
ROLE = "aws:iam/role:Role"
TRUST = '{"Statement": []}'


def task(**container: Any) -> Callable[[], None]:
    """A program of one task definition."""

    def program() -> None:
        definitions = json.dumps([{"name": "web", "image": "nginx:1", **container}])
        aws.ecs.TaskDefinition("task", family="web", container_definitions=definitions)

    return program


def document(*actions: str, key: str = "Action") -> str:
    return json.dumps({"Statement": {"Effect": "Allow", key: list(actions), "Resource": "*"}})


def test_containers_by_name(evaluate: Evaluate) -> None:
    graph = evaluate(task(memory=64))
    assert container_definitions(graph.one(TASK))["web"]["memory"] == 64


def test_containers_that_nobody_may_read_yet(evaluate: Evaluate) -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs")
        aws.ecs.TaskDefinition("task", family="web", container_definitions=queue.arn)
        aws.ecs.TaskDefinition("hidden", family="web", container_definitions=pulumi.Output.secret("[]"))

    graph = evaluate(program, preview=True)
    with pytest.raises(ValueError, match="task are not known in a preview"):
        container_definitions(graph.one(TASK, "task"))
    with pytest.raises(ValueError, match="hidden contain a secret"):
        container_definitions(graph.one(TASK, "hidden"))


def test_statements_of_a_role(evaluate: Evaluate) -> None:
    def program() -> None:
        role = aws.iam.Role("role", assume_role_policy=TRUST)
        other = aws.iam.Role("other", assume_role_policy=TRUST)
        aws.iam.RolePolicy("own", role=role.name, policy=document("sqs:SendMessage"))
        aws.iam.RolePolicy("theirs", role=other.id, policy=document("s3:GetObject"))
        shared = aws.iam.Policy("shared", policy=document("sns:Publish"))
        aws.iam.RolePolicyAttachment("attached", role=role.name, policy_arn=shared.arn)

    graph = evaluate(program)
    actions = [statement["Action"] for statement in policy_statements(graph, graph.one(ROLE, "role"))]
    assert actions == [["sqs:SendMessage"], ["sns:Publish"]]


def test_a_secret_is_found_wherever_it_is_readable(evaluate: Evaluate) -> None:
    def program() -> None:
        value = pulumi.Output.secret("hunter22")
        aws.ssm.Parameter("stored", type="SecureString", value=value)
        aws.sns.Topic("copied", display_name=pulumi.Output.unsecret(value))
        pulumi.export("login", pulumi.Output.unsecret(value).apply(lambda text: f"me:{text}"))

    with pytest.raises(AssertionError) as failure:
        assert_no_plaintext_secrets(evaluate(program))
    text = str(failure.value)
    assert "aws:sns/topic:Topic copied: displayName" in text
    assert "export login" in text
    assert "stored" not in text
    assert "hunter22" not in text


@pytest.mark.parametrize("name", ["DB_PASSWORD", "apiToken", "STRIPE_API_KEY", "SESSION_SECRET"])
def test_a_variable_that_is_named_like_a_secret(evaluate: Evaluate, name: str) -> None:
    graph = evaluate(task(environment=[{"name": name, "value": "abc"}]))
    with pytest.raises(AssertionError, match=f"variable {name} of container web"):
        assert_no_plaintext_secrets(graph)


def test_variables_that_are_no_secrets(evaluate: Evaluate, preview: bool) -> None:
    variables = [{"name": "TOKEN_URL", "value": "https://a"}, {"name": "PASSWORD", "value": ""}]
    assert_no_plaintext_secrets(evaluate(task(environment=variables), preview=preview))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (document("*"), r"wide: allows \*"),
        (document("s3:*", "s3:GetObject"), r"wide: allows s3:\*$"),
        (document("iam:*", key="NotAction"), r"wide: allows all actions except iam:\*"),
    ],
)
def test_wildcards_among_actions(evaluate: Evaluate, statement: str, message: str) -> None:
    graph = evaluate(lambda: aws.iam.Policy("wide", policy=statement))
    with pytest.raises(AssertionError, match=message):
        assert_no_wildcard_actions(graph)


def test_wildcards_that_are_accepted_or_none(evaluate: Evaluate, preview: bool) -> None:
    def program() -> None:
        role = aws.iam.Role("role", assume_role_policy=TRUST)
        aws.iam.RolePolicy("narrow", role=role.name, policy=document("s3:Get*"))
        aws.iam.Policy("wide", policy=document("logs:*"))

    assert_no_wildcard_actions(evaluate(program, preview=preview), allow=["logs:*"])


def test_urns_that_are_used_twice(evaluate: Evaluate) -> None:
    graph = evaluate(task())
    assert_unique_urns(graph)
    with pytest.raises(AssertionError, match="TaskDefinition::task"):
        assert_unique_urns(replace(graph, resources=graph.resources * 2))


def test_controls_that_are_broken(evaluate: Evaluate, preview: bool) -> None:
    graph = evaluate(lambda: aws.ecr.Repository("images"), preview=preview)
    with pytest.raises(AssertionError, match=r"ECR\.1 aws:ecr/repository:Repository images: .+; .+"):
        assert_passes_policy(graph)
    with pytest.raises(AssertionError) as failure:
        assert_passes_policy(graph, accept={"ECR.1": "scanned in the pipeline"})
    assert "ECR.1" not in str(failure.value)


def test_what_is_accepted_must_be_a_control(evaluate: Evaluate) -> None:
    with pytest.raises(ValueError, match=r"^accept: unknown controls: ECR\.0"):
        assert_passes_policy(evaluate(task()), accept={"ECR.0": "a slip"})
