"""Scaling in a local run: by the messages in a queue, from zero and back, and by schedules."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from support.local_project import SERVER, Project, eventually

from moorage.local.model import BoundsAt, CountStep, QueueSteps, ScalingSpec
from moorage.local.scheduler.scaling import Autoscaler

PROGRAM = """
import moorage, pulumi

network = moorage.Network("net", {})
cluster = moorage.EcsCluster("main", {"network": network.ref})
balancer = moorage.LoadBalancer("alb", {"network": network.ref})
place = {"cluster": cluster.ref, "network": network.ref, "build": {"context": "app"}}
worker = moorage.ContainerApp("worker", {
    **place,
    "command": ["python3", "worker.py"],
    "queue": {},
    "stop_timeout": 30,
    "autoscaling": {"min": 0, "max": 3, "queue": {"messages_per_task": 2}},
})
moorage.ContainerApp("clock", {
    **place,
    "command": ["python3", "-c", "import time; time.sleep(600)"],
    "stop_timeout": 2,
    "autoscaling": {"min": 0, "max": 2, "schedules": [{"schedule": "cron(* * * * ? *)", "min": 2}]},
})
web = moorage.ContainerApp("web", {
    **place,
    "load_balancer": balancer.ref,
    "health_check": {"path": "/healthz"},
    "environment": {"QUEUE": worker.queue_url, "PASSWORD": "x"},
    "grants": [{"service": "sqs", "access": "write", "arn": worker.queue_arn}],
})
pulumi.export("url", web.url)
"""

_SQS = (
    SERVER[: SERVER.index("class Handler")]
    .replace('"DynamoDB_20120810."', '"AmazonSQS."')
    .replace('"dynamodb", "aws4_request"', '"sqs", "aws4_request"')
    .replace('{"TableName": os.environ["TABLE"], **body}', "body")
    .replace("def dynamodb", "def sqs")
)

WORKER = (
    _SQS
    + """
queue, stopped = os.environ["QUEUE_URL"], []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
while not stopped:
    for message in sqs("ReceiveMessage", QueueUrl=queue, WaitTimeSeconds=1).get("Messages", []):
        time.sleep(float(message["Body"]))
        print("worked for", message["Body"], flush=True)
        sqs("DeleteMessage", QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
"""
)

SENDER = (
    _SQS
    + SERVER[SERVER.index("class Handler") :].replace(
        'if self.path.startswith("/put/"):', 'if self.path.startswith("/send/"):'
    )
).replace(
    'dynamodb("PutItem", Item={"pk": {"S": self.path[5:]}})',
    'sqs("SendMessage", QueueUrl=os.environ["QUEUE"], MessageBody=self.path[6:])',
)


def count(project: Project, app: str) -> tuple[int, int]:
    """Return the desired and the running tasks of an app."""
    entry = next(each for each in project.describe()["services"] if each["app"] == app)
    return entry["service"]["desiredCount"], entry["service"]["runningCount"]


def test_from_zero_and_back(project: Project) -> None:
    project.write("__main__.py", PROGRAM)
    project.write("app/server.py", SENDER)
    project.write("app/worker.py", WORKER)
    done = project.up()
    assert "clock-scaling-cpu (scaling by metrics of CloudWatch)" in done.stdout
    assert "worker-scaling" not in done.stdout
    assert count(project, "worker") == (0, 0)
    for _ in range(5):
        project.get("/send/8")
    # Two messages a task; those in work count too.
    eventually(lambda: count(project, "worker") == (3, 3), 40)
    eventually(lambda: count(project, "clock") == (2, 2), 75)
    project.up()
    eventually(lambda: count(project, "worker") == (0, 0), 75)


def at(minute: int, second: int = 0) -> float:
    return datetime(2027, 1, 4, 7, minute, second, tzinfo=UTC).timestamp()


class Counted:
    """A scheduler of one service that takes every count at once."""

    def __init__(self, spec: ScalingSpec) -> None:
        self.clock = at(0)
        self.service = SimpleNamespace(spec=SimpleNamespace(scaling=spec), count=1, overridden=False)
        self.services = {"web": self.service}

    def now(self) -> float:
        return self.clock

    def autoscale(self, app: str, count: int) -> None:
        assert app == "web"
        self.service.count = count


Looks = Callable[..., list[int]]
"""Looks at given times, with the messages that are there; returns the counts."""


@pytest.fixture
def looks() -> Looks:
    """Look at given times, with the messages that are there; return the counts."""

    def run(spec: ScalingSpec, times: list[tuple[float, int]], overridden: bool = False) -> list[int]:
        scheduler, found, waiting = Counted(spec), list[int](), {"waiting": 0}
        scheduler.service.overridden = overridden

        async def messages(queue: str) -> dict[str, int]:
            assert queue == "orders"
            return waiting

        async def go() -> None:
            scaler: Any = Autoscaler(scheduler, messages)  # type: ignore[arg-type]
            for time, waiting["waiting"] in times:
                scheduler.clock = time
                await scaler.look()
                found.append(scheduler.service.count)

        asyncio.run(go())
        return found

    return run


NIGHT = BoundsAt("cron(5 8 ? * MON-FRI *)", "Europe/Vienna", 0, 0)
MORNING = BoundsAt("cron(7 8 ? * MON-FRI *)", "Europe/Vienna", 2, 3)


def test_schedules_move_the_bounds(looks: Looks) -> None:
    spec = ScalingSpec(1, 3, (), (NIGHT, MORNING))
    times = [(at(4, 58), 0), (at(5), 0), (at(5, 2), 0), (at(6, 59), 0), (at(7, 1), 0), (at(9), 0)]
    assert looks(spec, times) == [1, 0, 0, 0, 2, 2]
    assert looks(spec, times, overridden=True) == [1] * 6


def test_messages_set_the_count_within_the_bounds(looks: Looks) -> None:
    out = QueueSteps("orders", ("waiting",), 1, True, 1, (CountStep(0, 5, 1), CountStep(5, None, 9)))
    back = QueueSteps("orders", ("waiting",), 0, False, 3, (CountStep(None, 0, 0),))
    spec = ScalingSpec(0, 4, (out, back), ())
    waiting = [0, 0, 0, 1, 5, 6, 0, 0, 3, 0, 0, 0]
    counts = [1, 1, 0, 1, 1, 4, 4, 4, 1, 1, 1, 0]
    assert looks(spec, [(at(0, second), number) for second, number in enumerate(waiting)]) == counts
