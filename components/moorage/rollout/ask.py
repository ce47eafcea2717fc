"""The questions that following a rollout asks AWS, the ways in which asking fails, and asking again."""

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
    """AWS did not answer a question."""

    exit_code = 3

    @property
    def brief(self) -> str:
        """The reason on one line, for a list of what is not known."""
        return str(self)


class Denied(AskError):
    """The credentials do not allow it, or there are none."""

    hint = "set AWS_PROFILE, pass --profile, or run `aws configure`"

    def __init__(self, message: str, action: str = "") -> None:
        """Say why; `action` is the IAM action that is missing, if that is the reason."""
        allow = f"{action} is not allowed: ask whoever administers the account to allow it"
        super().__init__(message, hint=allow if action else "")
        self.action = action

    @property
    def brief(self) -> str:
        """The missing action, or the reason."""
        return f"{self.action} is not allowed" if self.action else str(self)


class Expired(Denied):
    """The credentials have expired or are no longer valid: asking again does not help, new ones do."""

    hint = f"{RENEW} and run the command again"


class Unreachable(AskError):
    """AWS did not answer (throttling, 5xx, lost connection, DNS): asking again may help."""

    hint = "AWS does not answer; try again in a moment"


class Refused(AskError):
    """AWS answered with an error that asking again does not change."""


def unanswered(error: AskError, actions: Sequence[str], again: str, instead: str = "") -> str:
    """Return why AWS did not answer during an `up`, and what to do about it.

    Args:
        error: why.
        actions: the IAM actions that are needed.
        again: what to do when AWS was out of reach.
        instead: what can be done instead of mending the cause.
    """
    missing, mend = "", "correct what AWS refuses, and run `up` again"
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
        Denied: the credentials may not.
        Unreachable: no answer, or one that passes.
        Refused: another error.
    """

    @property
    def target_groups(self) -> Sequence[str]:
        """ARNs of the target groups that its tasks are in."""
        ...

    def service(self) -> Service:
        """Return the service as it is now."""
        ...

    def redeploy(self, task_definition: str, settings: Settings = NO_SETTINGS) -> str:
        """Deploy a revision, also one that runs; return the id of the deployment that begins.

        `settings` are those of the service that change with it.
        """
        ...

    def stopped(self) -> list[str]:
        """Return the ARNs of tasks that stopped within the last hour, in no order."""
        ...

    def tasks(self, arns: Sequence[str]) -> list[StoppedTask]:
        """Return what is known of stopped tasks."""
        ...

    def targets(self, group: str) -> list[Target]:
        """Return the targets of a group that get no requests."""
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
        """Return what `function` returns."""
        ...


PAUSE, LONGEST_PAUSE = 3.0, 30.0
"""Seconds between two attempts: the first pause, doubled after each failure up to the longest."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A `Caller` that asks again while AWS does not answer, with growing, jittered pauses, until a deadline.

    boto3 has then made several attempts of its own for each of these.
    """

    call: Caller
    sleep: Callable[[float], Awaitable[None]]
    now: Callable[[], float]
    say: Callable[[str], None]
    end: float
    """The deadline, on the clock of `now`."""

    async def __call__(self, function: Callable[..., T], /, *args: object) -> T:
        """Return what `function` returns.

        Raises:
            Unreachable: AWS did not answer until the deadline.
        """
        pause, said = PAUSE, ""
        while True:
            try:
                return await self.call(function, *args)
            except Unreachable as error:
                if self.now() >= self.end:
                    raise
                if str(error) != said:
                    said = str(error)
                    self.say(f"AWS does not answer, asking again: {said}")
            await self.sleep(min(pause * random.uniform(0.5, 1), max(self.end - self.now(), 0.1)))
            pause = min(pause * 2, LONGEST_PAUSE)
