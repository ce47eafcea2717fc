"""The values that the verbs and a place where apps run exchange, and their errors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from moorage.errors import MoorageError
from moorage.rollout.observed import ServiceDeployment
from moorage.rollout.states import HealthStatus, TargetState, TaskStatus


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
    status: TaskStatus | str
    health: HealthStatus | str
    """From the load balancer, else from the containers' own checks."""
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
    state: TargetState | str
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
