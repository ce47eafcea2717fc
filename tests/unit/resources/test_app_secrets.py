"""Secrets of an app: referred to, stored, never in plain text; and the rights that follow."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from moorage import ContainerApp
from moorage.offline import UNKNOWN, EvaluationError, ResourceGraph, Secret, evaluate
from moorage.testing import container_definitions, policy_statements

TASK = "aws:ecs/taskDefinition:TaskDefinition"
POLICY = "aws:iam/rolePolicy:RolePolicy"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ACCOUNT = "123456789012"
CLUSTER = {"arn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/main", "name": "main"}
APP: dict[str, Any] = {
    "cluster": CLUSTER,
    "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]},
    "image": "nginx:1",
}


def app(args: Callable[[], dict[str, Any]] | dict[str, Any], **options: Any) -> ResourceGraph:
    def program() -> None:
        ContainerApp("web", {**APP, **(args() if callable(args) else args)})  # pyright: ignore[reportArgumentType]

    return evaluate(program, **options)


def container(graph: ResourceGraph) -> dict[str, Any]:
    return container_definitions(graph.one(TASK))["web"]


def statements(graph: ResourceGraph, role: str) -> list[dict[str, Any]]:
    return policy_statements(graph, graph.one("aws:iam/role:Role", f"web-{role}"))


def test_references_of_every_kind_and_exactly_their_rights() -> None:
    own = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:api-AbC123"
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    references = {"A": own, "B": f"{own}#token", "C": "/notes/token", "D": "db-login#password"}
    graph = app({"secrets": references, "secrets_key_arns": [key]})
    by_name = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db-login"
    assert {item["name"]: item["valueFrom"] for item in container(graph)["secrets"]} == {
        "A": own,
        "B": f"{own}:token::",
        "C": "/notes/token",
        "D": f"{by_name}:password::",
    }
    _, secrets, parameters, keys = statements(graph, "execution")
    assert set(secrets["Resource"]) == {own, f"{by_name}-??????"}
    assert parameters["Resource"] == [f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/notes/token"]
    assert keys == {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key]}


def test_without_secrets_the_execution_role_may_only_log() -> None:
    (logs,) = statements(app({}), "execution")
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert logs["Resource"][0].endswith(":*")


@pytest.mark.parametrize("as_output", [False, True])
def test_a_stored_value_is_in_its_secret_and_nowhere_else(preview: bool, as_output: bool) -> None:
    def args() -> dict[str, Any]:
        return {"secret_values": {"TOKEN": pulumi.Output.secret("hush-hush") if as_output else "hush-hush"}}

    graph = app(args, preview=preview)
    assert graph.one(VERSION).inputs["secretString"] == Secret("hush-hush")
    for resource in graph:
        assert "hush-hush" not in repr((resource.inputs, resource.outputs, resource.options)), resource.urn
    assert graph.one(SECRET).options == graph.one("aws:cloudwatch/logGroup:LogGroup").options
    task = graph.one(TASK)
    if preview:
        assert task.inputs["containerDefinitions"] is UNKNOWN
    else:
        arn = graph.one(SECRET).outputs["arn"]
        assert container(graph)["secrets"] == [{"name": "TOKEN", "valueFrom": arn}]
        assert statements(graph, "execution")[1]["Resource"] == [arn]


def test_a_task_waits_for_the_stored_value() -> None:
    graph = app({"secret_values": {"TOKEN": "x"}})
    assert graph.one(VERSION).urn in graph.one(TASK).property_dependencies["containerDefinitions"]


def test_a_stored_value_from_the_stacks_config() -> None:
    def args() -> dict[str, Any]:
        return {"secret_values": {"TOKEN": pulumi.Config().require_secret("token")}}

    graph = app(args, config={"token": "hush-hush"})
    assert graph.one(VERSION).inputs["secretString"] == Secret("hush-hush")
    assert "hush-hush" not in repr(graph.resources)


def test_variables_that_differ_in_case_or_a_mark_are_secrets_of_their_own() -> None:
    graph = app({"secret_values": {"A_B": "1", "a_b": "2", "A-B": "3", "A.B": "4"}})
    assert len({secret.urn for secret in graph.of_type(SECRET)}) == 4
    assert len(container(graph)["secrets"]) == 4


@pytest.mark.parametrize(("preset", "days"), [("dev", 0), ("prod", 30)])
def test_how_long_a_deleted_secret_can_be_had_back(preset: str, days: int) -> None:
    graph = app({"cluster": {**CLUSTER, "preset": preset}, "secret_values": {"TOKEN": "x"}})
    assert graph.one(SECRET).inputs["recoveryWindowInDays"] == days


def test_a_secret_in_the_environment_is_refused_at_once(preview: bool) -> None:
    caught: list[str] = []

    def program() -> None:
        try:
            ContainerApp(
                "web",
                {**APP, "environment": {"A": "a", "TOKEN": pulumi.Output.secret("hush-hush")}, "prt": 1},
            )
        except ValueError as error:
            caught.append(str(error))

    graph = evaluate(program, preview=preview)
    assert list(graph) == []
    (text,) = caught
    assert "environment.TOKEN: is a Pulumi secret" in text
    assert "prt: unknown argument" in text
    assert "hush-hush" not in text


def from_config() -> pulumi.Output[str]:
    return pulumi.Config().require_secret("token")


def joined() -> pulumi.Output[str]:
    return pulumi.Output.concat("user:", pulumi.Config().require_secret("token"))


@pytest.mark.parametrize("value", [from_config, joined])
def test_a_secret_of_the_config_is_refused_at_once(value: Callable[[], pulumi.Output[str]]) -> None:
    with pytest.raises(EvaluationError, match=r"environment\.TOKEN: is a Pulumi secret") as caught:
        app(lambda: {"environment": {"TOKEN": value()}}, config={"token": "hush-hush"})
    assert "1 problem in its arguments" in str(caught.value)


def test_a_secret_that_a_resource_makes_ends_the_program() -> None:
    def args() -> dict[str, Any]:
        key = aws.iam.AccessKey("key", user="bot")
        return {"environment": {"TOKEN": pulumi.Output.secret(key.id)}}

    with pytest.raises(EvaluationError, match=r"ContainerApp 'web': environment\.TOKEN: is a Pulumi secret"):
        app(args)


def test_then_no_task_definition_is_registered() -> None:
    sent: list[str] = []

    def program() -> None:
        pulumi.runtime.register_resource_transform(lambda args: sent.append(args.type_))  # pyright: ignore[reportArgumentType]
        key = aws.iam.AccessKey("key", user="bot")
        ContainerApp("web", {**APP, "environment": {"TOKEN": pulumi.Output.secret(key.id)}})

    with pytest.raises(EvaluationError):
        evaluate(program)
    assert "aws:cloudwatch/logGroup:LogGroup" in sent
    assert TASK not in sent
    assert "aws:ecs/service:Service" not in sent


def test_an_environment_of_outputs_that_are_no_secrets() -> None:
    def args() -> dict[str, Any]:
        table = aws.dynamodb.Table("t", hash_key="k", attributes=[{"name": "k", "type": "S"}])
        return {"environment": {"TABLE": table.name, "A": "a"}}

    graph = app(args)
    table = graph.one("aws:dynamodb/table:Table")
    assert container(graph)["environment"] == [
        {"name": "A", "value": "a"},
        {"name": "TABLE", "value": table.outputs["name"]},
    ]


def test_grants_statements_and_the_shell_are_the_task_roles_rights(preview: bool) -> None:
    def args() -> dict[str, Any]:
        table = aws.dynamodb.Table("t", hash_key="k", attributes=[{"name": "k", "type": "S"}])
        return {
            "grants": [{"service": "dynamodb", "access": "read", "arn": table.arn}],
            "statements": [{"actions": ["events:PutEvents"], "resources": [table.arn]}],
        }

    graph = app(args, preview=preview)
    if preview:
        assert graph.one(POLICY, "web-task-policy").inputs["policy"] is UNKNOWN
        return
    arn = graph.one("aws:dynamodb/table:Table").outputs["arn"]
    grant, own, shell = statements(graph, "task")
    assert grant["Resource"] == [arn, f"{arn}/index/*"]
    assert own == {"Effect": "Allow", "Action": ["events:PutEvents"], "Resource": [arn]}
    assert shell["Resource"] == ["*"]
    assert all(action.startswith("ssmmessages:") for action in shell["Action"])


def test_a_task_starts_after_its_rights_are_there() -> None:
    graph = app({})
    task = graph.one(TASK)
    assert graph.one(POLICY, "web-task-policy").urn in task.property_dependencies["taskRoleArn"]
    assert graph.one(POLICY, "web-execution-policy").urn in task.property_dependencies["executionRoleArn"]


def test_no_task_role_where_nothing_is_allowed() -> None:
    graph = app({"execute_command": False})
    assert "taskRoleArn" not in graph.one(TASK).inputs
    assert graph.one("moorage:index:ContainerApp").outputs["taskRoleArn"] == ""
    asked = app({"execute_command": False, "task_role": True})
    assert [role.name for role in asked.of_type("aws:iam/role:Role")] == ["web-execution", "web-task"]
    assert [policy.name for policy in asked.of_type(POLICY)] == ["web-execution-policy"]


@pytest.mark.parametrize(
    ("value", "why"),
    [("", "must not be empty"), ("x" * 65_537, "must be at most 65,536 bytes, and has 65,537")],
)
def test_a_value_that_secrets_manager_refuses(value: str, why: str, preview: bool) -> None:
    with pytest.raises(EvaluationError, match="secret_values.T: " + why):
        app({"secret_values": {"T": value}}, preview=preview)
    with pytest.raises(EvaluationError, match="web: secret T: " + why):
        app(lambda: {"secret_values": {"T": pulumi.Output.secret(value)}}, preview=preview)


def test_the_largest_value_that_secrets_manager_takes() -> None:
    graph = app({"secret_values": {"T": "ü" * 32_768}})
    assert graph.one(VERSION).inputs["secretString"] == Secret("ü" * 32_768)


def test_an_environment_too_large_for_a_task_definition(preview: bool) -> None:
    """ "Amazon ECS service quotas": 64 KiB for a task definition."""
    with pytest.raises(EvaluationError, match=r"environment: its task definition has 6[67],\d+ bytes"):
        app({"environment": {"LONG": "x" * 66_000}}, preview=preview)
    with pytest.raises(EvaluationError, match=r"web: its task definition has 6[67],\d+ bytes"):
        app(lambda: {"environment": {"LONG": pulumi.Output.from_input("x" * 66_000)}}, preview=preview)
