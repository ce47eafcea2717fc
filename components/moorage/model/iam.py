"""IAM policies: who may assume a role, and the statements that an app needs."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from .choices import GrantAccess, GrantService
from .wildcards import covers

Statement = dict[str, Any]
"""One statement of an IAM policy, in the spelling of the policy language."""

_READ_WRITE: dict[str, dict[str, tuple[str, ...]]] = {
    "dynamodb": {
        "read": ("BatchGetItem", "ConditionCheckItem", "DescribeTable", "GetItem", "Query", "Scan"),
        "write": ("BatchWriteItem", "DeleteItem", "DescribeTable", "PutItem", "UpdateItem"),
    },
    "s3": {
        "read": ("GetObject", "GetObjectVersion", "ListBucket"),
        "write": ("AbortMultipartUpload", "DeleteObject", "PutObject"),
    },
    "sqs": {
        "read": (
            *("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl"),
            "ReceiveMessage",
        ),
        "write": ("GetQueueAttributes", "GetQueueUrl", "SendMessage"),
    },
    "sns": {"read": ("GetTopicAttributes",), "write": ("Publish",)},
    "secretsmanager": {"read": ("DescribeSecret", "GetSecretValue"), "write": ("PutSecretValue",)},
    "ssm": {"read": ("GetParameter", "GetParameters", "GetParametersByPath"), "write": ("PutParameter",)},
    "kms": {"read": ("Decrypt", "DescribeKey"), "write": ("Encrypt", "GenerateDataKey")},
}
"""Actions by service and access (Service Authorization Reference)."""

_INSIDE = {"dynamodb": "/index/*", "s3": "/*"}
"""The part of a resource with an ARN of its own: a table's indexes, a bucket's objects."""

_SOURCES = {
    "ecs.amazonaws.com": "ecs:{region}:{account}:*",
    "ecs-tasks.amazonaws.com": "ecs:{region}:{account}:*",
    "states.amazonaws.com": "states:{region}:{account}:stateMachine:*",
    "scheduler.amazonaws.com": "scheduler:{region}:{account}:schedule-group/*",
}
"""The source that a service names when it assumes a role ("Confused deputy prevention" in its guide)."""

_IF_EXISTS = ("ecs.amazonaws.com",)
"""Services whose guide does not say that they name the source; when they do, it must be the own account
("Amazon ECS infrastructure IAM role"; IAM User Guide, "...IfExists condition operators")."""


def trust_policy(service: str, account_of_arn: str | None = None) -> str:
    """Return the policy that lets an AWS service assume a role, as JSON.

    `account_of_arn`, an ARN of the own account, limits it to that account's resources ("Task IAM role", "The
    confused deputy problem").
    """
    statement: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
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


def grant_statement(service: GrantService, access: GrantAccess, arn: str) -> Statement:
    """Return the statement that allows a task the `access` of a grant to the resource `arn` of `service`."""
    kinds = (GrantAccess.READ, GrantAccess.WRITE) if access == GrantAccess.READ_WRITE else (access,)
    actions = sorted({f"{service}:{action}" for kind in kinds for action in _READ_WRITE[service][kind]})
    inside = _INSIDE.get(service)
    return allow(actions, [arn, f"{arn}{inside}"] if inside else [arn])


def allow(actions: Iterable[str], resources: Iterable[str]) -> Statement:
    """Return the statement that allows actions on resources."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _on_all(service: str, *actions: str) -> Statement:
    """Return the statement for actions that have no resources."""
    return allow([f"{service}:{action}" for action in actions], ["*"])


PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""The actions that pull an image from a repository."""


def tls_only(action: str, resource: str | list[str]) -> Statement:
    """Return the statement of a resource's policy that refuses requests without TLS."""
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return {
        **{"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*"},
        **{"Action": action, "Resource": resource, "Condition": plain},
    }


def execution_statements(
    log_group_arns: Sequence[str],
    repository_arns: Sequence[str | None],
    secret_arns: Sequence[str],
    key_arns: Sequence[str],
    file_arns: Sequence[str] = (),
) -> list[Statement]:
    """Return the statements of an execution role: write logs, pull images, read secrets and files.

    Args:
        log_group_arns: the log groups of the containers.
        repository_arns: the private repositories of the images; None for a public image.
        secret_arns: exact ARNs of the containers' Secrets Manager secrets and SSM parameters.
        key_arns: KMS keys, other than AWS managed ones, that these are encrypted with.
        file_arns: files in S3 with environment variables ("Pass environment variables to an Amazon ECS
            container", required IAM permissions).
    """
    streams = [f"{arn}:*" for arn in sorted(set(log_group_arns))]
    repositories = sorted({arn for arn in repository_arns if arn is not None})
    login = _on_all("ecr", "GetAuthorizationToken")
    statements = [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], streams),
        allow(PULL, repositories),
        *([login] if repositories else []),
        allow(["secretsmanager:GetSecretValue"], _of_service("secretsmanager", secret_arns)),
        allow(["ssm:GetParameters"], _of_service("ssm", secret_arns)),
        allow(["kms:Decrypt"], sorted(key_arns)),
        allow(["s3:GetObject"], sorted(set(file_arns))),
        allow(["s3:GetBucketLocation"], sorted({arn.partition("/")[0] for arn in file_arns})),
    ]
    # IAM refuses a policy without a statement, and a statement without a resource.
    return [statement for statement in statements if statement["Resource"]] or [login]


def _of_service(service: str, arns: Sequence[str]) -> list[str]:
    return sorted(arn for arn in arns if arn.split(":")[2] == service)


ECR_IMAGE = re.compile(r"([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z.]+/([^:@]+)(?:[:@].+)?")


def is_in_ecr(image: str) -> bool:
    """Return whether an image's reference names a private ECR repository."""
    return ECR_IMAGE.fullmatch(image) is not None


def repository_of(image: str, cluster_arn: str) -> str | None:
    """Return the ARN of an image's private ECR repository, in the cluster's partition; None for a public
    image ("Amazon ECR private registry")."""
    match = ECR_IMAGE.fullmatch(image)
    if match is None:
        return None
    account, region, name = match.groups()
    return f"arn:{cluster_arn.split(':')[1]}:ecr:{region}:{account}:repository/{name}"


def exec_statement() -> Statement:
    """Return the statement of ECS Exec for the task role ("Monitor Amazon ECS containers with ECS Exec")."""
    channels = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
    return _on_all("ssmmessages", *channels)


def exec_log_statements(log_group_arn: str, key_arn: str | None) -> list[Statement]:
    """Return the statements of logged ECS Exec sessions for the task role ("Logging and auditing using ECS
    Exec", IAM permissions required for Amazon CloudWatch Logs and for AWS KMS)."""
    write = ("CreateLogStream", "DescribeLogStreams", "PutLogEvents")
    statements = [
        _on_all("logs", "DescribeLogGroups"),
        allow([f"logs:{action}" for action in write], [f"{log_group_arn}:*"]),
    ]
    return statements if key_arn is None else [*statements, allow(["kms:Decrypt"], [key_arn])]


def tracing_statement() -> Statement:
    """Return the statement of a traces' collector for the task role ("Required IAM permissions for AWS
    Distro for OpenTelemetry integration with AWS X-Ray")."""
    sampling = ("GetSamplingRules", "GetSamplingStatisticSummaries", "GetSamplingTargets")
    return _on_all("xray", *sampling, "PutTelemetryRecords", "PutTraceSegments")


def instance_statements(cluster_arn: str, log_group_arn: str | None = None) -> list[Statement]:
    """Return the statements of an instance's ECS agent: to join this one cluster and report to it; and those
    of the CloudWatch agent, to write to one log group.

    The managed policy AmazonEC2ContainerServiceforEC2Role allows the same for every cluster, and to pull
    every image; here the task's execution role pulls images.
    """
    instances = cluster_arn.replace(":cluster/", ":container-instance/") + "/*"
    report = ("RegisterContainerInstance", "SubmitAttachmentStateChanges", "SubmitContainerStateChange")
    on_cluster = ("DeregisterContainerInstance", *report, "SubmitTaskStateChange")
    write = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
    return [
        _on_all("ecs", "DiscoverPollEndpoint"),
        allow([f"ecs:{action}" for action in on_cluster], [cluster_arn]),
        allow(["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"], [instances]),
        *([allow(write, [log_group_arn, f"{log_group_arn}:*"])] if log_group_arn else []),
    ]


def pass_role_statement(role_arn: str, service: str) -> Statement:
    """Return the statement that allows passing a role to an AWS service."""
    condition = {"StringEquals": {"iam:PassedToService": service}}
    return {**allow(["iam:PassRole"], [role_arn]), "Condition": condition}


def run_job_statements(
    cluster_arn: str, family: str, execution_role_arn: str, task_role_arn: str | None
) -> list[Statement]:
    """Return the statements of a state machine that runs one job's task and waits for its end ("IAM policies
    for calling Amazon ECS"): tasks of its family, in its cluster, with its two roles.
    """
    _, partition, _, region, account, *_ = cluster_arn.split(":")
    in_cluster = cluster_arn.replace(":cluster/", ":task/") + "/*"
    definitions = f"arn:{partition}:ecs:{region}:{account}:task-definition/{family}:*"
    rule = f"arn:{partition}:events:{region}:{account}:rule/StepFunctionsGetEventsForECSTaskRule"
    roles = [role for role in (execution_role_arn, task_role_arn) if role]
    in_this = {"ArnEquals": {"ecs:cluster": cluster_arn}}
    by_run = {"StringEquals": {"ecs:CreateAction": "RunTask"}}
    return [
        {**allow(["ecs:RunTask"], [definitions]), "Condition": in_this},
        allow(["ecs:DescribeTasks", "ecs:StopTask"], [in_cluster]),
        {**allow(["ecs:TagResource"], [in_cluster]), "Condition": by_run},
        # The rule that tells Step Functions of stopped tasks.
        allow(["events:DescribeRule", "events:PutRule", "events:PutTargets"], [rule]),
        *(pass_role_statement(role, "ecs-tasks.amazonaws.com") for role in roles),
    ]


def state_machine_log_statement() -> Statement:
    """Return the statement of a state machine that logs ("Logging in CloudWatch Logs", IAM policies for
    logging to CloudWatch Logs)."""
    return _on_all(
        "logs",
        *("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies"),
        *("GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"),
    )


def invoke_statement(function_arns: Sequence[str]) -> Statement:
    """Return the statement of a role that calls Lambda functions."""
    return allow(["lambda:InvokeFunction"], sorted(set(function_arns)))


_WITHOUT_ARN = (
    *("acm:ListCertificates", "autoscaling:Describe*", "ce:Get*", "cloudwatch:GetMetricData"),
    *("cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics", "cloudwatch:PutMetricData"),
    *("comprehend:BatchDetect*", "dynamodb:ListTables", "ec2:Describe*", "ecr:GetAuthorizationToken"),
    *("ecr-public:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:DiscoverPollEndpoint"),
    *("ecs:ListClusters", "ecs:ListTaskDefinitions", "elasticloadbalancing:Describe*"),
    *("kms:GenerateRandom", "kms:ListAliases", "kms:ListKeys", "lambda:ListFunctions", "pricing:*"),
    *("rekognition:DetectFaces", "rekognition:DetectModerationLabels", "rekognition:DetectText"),
    *("route53:ListHostedZones", "s3:ListAllMyBuckets", "secretsmanager:BatchGetSecretValue"),
    *("secretsmanager:GetRandomPassword", "secretsmanager:ListSecrets", "servicediscovery:DiscoverInstances"),
    *("sns:ListTopics", "sqs:ListQueues", "ssm:DescribeParameters", "ssmmessages:CreateControlChannel"),
    *("ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"),
    *("sts:GetCallerIdentity", "sts:GetServiceBearerToken", "tag:GetResources", "textract:Analyze*"),
    *("textract:DetectDocumentText", "xray:GetSampling*", "xray:PutTelemetryRecords"),
    "xray:PutTraceSegments",
    # The policy of AWS's own documentation for logged ECS Exec sessions allows it on all.
    "logs:DescribeLogGroups",
)
"""Actions without resource types (Service Authorization Reference), reviewed: those that tasks call."""


def knows_no_arn(action: str) -> bool:
    """Return whether an action, or every one of a pattern, is known to have no resources."""
    return any(covers(pattern.lower(), action.lower()) for pattern in _WITHOUT_ARN)
