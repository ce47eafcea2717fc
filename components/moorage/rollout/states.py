"""States of a rollout: those of AWS, those that one look shows, and the endings of rollouts and jobs."""

from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


def state_of(kind: type[State], text: str | None) -> State | str:
    """Return the state that AWS reports, empty where it reports none.

    A state that AWS added later stays a string: it is printed as it is and equals no member.
    """
    return next((state for state in kind if state == text), text or "")


class ClusterStatus(StrEnum):
    """`status` of a cluster (API reference, Cluster)."""

    ACTIVE = "ACTIVE"
    PROVISIONING = "PROVISIONING"
    DEPROVISIONING = "DEPROVISIONING"
    FAILED = "FAILED"
    INACTIVE = "INACTIVE"


class TaskDefinitionStatus(StrEnum):
    """`status` of a task definition (API reference, TaskDefinition)."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"


class ServiceStatus(StrEnum):
    """`status` of a service (API reference, Service)."""

    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"
    INACTIVE = "INACTIVE"
    MISSING = "MISSING"
    """The cluster does not have the service; as ECS names it in `failures`."""


class ServiceStrategy(StrEnum):
    """`strategy` of a service's deployments (API reference, DeploymentConfiguration)."""

    ROLLING = "ROLLING"
    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"


class RolloutState(StrEnum):
    """`rolloutState` of a deployment (API reference, Deployment); empty where ECS does not report it."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    IN_PROGRESS = "IN_PROGRESS"


class DeploymentStatus(StrEnum):
    """`status` of a deployment (API reference, Deployment)."""

    PRIMARY = "PRIMARY"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class TaskStatus(StrEnum):
    """`lastStatus` and `desiredStatus` of a task, `lastStatus` of a container and of its managed agents
    (Developer Guide, "Amazon ECS task lifecycle")."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"


class StopCode(StrEnum):
    """`stopCode` of a task (API reference, Task)."""

    TASK_FAILED_TO_START = "TaskFailedToStart"
    ESSENTIAL_CONTAINER_EXITED = "EssentialContainerExited"
    USER_INITIATED = "UserInitiated"
    SERVICE_SCHEDULER_INITIATED = "ServiceSchedulerInitiated"
    SPOT_INTERRUPTION = "SpotInterruption"
    TERMINATION_NOTICE = "TerminationNotice"
    INFRASTRUCTURE_HEALTH = "InfrastructureHealth"


class HealthStatus(StrEnum):
    """`healthStatus` of a task or container (API reference, Task)."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class TargetState(StrEnum):
    """`State` of a target of a load balancer (ELB API reference, TargetHealth)."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNHEALTHY_DRAINING = "unhealthy.draining"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


class ServiceDeploymentStatus(StrEnum):
    """`status` of a service deployment (API reference, ServiceDeployment)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOPPED = "STOPPED"
    STOP_REQUESTED = "STOP_REQUESTED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


GOING = (ServiceDeploymentStatus.PENDING, ServiceDeploymentStatus.IN_PROGRESS)
REQUESTED = (ServiceDeploymentStatus.STOP_REQUESTED, ServiceDeploymentStatus.ROLLBACK_REQUESTED)
"""States that a user requests; alarms, hooks and the circuit breaker do not set them."""
BACK = (*REQUESTED, ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS)


class LifecycleStage(StrEnum):
    """`lifecycleStage` of a service deployment (API reference, ServiceDeployment)."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    SCALE_UP = "SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
    BAKE_TIME = "BAKE_TIME"
    CLEAN_UP = "CLEAN_UP"


class Look(StrEnum):
    """The state of a revision in one look at its service."""

    COMPLETED = "completed"
    COUNTED = "counted"
    """All tasks run, by their count: ECS does not report a state."""
    SHORT = "short"
    """ECS reports completion while fewer tasks run than desired."""
    GOING = "going"
    BACK = "back"
    """The revision is being rolled back."""
    WAITING = "waiting"
    """Another revision is being rolled back."""
    OTHER = "other"
    """The service runs or deploys another revision."""
    CHANGED = "changed"
    """The revision runs with settings other than requested."""
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    STUCK = "stuck"
    """The rollback failed too."""
    STOPPED = "stopped"
    GONE = "gone"


class Ending(StrEnum):
    """The ending of a rollout, or its state when `why` asks."""

    COMPLETED = "completed"
    ROLLED_BACK = "rolled_back"
    STUCK = "stuck"
    """The rollback failed too."""
    STOPPED = "stopped"
    FAILED = "failed"
    FAILING = "failing"
    """It continues without success and has no circuit breaker."""
    OVERTAKEN = "overtaken"
    """Another command's deployment followed it."""
    SCALED_TO_ZERO = "scaled_to_zero"
    TIMED_OUT = "timed_out"
    GONE = "gone"
    GOING = "going"
    UNSTABLE = "unstable"
    """It completed, and its tasks have failed since."""
    UNHEALTHY = "unhealthy"
    REPLACED = "replaced"
    """Another deployment followed it; it was not rolled back."""
    REVERTED = "reverted"
    """Rolled back to an earlier deployment of the same revision."""
    SETTINGS_REVERTED = "settings_reverted"
    """Rolled back to the same revision with other settings."""


class RunEnding(StrEnum):
    """The ending of a job's run."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_STARTED = "not_started"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    """ECS no longer knows the task."""
