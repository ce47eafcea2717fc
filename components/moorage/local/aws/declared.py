"""Declared tables, buckets, queues, topics, secrets and parameters in the data services."""

import json
from collections.abc import Callable
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs]

from moorage.errors import LocalError
from moorage.local.model import DataResource, Json, LocalStack

from .credentials import Credentials


class Declared:
    """Creates and updates declared resources. Nothing is ever removed."""

    def __init__(self, endpoint: str, credentials: Credentials, stack: LocalStack) -> None:
        """`endpoint` is the data services' URL."""
        self._stack, self._credentials = stack, credentials
        self._session: Any = boto3.Session()
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}
        self.rewrites: dict[str, str] = {}
        self._remarks: list[str] = []

    def ensure(self) -> list[str]:
        """Create missing resources and update existing ones; return remarks.

        Raises:
            LocalError: the services refuse a request; the message names the resource.
        """
        steps: list[tuple[str, Callable[[DataResource], None]]] = [
            ("aws:dynamodb/table:Table", self._table),
            ("aws:s3/bucket:Bucket", self._bucket),
            ("aws:sqs/queue:Queue", self._queue),
            ("aws:sns/topic:Topic", self._topic),
            ("aws:secretsmanager/secret:Secret", self._secret),
            ("aws:ssm/parameter:Parameter", self._parameter),
            ("aws:sns/topicSubscription:TopicSubscription", self._subscription),
            ("aws:secretsmanager/secretVersion:SecretVersion", self._secret_version),
            ("aws:dynamodb/tableItem:TableItem", self._item),
            ("aws:s3/bucketObject:BucketObject", self._object),
            ("aws:s3/bucketObjectv2:BucketObjectv2", self._object),
        ]
        for type_, make in steps:
            for resource in self._stack.data:
                if resource.type != type_:
                    continue
                try:
                    make(resource)
                except (BotoCoreError, ClientError) as error:
                    raise LocalError(
                        f"{type_} {resource.name}: the local data services refused it: {error}"
                    ) from None
        self._tell_about_extra_tables()
        return self._remarks

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self._session.client(
                service,
                endpoint_url=self._endpoint,
                region_name=self._stack.region,
                aws_access_key_id=self._credentials.access_key,
                aws_secret_access_key=self._credentials.secret_key,
                config=Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=20),
            )
        return self._clients[service]

    def _table(self, resource: DataResource) -> None:
        client, inputs, name = self._client("dynamodb"), resource.inputs, resource.outputs["name"]
        request = _table_request(name, inputs)
        try:
            client.create_table(**request)
        except client.exceptions.ResourceInUseException:
            table = client.describe_table(TableName=name)["Table"]
            if table["KeySchema"] != request["KeySchema"]:
                self._remarks.append(
                    f"table {name}: its key changed, which replaces the table on AWS; the local table is "
                    "kept (`moorage local down --data` removes it)"
                )
                return
            self._indexes(client, table, request)
        ttl: Json = inputs.get("ttl") or {}
        if ttl.get("enabled") and ttl.get("attributeName"):
            client.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": ttl["attributeName"]},
            )

    def _indexes(self, client: Any, table: Json, request: Json) -> None:
        existing = {index["IndexName"] for index in _listed(table, "GlobalSecondaryIndexes")}
        for index in _listed(request, "GlobalSecondaryIndexes"):
            if index["IndexName"] not in existing:
                client.update_table(
                    TableName=request["TableName"],
                    AttributeDefinitions=request["AttributeDefinitions"],
                    GlobalSecondaryIndexUpdates=[{"Create": index}],
                )

    def _tell_about_extra_tables(self) -> None:
        declared = {r.outputs["name"] for r in self._stack.data if r.type == "aws:dynamodb/table:Table"}
        if not declared:
            return
        pages = self._client("dynamodb").get_paginator("list_tables").paginate()
        there = {name for page in pages for name in page["TableNames"]}
        for name in sorted(there - declared):
            self._remarks.append(
                f"table {name} is no longer in the program; it is kept (`down --data` removes it)"
            )

    def _item(self, resource: DataResource) -> None:
        item = json.loads(resource.inputs["item"])
        self._client("dynamodb").put_item(TableName=resource.inputs["tableName"], Item=item)

    def _bucket(self, resource: DataResource) -> None:
        client = self._client("s3")
        name = resource.outputs.get("bucket") or resource.outputs.get("id")
        arguments: Json = {"Bucket": name}
        if self._stack.region != "us-east-1":
            arguments["CreateBucketConfiguration"] = {"LocationConstraint": self._stack.region}
        try:
            client.create_bucket(**arguments)
        except (client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
            return

    def _object(self, resource: DataResource) -> None:
        inputs = resource.inputs
        body: str | None = inputs.get("content")
        if body is None:
            self._remarks.append(
                f"object {resource.name}: only `content` is uploaded to the local bucket, not files"
            )
            return
        self._client("s3").put_object(Bucket=inputs["bucket"], Key=inputs["key"], Body=body.encode())

    def _queue(self, resource: DataResource) -> None:
        client, name, inputs = self._client("sqs"), resource.outputs["name"], resource.inputs
        attributes = {
            "VisibilityTimeout": inputs.get("visibilityTimeoutSeconds"),
            "MessageRetentionPeriod": inputs.get("messageRetentionSeconds"),
            "DelaySeconds": inputs.get("delaySeconds"),
            "ReceiveMessageWaitTimeSeconds": inputs.get("receiveWaitTimeSeconds"),
        }
        text = {key: str(int(value)) for key, value in attributes.items() if value is not None}
        if inputs.get("fifoQueue"):
            text["FifoQueue"] = "true"
            if inputs.get("contentBasedDeduplication"):
                text["ContentBasedDeduplication"] = "true"
        if inputs.get("redrivePolicy"):
            text["RedrivePolicy"] = inputs["redrivePolicy"]
        try:
            url = client.create_queue(QueueName=name, Attributes=text)["QueueUrl"]
        except client.exceptions.QueueNameExists:
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
            client.set_queue_attributes(
                QueueUrl=url, Attributes={k: v for k, v in text.items() if k != "FifoQueue"}
            )
        self._rewrite(resource.outputs.get("url"), url)

    def messages(self, queue: str) -> dict[str, int]:
        """Return the numeric attributes of a queue, by its name."""
        client = self._client("sqs")
        url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return {name: int(value) for name, value in attributes.items() if value.isdecimal()}

    def _topic(self, resource: DataResource) -> None:
        attributes = {"FifoTopic": "true"} if resource.inputs.get("fifoTopic") else {}
        answer = self._client("sns").create_topic(Name=resource.outputs["name"], Attributes=attributes)
        self._rewrite(resource.outputs.get("arn"), answer["TopicArn"])

    def _subscription(self, resource: DataResource) -> None:
        inputs = resource.inputs
        if inputs["protocol"] not in ("sqs", "http", "https"):
            self._remarks.append(f"subscription {resource.name}: {inputs['protocol']} is not run locally")
            return
        attributes = {
            "RawMessageDelivery": "true" if inputs.get("rawMessageDelivery") else None,
            "FilterPolicy": inputs.get("filterPolicy"),
        }
        self._client("sns").subscribe(
            TopicArn=self.rewrites.get(inputs["topic"], inputs["topic"]),
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            Attributes={key: value for key, value in attributes.items() if value is not None},
        )

    def _secret(self, resource: DataResource) -> None:
        client, name = self._client("secretsmanager"), resource.outputs["name"]
        try:
            arn = client.describe_secret(SecretId=name)["ARN"]
        except client.exceptions.ResourceNotFoundException:
            arn = client.create_secret(Name=name)["ARN"]
        self._rewrite(resource.outputs.get("arn"), arn)

    def _secret_version(self, resource: DataResource) -> None:
        text = resource.inputs.get("secretString")
        if text is None:
            return
        client = self._client("secretsmanager")
        secret = self.rewrites.get(resource.inputs["secretId"], resource.inputs["secretId"])
        try:
            if client.get_secret_value(SecretId=secret).get("SecretString") == text:
                return
        except client.exceptions.ResourceNotFoundException:
            pass
        client.put_secret_value(SecretId=secret, SecretString=text)

    def _parameter(self, resource: DataResource) -> None:
        inputs = resource.inputs
        if inputs.get("value") is None:
            return
        self._client("ssm").put_parameter(
            Name=resource.outputs["name"],
            Type=inputs.get("type") or "String",
            Value=str(inputs["value"]),
            Overwrite=True,
        )

    def _rewrite(self, declared: Any, real: str) -> None:
        if isinstance(declared, str) and declared != real:
            self.rewrites[declared] = real


def _table_request(name: str, inputs: Json) -> Json:
    request: Json = {
        "TableName": name,
        "KeySchema": _keys(inputs),
        "AttributeDefinitions": [
            {"AttributeName": item["name"], "AttributeType": item["type"]}
            for item in _listed(inputs, "attributes")
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
    for theirs, ours in (
        ("globalSecondaryIndexes", "GlobalSecondaryIndexes"),
        ("localSecondaryIndexes", "LocalSecondaryIndexes"),
    ):
        indexes = [_index(index, inputs) for index in _listed(inputs, theirs)]
        if indexes:
            request[ours] = indexes
    if inputs.get("streamEnabled"):
        request["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": inputs.get("streamViewType") or "NEW_AND_OLD_IMAGES",
        }
    return request


def _index(index: Json, table: Json) -> Json:
    projection: Json = {"ProjectionType": index.get("projectionType") or "ALL"}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    keys = _keys({"hashKey": table.get("hashKey"), **index})
    return {"IndexName": index["name"], "KeySchema": keys, "Projection": projection}


def _keys(inputs: Json) -> list[Json]:
    keys = [{"AttributeName": inputs["hashKey"], "KeyType": "HASH"}]
    if inputs.get("rangeKey"):
        keys.append({"AttributeName": inputs["rangeKey"], "KeyType": "RANGE"})
    return keys


def _listed(values: Json, key: str) -> list[Json]:
    return values.get(key) or []
