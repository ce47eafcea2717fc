"""The place where apps run: one interface of the verbs to AWS and to a local run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from moorage.errors import MoorageError, UsageError, no_such
from moorage.rollout.ask import Ecs
from moorage.rollout.logs import LogLine
from moorage.rollout.observed import ServiceDeployment
from moorage.rollout.rules import Rule
from moorage.rollout.states import Ending
from moorage.rollout.watch import Outcome


class OperateError(MoorageError):
    """A verb failed; the text says why and what to do."""


class NotFound(OperateError):
    """A cluster, a service, a stack, or the Pulumi CLI was not found."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task that runs or is starting."""

    id: str
    revision: str
    """`family:revision`."""
    status: str
    health: str
    """HEALTHY, UNHEALTHY or UNKNOWN: from the load balancer, else from the containers' own checks."""
    address: str
    """Address and port, comma-separated where there are several; empty if there is none."""
    zone: str
    started_at: datetime | None
    public_addresses: tuple[str, ...] = ()
    """Addresses and ports at which it is reached without a load balancer; of a local run on this machine."""
    containers: tuple[str, ...] = ()
    instance: str = ""
    """The id of its EC2 instance; empty on Fargate and in a local run."""
    restarts: int | None = None
    """Number of tasks that exited by themselves and were replaced by it; None if not known."""


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
    """A deployment in the history, and the task definition that it deployed."""

    deployment: ServiceDeployment
    task_definition: str


@dataclass(frozen=True, slots=True)
class LogSelection:
    """A selection of log lines."""

    apps: tuple[str, ...]
    tail: int
    """Maximum number of past lines."""
    since: float | None = None
    """Seconds before now; None for as far back as needed."""
    task: str = ""
    """The beginning of a task's id."""
    follow: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """The range of a service's autoscaling."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class JobEnd:
    """A job's run that ended."""

    ok: bool
    exit_code: int | None
    """The container's; None if it never ran or its code is not known."""
    timed_out: bool
    text: str
    """A sentence, followed by the diagnosis if it failed."""


class Tell(Protocol):
    """Takes a line of progress, or of a log."""

    def __call__(self, line: str, /) -> None:
        """Print the line."""
        ...


class Place(Protocol):
    """The apps and jobs of a stack, a cluster or a local run.

    Raises:
        AskError: a request to AWS failed.
        LocalError: the local run does not answer.
        OperateError: the request cannot be fulfilled.
    """

    kind: str
    """`aws` or `local`."""
    name: str
    """Its name in output."""
    advice: Mapping[Ending, str] | None
    """The advice for outcomes that need no diagnosis, where it differs from AWS."""
    deploys_again: str
    """The command that deploys the program's revision again after a rollback."""
    counts_again: str
    """The command that restores the program's count after `scale`."""
    pause: float
    """Seconds between two looks."""

    @property
    def rules(self) -> Sequence[Rule]:
        """The known failures of the environment."""
        ...

    def apps(self) -> Sequence[str]:
        """Return the names of the apps."""
        ...

    def jobs(self) -> Sequence[str]:
        """Return the names of the jobs."""
        ...

    def ecs(self, app: str) -> Ecs:
        """Return an app's service, as rollouts are followed by."""
        ...

    def service(self, app: str) -> Mapping[str, Any]:
        """Return an app's service as in a DescribeServices response; empty if there is none."""
        ...

    def tasks(self, app: str) -> list[TaskRow]:
        """Return an app's tasks that have not stopped."""
        ...

    def targets(self, app: str) -> list[TargetRow]:
        """Return an app's targets."""
        ...

    def past(self, app: str) -> list[Past]:
        """Return the deployments in the history, newest first."""
        ...

    def lines(self, selection: LogSelection) -> Iterator[LogLine]:
        """Yield lines of the log, oldest first; forever if they are followed."""
        ...

    def execute(self, app: str, task: str, container: str, command: Sequence[str]) -> int:
        """Run a command in a container, on this terminal; return its exit code as far as known.

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
        """Return the ARNs of revisions that can be deployed, newest first."""
        ...

    def follow(self, app: str, want: str, deployment: str, say: Tell) -> Outcome:
        """Follow a deployment until it ends."""
        ...

    def limits(self, app: str) -> Limits | None:
        """Return the range of an app's autoscaling; None if it has none."""
        ...

    def scale(self, app: str, count: int) -> None:
        """Set the number of tasks."""
        ...

    def run_job(self, job: str, command: Sequence[str], say: Tell, log: Tell) -> JobEnd:
        """Run a job once, and follow it to its end."""
        ...


def chosen(place: Place, app: str | None) -> list[str]:
    """Return the named app, or all.

    Raises:
        UsageError: the app is unknown; the text lists the apps.
    """
    apps = sorted(place.apps())
    return apps if app is None else [known(app, apps, "app")]


def the_one(place: Place, app: str | None) -> str:
    """Return the named app, or the only one.

    Raises:
        UsageError: the app is unknown, or there are several; the text lists the apps.
    """
    apps = chosen(place, app)
    if len(apps) == 1:
        return apps[0]
    raise UsageError(f"choose an app: {', '.join(apps)}" if apps else f"{place.name} has no app")


def known(name: str, names: Sequence[str], what: str) -> str:
    """Return a name that is one of `names`.

    Raises:
        UsageError: the name is unknown.
    """
    if name in names:
        return name
    raise UsageError(no_such(what, name, names))
