"""A service's deployments and tasks, and the next actions of its scheduler. No I/O.

Terms and rules are those of "Amazon ECS services": rolling update within percentages, deployment
circuit breaker (threshold: half of the desired count, within 3 and 200), replacement with back-off.
"""

import math
import uuid
from collections.abc import Callable
from typing import NamedTuple

from moorage.local.model import ServiceSpec
from moorage.rollout.states import (
    DeploymentStatus,
    HealthStatus,
    RolloutState,
    StopCode,
    TargetState,
    TaskStatus,
)

from .records import Deployment, Task

MAX_BACK_OFF = 60.0
"""Seconds; the longest wait before a task that keeps failing is started again."""
STABLE_AFTER = 60.0
"""Seconds a task must have been ready for its failure to count as the first one."""

ELB_FAILED = "Task failed ELB health checks"
CONTAINER_FAILED = "Task failed container health checks"


class Start(NamedTuple):
    """Start this task."""

    task: Task
    deployment: Deployment


class Stop(NamedTuple):
    """Drain and stop this task."""

    task: Task


Action = Start | Stop


class Service:
    """One service: it takes events and returns actions."""

    def __init__(self, spec: ServiceSpec, emit: Callable[[str], None] = lambda _text: None) -> None:
        """Begin without a deployment; `emit` takes the service's events, worded as in ECS."""
        self.spec: ServiceSpec = spec
        self.count = spec.desired_count
        self.overridden = False
        self.deployments: list[Deployment] = []
        self.tasks: dict[str, Task] = {}
        self.history: list[Deployment] = []
        """The last twenty deployments, newest first."""
        self.failures: list[Task] = []
        """Tasks that ended on their own, the last twenty."""
        self.events: list[tuple[float, str]] = []
        self._emit = emit

    # ---- requests

    def deploy(self, spec: ServiceSpec, revision: int, now: float, *, force: bool = False) -> str:
        """Take a new specification; return `new`, `scaled` or `unchanged`."""
        if spec.desired_count != self.spec.desired_count:
            self.overridden = False
        self.count, self.spec = self.count_with(spec), spec
        primary = self.primary
        if (
            primary is not None
            and not force
            and primary.revision == revision
            and primary.spec.triggers == spec.triggers
            and primary.rollout_state is not RolloutState.FAILED
        ):
            # The requested revision already runs: a rollback to it is over.
            if primary.rollback_of is not None:
                self.history = [primary, *(item for item in self.history if item is not primary)]
            primary.spec, primary.rollback_of, primary.failed_tasks = spec, None, 0
            return self.scale(self.count, now)
        for deployment in self.deployments:
            deployment.status = DeploymentStatus.ACTIVE
        new = Deployment(
            f"ecs-svc/{uuid.uuid4().int % 10**19:019d}", revision, spec, self.count, now, updated_at=now
        )
        new.reason = f"ECS deployment {new.id} in progress."
        self.deployments.insert(0, new)
        self.history = [new, *self.history][:20]
        return "new"

    def count_with(self, spec: ServiceSpec) -> int:
        """Return the desired count after the deployment of a specification."""
        return self.count if spec.desired_count == self.spec.desired_count else spec.desired_count

    def redeploy(self, revision: int, now: float) -> bool:
        """Deploy a revision again; return whether it is still kept."""
        deployment = next((item for item in self.history if item.revision == revision), None)
        if deployment is None:
            return False
        spec = deployment.spec._replace(desired_count=self.spec.desired_count)
        self.deploy(spec, revision, now, force=True)
        return True

    def scale(self, count: int, now: float) -> str:
        """Change the desired count; return `scaled` or `unchanged`."""
        self.count = count
        primary = self.primary
        if primary is None or primary.desired == count or primary.rollout_state is RolloutState.FAILED:
            return "unchanged"
        primary.desired, primary.updated_at, primary.rollout_state = count, now, RolloutState.IN_PROGRESS
        primary.reason = f"ECS deployment {primary.id} in progress."
        return "scaled"

    # ---- events

    def task_stopped(self, task: Task, now: float) -> None:
        """Record that a task has ended; one that was not stopped has failed."""
        task.last_status, task.stopped_at = TaskStatus.STOPPED, now
        deployment = self.deployment(task.deployment)
        if task.desired_status is TaskStatus.RUNNING:
            self._failed(task, deployment, now)
        task.desired_status = TaskStatus.STOPPED
        stopped = sorted((t for t in self.tasks.values() if t.stopped), key=lambda t: t.stopped_at or 0)
        for old in stopped[:-20]:
            del self.tasks[old.id]

    # ---- actions

    def decide(self, now: float) -> list[Action]:
        """Return the tasks to start and stop now, and advance the deployments."""
        actions: list[Action] = []
        for task in self.tasks.values():
            ready = task.is_ready()
            if ready and task.ready_at is None:
                task.ready_at = now
            why = None if ready else self._unhealthy(task, now)
            if why is not None:
                self._failed(task, self.deployment(task.deployment), now)
                actions.append(self._stop(task, why))
        if self.primary is not None:
            self._break_circuit(self.primary, now)
        # That may have been rolled back.
        if self.primary is not None:
            actions += self._move(self.primary, now)
            self._complete(self.primary, now)
        return actions

    @property
    def primary(self) -> Deployment | None:
        """The deployment that the service runs or moves to."""
        return next((d for d in self.deployments if d.status is DeploymentStatus.PRIMARY), None)

    def deployment(self, id_: str) -> Deployment | None:
        """Return a deployment by its id, if it is still kept."""
        return next((d for d in self.deployments if d.id == id_), None)

    def running(self, deployment: Deployment) -> list[Task]:
        """Return the tasks of a deployment that should run."""
        return [t for t in self.tasks.values() if t.alive and t.deployment == deployment.id]

    def event(self, text: str, now: float) -> None:
        """Record a service event."""
        self.events.append((now, f"(service {self.spec.name}) {text}"))
        del self.events[:-100]
        self._emit(text)

    def _move(self, primary: Deployment, now: float) -> list[Action]:
        actions: list[Action] = []
        desired = primary.desired
        mine = self.running(primary)
        others = [t for t in self.tasks.values() if t.alive and t.deployment != primary.id]
        at_least = math.ceil(desired * primary.spec.minimum_healthy_percent / 100)
        at_most = math.floor(desired * primary.spec.maximum_percent / 100)

        for task in sorted(mine, key=lambda t: (t.is_ready(), -t.created_at))[: max(0, len(mine) - desired)]:
            actions.append(self._stop(task, f"Scaling activity initiated by (deployment {primary.id})"))
        mine = [t for t in mine if t.alive]

        failed = primary.rollout_state is RolloutState.FAILED
        room = max(at_most, desired) if not others else at_most
        number = min(desired - len(mine), room - len(mine) - len(others))
        if number > 0 and now >= primary.next_start and not failed:
            actions += [Start(self._new_task(primary, now), primary) for _ in range(number)]

        healthy = sum(task.is_ready() for task in (*mine, *others))
        stuck = desired > len(mine) and number <= 0
        keep = at_least if stuck else max(desired, at_least)
        for task in sorted(others, key=lambda t: (t.is_ready(), t.created_at)):
            if task.is_ready():
                if healthy <= keep:
                    continue
                healthy -= 1
            actions.append(self._stop(task, f"Scaling activity initiated by (deployment {primary.id})"))
        if others and stuck and at_least >= desired and all(t.is_ready() for t in others) and not actions:
            self._fail(
                primary,
                f"minimumHealthyPercent {primary.spec.minimum_healthy_percent} and maximumPercent "
                f"{primary.spec.maximum_percent} leave no room to replace {desired} task(s).",
                now,
            )
        return actions

    def _complete(self, primary: Deployment, now: float) -> None:
        if primary.rollout_state is not RolloutState.IN_PROGRESS:
            return
        mine = self.running(primary)
        left = [t for t in self.tasks.values() if t not in mine and not t.stopped]
        if len(mine) != primary.desired or not all(t.is_ready() for t in mine) or left:
            return
        primary.rollout_state, primary.completed_once, primary.updated_at = RolloutState.COMPLETED, True, now
        if primary.rollback_of is None:
            primary.reason = f"ECS deployment {primary.id} completed."
        self.deployments = [primary]
        self.event(f"(deployment {primary.id}) deployment completed.", now)
        self.event("has reached a steady state.", now)

    def _break_circuit(self, primary: Deployment, now: float) -> None:
        if primary.rollout_state is not RolloutState.IN_PROGRESS or not primary.spec.circuit_breaker:
            return
        if primary.failed_tasks < threshold(primary.desired):
            return
        previous = next((d for d in self.deployments if d is not primary and d.completed_once), None)
        self._fail(primary, "tasks failed to start.", now)
        if previous is None or not primary.spec.rollback:
            return
        primary.status, primary.rolled_back = DeploymentStatus.ACTIVE, True
        previous.status = DeploymentStatus.PRIMARY
        self.deployments.remove(previous)
        self.deployments.insert(0, previous)
        previous.rollout_state, previous.updated_at = RolloutState.IN_PROGRESS, now
        previous.desired = self.count
        previous.reason = f"ECS deployment circuit breaker: rolling back to deploymentId {previous.id}."
        previous.rollback_of, previous.failed_tasks = primary.id, 0
        self.event(f"(deployment {primary.id}) deployment failed: tasks failed to start.", now)
        self.event(f"rolling back to (deployment {previous.id}).", now)

    def _fail(self, deployment: Deployment, why: str, now: float) -> None:
        deployment.rollout_state, deployment.updated_at = RolloutState.FAILED, now
        deployment.reason = f"ECS deployment circuit breaker: {why}"
        deployment.desired = 0

    def _failed(self, task: Task, deployment: Deployment | None, now: float) -> None:
        self.failures = [*self.failures, task][-20:]
        if deployment is None:
            return
        stable = task.ready_at is not None and now - task.ready_at >= STABLE_AFTER
        deployment.failures_in_row = 1 if stable else deployment.failures_in_row + 1
        rounds = deployment.failures_in_row / max(1, deployment.desired)
        wait = 0.0 if rounds <= 1 else min(MAX_BACK_OFF, 2.0 ** (math.ceil(rounds) - 2))
        deployment.next_start = max(deployment.next_start, now + wait)
        deployment.lost.append(task.restarts + 1)
        if deployment.rollout_state is RolloutState.IN_PROGRESS:
            deployment.failed_tasks += 1

    def _unhealthy(self, task: Task, now: float) -> str | None:
        if not task.alive or task.started_at is None:
            return None
        if task.hopeless and task.ready_at is None:
            return ELB_FAILED if task.targets else "Task failed to listen on its port"
        if task.health is HealthStatus.UNHEALTHY:
            return CONTAINER_FAILED
        deployment = self.deployment(task.deployment)
        grace = self.spec.grace if deployment is None else deployment.spec.grace
        if now - task.started_at < grace and task.ready_at is None:
            return None
        for arn, (state, reason) in task.targets.items():
            if state is TargetState.UNHEALTHY:
                return f"{ELB_FAILED} in (target-group {arn}): {reason}"
        return None

    def _stop(self, task: Task, reason: str) -> Stop:
        task.desired_status = TaskStatus.STOPPED
        task.stopped_reason, task.stop_code = reason, StopCode.SERVICE_SCHEDULER_INITIATED
        return Stop(task)

    def _new_task(self, deployment: Deployment, now: float) -> Task:
        alive = [t.zone for t in self.tasks.values() if t.alive]
        zones = deployment.spec.zones or ("local",)
        id_ = uuid.uuid4().hex
        cluster = deployment.spec.cluster_arn.rsplit("/", 1)[-1]
        base = deployment.spec.arn.rsplit(":service", 1)[0]
        task = Task(
            id=id_,
            arn=f"{base}:task/{cluster}/{id_}",
            deployment=deployment.id,
            revision=deployment.revision,
            zone=min(zones, key=alive.count),
            created_at=now,
            restarts=deployment.lost.pop(0) if deployment.lost else 0,
        )
        self.tasks[id_] = task
        return task


def threshold(desired: int) -> int:
    """Return the failed tasks that trip the breaker ("Amazon ECS deployment circuit breaker", threshold)."""
    return min(max(3, math.ceil(desired / 2)), 200)
