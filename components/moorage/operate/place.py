"""Where apps run: what the verbs ask of AWS and of a local run alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from moorage.errors import MoorageError
from moorage.rollout.ask import Ecs
from moorage.rollout.logs import LogLine
from moorage.rollout.observed import ServiceDeployment
from moorage.rollout.rules import Rule
from moorage.rollout.states import Ending
from moorage.rollout.watch import Outcome


class OperateError(MoorageError):
    """A verb cannot do what it was asked for; the text says why and what to do."""


class NotFound(OperateError):
    """What is asked about cannot be found: a cluster, a service, a stack, or the Pulumi CLI that knows it."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task that runs or is about to."""

    id: str
    revision: str
    """`family:revision`."""
    status: str
    health: str
    """HEALTHY, UNHEALTHY or UNKNOWN: what the load balancer says, else the containers' own checks."""
    address: str
    """Address and port, comma-separated where there are several; empty if there is none."""
    zone: str
    started_at: datetime | None
    containers: tuple[str, ...] = ()
    restarts: int | None = None
    """How many tasks before it, in its place, ended on their own; None where that is not known."""


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target of a load balancer."""

    group: str
    """The target group's ARN."""
    id: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A deployment that is remembered, and what it deployed."""

    deployment: ServiceDeployment
    task_definition: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the log are asked for."""

    apps: tuple[str, ...]
    tail: int
    """The last so many; less where there are no more."""
    since: float | None = None
    """Seconds before now; None for as far back as it takes."""
    task: str = ""
    """The beginning of a task's id."""
    follow: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Autoscaling of a service."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a job ended."""

    ok: bool
    exit_code: int | None
    """The container's; None if it never ran, or nobody knows."""
    timed_out: bool
    text: str
    """A sentence, and below it the diagnosis if it failed."""


class Tell(Protocol):
    """Takes a line of progress, or of a log."""

    def __call__(self, line: str, /) -> None:
        """Take it."""
        ...


class Place(Protocol):
    """The apps and jobs of a stack, a cluster or a local run.

    Raises:
        AskError: AWS does not tell.
        LocalError: the local run does not answer.
        OperateError: what is asked for cannot be done.
    """

    @property
    def kind(self) -> str:
        """`aws` or `local`."""
        ...

    @property
    def name(self) -> str:
        """What a person knows it by."""
        ...

    @property
    def rules(self) -> Sequence[Rule]:
        """The failures that are known there."""
        ...

    @property
    def advice(self) -> Mapping[Ending, str] | None:
        """What to do for an outcome that needs no diagnosis, where it differs from AWS."""
        ...

    @property
    def deploys_again(self) -> str:
        """What deploys the program's revision again after a rollback."""
        ...

    @property
    def counts_again(self) -> str:
        """What brings back the program's count after another one was set."""
        ...

    def apps(self) -> Sequence[str]:
        """Return the names of what runs."""
        ...

    def jobs(self) -> Sequence[str]:
        """Return the names of what can be run once."""
        ...

    def ecs(self, app: str) -> Ecs:
        """Return how a rollout of an app is followed."""
        ...

    def service(self, app: str) -> Mapping[str, Any]:
        """Return an app's service as DescribeServices does; empty if there is none."""
        ...

    def tasks(self, app: str) -> list[TaskRow]:
        """Return an app's tasks that have not stopped."""
        ...

    def targets(self, app: str) -> list[TargetRow]:
        """Return an app's targets."""
        ...

    def past(self, app: str) -> list[Past]:
        """Return the deployments that are remembered, newest first."""
        ...

    def lines(self, wanted: Wanted) -> Iterator[LogLine]:
        """Yield lines of the log, the oldest first; without an end when they are followed."""
        ...

    def execute(self, app: str, task: str, container: str, command: Sequence[str]) -> int:
        """Run a command in a container, on this terminal; return its exit code as far as it is known.

        Args:
            app: the app.
            task: the beginning of a task's id; empty for the one that runs longest.
            container: the container's name; empty for the app's own.
            command: the command and its arguments.
        """
        ...

    def revision(self, app: str, text: str) -> str:
        """Return the ARN of a revision, given as a number, `family:number` or ARN."""
        ...

    def revisions(self, app: str) -> list[str]:
        """Return ARNs of revisions that could be deployed, newest first."""
        ...

    def follow(self, app: str, want: str, deployment: str, say: Tell) -> Outcome:
        """Follow a deployment that began until it is over."""
        ...

    def limits(self, app: str) -> Limits | None:
        """Return between what counts autoscaling holds an app, None if it does not."""
        ...

    def scale(self, app: str, count: int) -> None:
        """Let another number of tasks run."""
        ...

    def pause(self) -> None:
        """Wait until it is worth looking again."""
        ...

    def run_job(self, job: str, command: Sequence[str], say: Tell, log: Tell) -> JobEnd:
        """Run a job once, and follow it to its end."""
        ...
