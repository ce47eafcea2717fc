import json
from itertools import product
from typing import Any

import pytest

from moorage.model.choices import GrantAccess, GrantService
from moorage.model.iam import (
    exec_statement,
    execution_statements,
    grant_statement,
    instance_statements,
    pass_role_statement,
    policy,
    trust_policy,
)

CLUSTER = "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/main"
LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:web"
REPOSITORY = "arn:aws:ecr:eu-west-1:123456789012:repository/web"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbC123"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/token"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"

NO_RESOURCES = {
    "ecr:GetAuthorizationToken",
    "ecs:DiscoverPollEndpoint",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}
"""Actions that know no resource (Service Authorization Reference): "*" is all they take."""

EVERYTHING = [
    *execution_statements([LOGS], [REPOSITORY], [SECRET, PARAMETER], [KEY]),
    *instance_statements(CLUSTER),
    exec_statement(),
    pass_role_statement("arn:aws:iam::123456789012:role/x", "ec2.amazonaws.com"),
    *(
        grant_statement(service, access, f"arn:aws:{service}:::x")
        for service, access in product(GrantService, GrantAccess)
    ),
]


def test_any_resource_only_where_no_resource_can_be_named() -> None:
    anywhere = [statement for statement in EVERYTHING if "*" in statement["Resource"]]
    assert {action for statement in anywhere for action in statement["Action"]} == NO_RESOURCES
    assert all(statement["Resource"] == ["*"] for statement in anywhere)


def test_no_statement_allows_all_of_a_service() -> None:
    actions = [action for statement in EVERYTHING for action in statement["Action"]]
    assert not any("*" in action for action in actions)
    assert all(statement["Effect"] == "Allow" for statement in EVERYTHING)


def test_the_execution_role_whole() -> None:
    assert execution_statements([LOGS], [REPOSITORY], [SECRET, PARAMETER], [KEY]) == [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{LOGS}:*"]),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [REPOSITORY],
        ),
        allow(["ecr:GetAuthorizationToken"], ["*"]),
        allow(["secretsmanager:GetSecretValue"], [SECRET]),
        allow(["ssm:GetParameters"], [PARAMETER]),
        allow(["kms:Decrypt"], [KEY]),
    ]


def allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def test_an_app_with_a_public_image_and_no_secrets_may_only_log() -> None:
    assert execution_statements([LOGS], [], [], []) == [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{LOGS}:*"])
    ]


def test_secrets_are_sorted_so_that_their_order_is_no_change() -> None:
    other = SECRET.replace("db", "api")
    assert execution_statements([LOGS], [], [SECRET, other], []) == execution_statements(
        [LOGS], [], [other, SECRET], []
    )


@pytest.mark.parametrize(("service", "access"), list(product(GrantService, GrantAccess)))
def test_grants_name_actions_of_their_service(service: str, access: str) -> None:
    statement = grant_statement(service, access, "arn")
    assert statement["Action"] == sorted(set(statement["Action"]))
    assert all(action.startswith(f"{service}:") for action in statement["Action"])


@pytest.mark.parametrize("service", GrantService)
def test_read_write_is_both(service: str) -> None:
    read, write, both = (
        set(grant_statement(service, access, "arn")["Action"]) for access in ("read", "write", "read_write")
    )
    assert both == read | write


def test_what_is_inside_a_resource() -> None:
    table, bucket = "arn:aws:dynamodb:eu-west-1:1:table/t", "arn:aws:s3:::b"
    assert grant_statement("dynamodb", "read", table)["Resource"] == [table, f"{table}/index/*"]
    assert grant_statement("s3", "read", bucket)["Resource"] == [bucket, f"{bucket}/*"]
    assert grant_statement("sqs", "read", "arn:aws:sqs:eu-west-1:1:q")["Resource"] == [
        "arn:aws:sqs:eu-west-1:1:q"
    ]


@pytest.mark.parametrize(
    ("service", "reader", "writer"),
    [
        ("dynamodb", "dynamodb:Query", "dynamodb:PutItem"),
        ("s3", "s3:GetObject", "s3:PutObject"),
        ("sqs", "sqs:ReceiveMessage", "sqs:SendMessage"),
    ],
)
def test_a_reader_cannot_write(service: str, reader: str, writer: str) -> None:
    assert reader in grant_statement(service, "read", "a")["Action"]
    assert writer not in grant_statement(service, "read", "a")["Action"]
    assert reader not in grant_statement(service, "write", "a")["Action"]


def test_trust_is_limited_to_the_own_account_in_its_partition() -> None:
    assert json.loads(trust_policy("ecs-tasks.amazonaws.com", CLUSTER)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "ArnLike": {"aws:SourceArn": "arn:aws-cn:ecs:cn-north-1:123456789012:*"},
                    "StringEquals": {"aws:SourceAccount": "123456789012"},
                },
            }
        ],
    }
    assert "Condition" not in trust_policy("ec2.amazonaws.com")


def test_an_instance_joins_its_own_cluster_only() -> None:
    resources = {resource for statement in instance_statements(CLUSTER) for resource in statement["Resource"]}
    assert resources == {"*", CLUSTER, "arn:aws-cn:ecs:cn-north-1:123456789012:container-instance/main/*"}


def test_a_role_is_passed_to_one_service() -> None:
    statement = pass_role_statement("arn:aws:iam::1:role/x", "ec2.amazonaws.com")
    assert statement["Resource"] == ["arn:aws:iam::1:role/x"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_the_same_statements_are_the_same_text() -> None:
    assert policy([{"Effect": "Allow", "Action": "a"}]) == policy([{"Action": "a", "Effect": "Allow"}])
