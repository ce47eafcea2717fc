"""FireLens: a Fluent Bit container that routes the output of the task's containers ("Send Amazon ECS logs to
an AWS service or AWS Partner")."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .choices import Destination
from .containers import LOG_GROUP, LOG_REGION, Container, Logs, companion
from .iam import Statement, allow
from .later import later
from .problems import Problems

ROUTER = "log_router"
"""The name of the router's container."""

IMAGE = "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.15"

_RESERVED_MEMORY = 64


ACTIONS = {
    Destination.CLOUDWATCH: ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    Destination.S3: ("s3:PutObject",),
    Destination.FIREHOSE: ("firehose:PutRecordBatch",),
    Destination.OPENSEARCH: ("es:ESHttpPost", "es:ESHttpPut"),
}
"""Actions of Fluent Bit's plugin for each destination (Fluent Bit manual, "Permissions" of each)."""

PARTITION, ACCOUNT = later("partition"), later("account")
"""Of the cluster."""

_RESOURCES = {
    Destination.CLOUDWATCH: later("log group arn") + ":*",
    Destination.S3: f"arn:{PARTITION}:s3:::{{name}}/*",
    Destination.FIREHOSE: f"arn:{PARTITION}:firehose:{LOG_REGION}:{ACCOUNT}:deliverystream/{{name}}",
    Destination.OPENSEARCH: f"arn:{PARTITION}:es:{LOG_REGION}:{ACCOUNT}:domain/{{name}}/*",
}
"""The resources of these actions, by the destination's name."""
_NAMED = (Destination.S3, Destination.FIREHOSE, Destination.OPENSEARCH)


class LogTarget(NamedTuple):
    """A destination, and its name."""

    destination: Destination
    name: str
    """Of the bucket, the stream or the domain; empty for the log group of the app."""


def check_firelens(where: str, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the arguments of a destination; `where` stands before their names."""
    to = args["to"]
    if to not in tuple(Destination):
        return
    for field, places in (("name", _NAMED), ("host", (Destination.OPENSEARCH,))):
        if field in args and to not in places:
            problems.say(f"{where}{field}", f"cannot be combined with {to}")
        elif field not in args and to in places:
            problems.say(f"{where}{field}", f"is required for {to}")


def log_target(log: Mapping[str, Any]) -> LogTarget | None:
    """Return the router's destination for a container's output; None without a router."""
    if "firelens" not in log or log["firelens"]["to"] not in tuple(Destination):
        return None
    return LogTarget(Destination(log["firelens"]["to"]), log["firelens"].get("name", ""))


def routed(log: Mapping[str, Any], container: str) -> Logs:
    """Return the log configuration of the container `container`, whose output goes to the router."""
    firelens: Mapping[str, Any] = log["firelens"]
    name = firelens.get("name", "")
    options: Mapping[str, Mapping[str, str]] = {
        Destination.CLOUDWATCH: {
            "Name": "cloudwatch_logs",
            "region": LOG_REGION,
            "log_group_name": LOG_GROUP,
            "log_stream_prefix": f"{container}/",
        },
        Destination.S3: {"Name": "s3", "region": LOG_REGION, "bucket": name, "use_put_object": "On"},
        Destination.FIREHOSE: {"Name": "kinesis_firehose", "region": LOG_REGION, "delivery_stream": name},
        Destination.OPENSEARCH: {
            "Name": "opensearch",
            "AWS_Region": LOG_REGION,
            "AWS_Auth": "On",
            "Host": firelens.get("host", ""),
            "Port": "443",
            "tls": "On",
            "Index": container,
            "Suppress_Type_Name": "On",
        },
    }
    chosen = {**options.get(firelens["to"], {}), **log.get("options", {})}
    return Logs("awsfirelens", chosen, log.get("secret_options", {}))


def router() -> Container:
    """Return the router's container; it is essential, because the others' logs are lost without it."""
    settings = {"image": IMAGE, "memory_reservation": _RESERVED_MEMORY, "user": "0"}
    return companion(ROUTER, settings, firelens=True)


def routing_statements(targets: Iterable[LogTarget]) -> list[Statement]:
    """Return the router's statements of the task role; an ARN is known later."""
    return [
        allow(ACTIONS[destination], [_RESOURCES[destination].format(name=name)])
        for destination, name in dict.fromkeys(targets)
    ]
