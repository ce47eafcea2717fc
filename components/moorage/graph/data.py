"""Resources that store or carry data."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from moorage.offline import UNKNOWN, Resource, Unknown, reveal
from moorage.offline.twins import standard
from moorage.offline.values import mapping, parsed

from . import values
from .links import Links
from .origin import FromResource
from .types import BUCKET, FILE_SYSTEM, LOAD_BALANCER, PARAMETER, QUEUE, SECRET


class DataKind(StrEnum):
    """The kind of a resource that stores or carries data."""

    TABLE = "table"
    QUEUE = "queue"
    TOPIC = "topic"
    BUCKET = "bucket"
    SECRET = "secret"
    PARAMETER = "parameter"
    FILE_SYSTEM = "file system"
    DATABASE = "database"
    CACHE = "cache"
    STREAM = "stream"


class BillingMode(StrEnum):
    """The billing mode of a table."""

    ON_DEMAND = "PAY_PER_REQUEST"
    PROVISIONED = "PROVISIONED"


KINDS = {
    "aws:dynamodb/table:Table": DataKind.TABLE,
    QUEUE: DataKind.QUEUE,
    "aws:sns/topic:Topic": DataKind.TOPIC,
    BUCKET: DataKind.BUCKET,
    SECRET: DataKind.SECRET,
    PARAMETER: DataKind.PARAMETER,
    FILE_SYSTEM: DataKind.FILE_SYSTEM,
    "aws:rds/instance:Instance": DataKind.DATABASE,
    "aws:rds/cluster:Cluster": DataKind.DATABASE,
    "aws:elasticache/cluster:Cluster": DataKind.CACHE,
    "aws:elasticache/replicationGroup:ReplicationGroup": DataKind.CACHE,
    "aws:elasticache/serverlessCache:ServerlessCache": DataKind.CACHE,
    "aws:kinesis/stream:Stream": DataKind.STREAM,
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": DataKind.STREAM,
}


@dataclass(frozen=True, slots=True)
class Data(FromResource):
    """A resource that stores or carries data."""

    kind: DataKind
    detail: str | Unknown
    """A property, such as `on demand`; can be empty."""
    billing: BillingMode | Unknown | None
    """The billing mode of a table; None for other kinds."""
    visibility_timeout: int | Unknown | None
    """The seconds for which a received message of a queue is hidden; None for other kinds."""

    @property
    def name(self) -> str:
        """Return the logical name."""
        return self.resource.name


def data(links: Links) -> tuple[Data, ...]:
    """Return the resources that store or carry data."""
    roles = {
        bucket.urn: f"access logs of {balancer.name}"
        for balancer in links.of_type(LOAD_BALANCER)
        for bucket in _log_buckets(links, balancer)
    }
    roles |= {
        dead.urn: f"dead letters of {queue.name}"
        for queue in links.of_type(QUEUE)
        for dead in _dead_letters(links, queue)
    }
    return tuple(
        _data(resource, kind, roles.get(resource.urn))
        for resource in links.graph
        if (kind := KINDS.get(standard(resource.type)))
    )


def _data(resource: Resource, kind: DataKind, role: str | None) -> Data:
    def input_of(name: str) -> Any:
        return UNKNOWN if resource.external else resource.inputs.get(name)

    billing = timeout = None
    if kind is DataKind.TABLE:
        billing = values.member(BillingMode, reveal(input_of("billingMode")), BillingMode.PROVISIONED)
    if kind is DataKind.QUEUE:
        # The default ("CreateQueue", Amazon SQS API Reference).
        timeout = values.number(reveal(input_of("visibilityTimeoutSeconds")), 30)
    return Data(resource, kind, role or _detail(kind, billing, input_of), billing, timeout)


def _log_buckets(links: Links, balancer: Resource) -> list[Resource]:
    bucket = mapping(links.inputs(balancer).get("accessLogs")).get("bucket")
    named = links.named(BUCKET, bucket)
    return [named] if named else links.sources(balancer, "accessLogs", BUCKET)


def _dead_letters(links: Links, queue: Resource) -> list[Resource]:
    """Return the dead-letter queue that a queue's redrive policy, a JSON string, names."""
    policy = mapping(parsed(links.inputs(queue).get("redrivePolicy")))
    named = links.named(QUEUE, policy.get("deadLetterTargetArn"))
    return [named] if named else links.sources(queue, "redrivePolicy", QUEUE)


def _detail(
    kind: DataKind, billing: BillingMode | Unknown | None, input_of: Callable[[str], Any]
) -> str | Unknown:
    match kind:
        case DataKind.TABLE:
            return billing.name.lower().replace("_", " ") if isinstance(billing, BillingMode) else UNKNOWN
        case DataKind.QUEUE | DataKind.TOPIC:
            fifo = values.flag(input_of("fifoQueue" if kind is DataKind.QUEUE else "fifoTopic"), False)
            return UNKNOWN if fifo is UNKNOWN else "FIFO" if fifo else ""
        case DataKind.PARAMETER:
            return values.text(input_of("type"), "")
        case DataKind.DATABASE | DataKind.CACHE:
            return values.text(input_of("engine"), "")
        case _:
            return ""
