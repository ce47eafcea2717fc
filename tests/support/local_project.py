"""A project in a folder, run with `moorage local` and the process runner."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from moorage.local.command.client import Client, NotRunning
from moorage.local.state import Paths

from .command import run_moorage

Found = TypeVar("Found")

_SETTINGS = """
import json
import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

config = pulumi.Config()
port = config.get_int("port") or 8080
"""

_DATA = """
table = aws.dynamodb.Table("items", hash_key="pk", attributes=[{"name": "pk", "type": "S"}],
                           billing_mode="PAY_PER_REQUEST")
secret = aws.secretsmanager.Secret("password")
aws.secretsmanager.SecretVersion("password", secret_id=secret.arn,
                                 secret_string=config.get_secret("password") or "s3cret")
environment = [{"name": "TABLE", "value": table.name}]
secrets = [{"name": "PASSWORD", "valueFrom": secret.arn}]
"""

_NO_DATA = """
environment = [{"name": "PASSWORD", "value": "s3cret"}]
secrets = []
"""

_SERVICE = """
image = docker_build.Image("web", tags=["registry.example/web:latest"], push=True,
                           context={"location": "app"}, dockerfile={"location": "app/Dockerfile"})
cluster = aws.ecs.Cluster("main")
lb = aws.lb.LoadBalancer("lb", load_balancer_type="application", subnets=["subnet-a", "subnet-b"])
group = aws.lb.TargetGroup("web", port=80, protocol="HTTP", target_type="ip", vpc_id="vpc-1",
                           deregistration_delay=10,
                           health_check={"path": "/healthz", "interval": 5, "timeout": 4,
                                         "healthy_threshold": 2, "unhealthy_threshold": 2})
listener = aws.lb.Listener("http", load_balancer_arn=lb.arn, port=80, protocol="HTTP",
                           default_actions=[{"type": "forward", "target_group_arn": group.arn}])
task = aws.ecs.TaskDefinition(
    "web", family="web", network_mode="awsvpc", cpu="256", memory="512",
    requires_compatibilities=["FARGATE"],
    container_definitions=pulumi.Output.json_dumps([{
        "name": "web", "image": image.tags.apply(lambda tags: tags[0]), "stopTimeout": 5,
        "portMappings": [{"containerPort": port}],
        "environment": environment, "secrets": secrets,
    }]))
service = aws.ecs.Service(
    "web", cluster=cluster.arn, task_definition=task.arn, desired_count=config.get_int("count") or 2,
    deployment_circuit_breaker={"enable": True, "rollback": True}, health_check_grace_period_seconds=20,
    network_configuration={"subnets": ["subnet-a", "subnet-b"]},
    load_balancers=[{"target_group_arn": group.arn, "container_name": "web", "container_port": port}],
    opts=pulumi.ResourceOptions(depends_on=[listener]))
pulumi.export("url", lb.dns_name.apply(lambda name: f"http://{name}"))
pulumi.export("password", config.get_secret("password"))
"""

PROGRAM = _SETTINGS + _DATA + _SERVICE
STATELESS = _SETTINGS + _NO_DATA + _SERVICE
"""The same without a table and a secret, so that no data services start."""

SERVER = r"""
import hashlib, hmac, http.server, json, os, signal, threading, time, urllib.request

VERSION = "one"

def dynamodb(action, **body):
    # As "Create a signed AWS API request" (IAM User Guide) says, without an SDK.
    data = json.dumps({"TableName": os.environ["TABLE"], **body}).encode()
    now, url = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), os.environ["AWS_ENDPOINT_URL"]
    headers = {"host": url.split("//")[1], "x-amz-date": now, "x-amz-target": "DynamoDB_20120810." + action}
    names = ";".join(headers)
    lines = ["POST", "/", "", *(":".join(item) for item in headers.items()), "", names]
    canonical = "\n".join([*lines, hashlib.sha256(data).hexdigest()])
    scope = [now[:8], os.environ["AWS_REGION"], "dynamodb", "aws4_request"]
    text = ["AWS4-HMAC-SHA256", now, "/".join(scope), hashlib.sha256(canonical.encode()).hexdigest()]
    key = b"AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"].encode()
    for part in [*scope, "\n".join(text)]:
        key = hmac.digest(key, part.encode(), "sha256")
    credential = "/".join([os.environ["AWS_ACCESS_KEY_ID"], *scope])
    headers["authorization"] = ("AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s"
                                % (credential, names, key.hex()))
    headers["content-type"] = "application/x-amz-json-1.0"
    return json.load(urllib.request.urlopen(urllib.request.Request(url, data, headers)))

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        answer = {"version": VERSION, "pid": os.getpid(), "password": os.environ["PASSWORD"]}
        if self.path.startswith("/put/"):
            dynamodb("PutItem", Item={"pk": {"S": self.path[5:]}})
        if self.path == "/items":
            answer["items"] = sorted(i["pk"]["S"] for i in dynamodb("Scan")["Items"])
        if self.path == "/slow":
            time.sleep(0.3)
        if self.path == "/env":
            answer["env"] = dict(os.environ)
        if self.path == "/metadata":
            url = os.environ["ECS_CONTAINER_METADATA_URI_V4"]
            answer["container"] = json.load(urllib.request.urlopen(url))
            answer["task"] = json.load(urllib.request.urlopen(url + "/task"))
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        if self.path != "/healthz":
            print("GET", self.path)

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

server = Server((os.environ["HOST"], int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("serving version", VERSION)
server.serve_forever(0.05)
server.server_close()
"""

DOCKERFILE = """FROM python:3.12-slim
COPY server.py .
CMD ["python3", "server.py"]
"""


def eventually(look: Callable[[], Found], timeout: float = 30) -> Found:
    """Return the first true answer of `look`, which may raise meanwhile; fail after `timeout` seconds."""
    deadline, error, pause = time.monotonic() + timeout, None, threading.Event()
    while time.monotonic() < deadline:
        try:
            if answer := look():
                return answer
        except Exception as caught:
            error = caught
        pause.wait(0.05)
    raise AssertionError(f"not true within {timeout} s") from error


def url_in(text: str) -> str:
    """Return the output `url` in what `up` printed."""
    return next(line.split()[1] for line in text.splitlines() if line.startswith("url "))


class Project:
    """A project in a folder, run with the process runner."""

    def __init__(self, path: Path, name: str = "demo") -> None:
        self.path = path
        path.mkdir(parents=True)
        self.write("Pulumi.yaml", f"name: {name}\nruntime: python\n")
        self.write("Pulumi.dev.yaml", "config: {}\n")
        self.url = ""
        self.write_program()

    def write_program(self, program: str = PROGRAM) -> None:
        """Write a program and the app anew."""
        shutil.rmtree(self.path / "app", ignore_errors=True)
        (self.path / "app").mkdir()
        self.write("__main__.py", program)
        self.write("app/Dockerfile", DOCKERFILE)
        self.write("app/server.py", SERVER)

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)

    def serve(self, version: str) -> None:
        """Change the app."""
        self.write("app/server.py", SERVER.replace('"one"', f'"{version}"'))

    def words(self, *arguments: str) -> list[str]:
        runner = ["--runner", "process"] if arguments[0] == "up" else []
        return ["local", arguments[0], "--cwd", str(self.path), *runner, *arguments[1:]]

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return run_moorage(self.words(*arguments), env=env)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a new interpreter, as a person does."""
        words = [sys.executable, "-m", "moorage.cli", *self.words(*arguments)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `up`, which must succeed; remember the URL it prints."""
        done = self.run("up", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        self.url = url_in(done.stdout)
        return done

    def get(self, path: str = "/") -> dict[str, Any]:
        with urllib.request.urlopen(self.url + path, timeout=20) as response:
            return json.load(response)

    def describe(self) -> dict[str, Any]:
        return Client(self.paths).get("/describe")

    @property
    def paths(self) -> Paths:
        return Paths(self.path, "dev")

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Running tasks by ARN."""
        tasks = [task for entry in self.describe()["services"] for task in entry["tasks"]]
        return {task["taskArn"]: task for task in tasks if task["lastStatus"] != "STOPPED"}

    def supervisor(self) -> int:
        return Client(self.paths).get("/hello")["pid"]

    def processes(self) -> list[int]:
        """Every process whose command line, folder or stderr is in this folder."""
        pids: list[int] = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                texts = [os.fsdecode((entry / "cmdline").read_bytes()), os.readlink(entry / "cwd")]
                with contextlib.suppress(FileNotFoundError):
                    texts.append(os.readlink(entry / "fd/2"))
                if any(str(self.path) in text for text in texts):
                    pids.append(int(entry.name))
        return pids

    def close(self) -> None:
        """Stop everything; nothing may be left."""
        try:
            try:
                Client(self.paths).down(data=True)
            except NotRunning:
                self.run("down", "--data")
            eventually(lambda: not self.processes(), 15)
        finally:
            for pid in self.processes():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
