"""The rights of an app's two roles when they are many, or none."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from moorage import ContainerApp
from moorage.offline import EvaluationError, ResourceGraph, evaluate
from moorage.testing import policy_statements

ROLE = "aws:iam/role:Role"
INLINE = "aws:iam/rolePolicy:RolePolicy"
MANAGED = "aws:iam/policy:Policy"
ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
APP: dict[str, Any] = {
    "cluster": {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main", "preset": "prod"},
    "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]},
    "image": "nginx:1",
}


def app(args: Callable[[], dict[str, Any]], preview: bool = False) -> ResourceGraph:
    def program() -> None:
        ContainerApp("web", {**APP, **args()})  # pyright: ignore[reportArgumentType]

    return evaluate(program, preview=preview)


def tables(count: int, *, outputs: bool) -> dict[str, Any]:
    arns = [f"arn:aws:dynamodb:us-east-1:123456789012:table/orders-{number:03}" for number in range(count)]
    given = [pulumi.Output.from_input(arn) if outputs else arn for arn in arns]
    return {"grants": [{"service": "dynamodb", "access": "read_write", "arn": arn} for arn in given]}


@pytest.mark.parametrize("outputs", [False, True], ids=["plain", "outputs"])
def test_few_grants_are_one_inline_policy(outputs: bool, preview: bool) -> None:
    graph = app(lambda: tables(8, outputs=outputs), preview)
    assert graph.one(INLINE, "web-task-policy").inputs["role"] == graph.one(ROLE, "web-task").outputs["name"]
    assert not graph.of_type(MANAGED)


@pytest.mark.parametrize("outputs", [False, True], ids=["plain", "outputs"])
def test_many_grants_are_managed_policies_that_fit(outputs: bool, preview: bool) -> None:
    graph = app(lambda: tables(40, outputs=outputs), preview)
    policies = graph.of_type(MANAGED)
    names = {policy.name for policy in policies}
    assert names == {f"web-task-policy-{number}" for number in range(1, len(names) + 1)}
    assert {attachment.name for attachment in graph.of_type(ATTACHED)} == names
    task = graph.one("aws:ecs/taskDefinition:TaskDefinition")
    assert {attachment.urn for attachment in graph.of_type(ATTACHED)} <= set(task.dependencies)
    assert all(len(policy.inputs["policy"].replace(" ", "")) <= 6_144 for policy in policies)
    found = policy_statements(graph, graph.one(ROLE, "web-task"))
    assert len(found) == 40
    assert len({statement["Resource"][0] for statement in found}) == 40


def test_more_grants_than_a_role_can_have(preview: bool) -> None:
    with pytest.raises(EvaluationError, match=r"grants: need \d+ managed policies of 6,144 characters"):
        app(lambda: tables(200, outputs=True), preview)


def test_many_secrets_are_cut_too() -> None:
    graph = app(lambda: {"secrets": {f"S{number}": f"name-{number}" for number in range(150)}})
    names = {policy.name for policy in graph.of_type(MANAGED)}
    assert names == {"web-execution-policy-1", "web-execution-policy-2", "web-execution-policy-3"}
    secrets = [
        arn
        for statement in policy_statements(graph, graph.one(ROLE, "web-execution"))
        if statement["Action"] == ["secretsmanager:GetSecretValue"]
        for arn in statement["Resource"]
    ]
    assert len(secrets) == len(set(secrets)) == 150


def test_a_statement_that_allows_nothing_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"statements\[0\].resources: \[\]: must not be empty"):
        app(lambda: {"statements": [{"actions": ["s3:GetObject"], "resources": []}]})


@pytest.mark.parametrize(("count", "length"), [(25, 400), (27, 180), (45, 900)])
def test_parameters_with_long_names_are_cut_by_their_length(count: int, length: int, preview: bool) -> None:
    names = {f"S{number:02}": f"/p/{'x' * length}{number:02}" for number in range(count)}
    shown, made = (app(lambda: {"secrets": names}, first) for first in (preview, False))
    assert [policy.name for policy in shown.of_type(MANAGED)] == [p.name for p in made.of_type(MANAGED)]
    assert all(len(policy.inputs["policy"].replace(" ", "")) <= 6_144 for policy in made.of_type(MANAGED))
    found = {
        arn
        for statement in policy_statements(made, made.one(ROLE, "web-execution"))
        if statement["Action"] == ["ssm:GetParameters"]
        for arn in statement["Resource"]
    }
    assert {arn.partition("parameter")[2] for arn in found} == set(names.values())


def test_secrets_that_no_role_can_read_are_refused_first(preview: bool) -> None:
    names = {f"S{number:02}": f"/p/{'x' * 1_000}{number:02}" for number in range(70)}
    with pytest.raises(EvaluationError, match=r"- secrets: need 15 managed policies"):
        app(lambda: {"secrets": names}, preview)


def test_the_rights_that_are_too_many_are_named_as_they_were_given() -> None:
    table = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
    statements = [{"actions": ["dynamodb:GetItem"], "resources": [f"{table}-{n:01000}"]} for n in range(70)]
    with pytest.raises(EvaluationError, match=r"- statements: need \d+ managed policies"):
        app(lambda: {"statements": statements})
    grants = [{"service": "dynamodb", "access": "read", "arn": table}]
    with pytest.raises(EvaluationError, match=r"- grants: together with statements need \d+ managed"):
        app(lambda: {"grants": grants, "statements": statements})
