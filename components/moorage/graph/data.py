"""Resources that store or carry data."""

from dataclasses import dataclass
from enum import StrEnum

from moorage.offline import UNKNOWN, Resource, Unknown
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
    detail: str
    """A property, such as `on demand`; can be empty."""
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
        Data(
            resource,
            kind,
            roles.get(resource.urn) or _detail(resource, kind),
            _visibility_timeout(links, resource) if kind is DataKind.QUEUE else None,
        )
        for resource in links.graph
        if (kind := KINDS.get(standard(resource.type)))
    )


def _log_buckets(links: Links, balancer: Resource) -> list[Resource]:
    bucket = mapping(links.inputs(balancer).get("accessLogs")).get("bucket")
    named = links.named(BUCKET, bucket)
    return [named] if named else links.sources(balancer, "accessLogs", BUCKET)


def _dead_letters(links: Links, queue: Resource) -> list[Resource]:
    """Return the dead-letter queue that a queue's redrive policy, a JSON string, names."""
    policy = mapping(parsed(links.inputs(queue).get("redrivePolicy")))
    named = links.named(QUEUE, policy.get("deadLetterTargetArn"))
    return [named] if named else links.sources(queue, "redrivePolicy", QUEUE)


def _visibility_timeout(links: Links, queue: Resource) -> int | Unknown:
    if queue.external:
        return UNKNOWN
    # The default ("CreateQueue", Amazon SQS API Reference).
    return values.number(links.inputs(queue).get("visibilityTimeoutSeconds"), 30)


def _detail(resource: Resource, kind: DataKind) -> str:
    inputs = resource.inputs
    match kind:
        case DataKind.TABLE:
            return "on demand" if inputs.get("billingMode") == "PAY_PER_REQUEST" else "provisioned"
        case DataKind.QUEUE:
            return "FIFO" if inputs.get("fifoQueue") is True else ""
        case DataKind.TOPIC:
            return "FIFO" if inputs.get("fifoTopic") is True else ""
        case DataKind.PARAMETER:
            return values.plain(inputs.get("type"))
        case DataKind.DATABASE | DataKind.CACHE:
            return values.plain(inputs.get("engine"))
        case _:
            return ""
