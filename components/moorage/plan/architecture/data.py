"""What keeps or carries data."""

from moorage.offline import Resource, ResourceGraph
from moorage.offline.values import mapping
from moorage.plan.links import Links
from moorage.plan.types import LOAD_BALANCER

from .model import Data
from .values import text

KINDS = {
    "aws:dynamodb/table:Table": "table",
    "aws:sqs/queue:Queue": "queue",
    "aws:sns/topic:Topic": "topic",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:s3/bucketV2:BucketV2": "bucket",
    "aws:secretsmanager/secret:Secret": "secret",
    "aws:ssm/parameter:Parameter": "parameter",
    "aws:efs/fileSystem:FileSystem": "file system",
    "aws:rds/instance:Instance": "database",
    "aws:rds/cluster:Cluster": "database",
    "aws:elasticache/cluster:Cluster": "cache",
    "aws:elasticache/replicationGroup:ReplicationGroup": "cache",
    "aws:elasticache/serverlessCache:ServerlessCache": "cache",
    "aws:kinesis/stream:Stream": "stream",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "stream",
}

_BUCKETS = tuple(type_ for type_, kind in KINDS.items() if kind == "bucket")


def data(graph: ResourceGraph, links: Links) -> tuple[Data, ...]:
    """Return the tables, queues, buckets and so on."""
    logs = {
        urn: f"access logs of {balancer.name}"
        for balancer in graph.of_type(LOAD_BALANCER)
        for urn in _log_buckets(links, balancer)
    }
    return tuple(
        Data(resource.urn, resource.name, KINDS[resource.type], logs.get(resource.urn) or _detail(resource))
        for resource in graph
        if resource.type in KINDS
    )


def _log_buckets(links: Links, balancer: Resource) -> list[str]:
    bucket = text(mapping(balancer.inputs.get("accessLogs")).get("bucket"))
    sources = balancer.property_dependencies.get("accessLogs", ())
    found = [links.named(type_, bucket) for type_ in _BUCKETS]
    urns = [each.urn for each in found if each]
    return urns or [urn for urn in sources if links.graph.by_urn(urn).type in _BUCKETS]


def _detail(resource: Resource) -> str:
    inputs = resource.inputs
    match KINDS[resource.type]:
        case "table":
            return "on demand" if inputs.get("billingMode") == "PAY_PER_REQUEST" else "provisioned"
        case "queue":
            return "FIFO" if inputs.get("fifoQueue") is True else ""
        case "topic":
            return "FIFO" if inputs.get("fifoTopic") is True else ""
        case "parameter":
            return text(inputs.get("type"))
        case "database" | "cache":
            return text(inputs.get("engine"))
        case _:
            return ""
