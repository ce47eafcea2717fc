"""The place where apps run, on AWS or in a local run, and the rows that it answers the verbs with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from moorage.errors import MoorageError, UsageError, no_such
from moorage.rollout.observed import ServiceDeployment

if TYPE_CHECKING:
    from .aws.place import AwsPlace as AwsPlace
    from .local import LocalPlace as LocalPlace


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


Tell = Callable[[str], None]
"""Takes a line of progress, or of a log."""

Place: TypeAlias = "AwsPlace | LocalPlace"
"""The apps and jobs of a stack, a cluster or a local run: two classes with the same attributes and methods.

Raises:
    AskError: a request to AWS failed.
    LocalError: the local run does not answer.
    OperateError: the request cannot be fulfilled.
"""


def chosen(place: Place, app: str | None) -> list[str]:
    """Return the named app, or all.

    Raises:
        UsageError: the app is unknown; the text lists the apps.
    """
    apps = sorted(place.apps)
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
