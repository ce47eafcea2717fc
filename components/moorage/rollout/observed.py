"""A service at one look, in ECS's terms; a state is a string where AWS added it later or reports none."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from .answers import Answer, listed, part
from .revisions import short
from .settings import Settings, kept_of, settings_of
from .states import (
    BACK,
    GOING,
    DeploymentStatus,
    LifecycleStage,
    RolloutState,
    ServiceDeploymentStatus,
    ServiceStatus,
    ServiceStrategy,
    StopCode,
    TargetState,
    state_of,
)

LONG_AGO = datetime.min.replace(tzinfo=UTC)

CLOCKS = timedelta(seconds=5)
"""Tolerance: a service deployment may be a little older than its deployment and its tasks."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a service (API reference, Deployment)."""

    id: str
    status: DeploymentStatus | str
    task_definition: str
    rollout_state: RolloutState | str
    """Empty where ECS does not report it."""
    reason: str
    desired: int
    running: int
    pending: int
    failed: int
    """Consecutive failed tasks (`failedTasks`); ECS resets it when a task runs."""
    created_at: datetime

    @property
    def settled(self) -> bool:
        """True if it has completed, or ECS reports no state."""
        return self.rollout_state in (RolloutState.COMPLETED, "")

    @property
    def short(self) -> bool:
        """True if fewer tasks run than desired."""
        return self.running < self.desired

    @property
    def full(self) -> bool:
        """True if all desired tasks run, and no others start."""
        return self.running == self.desired and not self.pending


@dataclass(frozen=True, slots=True)
class Event:
    """A service event."""

    message: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Service:
    """A service at one moment (API reference, Service)."""

    status: ServiceStatus | str
    deployments: tuple[Deployment, ...]
    events: tuple[Event, ...]
    """The last service events, newest first."""
    strategy: ServiceStrategy | str = ""
    """Empty where ECS does not report it."""
    deployment: str = ""
    """The ARN of the current service deployment."""
    settings: Settings = field(default_factory=dict[str, Any])
    """Its settings, as far as ECS reports them."""
    kept: Settings = field(default_factory=dict[str, Any])
    """Its settings that are not part of a service revision, as far as ECS reports them."""

    @property
    def gone(self) -> bool:
        """True if the cluster does not have it, or no longer runs it."""
        return self.status in (ServiceStatus.MISSING, ServiceStatus.INACTIVE, ServiceStatus.DRAINING)

    @property
    def shifts(self) -> bool:
        """True if its deployments shift traffic from one set of tasks to another."""
        return self.strategy not in ("", ServiceStrategy.ROLLING)

    @property
    def primary(self) -> Deployment | None:
        """The deployment that the service runs or is moving to."""
        return next((item for item in self.deployments if item.status == DeploymentStatus.PRIMARY), None)

    def is_alone(self, task_definition: str) -> bool:
        """Return whether it has one deployment only, and that is of this revision."""
        return [item.task_definition for item in self.deployments] == [task_definition]

    def of_revision(self, task_definition: str) -> Deployment | None:
        """Return the newest deployment of a revision."""
        deployments = [item for item in self.deployments if item.task_definition == task_definition]
        return max(deployments, key=lambda item: item.created_at, default=None)

    def progress(self, parts: Iterable[str], since: datetime) -> str:
        """Return a line of progress, with the newest event since then if that reports a failure."""
        newest = next(iter(self.events_since(since)), "")
        failure = newest.partition(") ")[2] if re.search(" unable to | failed to ", newest) else ""
        return ", ".join(parts) + (f"; {failure}" if failure else "")

    def events_since(self, moment: datetime) -> list[str]:
        """Return the messages of the events since `moment`, newest first."""
        return [event.message for event in self.events if event.created_at >= moment]


MISSING = Service(ServiceStatus.MISSING, (), ())


@dataclass(frozen=True, slots=True)
class StoppedContainer:
    """A container of a task that stopped."""

    name: str
    exit_code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class StoppedTask:
    """A stopped task and its reason (API reference, Task)."""

    id: str
    task_definition: str
    started_by: str
    """The deployment's id, for a service's task."""
    stop_code: StopCode | str
    reason: str
    containers: tuple[StoppedContainer, ...]
    created_at: datetime
    stopped_at: datetime

    @property
    def ended_itself(self) -> bool:
        """True if a container's exit stopped it, not ECS: only then its exit code is evidence."""
        exited = self.stop_code == StopCode.ESSENTIAL_CONTAINER_EXITED
        return exited or "Essential container" in self.reason


@dataclass(frozen=True, slots=True)
class Target:
    """A target that a load balancer does not send requests to."""

    state: TargetState | str
    code: str
    """Such as Target.ResponseCodeMismatch."""
    reason: str


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """A deployment in the service deployments API, which has it after the service no longer lists it."""

    arn: str
    revision: str
    """The ARN of its service revision, which names the task definition."""
    status: ServiceDeploymentStatus | str
    reason: str
    created_at: datetime
    alarms: tuple[str, ...] = ()
    """Alarms that stopped it; this field and those below are set by DescribeServiceDeployments only."""
    stage: LifecycleStage | str = ""
    """Empty for a rolling deployment."""
    bake_minutes: int = 0
    desired: int = 0
    """Tasks of the new revision, as for `running` and `pending`."""
    running: int = 0
    pending: int = 0
    weight: float | None = None
    """Percent of requests that go to the new revision."""
    failures: int = 0
    """Failed tasks that the circuit breaker counted."""

    @property
    def failed(self) -> bool:
        """True if it failed; a deployment that a newer one replaced did not fail."""
        # Also a later one of ECS.
        if self.status.startswith("ROLLBACK"):
            return True
        stopped = self.status in (ServiceDeploymentStatus.STOPPED, ServiceDeploymentStatus.STOP_REQUESTED)
        return stopped and bool(re.search(r"(?i)circuit breaker|alarm|failed|rollback", self.reason))

    @property
    def going(self) -> bool:
        """True if it has not ended."""
        return self.status in (*GOING, *BACK)


def service_of(answer: Answer) -> Service:
    """Return the one service in a DescribeServices response."""
    services = listed(answer, "services")
    if not services:
        return MISSING
    service = services[0]
    return Service(
        status=state_of(ServiceStatus, service.get("status", ServiceStatus.ACTIVE)),
        deployments=tuple(_deployment(item) for item in listed(service, "deployments")),
        events=tuple(
            Event(item.get("message", ""), _moment(item, "createdAt")) for item in listed(service, "events")
        ),
        strategy=state_of(ServiceStrategy, part(service, "deploymentConfiguration").get("strategy")),
        deployment=str(service.get("currentServiceDeployment") or ""),
        settings=settings_of(service),
        kept=kept_of(service),
    )


def _deployment(item: Answer) -> Deployment:
    return Deployment(
        id=item.get("id", ""),
        status=state_of(DeploymentStatus, item.get("status")),
        task_definition=item.get("taskDefinition", ""),
        rollout_state=state_of(RolloutState, item.get("rolloutState")),
        reason=item.get("rolloutStateReason", ""),
        desired=item.get("desiredCount", 0),
        running=item.get("runningCount", 0),
        pending=item.get("pendingCount", 0),
        failed=item.get("failedTasks", 0),
        created_at=_moment(item, "createdAt"),
    )


def stopped_tasks_of(answer: Answer) -> list[StoppedTask]:
    """Return the stopped tasks in a DescribeTasks response."""
    return [
        StoppedTask(
            id=short(str(item.get("taskArn", ""))),
            task_definition=item.get("taskDefinitionArn", ""),
            started_by=item.get("startedBy", ""),
            stop_code=state_of(StopCode, item.get("stopCode")),
            reason=item.get("stoppedReason", ""),
            containers=tuple(
                StoppedContainer(
                    container.get("name", ""), container.get("exitCode"), container.get("reason", "")
                )
                for container in listed(item, "containers")
            ),
            created_at=_moment(item, "createdAt"),
            stopped_at=_moment(item, "stoppedAt"),
        )
        for item in listed(answer, "tasks")
    ]


def failed_of(
    tasks: Iterable[StoppedTask], task_definition: str, deployment: Deployment | None, since: datetime
) -> list[StoppedTask]:
    """Return the tasks that failed in one deployment of a revision, newest first.

    Tasks of earlier attempts at the same revision do not count, nor do those that a rollback stopped.
    `deployment` is None if the service no longer lists it.
    """
    stopped = [
        task
        for task in tasks
        if task.task_definition == task_definition
        and task.created_at + CLOCKS >= since
        and not task.reason.startswith("Scaling activity initiated")
    ]
    by_service = [task for task in stopped if task.started_by.startswith("ecs-svc/")]
    newest = max(by_service, key=lambda task: task.created_at, default=None)
    attempt = deployment.id if deployment else newest.started_by if newest else ""
    ours = [task for task in stopped if task not in by_service or task.started_by == attempt]
    return sorted(ours, key=lambda task: task.stopped_at, reverse=True)


_UNREADY = (TargetState.UNHEALTHY, TargetState.INITIAL, TargetState.UNAVAILABLE)


def unready_targets_of(answer: Answer) -> list[Target]:
    """Return the targets in a DescribeTargetHealth response that do not receive requests, yet or any more."""
    healths = [part(item, "TargetHealth") for item in listed(answer, "TargetHealthDescriptions")]
    targets = [
        Target(
            state_of(TargetState, health.get("State")),
            health.get("Reason", ""),
            health.get("Description", ""),
        )
        for health in healths
    ]
    return [target for target in targets if target.state in _UNREADY]


def service_deployments_of(answer: Answer) -> list[ServiceDeployment]:
    """Return the deployments in a ListServiceDeployments or DescribeServiceDeployments response."""
    return [_service_deployment(item) for item in listed(answer, "serviceDeployments")]


def _service_deployment(item: Answer) -> ServiceDeployment:
    target, reason = part(item, "targetServiceRevision"), item.get("statusReason", "")
    status = state_of(ServiceDeploymentStatus, item.get("status"))
    cause = part(item, "rollback").get("reason", "")
    if cause and cause != reason and status == ServiceDeploymentStatus.ROLLBACK_FAILED:
        # The reason for the rollback says more than the reason why the rollback failed.
        reason = f"{cause} {reason}".strip()
    return ServiceDeployment(
        arn=item.get("serviceDeploymentArn", ""),
        revision=item.get("targetServiceRevisionArn") or target.get("arn", ""),
        status=status,
        reason=reason or cause,
        created_at=_moment(item, "createdAt"),
        alarms=tuple(part(item, "alarms").get("triggeredAlarmNames") or ()),
        stage=state_of(LifecycleStage, item.get("lifecycleStage")),
        bake_minutes=part(item, "deploymentConfiguration").get("bakeTimeInMinutes") or 0,
        desired=target.get("requestedTaskCount", 0),
        running=target.get("runningTaskCount", 0),
        pending=target.get("pendingTaskCount", 0),
        weight=target.get("requestedProductionTrafficWeight"),
        failures=part(item, "deploymentCircuitBreaker").get("failureCount", 0),
    )


def task_definitions_of(answer: Answer) -> dict[str, str]:
    """Return the task definition of each service revision in a DescribeServiceRevisions response."""
    return {
        item["serviceRevisionArn"]: item.get("taskDefinition", "")
        for item in listed(answer, "serviceRevisions")
    }


def _moment(answer: Answer, key: str) -> datetime:
    return cast("datetime", answer.get(key) or LONG_AGO)
