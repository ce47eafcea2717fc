"""A scripted AWS behind real boto3 clients, and a clock without waiting."""

import asyncio
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Protocol
from xml.sax.saxutils import escape

import pytest
from botocore.awsrequest import AWSResponse
from support.aws_answers import Answer, Failure

from moorage.rollout import aws
from moorage.rollout.settings import NOTHING_ASKED, Asked
from moorage.rollout.watch import Outcome


@contextmanager
def answering(handle: Callable[..., AWSResponse], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a scripted AWS answer boto3 clients, which are kept, and which do not wait between attempts."""
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
    original, used = aws._client, list[Any]()

    def client(api: str, region: str, login: Any, attempts: int = 4) -> Any:
        made = original(api, region, login, attempts)
        made.meta.events.register("before-send", handle, unique_id="scripted")
        used.append(made)
        return made

    monkeypatch.setattr(aws, "client", client)
    try:
        yield
    finally:
        for made in used:
            made.meta.events.unregister("before-send", unique_id="scripted")


class Clock:
    """Seconds that pass only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


@dataclass
class ScriptedAws:
    """Answers of AWS, by operation: an answer, a failure, or a function of what is asked; or a list of
    these, whose last one repeats."""

    clock: Clock = field(default_factory=Clock)
    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    looks: list[tuple[float, Any]] = field(default_factory=list)
    """The answers of DescribeServices, each from a second on."""
    after_update: list[tuple[float, Any]] = field(default_factory=list)
    """The looks from UpdateService on, in seconds from then."""
    stopped: list[dict[str, Any]] = field(default_factory=list)
    targets: list[tuple[str, str, str]] = field(default_factory=list)
    """State, reason code and description of the targets of every target group."""
    logs: dict[str, list[str]] = field(default_factory=dict)
    """Lines by log stream."""

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """Return the parameters of each request for an operation."""
        return [asked for name, asked in self.calls if name == operation]

    def handle(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        """Answer a request that a real client was about to send."""
        operation = event_name.rpartition(".")[2]
        body = request.body
        text = body.decode() if isinstance(body, bytes) else body or ""
        asked = json.loads(text) if text.startswith("{") else {}
        self.calls.append((operation, asked))
        try:
            found = self.answers[operation] if operation in self.answers else getattr(self, f"_{operation}")
            if isinstance(found, list):
                found = found.pop(0) if len(found) > 1 else found[0]
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
            for number, (state, code, text) in enumerate(self.targets, 1)
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
    if operation == "DescribeNetworkInterfaces":
        inside = f"<Code>{error.code}</Code><Message>{error.message}</Message>"
        return f"<Response><Errors><Error>{inside}</Error></Errors></Response>"
    if operation == "DescribeTargetHealth":
        inside = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{error.message}</Message>"
        return f"<ErrorResponse><Error>{inside}</Error></ErrorResponse>"
    return {"__type": error.code, "message": error.message}


def _epoch(value: datetime) -> float:
    return value.timestamp()


class _Raw(BytesIO):
    def stream(self) -> Generator[bytes]:
        yield self.read()


@dataclass
class Followed:
    """A rollout that was followed to its end."""

    outcome: Outcome
    text: str
    """The text for the user when it failed."""
    said: list[str]
    """Lines of progress."""


class Follow(Protocol):
    """Follows the rollout of NEW; `looks` are what DescribeServices answers, each from a second on."""

    def __call__(
        self,
        *looks: tuple[float, Answer | Exception | str],
        timeout: float = 900,
        asked: Asked = NOTHING_ASKED,
    ) -> Followed: ...


async def call(function: Any, /, *args: Any) -> Any:
    """Call a function on the event loop's own thread."""
    return function(*args)
