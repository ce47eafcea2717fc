"""A service's tasks and deployments, as ECS records them."""

from dataclasses import dataclass, field
from typing import Any

from moorage.local.model import ServiceSpec
from moorage.rollout.states import (
    DeploymentStatus,
    HealthStatus,
    RolloutState,
    StopCode,
    TargetState,
    TaskStatus,
)


@dataclass(slots=True)
class Task:
    """One task. Times are seconds of the clock that the service is driven by."""

    id: str
    arn: str
    deployment: str
    revision: int
    zone: str
    created_at: float
    restarts: int = 0
    """The number of tasks before it, in its place, that ended by themselves."""
    last_status: TaskStatus = TaskStatus.PROVISIONING
    desired_status: TaskStatus = TaskStatus.RUNNING
    containers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """name, lastStatus, healthStatus, exitCode, reason, runtimeId: ECS's `Container`."""
    targets: dict[str, tuple[TargetState, str]] = field(default_factory=dict[str, tuple[TargetState, str]])
    """Target group ARN -> state and reason."""
    settled: bool = False
    """True if it has no health checks and listens, or stayed up."""
    ready_at: float | None = None
    started_at: float | None = None
    stopped_at: float | None = None
    stop_code: StopCode | None = None
    stopped_reason: str | None = None
    detail: str | None = None
    """A local finding that ECS does not have, such as another port that it listens on."""
    hopeless: bool = False
    """True if it can never become ready, for the reason in `detail`."""
    notice: str | None = None
    """A warning before the task has failed: that nothing listens on its port."""

    @property
    def alive(self) -> bool:
        """True if it should run, and has not stopped."""
        return self.desired_status is TaskStatus.RUNNING and not self.stopped

    @property
    def stopped(self) -> bool:
        """True if it has ended."""
        return self.last_status is TaskStatus.STOPPED

    @property
    def health(self) -> HealthStatus:
        """ECS's `healthStatus`: of its containers' own checks."""
        states = set(self._checks)
        if HealthStatus.UNHEALTHY in states:
            return HealthStatus.UNHEALTHY
        return HealthStatus.HEALTHY if states == {HealthStatus.HEALTHY} else HealthStatus.UNKNOWN

    @property
    def _checks(self) -> list[HealthStatus]:
        """The health of those containers that have a check of their own."""
        return [c["healthStatus"] for c in self.containers if c.get("healthStatus")]

    @property
    def checked(self) -> bool:
        """True if it has health checks, of a container or a target group."""
        return bool(self.targets or self._checks)

    def is_ready(self) -> bool:
        """Return whether it runs and passes all its checks."""
        if not self.alive or self.last_status is not TaskStatus.RUNNING:
            return False
        if not self.checked:
            return self.settled
        targets = {state for state, _ in self.targets.values()}
        return set(self._checks) <= {HealthStatus.HEALTHY} and targets <= {TargetState.HEALTHY}


@dataclass(slots=True)
class Deployment:
    """One deployment of a service."""

    id: str
    revision: int
    spec: ServiceSpec
    desired: int
    created_at: float
    status: DeploymentStatus = DeploymentStatus.PRIMARY
    rollout_state: RolloutState = RolloutState.IN_PROGRESS
    reason: str = ""
    updated_at: float = 0
    failed_tasks: int = 0
    failures_in_row: int = 0
    next_start: float = 0
    completed_once: bool = False
    rollback_of: str | None = None
    """The failed deployment that was rolled back to this one."""
    rolled_back: bool = False
    """True if it failed and was rolled back."""
    lost: list[int] = field(default_factory=list[int])
    """Restart counts of tasks that ended by themselves and were not replaced yet."""
