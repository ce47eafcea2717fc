"""Two real replicas of NoteTaker on one real table, both on 127.0.0.1."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from support.notetaker import APP, TIMEOUT, MakeEnv, Person, Replica, Start, Visit, wait_for

from moorage.local.aws.process import server_python

sys.path.insert(0, str(APP))


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """A DynamoDB on 127.0.0.1; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [asyncio.run(server_python(print)), "-m", "ministack"],
            cwd=folder,
            env=env | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)},
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"

    def healthy() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            return httpx.get(f"{url}/_ministack/health", verify=False).is_success
        except httpx.TransportError:
            return False

    try:
        wait_for(healthy, "DynamoDB")
        yield url
    finally:
        process.terminate()
        process.wait(TIMEOUT)


class Metadata(BaseHTTPRequestHandler):
    """The ECS task metadata endpoint, version 4: `/<task id>/task`; an odd answer at `/odd/task`."""

    def do_GET(self) -> None:
        task = self.path.split("/")[1]
        body: Any = {
            "TaskARN": f"arn:aws:ecs:eu-west-1:123456789012:task/cluster/{task}",
            "AvailabilityZone": "eu-west-1b",
            "Family": "notes",
            "Revision": "7",
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(["odd"] if task == "odd" else body).encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def metadata() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def make_env(tmp_path_factory: pytest.TempPathFactory, metadata: str) -> Iterator[MakeEnv]:
    """Makes a new table, and the environment of tasks that use it."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    session = boto3.Session(region_name="eu-west-1", **keys)
    with (
        emulator(tmp_path_factory.mktemp("dynamodb")) as endpoint,
        closing(session.client("dynamodb", endpoint_url=endpoint)) as client,
    ):

        def make(table: str) -> dict[str, str]:
            client.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
            )
            return {
                "NOTES_TABLE": table,
                "AWS_ENDPOINT_URL": endpoint,
                "AWS_REGION": "eu-west-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            }

        yield make


TASKS = ("0a" * 16, "1b" * 16)


@pytest.fixture(scope="session")
def replicas(make_env: MakeEnv, metadata: str) -> Iterator[list[Replica]]:
    env = make_env("notes")
    started: list[Replica] = []
    try:
        for task in TASKS:
            started.append(Replica(env | {"ECS_CONTAINER_METADATA_URI_V4": f"{metadata}/{task}"}))
        yield started
    finally:
        for replica in started:
            replica.stop()


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Start:
    """Starts one more replica, for this test only."""

    def start(env: dict[str, str]) -> Replica:
        replica = Replica(env)
        request.addfinalizer(replica.stop)
        return replica

    return start


@pytest.fixture
def visit(replicas: list[Replica], request: pytest.FixtureRequest) -> Visit:
    """A new visitor, of both replicas unless others are given."""

    def visit(*urls: str) -> Person:
        person = Person(list(urls) or [replica.url for replica in replicas])
        request.addfinalizer(person.client.close)
        return person

    return visit


@pytest.fixture
def visitor(visit: Visit) -> Person:
    return visit()


@pytest.fixture
def member(visit: Visit) -> Person:
    """A visitor with an account, logged in."""
    person = visit()
    assert person.sign_up().status_code == 303
    return person
