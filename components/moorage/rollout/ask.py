"""The requests that following a rollout sends to AWS, their errors, and their retries."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from moorage.errors import MoorageError

from .observed import Service, ServiceDeployment, StoppedTask, Target
from .settings import NO_SETTINGS, Settings

T = TypeVar("T")


RENEW = "renew the AWS credentials (such as `aws sso login`)"


class AskError(MoorageError):
    """A request to AWS failed."""

    exit_code = 3

    @property
    def brief(self) -> str:
        """The reason in one line, for a list of what is not known."""
        return str(self)


class Denied(AskError):
    """The credentials do not allow it, or there are none."""

    hint = "set AWS_PROFILE, pass --profile, or run `aws configure`"

    def __init__(self, message: str, action: str = "") -> None:
        """Set the message; `action` is the missing IAM action, if that is the reason."""
        allow = f"{action} is not allowed: ask an administrator of the account to allow it"
        super().__init__(message, hint=allow if action else "")
        self.action = action

    @property
    def brief(self) -> str:
        """The missing action, or the reason."""
        return f"{self.action} is not allowed" if self.action else str(self)


class Expired(Denied):
    """The credentials have expired or are no longer valid: a retry needs new ones."""

    hint = f"{RENEW} and run the command again"


class Unreachable(AskError):
    """AWS did not answer (throttling, 5xx, lost connection, DNS): a retry may succeed."""

    hint = "AWS does not answer; try again later"


class Refused(AskError):
    """AWS answered with an error that a retry does not change."""


def unanswered(error: AskError, actions: Sequence[str], again: str, instead: str = "") -> str:
    """Return the reason why AWS did not answer during an `up`, and what to do about it.

    `actions` are the IAM actions that are needed, `again` is the advice if AWS was unreachable, and `instead`
    the alternative to removing the cause.
    """
    missing, mend = "", "correct what AWS rejects, and run `up` again"
    if isinstance(error, Expired):
        return f"{error}\nwhat to do: {RENEW} and run `up` again"
    if isinstance(error, Unreachable):
        return f"{error}\nwhat to do: {again}"
    if isinstance(error, Denied):
        missing = f"{error.brief}\n" if error.action else ""
        mend = f"allow {', '.join(actions)}"
        if error.action.endswith("AssumeRole"):
            mend = "let these credentials assume the roles in `aws:assumeRoles`, as the provider does"
    return f"{missing}{error}\nwhat to do: {mend}{f'; or {instead}' if instead else ''}"


class Ecs(Protocol):
    """The service of one app. Each method is one request to AWS, or one for each page of the answer.

    Raises:
        Denied: the credentials do not allow it.
        Unreachable: no answer, or a transient error.
        Refused: another error.
    """

    @property
    def target_groups(self) -> Sequence[str]:
        """ARNs of the target groups of its tasks."""
        ...

    def service(self) -> Service:
        """Return the service as it is now."""
        ...

    def redeploy(self, task_definition: str, settings: Settings = NO_SETTINGS) -> str:
        """Deploy a revision, even the running one; return the id of the new deployment.

        `settings` are the settings of the service that change with it.
        """
        ...

    def stopped(self) -> list[str]:
        """Return the ARNs of tasks that stopped within the last hour, in any order."""
        ...

    def tasks(self, arns: Sequence[str]) -> list[StoppedTask]:
        """Return stopped tasks."""
        ...

    def targets(self, group: str) -> list[Target]:
        """Return the targets of a group that receive no requests."""
        ...

    def service_deployments(self) -> list[ServiceDeployment]:
        """Return the last deployments that ECS remembers, newest first."""
        ...

    def task_definitions(self, revisions: Sequence[str]) -> dict[str, str]:
        """Return the task definitions of service revisions."""
        ...

    def service_deployment(self, arn: str) -> ServiceDeployment | None:
        """Return one deployment in full."""
        ...

    def log(self, container: str, task: str) -> list[str]:
        """Return the last log lines of a container."""
        ...


class Caller(Protocol):
    """Runs a function without blocking the event loop, as `asyncio.to_thread` does."""

    def __call__(self, function: Callable[..., T], /, *args: object) -> Awaitable[T]:
        """Run `function`, and return its result."""
        ...


async def call_directly(function: Callable[..., T], /, *args: object) -> T:
    """Call without a thread, where nothing else runs meanwhile: a `Caller`."""
    return function(*args)


PAUSE, LONGEST_PAUSE = 3.0, 30.0
"""Seconds between two attempts: the first pause, doubled after each failure up to the longest."""


@dataclass(frozen=True, slots=True)
class Loop:
    """The event loop and the clock with which a rollout or a job is followed."""

    say: Callable[[str], None]
    """Takes a line of progress at each change."""
    call: Caller
    sleep: Callable[[float], Awaitable[None]]
    """Waits seconds."""
    now: Callable[[], float]
    """The time in seconds, on a monotonic clock."""

    @classmethod
    def real(cls, say: Callable[[str], None]) -> "Loop":
        """Return the running event loop, with requests in threads."""
        import asyncio
        import time

        return cls(say, asyncio.to_thread, asyncio.sleep, time.monotonic)


@dataclass(frozen=True, slots=True)
class Patient:
    """A `Caller` that retries while AWS does not answer, with growing, jittered pauses, until a deadline.

    Each attempt includes several of boto3's own.
    """

    loop: Loop
    end: float
    """The deadline, on the loop's clock."""

    async def __call__(self, function: Callable[..., T], /, *args: object) -> T:
        """Run `function`, and return its result.

        Raises:
            Unreachable: AWS did not answer until the deadline.
        """
        pause, said = PAUSE, ""
        while True:
            try:
                return await self.loop.call(function, *args)
            except Unreachable as error:
                if self.loop.now() >= self.end:
                    raise
                if str(error) != said:
                    said = str(error)
                    self.loop.say(f"AWS does not answer, retrying: {said}")
            left = max(self.end - self.loop.now(), 0.1)
            await self.loop.sleep(min(pause * random.uniform(0.5, 1), left))
            pause = min(pause * 2, LONGEST_PAUSE)
