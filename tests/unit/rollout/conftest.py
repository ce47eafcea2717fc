"""Whole rollouts, followed over a scripted AWS."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support import aws_answers as answers
from support.aws_answers import Answer
from support.scripted_aws import Clock, Follow, Followed, ScriptedAws, answering, call
from support.scripted_tasks import ScriptedTasks

from moorage.rollout import aws
from moorage.rollout.ask import Loop
from moorage.rollout.diagnosis import report
from moorage.rollout.settings import NOTHING_ASKED, Asked
from moorage.rollout.watch import Awaited, follow


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
    """An AWS that answers real boto3 clients."""
    known = ScriptedAws(clock)
    with answering(known.handle, monkeypatch):
        yield known


@pytest.fixture
def ecs_tasks(scripted: ScriptedAws) -> ScriptedTasks:
    """Tasks that the scripted AWS runs."""
    return ScriptedTasks(scripted)


@pytest.fixture
def ecs(scripted: ScriptedAws) -> aws.AwsEcs:
    """The app's service, asked over the scripted AWS."""
    return aws.AwsEcs(
        answers.CLUSTER, "notes", target_groups=[answers.GROUP], log_group="notes-logs", stream_prefix="notes"
    )


@pytest.fixture
def followed(scripted: ScriptedAws, ecs: aws.AwsEcs, clock: Clock) -> Follow:
    """Follow the rollout of NEW to its end."""

    def run(*looks: tuple[float, Any], timeout: float = 900, asked: Asked = NOTHING_ASKED) -> Followed:
        scripted.looks = list(looks)
        said: list[str] = []
        loop = Loop(said.append, call, clock.sleep, clock.now)
        outcome = asyncio.run(follow(Awaited(ecs, answers.NEW, timeout, asked), loop))
        return Followed(outcome, report(outcome, answers.NEW), said)

    return run


BROKE = (
    "(deployment ecs-svc/0000000000000000007) deployment failed: tasks failed to start.",
    "rolling back to deployment ecs-svc/0000000000000000008.",
)


@pytest.fixture
def steady() -> Answer:
    """A service that runs what was asked for."""
    return answers.service(answers.deployment(7, state="COMPLETED", running=2))


@pytest.fixture
def old() -> Answer:
    """A service that runs the revision before, and has forgotten that another was tried."""
    return answers.service(answers.deployment(8, answers.OLD, "COMPLETED", running=2))


@pytest.fixture
def rolled_back() -> Callable[..., Answer]:
    """A service right after the circuit breaker opened."""

    def make(number: int = 7, at: float = 0) -> Answer:
        return answers.service(
            answers.deployment(number + 1, answers.OLD, "IN_PROGRESS", running=2, at=at + 40),
            answers.deployment(number, state="FAILED", status="ACTIVE", failed=3, at=at),
            events={at + 39: BROKE[0], at + 40: BROKE[1]},
        )

    return make
