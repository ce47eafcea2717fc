"""The data services: made as declared, and kept."""

import asyncio
import io
import re
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from moorage.errors import LocalError
from moorage.local.aws.guard.request import is_served
from moorage.local.aws.process import DataServices, server_python
from moorage.local.aws.server import changes
from moorage.local.model import DataResource, LocalStack
from moorage.local.runner.groups import Groups

ACCOUNT, REGION = "123456789012", "eu-west-1"
SESSION = boto3.Session()
"""One for all clients: each reads the models of the services anew."""
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-zzzzzz"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"


def keys(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "type": "S"} for name in names]


def table(**more: Any) -> DataResource:
    inputs = {"hashKey": "pk", "attributes": keys("pk"), **more}
    return DataResource("aws:dynamodb/table:Table", "notes", inputs, {"name": "notes-1"})


def stack(*data: DataResource) -> LocalStack:
    return LocalStack(REGION, ACCOUNT, data=data)


SUBSCRIPTION = {
    "topic": TOPIC,
    "protocol": "sqs",
    "endpoint": f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs",
    "rawMessageDelivery": True,
}
EVERYTHING = (
    table(
        rangeKey="sk",
        attributes=keys("pk", "sk", "owner"),
        globalSecondaryIndexes=[{"name": "by-owner", "hashKey": "owner", "projectionType": "ALL"}],
        ttl={"attributeName": "expires", "enabled": True},
    ),
    DataResource("aws:s3/bucket:Bucket", "files", {}, {"bucket": "files-1"}),
    DataResource(
        "aws:sqs/queue:Queue", "jobs", {"visibilityTimeoutSeconds": 90}, {"name": "jobs", "url": QUEUE}
    ),
    DataResource("aws:sns/topic:Topic", "news", {}, {"name": "news", "arn": TOPIC}),
    DataResource("aws:sns/topicSubscription:TopicSubscription", "s", SUBSCRIPTION, {}),
    DataResource("aws:secretsmanager/secret:Secret", "db", {}, {"name": "db", "arn": SECRET}),
    DataResource(
        "aws:secretsmanager/secretVersion:SecretVersion", "db", {"secretId": SECRET, "secretString": "x"}, {}
    ),
    DataResource("aws:ssm/parameter:Parameter", "p", {"type": "String", "value": "v"}, {"name": "/a/b"}),
    DataResource(
        "aws:s3/bucketObject:BucketObject", "o", {"bucket": "files-1", "key": "k", "content": "text"}, {}
    ),
)


async def _local(port: int) -> str:
    return f"127.0.0.1:{port}"


class World:
    """Data services in a folder, and clients of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        self.services = DataServices(self.folder, folder / "log", Groups(folder / "groups"), _local)

    def client(self, service: str, host: str = "127.0.0.1", **options: Any) -> Any:
        return SESSION.client(
            service,
            endpoint_url=f"http://{host}:{self.services.port}",
            region_name=REGION,
            aws_access_key_id=self.services.credentials.access_key,
            aws_secret_access_key=self.services.credentials.secret_key,
            **options,
        )

    async def apply(self, *data: DataResource) -> list[str]:
        return await self.services.apply(stack(*data), None)


Run = Callable[[Callable[[World], Awaitable[None]]], None]
Look = Callable[[Callable[[World], None]], None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a coroutine with data services, and end them."""

    def run_(body: Callable[[World], Awaitable[None]]) -> None:
        async def main() -> None:
            world = World(tmp_path)
            try:
                async with asyncio.timeout(60):
                    await body(world)
            finally:
                await world.services.stop(remove=True)
            assert not world.folder.exists()

        asyncio.run(main())

    return run_


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    """Look at data services with everything, which tests add to; they are kept from test to test."""
    with asyncio.Runner() as runner:
        world = World(tmp_path_factory.mktemp("kept"))
        try:
            assert runner.run(world.apply(*EVERYTHING)) == []
            yield lambda body: runner.run(asyncio.wait_for(asyncio.to_thread(body, world), 60))
        finally:
            runner.run(world.services.stop(remove=True))


def test_everything_declared_is_there_under_the_names_the_program_knows(run: Run) -> None:
    def look(world: World) -> None:
        described = world.client("dynamodb").describe_table(TableName="notes-1")["Table"]
        assert [key["AttributeName"] for key in described["KeySchema"]] == ["pk", "sk"]
        assert described["GlobalSecondaryIndexes"][0]["IndexName"] == "by-owner"
        assert described["TableArn"] == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/notes-1"
        assert world.client("s3").get_object(Bucket="files-1", Key="k")["Body"].read() == b"text"
        rewrites = world.services.rewrites
        assert rewrites[QUEUE].startswith("http://127.0.0.1:")
        world.client("sns").publish(TopicArn=rewrites.get(TOPIC, TOPIC), Message="hello")
        (message,) = world.client("sqs").receive_message(QueueUrl=rewrites[QUEUE])["Messages"]
        assert message["Body"] == "hello"
        secret = world.client("secretsmanager").get_secret_value(SecretId=rewrites.get(SECRET, SECRET))
        assert secret["SecretString"] == "x"
        assert world.client("ssm").get_parameter(Name="/a/b")["Parameter"]["Value"] == "v"

    async def body(world: World) -> None:
        assert await world.apply(*EVERYTHING) == []
        assert await world.apply(*EVERYTHING) == []
        await asyncio.to_thread(look, world)

    run(body)


def test_only_what_is_served_is_loaded(run: Run) -> None:
    async def body(world: World) -> None:
        await world.apply(*EVERYTHING)
        await world.services.stop(remove=False)
        held = {file.stem for file in (world.folder / "state").iterdir()}
        assert held == {"dynamodb", "s3", "secretsmanager", "sns", "sqs", "ssm"}

    run(body)


def test_a_stream_of_a_table_is_read(run: Run) -> None:
    def look(world: World) -> None:
        arn = world.client("dynamodb").describe_table(TableName="notes-1")["Table"]["LatestStreamArn"]
        world.client("dynamodb").put_item(TableName="notes-1", Item={"pk": {"S": "new"}})
        streams = world.client("dynamodbstreams")
        (shard, *_) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        records = streams.get_records(ShardIterator=streams.get_shard_iterator(**start)["ShardIterator"])
        assert [r["dynamodb"]["Keys"] for r in records["Records"]] == [{"pk": {"S": "new"}}]

    async def body(world: World) -> None:
        await world.apply(table(streamEnabled=True))
        await asyncio.to_thread(look, world)

    run(body)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_objects_pass_with_any_name_whole_in_parts_and_by_a_presigned_url(look: Look, host: str) -> None:
    key, data = "a b/ü+(1)~.txt", bytes(range(256)) * 24_000

    def use(world: World) -> None:
        s3 = world.client("s3", host)
        s3.put_object(Bucket="files-1", Key=key, Body=io.BytesIO(data), Metadata={"owner": "ada"})
        upload = s3.create_multipart_upload(Bucket="files-1", Key="parts")["UploadId"]
        part = {"Bucket": "files-1", "Key": "parts", "UploadId": upload}
        etag = s3.upload_part(**part, PartNumber=1, Body=data)["ETag"]
        s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"ETag": etag, "PartNumber": 1}]})
        assert s3.get_object(Bucket="files-1", Key="parts")["Body"].read() == data
        assert s3.list_objects_v2(Bucket="files-1", Prefix="a b/ü")["Contents"][0]["Key"] == key
        for version in ("s3", "s3v4"):
            signer = world.client("s3", host, config=Config(signature_version=version))
            url = signer.generate_presigned_url("get_object", {"Bucket": "files-1", "Key": key})
            with urllib.request.urlopen(url) as answer:
                assert (answer.read(), answer.headers["x-amz-meta-owner"]) == (data, "ada")

    look(use)


def special_paths() -> set[str]:
    """Return the paths in the source of ministack's router that may be a bucket and a key."""
    environment = asyncio.run(server_python(print)).parent.parent
    (folder,) = environment.glob("lib/python*/site-packages/ministack")
    source = "".join((folder / name).read_text() for name in ("app.py", "core/router.py"))
    found: set[str] = set(re.findall(r"[\"'^](/[a-z0-9][\w./-]+)", source))
    return {path for path in found if is_served("s3", path)} | {"/restapis/a/b/_user_request_/c"}


def test_every_path_is_a_bucket_for_who_signs_for_s3(look: Look) -> None:
    def ask(world: World, method: str, path: str) -> tuple[int, bytes]:
        url = f"http://127.0.0.1:{world.services.port}{path}"
        request = AWSRequest(method, url)
        S3SigV4Auth(world.services.credentials, "s3", REGION).add_auth(request)
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, method=method, headers=dict(request.headers))
            ) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def use(world: World) -> None:
        paths = special_paths()
        assert {"/health", "/iceberg", "/oauth2/token", "/clusters"} <= paths
        for path in sorted(paths):
            status, body = ask(world, "GET", path)
            assert (status, b"<Code>NoSuchBucket</Code>" in body) == (404, True), (path, body)
            status, body = ask(world, "POST", path)
            assert (status in (400, 404, 405), b"<Error>" in body) == (True, True), (path, body)
        s3 = world.client("s3")
        for bucket in ("health", "iceberg"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
            s3.put_object(Bucket=bucket, Key="v1/config", Body=b"mine")
            assert s3.get_object(Bucket=bucket, Key="v1/config")["Body"].read() == b"mine"
            assert s3.head_object(Bucket=bucket, Key="v1/config")["ContentLength"] == 4

    look(use)


def test_tables_are_never_removed_and_what_cannot_be_changed_is_said(run: Run) -> None:
    async def body(world: World) -> None:
        other = DataResource("aws:dynamodb/table:Table", "other", table().inputs, {"name": "other-1"})
        await world.apply(table(), other)
        (gone,) = await world.apply(table())
        assert "table other-1 is no longer in the program; it is kept" in gone
        changed, _ = await world.apply(table(hashKey="id", attributes=keys("id")))
        assert "table notes-1: its key changed" in changed
        index = {"name": "by-x", "hashKey": "x", "projectionType": "KEYS_ONLY"}
        await world.apply(table(attributes=keys("pk", "x"), globalSecondaryIndexes=[index]), other)
        describe = world.client("dynamodb").describe_table
        described = await asyncio.to_thread(describe, TableName="notes-1")
        assert [i["IndexName"] for i in described["Table"]["GlobalSecondaryIndexes"]] == ["by-x"]

    run(body)


def test_killed_services_come_back_on_their_port_with_what_they_held(run: Run) -> None:
    async def body(world: World) -> None:
        saved = world.folder / "state" / "dynamodb.json"
        await world.apply(table())
        put = world.client("dynamodb").put_item
        await asyncio.to_thread(put, TableName="notes-1", Item={"pk": {"S": "kept"}})
        while not saved.exists() or "kept" not in saved.read_text():
            await asyncio.sleep(0.02)
        first, process = world.services.port, world.services._process
        assert process is not None
        process.kill()
        await process.wait()
        while world.services._process is process:
            await asyncio.sleep(0.02)
        assert world.services.port == first
        items = await asyncio.to_thread(world.client("dynamodb").scan, TableName="notes-1")
        assert items["Items"] == [{"pk": {"S": "kept"}}]

    run(body)


def test_what_the_services_refuse_names_the_resource(run: Run) -> None:
    async def body(world: World) -> None:
        inputs = {"tableName": "none", "item": "{}"}
        with pytest.raises(LocalError, match="TableItem row: the local data services refused it"):
            await world.apply(DataResource("aws:dynamodb/tableItem:TableItem", "row", inputs, {}))

    run(body)


def test_only_what_may_change_something_is_saved() -> None:
    def scope(method: str, target: str | None = None) -> dict[str, Any]:
        headers = [(b"x-amz-target", target.encode())] if target else []
        return {"type": "http", "method": method, "headers": headers}

    assert changes(scope("POST", "DynamoDB_20120810.PutItem"))
    assert changes(scope("POST", "AmazonSQS.ReceiveMessage"))
    assert changes(scope("PUT"))
    assert not changes(scope("POST", "DynamoDB_20120810.Query"))
    assert not changes(scope("GET"))
    assert not changes({"type": "lifespan"})
