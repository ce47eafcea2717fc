"""Plain data that describes a local stack to its supervisor."""

import hashlib
import json
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from .balancer.model import RuleSpec, TargetGroupSpec
from .runner import ContainerSpec

Json = dict[str, Any]


class TargetGroupUse(NamedTuple):
    """A service's entry in a target group (ECS's `LoadBalancer` type)."""

    target_group_arn: str
    container_name: str
    container_port: int
    check_port: int | None = None
    """The container port of health checks, if it is another one; of any container."""


class CountStep(NamedTuple):
    """The exact number of tasks in an interval of messages, relative to a threshold; None for no bound."""

    low: float | None
    high: float | None
    tasks: int


class QueueSteps(NamedTuple):
    """A step scaling policy with exact counts, by the messages in a queue."""

    queue: str
    """Its name."""
    attributes: tuple[str, ...]
    """Those of the queue that are summed up."""
    threshold: float
    above: bool
    """True if it applies at the threshold and above, False if at it and below."""
    periods: int
    """Minutes in a row on AWS; here looks in a row."""
    steps: tuple[CountStep, ...]


class BoundsAt(NamedTuple):
    """A scheduled change of the bounds; None for a bound that stays."""

    schedule: str
    timezone: str
    minimum: int | None
    maximum: int | None


class ScalingSpec(NamedTuple):
    """The parts of a service's scaling that run locally."""

    minimum: int
    maximum: int
    policies: tuple[QueueSteps, ...]
    schedules: tuple[BoundsAt, ...]


class ServiceSpec(NamedTuple):
    """An ECS service with its task definition; times in seconds."""

    app: str
    """The name a user knows it by: the component's, else the resource's."""
    name: str
    arn: str
    cluster_arn: str
    family: str
    containers: tuple[ContainerSpec, ...]
    desired_count: int
    network_mode: str = "awsvpc"
    launch_type: str = "FARGATE"
    cpu: int | None = None
    memory: int | None = None
    volumes: tuple[str, ...] = ()
    file_systems: Mapping[str, str] = {}
    """Volume -> the directory of an EFS file system that it mounts."""
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    circuit_breaker: bool = False
    rollback: bool = False
    grace: float = 0
    target_groups: tuple[TargetGroupUse, ...] = ()
    zones: tuple[str, ...] = ()
    daemon: bool = False
    component: bool = True
    """True if it is of a component, which takes a command for plain processes (`local`)."""
    triggers: Mapping[str, str] = {}
    """Changed values start another deployment of the same revision."""
    scaling: ScalingSpec | None = None

    def fingerprint(self) -> str:
        """Return a hash of everything that makes a revision."""
        # An image is identified by its content, wherever its context is staged.
        images = [container.image._replace(build=None) for container in self.containers]
        parts: Json = {
            "family": self.family,
            "containers": [c._replace(image=image) for c, image in zip(self.containers, images, strict=True)],
            "network": self.network_mode,
            "size": [self.cpu, self.memory],
            "volumes": [*self.volumes, *sorted(self.file_systems.items())],
            "targets": self.target_groups,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


class JobSpec(NamedTuple):
    """A job, with its task as that of a service without tasks."""

    task: ServiceSpec
    timeout: float
    """Seconds."""
    gates: str = ""
    """The app whose service changes only after the job has succeeded."""


class ListenerPlan(NamedTuple):
    """A listener, before it has a local port."""

    arn: str
    public_port: int
    tls: bool
    hosts: tuple[str, ...]
    """The host names of the load balancer: its DNS name, and the records that point to it."""
    default_actions: list[Json]
    rules: tuple[RuleSpec, ...] = ()
    connections: bool = False
    """True if it forwards connections instead of requests."""
    alpn: tuple[str, ...] = ()
    """With TLS, the protocols that clients can choose."""

    @property
    def scheme(self) -> str:
        """The scheme of its URLs."""
        if self.connections:
            return "tls" if self.tls else "tcp"
        return "https" if self.tls else "http"


class DataResource(NamedTuple):
    """A table, bucket, queue, topic, secret or parameter, or a part of one, as declared."""

    type: str
    name: str
    inputs: Json
    outputs: Json


class LocalStack(NamedTuple):
    """Everything a supervisor needs to run one project and stack."""

    region: str
    account: str
    services: tuple[ServiceSpec, ...] = ()
    jobs: tuple[JobSpec, ...] = ()
    listeners: tuple[ListenerPlan, ...] = ()
    target_groups: tuple[TargetGroupSpec, ...] = ()
    data: tuple[DataResource, ...] = ()
    not_run: tuple[tuple[str, str], ...] = ()
    """Type and name, with a reason where it needs one, of each resource that is not run locally."""
    not_as_process: tuple[tuple[str, str], ...] = ()
    """The same for what only containers run."""
    contexts: tuple[str, ...] = ()
    """Absolute paths of the build contexts, before they are staged."""


@dataclass(frozen=True, slots=True)
class JobEnd:
    """The end of a job's task."""

    task: str
    """The task's id; empty if none was started."""
    exit_code: int | None
    """The container's; None when it never ran."""
    timed_out: bool
    reason: str
    """The reason of a failure; empty for success."""


T = TypeVar("T")


def decode(type_: type[T], values: Sequence[Any]) -> T:
    """Return the named tuple of which `values` is the JSON.

    Raises:
        ValueError: there are more or fewer values than the type has.
    """
    return type_(*_decoded(get_type_hints(type_).values(), values))


def _decoded(hints: Iterable[Any], values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_decode(hint, value) for hint, value in zip(hints, values, strict=True))


def _decode(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(hint, types.UnionType):
        hint = get_args(hint)[0]
    if hasattr(hint, "_fields"):
        return decode(hint, value)
    if get_origin(hint) is not tuple:
        return value
    hints = get_args(hint)
    return _decoded([hints[0]] * len(value) if hints[1:] == (...,) else hints, value)
