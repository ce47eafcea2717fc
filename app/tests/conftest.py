"""Two real replicas of NoteTaker on one real table, both on 127.0.0.1."""

import asyncio
import itertools
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from moorage.local.aws.process import server_python

APP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(APP))

TIMEOUT = 30
PASSWORD = "correct horse"


def wait_for(done: Callable[[], Any], what: str) -> Any:
    """Poll until `done` gives something."""
    deadline = time.monotonic() + TIMEOUT
    while not (result := done()):
        assert time.monotonic() < deadline, f"{what}: not within {TIMEOUT} s"
        threading.Event().wait(0.02)
    return result


class Replica:
    """`python -m notetaker` as a process."""

    def __init__(self, env: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "notetaker"],
            cwd=APP,
            env={"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0"} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.url = self.wait_line(r"http://127\.0\.0\.1:\d+")

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def wait_line(self, pattern: str) -> str:
        def found() -> str | None:
            text = "\n".join(self.lines)
            match = re.search(pattern, text)
            assert match or self.process.poll() is None, f"the server stopped:\n{text}"
            return match and match[0]

        return wait_for(found, f"a log line with {pattern!r}")

    def requests(self) -> list[dict[str, Any]]:
        """The log lines of requests."""
        return [line for line in map(json.loads, list(self.lines)) if "path" in line]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(TIMEOUT)
        self.reader.join(TIMEOUT)
        assert self.process.stdout
        self.process.stdout.close()
        return code


class Person:
    """A browser without scripts. Each request goes to another replica than the one before."""

    def __init__(self, urls: list[str]) -> None:
        self.urls = itertools.cycle(urls)
        # An address of one's own: failed log-ins are counted per client.
        address = f"10.{'.'.join(str(number) for number in secrets.token_bytes(3))}"
        # There is no TLS, whose certificates would take longer to load than a test does.
        self.client = httpx.Client(verify=False, timeout=TIMEOUT, headers={"X-Forwarded-For": address})
        self.name = f"u{secrets.token_hex(6)}"

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.client.get(next(self.urls) + path, **kwargs)

    def token(self, path: str = "/login") -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
        assert found, f"no CSRF token on {path}"
        return found[1]

    def post(self, path: str, form: str = "/", **fields: str) -> httpx.Response:
        """Fetch the page `form`, then post its form."""
        return self.client.post(next(self.urls) + path, data={"csrf_token": self.token(form)} | fields)

    def sign_up(self, password: str = PASSWORD) -> httpx.Response:
        return self.post("/signup", "/signup", name=self.name, password=password)

    def log_in(self, password: str = PASSWORD) -> httpx.Response:
        return self.post("/login", "/login", name=self.name, password=password)

    def write(self, text: str) -> httpx.Response:
        return self.post("/notes", text=text)

    def note_ids(self) -> list[str]:
        return re.findall(r'id="n([^"]+)"', self.get("/").text)


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
def make_env(
    tmp_path_factory: pytest.TempPathFactory, metadata: str
) -> Iterator[Callable[..., dict[str, str]]]:
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
def replicas(make_env: Callable[..., dict[str, str]], metadata: str) -> Iterator[list[Replica]]:
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
def start(request: pytest.FixtureRequest) -> Callable[[dict[str, str]], Replica]:
    """Starts one more replica, for this test only."""

    def start(env: dict[str, str]) -> Replica:
        replica = Replica(env)
        request.addfinalizer(replica.stop)
        return replica

    return start


@pytest.fixture
def visit(replicas: list[Replica], request: pytest.FixtureRequest) -> Callable[..., Person]:
    """A new visitor, of both replicas unless others are given."""

    def visit(*urls: str) -> Person:
        person = Person(list(urls) or [replica.url for replica in replicas])
        request.addfinalizer(person.client.close)
        return person

    return visit


@pytest.fixture
def visitor(visit: Callable[..., Person]) -> Person:
    return visit()


@pytest.fixture
def member(visit: Callable[..., Person]) -> Person:
    """A visitor with an account, logged in."""
    person = visit()
    assert person.sign_up().status_code == 303
    return person
