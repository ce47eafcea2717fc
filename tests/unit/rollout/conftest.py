"""A scripted AWS behind real boto3 clients, a clock that nobody waits for, and whole rollouts followed."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape

import pytest
from botocore.awsrequest import AWSResponse
from support.tasks import ARN, ScriptedTasks, moment

from moorage.rollout import aws
from moorage.rollout.diagnosis import report
from moorage.rollout.settings import NOTHING_ASKED, Asked
from moorage.rollout.watch import Outcome, follow

CLUSTER = f"{ARN}:cluster/main"
GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef"
NEW, OLD = f"{ARN}:task-definition/notes:7", f"{ARN}:task-definition/notes:6"
JOB = f"{ARN}:task-definition/notes-pre-deploy:3"


class Failure(Exception):
    """An error that AWS answers with."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(code)


def denied(action: str) -> Failure:
    """Return how AWS says that a permission is missing."""
    user = "arn:aws:iam::123456789012:user/deployer"
    text = f"User: {user} is not authorized to perform: {action} on resource: * because no identity-based"
    return Failure("AccessDeniedException", f"{text} policy allows the {action} action")


class Clock:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


def deployment(
    number: int,
    revision: str = NEW,
    state: str | None = "IN_PROGRESS",
    *,
    status: str = "PRIMARY",
    desired: int = 2,
    running: int = 0,
    pending: int = 0,
    failed: int = 0,
    reason: str = "",
    at: float = 0,
) -> dict[str, Any]:
    """Return one of a service's deployments as DescribeServices answers; `at` is when it began."""
    identifier = f"ecs-svc/{number:019}"
    words = {
        "IN_PROGRESS": f"ECS deployment {identifier} in progress.",
        "COMPLETED": f"ECS deployment {identifier} completed.",
        "FAILED": "ECS deployment circuit breaker: tasks failed to start.",
    }
    rollout = {"rolloutState": state, "rolloutStateReason": reason or words[state]} if state else {}
    return {
        "id": identifier,
        "status": status,
        "taskDefinition": revision,
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": failed,
        "createdAt": moment(at),
        "updatedAt": moment(at),
        "launchType": "FARGATE",
        **rollout,
    }


def service(
    *deployments: dict[str, Any], events: dict[float, str] | None = None, **more: Any
) -> dict[str, Any]:
    """Return an answer of DescribeServices; `events` are messages by second."""
    happened = sorted((events or {}).items(), reverse=True)
    known = {
        "serviceArn": f"{ARN}:service/main/notes",
        "serviceName": "notes",
        "clusterArn": CLUSTER,
        "status": "ACTIVE",
        "deployments": list(deployments),
        "events": [
            {"id": f"e{number}", "createdAt": moment(second), "message": f"(service notes) {message}"}
            for number, (second, message) in enumerate(happened)
        ],
        **more,
    }
    return {"services": [known], "failures": []}


MISSING = {
    "services": [],
    "failures": [{"arn": f"{ARN}:service/main/notes", "reason": "MISSING"}],
}


def task(
    number: int,
    reason: str,
    *,
    by: int = 7,
    revision: str = NEW,
    code: str = "TaskFailedToStart",
    exit_code: int | None = None,
    container: str = "",
    at: float = 10,
) -> dict[str, Any]:
    """Return a stopped task as DescribeTasks answers; `by` is the number of its deployment."""
    inside: dict[str, Any] = {"name": "notes", "lastStatus": "STOPPED"}
    inside |= {} if exit_code is None else {"exitCode": exit_code}
    inside |= {"reason": container} if container else {}
    return {
        "taskArn": f"{ARN}:task/main/{number:032x}",
        "taskDefinitionArn": revision,
        "startedBy": f"ecs-svc/{by:019}",
        "lastStatus": "STOPPED",
        "stopCode": code,
        "stoppedReason": reason,
        "createdAt": moment(at),
        "stoppedAt": moment(at + 5),
        "containers": [inside],
    }


@dataclass
class ScriptedAws:
    """What AWS answers, by operation: an answer, a failure, or a function of what is asked."""

    clock: Clock
    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    looks: list[tuple[float, Any]] = field(default_factory=list)
    """What DescribeServices answers, each from a second on."""
    after_update: list[tuple[float, Any]] = field(default_factory=list)
    """The looks from UpdateService on, in seconds from then."""
    stopped: list[dict[str, Any]] = field(default_factory=list)
    unhealthy: list[tuple[str, str, str]] = field(default_factory=list)
    logs: dict[str, list[str]] = field(default_factory=dict)
    """Lines by log stream."""

    def asked(self, operation: str) -> int:
        """Return how often an operation was asked for."""
        return sum(name == operation for name, _ in self.calls)

    def handle(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        """Answer a request that a real client was about to send."""
        operation = event_name.rpartition(".")[2]
        body = request.body
        text = body.decode() if isinstance(body, bytes) else body or ""
        asked = json.loads(text) if text.startswith("{") else {}
        self.calls.append((operation, asked))
        try:
            found = self.answers[operation] if operation in self.answers else getattr(self, f"_{operation}")
            answer = found(asked) if callable(found) else found
            if isinstance(answer, Exception):
                raise answer
        except Failure as error:
            answer, status = _spelled(error, operation), error.status
        else:
            status = 200
        content = answer.encode() if isinstance(answer, str) else json.dumps(answer, default=_epoch).encode()
        return AWSResponse(request.url, status, {}, _Raw(content))

    def _DescribeServices(self, asked: dict[str, Any]) -> Any:
        return [answer for second, answer in self.looks if second <= self.clock.now()][-1]

    def _UpdateService(self, asked: dict[str, Any]) -> Any:
        assert self.after_update, "nothing was to be deployed again"
        self.looks = [(self.clock.now() + second, answer) for second, answer in self.after_update]
        return {}

    def _ListTasks(self, asked: dict[str, Any]) -> Any:
        start = int(asked.get("nextToken", 0))
        more = {"nextToken": str(start + 100)} if start + 100 < len(self.stopped) else {}
        return {"taskArns": [item["taskArn"] for item in self.stopped[start : start + 100]], **more}

    def _DescribeTasks(self, asked: dict[str, Any]) -> Any:
        return {"tasks": [item for item in self.stopped if item["taskArn"] in asked["tasks"]]}

    def _ListServiceDeployments(self, asked: dict[str, Any]) -> Any:
        return {"serviceDeployments": []}

    def _DescribeTargetHealth(self, asked: dict[str, Any]) -> str:
        members = "".join(
            f"<member><Target><Id>10.0.0.{number}</Id><Port>8080</Port></Target><TargetHealth><State>{state}"
            f"</State><Reason>{code}</Reason><Description>{escape(text)}</Description></TargetHealth></member>"
            for number, (state, code, text) in enumerate(self.unhealthy)
        )
        return (
            '<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">'
            f"<DescribeTargetHealthResult><TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
            "</DescribeTargetHealthResult></DescribeTargetHealthResponse>"
        )

    def _GetLogEvents(self, asked: dict[str, Any]) -> Any:
        lines = self.logs.get(asked["logStreamName"])
        if lines is None:
            raise Failure("ResourceNotFoundException", "The specified log stream does not exist.")
        return {"events": [{"timestamp": 0, "message": line + "\n", "ingestionTime": 0} for line in lines]}


def _spelled(error: Failure, operation: str) -> Any:
    if operation == "DescribeTargetHealth":
        inside = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{error.message}</Message>"
        return f"<ErrorResponse><Error>{inside}</Error></ErrorResponse>"
    return {"__type": error.code, "message": error.message}


def _epoch(value: datetime) -> float:
    return value.timestamp()


class _Raw(BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


@dataclass
class Followed:
    """A rollout that was followed to its end."""

    outcome: Outcome
    text: str
    """What the user reads when it failed."""
    said: list[str]
    """Lines of progress."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def own_clients() -> Iterator[None]:
    """boto3 clients for this test alone: one that had to try again often does so less."""
    aws._client.cache_clear()
    yield
    aws._client.cache_clear()


@pytest.fixture
def scripted(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    """An AWS that answers real boto3 clients; how long they wait between attempts is not waited."""
    known = ScriptedAws(clock)
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
    original, used = aws._client, dict[str, Any]()

    def client(api: str, region: str, profile: str | None) -> Any:
        made = used[api] = original(api, region, profile)
        made.meta.events.register("before-send", known.handle, unique_id="scripted")
        return made

    monkeypatch.setattr(aws, "client", client)
    yield known
    for made in used.values():
        made.meta.events.unregister("before-send", unique_id="scripted")


@pytest.fixture
def ecs_tasks(scripted: ScriptedAws) -> ScriptedTasks:
    """Tasks that the scripted AWS runs."""
    return ScriptedTasks(scripted)


@pytest.fixture
def ecs(scripted: ScriptedAws) -> aws.AwsEcs:
    """The app's service, asked over the scripted AWS."""
    return aws.AwsEcs(CLUSTER, "notes", target_groups=[GROUP], log_group="notes-logs", stream_prefix="notes")


@pytest.fixture
def followed(scripted: ScriptedAws, ecs: aws.AwsEcs, clock: Clock) -> Callable[..., Followed]:
    """Follow the rollout of NEW to its end."""

    async def call(function: Any, /, *args: Any) -> Any:
        return function(*args)

    def run(*looks: tuple[float, Any], timeout: float = 900, asked: Asked = NOTHING_ASKED) -> Followed:
        scripted.looks = list(looks)
        said: list[str] = []
        outcome = asyncio.run(
            follow(
                ecs,
                NEW,
                timeout=timeout,
                say=said.append,
                call=call,
                sleep=clock.sleep,
                now=clock.now,
                asked=asked,
            )
        )
        return Followed(outcome, report(outcome, NEW), said)

    return run


@pytest.fixture(scope="session")
def words() -> Any:
    """What tests write answers of AWS with."""

    class Words:
        pass

    for name, value in {
        "deployment": deployment,
        "service": service,
        "task": task,
        "denied": denied,
        "Failure": Failure,
        "moment": moment,
    }.items():
        setattr(Words, name, staticmethod(value))
    Words.NEW, Words.OLD, Words.MISSING, Words.GROUP, Words.CLUSTER = NEW, OLD, MISSING, GROUP, CLUSTER
    Words.JOB = JOB
    return Words


BROKE = (
    "(deployment ecs-svc/0000000000000000007) deployment failed: tasks failed to start.",
    "rolling back to deployment ecs-svc/0000000000000000008.",
)


@pytest.fixture
def steady() -> dict[str, Any]:
    """A service that runs what was asked for."""
    return service(deployment(7, state="COMPLETED", running=2))


@pytest.fixture
def old() -> dict[str, Any]:
    """A service that runs the revision before, and has forgotten that another was tried."""
    return service(deployment(8, OLD, "COMPLETED", running=2))


@pytest.fixture
def rolled_back() -> Any:
    """A service right after the circuit breaker opened."""

    def make(number: int = 7, at: float = 0) -> dict[str, Any]:
        return service(
            deployment(number + 1, OLD, "IN_PROGRESS", running=2, at=at + 40),
            deployment(number, state="FAILED", status="ACTIVE", failed=3, at=at),
            events={at + 39: BROKE[0], at + 40: BROKE[1]},
        )

    return make
