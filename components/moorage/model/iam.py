"""IAM policies: who may assume a role, and the statements that follow from what an app uses."""

import json
import re
from collections.abc import Sequence
from typing import Any

Statement = dict[str, Any]
"""One statement of an IAM policy, in the policy language's own spelling."""

_READ_WRITE: dict[str, dict[str, tuple[str, ...]]] = {
    "dynamodb": {
        "read": (
            "dynamodb:BatchGetItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:DescribeTable",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "dynamodb:Scan",
        ),
        "write": (
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:DescribeTable",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ),
    },
    "s3": {
        "read": ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"),
        "write": ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"),
    },
    "sqs": {
        "read": (
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
        ),
        "write": ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"),
    },
    "sns": {"read": ("sns:GetTopicAttributes",), "write": ("sns:Publish",)},
    "secretsmanager": {
        "read": ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
        "write": ("secretsmanager:PutSecretValue",),
    },
    "ssm": {
        "read": ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
        "write": ("ssm:PutParameter",),
    },
    "kms": {
        "read": ("kms:Decrypt", "kms:DescribeKey"),
        "write": ("kms:Encrypt", "kms:GenerateDataKey"),
    },
}
"""Actions by service and access (Service Authorization Reference)."""

_INSIDE = {"dynamodb": "/index/*", "s3": "/*"}
"""What is inside a resource of a service and needs an ARN of its own: a table's indexes, a bucket's
objects."""

_SOURCES = {
    "ecs.amazonaws.com": "ecs:{region}:{account}:*",
    "ecs-tasks.amazonaws.com": "ecs:{region}:{account}:*",
    "states.amazonaws.com": "states:{region}:{account}:stateMachine:*",
    "scheduler.amazonaws.com": "scheduler:{region}:{account}:schedule-group/*",
}
"""What a service assumes a role for ("Confused deputy prevention" in the guide of each)."""

_IF_EXISTS = ("ecs.amazonaws.com",)
"""Services whose guide does not say that they name the source: where they do, it must be the own account
("Amazon ECS infrastructure IAM role"; IAM User Guide, "...IfExists condition operators")."""


def trust_policy(service: str, account_of_arn: str | None = None) -> str:
    """Return the policy that lets an AWS service assume a role, as JSON.

    `account_of_arn`, an ARN of the own account, limits it to what that account runs, against the confused
    deputy ("Task IAM role", "The confused deputy problem").
    """
    statement: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if account_of_arn is not None:
        _, partition, _, region, account, *_ = account_of_arn.split(":")
        source = _SOURCES[service].format(region=region, account=account)
        suffix = "IfExists" if service in _IF_EXISTS else ""
        statement["Condition"] = {
            f"ArnLike{suffix}": {"aws:SourceArn": f"arn:{partition}:{source}"},
            f"StringEquals{suffix}": {"aws:SourceAccount": account},
        }
    return policy([statement])


def policy(statements: Sequence[Statement]) -> str:
    """Return an IAM policy document as JSON, the same text for the same statements.

    Raises:
        ValueError: there are no statements; IAM refuses such a document.
    """
    if not statements:
        raise ValueError("a policy needs at least one statement")
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)


def grant_statement(service: str, access: str, arn: str) -> Statement:
    """Return what lets a task use one resource: `service` and `access` as in a grant, the resource's ARN."""
    kinds = ("read", "write") if access == "read_write" else (access,)
    actions = sorted({action for kind in kinds for action in _READ_WRITE[service][kind]})
    inside = _INSIDE.get(service)
    return _allow(actions, [arn, f"{arn}{inside}"] if inside else [arn])


def _allow(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def execution_statements(
    log_group_arns: Sequence[str],
    repository_arns: Sequence[str | None],
    secret_arns: Sequence[str],
    key_arns: Sequence[str],
    file_arns: Sequence[str] = (),
) -> list[Statement]:
    """Return what ECS needs to start a task: write its logs, pull its images, read its secrets and files.

    Args:
        log_group_arns: the log groups the containers write to.
        repository_arns: the private repositories the images come from; None for a public image.
        secret_arns: exact ARNs of the Secrets Manager secrets and SSM parameters that containers are given.
        key_arns: KMS keys, other than AWS managed ones, that these are encrypted with.
        file_arns: files in S3 with environment variables ("Pass environment variables to an Amazon ECS
            container", required IAM permissions).
    """
    statements: list[Statement] = []
    if log_group_arns:
        streams = [f"{arn}:*" for arn in sorted(set(log_group_arns))]
        statements.append(_allow(["logs:CreateLogStream", "logs:PutLogEvents"], streams))
    repositories = sorted({arn for arn in repository_arns if arn is not None})
    if repositories:
        statements.append(
            _allow(
                ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                repositories,
            )
        )
        # The API has no resource to name here: "*" is all it takes.
        statements.append(_allow(["ecr:GetAuthorizationToken"], ["*"]))
    secrets = sorted(arn for arn in secret_arns if arn.split(":")[2] == "secretsmanager")
    parameters = sorted(arn for arn in secret_arns if arn.split(":")[2] == "ssm")
    if secrets:
        statements.append(_allow(["secretsmanager:GetSecretValue"], secrets))
    if parameters:
        statements.append(_allow(["ssm:GetParameters"], parameters))
    if key_arns:
        statements.append(_allow(["kms:Decrypt"], sorted(key_arns)))
    if file_arns:
        statements.append(_allow(["s3:GetObject"], sorted(set(file_arns))))
        buckets = {arn.partition("/")[0] for arn in file_arns}
        statements.append(_allow(["s3:GetBucketLocation"], sorted(buckets)))
    # An image that turns out to be public: IAM takes no policy without a statement.
    return statements or [_allow(["ecr:GetAuthorizationToken"], ["*"])]


_ECR_IMAGE = re.compile(r"([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z.]+/([^:@]+)(?:[:@].+)?")


def is_in_ecr(image: str) -> bool:
    """Return whether an image's reference names a private ECR repository."""
    return _ECR_IMAGE.fullmatch(image) is not None


def repository_of(image: str, cluster_arn: str) -> str | None:
    """Return the ARN of the private ECR repository that an image's reference names, None for a public image
    ("Amazon ECR private registry"); the partition is that of the cluster."""
    match = _ECR_IMAGE.fullmatch(image)
    if match is None:
        return None
    account, region, name = match.groups()
    return f"arn:{cluster_arn.split(':')[1]}:ecr:{region}:{account}:repository/{name}"


def exec_statement() -> Statement:
    """Return what ECS Exec needs in the task role ("Monitor Amazon ECS containers with ECS Exec").

    The ssmmessages actions know no resources, so "*" is all they take.
    """
    return _allow(
        [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        ["*"],
    )


def tracing_statement() -> Statement:
    """Return what a collector of traces needs in the task role ("Required IAM permissions for AWS Distro for
    OpenTelemetry integration with AWS X-Ray"); the actions know no resources."""
    return _allow(
        [
            "xray:GetSamplingRules",
            "xray:GetSamplingStatisticSummaries",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ],
        ["*"],
    )


def instance_statements(cluster_arn: str) -> list[Statement]:
    """Return what the ECS agent on an instance needs: to join this one cluster and report to it.

    The managed policy AmazonEC2ContainerServiceforEC2Role allows the same for every cluster, and to pull
    every image; here images are pulled by the task's execution role.
    """
    instances = cluster_arn.replace(":cluster/", ":container-instance/") + "/*"
    return [
        # The API has no resource to name here.
        _allow(["ecs:DiscoverPollEndpoint"], ["*"]),
        _allow(
            [
                "ecs:DeregisterContainerInstance",
                "ecs:RegisterContainerInstance",
                "ecs:SubmitAttachmentStateChanges",
                "ecs:SubmitContainerStateChange",
                "ecs:SubmitTaskStateChange",
            ],
            [cluster_arn],
        ),
        _allow(
            ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"],
            [instances],
        ),
    ]


def pass_role_statement(role_arn: str, service: str) -> Statement:
    """Return what lets one role be handed to an AWS service."""
    return {
        **_allow(["iam:PassRole"], [role_arn]),
        "Condition": {"StringEquals": {"iam:PassedToService": service}},
    }


def run_job_statements(
    cluster_arn: str, family: str, execution_role_arn: str, task_role_arn: str | None
) -> list[Statement]:
    """Return what a state machine needs to run one job's task and to wait for its end ("IAM policies for
    calling Amazon ECS"): tasks of its family, in its cluster, with its two roles.

    Args:
        cluster_arn: the cluster's ARN, which names partition, region and account.
        family: the family of the job's task definitions.
        execution_role_arn: the role that ECS starts the task with.
        task_role_arn: the role of its code, if it has one.
    """
    _, partition, _, region, account, *_ = cluster_arn.split(":")
    in_cluster = cluster_arn.replace(":cluster/", ":task/") + "/*"
    definitions = f"arn:{partition}:ecs:{region}:{account}:task-definition/{family}:*"
    rule = f"arn:{partition}:events:{region}:{account}:rule/StepFunctionsGetEventsForECSTaskRule"
    return [
        {**_allow(["ecs:RunTask"], [definitions]), "Condition": {"ArnEquals": {"ecs:cluster": cluster_arn}}},
        _allow(["ecs:DescribeTasks", "ecs:StopTask"], [in_cluster]),
        {
            **_allow(["ecs:TagResource"], [in_cluster]),
            "Condition": {"StringEquals": {"ecs:CreateAction": "RunTask"}},
        },
        # The one rule by which Step Functions hears of tasks that ended.
        _allow(["events:DescribeRule", "events:PutRule", "events:PutTargets"], [rule]),
        *(
            pass_role_statement(role, "ecs-tasks.amazonaws.com")
            for role in (execution_role_arn, task_role_arn)
            if role
        ),
    ]


def state_machine_log_statement() -> Statement:
    """Return what a state machine needs to log ("Logging in CloudWatch Logs", IAM policies for logging to
    CloudWatch Logs); the actions know no resources."""
    return _allow(
        [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ],
        ["*"],
    )


def start_execution_statement(state_machine_arn: str) -> Statement:
    """Return what a schedule needs to start one state machine."""
    return _allow(["states:StartExecution"], [state_machine_arn])


def invoke_statement(function_arns: Sequence[str]) -> Statement:
    """Return what lets a role call Lambda functions."""
    return _allow(["lambda:InvokeFunction"], sorted(set(function_arns)))
