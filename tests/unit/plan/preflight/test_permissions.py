import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.fixtures import Findings, Found, MadeProgram
from support.preflight_programs import World

import moorage

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
    def more(world: World) -> None:
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
    fargate: MadeProgram,
    findings: Findings,
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


def test_policies_that_are_attached(fargate: MadeProgram, found: Found, preview: bool) -> None:
    def attached(*statements: dict[str, Any]) -> Any:
        def more(world: World) -> None:
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
    fargate: MadeProgram, found: Found, preview: bool, changes: dict[str, Any]
) -> None:
    assert found(fargate(**secret(SECRET), **changes), preview) == []


def test_a_policy_that_a_preview_does_not_know(fargate: MadeProgram, found: Found) -> None:
    def more(world: World) -> None:
        nothing = pulumi.Output.from_input(world.cluster.arn).apply(lambda _: document())
        aws.iam.RolePolicy("inline", role=world.role.name, policy=nothing)

    assert found(fargate(more, **secret(SECRET))) == [("error", "secret-not-readable", "task")]
    assert found(fargate(more, **secret(SECRET)), preview=True) == []


def test_a_secret_with_a_key_of_its_own(fargate: MadeProgram, found: Found) -> None:
    def with_key(key_allowed: bool) -> Any:
        secret_and_key: list[pulumi.Output[str]] = []

        def definitions(world: World) -> dict[str, Any]:
            key = aws.kms.Key("key")
            secret = aws.secretsmanager.Secret("db", kms_key_id=key.arn)
            secret_and_key[:] = [secret.arn, key.arn]
            return {
                "container_definitions": secret.arn.apply(
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

        def more(world: World) -> None:
            rights = pulumi.Output.all(*secret_and_key).apply(
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
    fargate: MadeProgram,
    instances: MadeProgram,
    found: Found,
    preview: bool,
    statements: list[Any],
    rules: list[str],
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
    fargate: MadeProgram,
    instances: MadeProgram,
    found: Found,
    preview: bool,
    containers: dict[str, Any],
    on_fargate: bool,
    on_instances: bool,
) -> None:
    changes = {"containers": containers, "task": {"execution_role_arn": None}}
    finding = [("error", "no-execution-role", "task")]
    assert found(fargate(**changes), preview) == (finding if on_fargate else [])
    assert found(instances(**changes), preview) == (finding if on_instances else [])


COLLECTOR = {
    "name": "collector",
    "image": "public.ecr.aws/aws-observability/aws-otel-collector:v1",
    "environment": [{"name": "AOT_CONFIG_CONTENT", "value": "exporters: {awsxray: {}}"}],
}
CHANNELS = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")


def with_role(world: World) -> dict[str, Any]:
    return {"task_role_arn": world.role.arn}


def routed(**options: str) -> dict[str, Any]:
    router = {"name": "router", "image": "r:1", "firelensConfiguration": {"type": "fluentbit"}}
    return {
        "containers": [
            {"name": "web", "image": "r:1", "portMappings": [{"containerPort": 8080}]}
            | {"logConfiguration": {"logDriver": "awsfirelens", "options": options}},
            router,
        ]
    }


@pytest.mark.parametrize(
    ("changes", "action", "resource", "severity"),
    [
        ({"containers": [COLLECTOR]}, "xray:*", "*", "error"),
        (
            routed(Name="cloudwatch_logs", log_group_name="web-logs"),
            "logs:*",
            f"{LOGS}:*",
            "error",
        ),
        (routed(Name="s3", bucket="logs"), "s3:PutObject", "arn:aws:s3:::logs/*", "error"),
        (routed(Name="kinesis_firehose", delivery_stream="logs"), "firehose:PutRecordBatch", "*", "error"),
        (routed(Name="opensearch", Host="logs", AWS_Auth="On"), "es:ESHttp*", "*", "error"),
        ({"service": {"enable_execute_command": True}}, "ssmmessages:*", "*", "warning"),
    ],
)
def test_what_a_task_role_must_allow(
    fargate: MadeProgram,
    findings: Findings,
    preview: bool,
    changes: dict[str, Any],
    action: str,
    resource: str,
    severity: str,
) -> None:
    def of(program: Any) -> list[str]:
        rule = "preflight/task-role-lacks"
        return [finding.severity for finding in findings(program, preview) if finding.rule == rule]

    assert of(fargate(task=with_role, **changes)) == [severity]
    assert of(fargate(inline(statement("Allow", action, resource)), task=with_role, **changes)) == []
    other = inline(statement("Allow", "dynamodb:GetItem", "*"))
    assert of(fargate(other, task=with_role, **changes)) == [severity]
    given = {"task_role_arn": "arn:aws:iam::123456789012:role/given"}
    assert of(fargate(task=given, **changes)) == []


def test_the_task_role_of_an_app_is_told_every_lacking_action(findings: Findings) -> None:
    def program() -> None:
        role = aws.iam.Role("role", assume_role_policy="{}")
        network = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a"]}
        arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/main"
        shared: Any = {
            "cluster": {"arn": arn, "name": "main"},
            "network": network,
            "image": "nginx:1",
            "tracing": True,
            "log": {"firelens": {"to": "s3", "name": "archive"}},
            "memory": 1024,
        }
        moorage.ContainerApp("given", shared | {"task_role_arn": role.arn})
        moorage.ContainerApp("made", shared)

    told = {
        finding.message: finding.resource.split("::")[-1]
        for finding in findings(program)
        if finding.rule == "preflight/task-role-lacks"
    }
    assert set(told.values()) == {"given-task"}
    assert sorted(message for message in told) == [
        "ECS Exec fails: the task role role does not allow "
        + ", ".join(f"ssmmessages:{name}" for name in CHANNELS[:-1])
        + " and ssmmessages:OpenDataChannel",
        "aws-otel-collector cannot send traces: the task role role does not allow xray:GetSamplingRules, "
        "xray:GetSamplingStatisticSummaries, xray:GetSamplingTargets, xray:PutTelemetryRecords and "
        "xray:PutTraceSegments",
        "the output of given is lost: the task role role does not allow s3:PutObject on "
        "arn:aws:s3:::archive/*",
    ]
