import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
BY_NAME = SECRET.removesuffix("-AbCdEf")
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/db"
LOGS = "arn:aws:logs:us-east-1:123456789012:log-group:web-logs"
REPOSITORY = "arn:aws:ecr:us-east-1:123456789012:repository/web"


def statement(effect: str, action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": [action], "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def inline(*statements: dict[str, Any]) -> Any:
    def more(world: Any) -> None:
        aws.iam.RolePolicy("inline", role=world.role.name, policy=document(*statements))

    return more


def secret(value_from: str) -> dict[str, Any]:
    return {"containers": {"secrets": [{"name": "DB", "valueFrom": value_from}]}}


READ = "secretsmanager:GetSecretValue"


@pytest.mark.parametrize(
    ("value_from", "statements", "lacking"),
    [
        (SECRET, [], READ),
        (SECRET, [statement("Allow", READ, SECRET)], None),
        (f"{SECRET}:password::", [statement("Allow", READ, SECRET)], None),
        (SECRET, [statement("Allow", "secretsmanager:*", "*")], None),
        (BY_NAME, [statement("Allow", READ, f"{BY_NAME}-??????")], None),
        (f"{BY_NAME}:key::", [statement("Allow", READ, f"{BY_NAME}-??????")], None),
        (BY_NAME, [statement("Allow", READ, f"{BY_NAME}-more-??????")], READ),
        (SECRET, [statement("Allow", READ, SECRET[:-6] + "??????")], None),
        (SECRET, [statement("Allow", READ, SECRET + "-other")], READ),
        (SECRET, [statement("Allow", "secretsmanager:DescribeSecret", "*")], READ),
        (SECRET, [statement("Allow", READ, "*"), statement("Deny", "*", SECRET)], READ),
        (SECRET, [statement("Allow", READ, "*"), statement("Deny", READ, SECRET + "-other")], None),
        (SECRET, [statement("Allow", READ, "*"), statement("Deny", READ, "*", Condition={"Bool": {}})], None),
        (SECRET, [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], None),
        (PARAMETER, [], "ssm:GetParameters"),
        (PARAMETER, [statement("Allow", "ssm:GetParameters", PARAMETER)], None),
        ("/db", [statement("Allow", "ssm:GetParameters", PARAMETER)], None),
        ("db", [statement("Allow", "ssm:Get*", "arn:aws:ssm:us-east-1:123456789012:parameter/*")], None),
        ("/db", [statement("Allow", "ssm:GetParameter", PARAMETER)], "ssm:GetParameters"),
        ("/db", [statement("Allow", "ssm:GetParameters", PARAMETER + "/other")], "ssm:GetParameters"),
    ],
)
def test_a_secret_that_the_execution_role_cannot_read(
    fargate: Any,
    findings: Any,
    preview: bool,
    value_from: str,
    statements: list[dict[str, Any]],
    lacking: str | None,
) -> None:
    found = findings(fargate(inline(*statements), **secret(value_from)), preview)
    assert [(f.severity, f.rule) for f in found] == (
        [("error", "preflight/secret-not-readable")] if lacking else []
    )
    assert all(str(lacking) in finding.message for finding in found)


def test_policies_that_are_attached(fargate: Any, found: Any, preview: bool) -> None:
    def attached(*statements: dict[str, Any]) -> Any:
        def more(world: Any) -> None:
            policy = aws.iam.Policy("managed", policy=document(*statements))
            aws.iam.RolePolicyAttachment("attached", role=world.role.name, policy_arn=policy.arn)

        return more

    expected = [("error", "secret-not-readable", "task")]
    assert found(fargate(attached(), **secret(SECRET)), preview) == expected
    assert found(fargate(attached(statement("Allow", READ, SECRET)), **secret(SECRET)), preview) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"rights": {"policy_arn": "arn:aws:iam::aws:policy/SecretsManagerReadWrite"}},
        {"rights": {"policy_arn": "arn:aws:iam::123456789012:policy/ours"}},
        {"role": {"managed_policy_arns": ["arn:aws:iam::123456789012:policy/ours"]}},
        {"role": {"inline_policies": [{"name": "a", "policy": document(statement("Allow", READ, SECRET))}]}},
        {"task": {"execution_role_arn": "arn:aws:iam::123456789012:role/given"}},
    ],
)
def test_policies_of_which_the_stack_does_not_know_all(
    fargate: Any, found: Any, preview: bool, changes: dict[str, Any]
) -> None:
    assert found(fargate(**secret(SECRET), **changes), preview) == []


def test_a_policy_that_a_preview_does_not_know(fargate: Any, found: Any) -> None:
    def more(world: Any) -> None:
        nothing = pulumi.Output.from_input(world.cluster.arn).apply(lambda _: document())
        aws.iam.RolePolicy("inline", role=world.role.name, policy=nothing)

    assert found(fargate(more, **secret(SECRET))) == [("error", "secret-not-readable", "task")]
    assert found(fargate(more, **secret(SECRET)), preview=True) == []


def test_a_secret_with_a_key_of_its_own(fargate: Any, found: Any) -> None:
    def with_key(key_allowed: bool) -> Any:
        def containers(world: Any) -> dict[str, Any]:
            key = aws.kms.Key("key")
            made = aws.secretsmanager.Secret("db", kms_key_id=key.arn)
            world.secret, world.key = made, key
            return {}

        def definitions(world: Any) -> dict[str, Any]:
            containers(world)
            return {
                "container_definitions": world.secret.arn.apply(
                    lambda arn: json.dumps(
                        [
                            {
                                "name": "web",
                                "image": "nginx:1",
                                "portMappings": [{"containerPort": 8080}],
                                "secrets": [{"name": "DB", "valueFrom": arn}],
                            }
                        ]
                    )
                )
            }

        def more(world: Any) -> None:
            arns = pulumi.Output.all(world.secret.arn, world.key.arn)
            rights = arns.apply(
                lambda known: document(
                    statement("Allow", READ, known[0]),
                    *([statement("Allow", "kms:Decrypt", known[1])] if key_allowed else []),
                )
            )
            aws.iam.RolePolicy("inline", role=world.role.name, policy=rights)

        return fargate(more, task=definitions)

    assert found(with_key(True)) == []
    assert found(with_key(False)) == [("error", "secret-not-readable", "task")]
    assert found(with_key(False), preview=True) == []


AWSLOGS = {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "web-logs"}}}
WRITE = [
    statement("Allow", "logs:Create*", f"{LOGS}:*"),
    statement("Allow", "logs:PutLogEvents", f"{LOGS}:*"),
]
PULL = [statement("Allow", "ecr:Get*", "*"), statement("Allow", "ecr:Batch*", REPOSITORY)]


@pytest.mark.parametrize(
    ("statements", "rules"),
    [
        ([*WRITE, *PULL], []),
        (PULL, ["log-group-not-writable"]),
        ([*WRITE[:1], *PULL], ["log-group-not-writable"]),
        ([statement("Allow", "logs:*", LOGS), *PULL], ["log-group-not-writable"]),
        ([statement("Allow", "logs:*", f"{LOGS}-other:*"), *PULL], ["log-group-not-writable"]),
        (WRITE, ["image-not-pullable"]),
        ([*WRITE, statement("Allow", "ecr:*", REPOSITORY)], ["image-not-pullable"]),
        ([*WRITE, PULL[0], statement("Allow", "ecr:*", REPOSITORY + "-other")], ["image-not-pullable"]),
    ],
)
def test_logs_and_images_on_fargate(
    fargate: Any, instances: Any, found: Any, preview: bool, statements: list[Any], rules: list[str]
) -> None:
    changes = {"rights": None, "containers": AWSLOGS}
    expected = [("error", rule, "task") for rule in rules]
    assert found(fargate(inline(*statements), **changes), preview) == expected
    # On instances these are the instance's own rights.
    assert found(instances(inline(*statements), **changes), preview) == []


@pytest.mark.parametrize(
    ("containers", "on_fargate", "on_instances"),
    [
        ({"image": "nginx:1"}, False, False),
        ({"image": "nginx:1", **AWSLOGS}, True, False),
        ({}, True, False),
        ({"image": "nginx:1", **secret(SECRET)["containers"]}, True, True),
    ],
)
def test_a_task_without_execution_role(
    fargate: Any,
    instances: Any,
    found: Any,
    preview: bool,
    containers: dict[str, Any],
    on_fargate: bool,
    on_instances: bool,
) -> None:
    changes = {"containers": containers, "task": {"execution_role_arn": None}}
    finding = [("error", "no-execution-role", "task")]
    assert found(fargate(**changes), preview) == (finding if on_fargate else [])
    assert found(instances(**changes), preview) == (finding if on_instances else [])
