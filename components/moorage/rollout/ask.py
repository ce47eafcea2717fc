"""What following a rollout asks of AWS, and how asking can fail."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from .observed import Service, ServiceDeployment, StoppedTask, Target
from .settings import NO_SETTINGS, Settings

T = TypeVar("T")


class AskError(Exception):
    """A question was not answered."""


class Denied(AskError):
    """The credentials may not ask it, or are none."""

    def __init__(self, message: str, action: str = "") -> None:
        """Say why; `action` is the IAM action that is missing, if that is it."""
        super().__init__(message)
        self.action = action


class Unreachable(AskError):
    """AWS did not answer, or with an error that passes: asking again may help."""


class Refused(AskError):
    """AWS answered with an error that stays."""


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
