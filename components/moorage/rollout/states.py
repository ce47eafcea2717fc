"""States of a rollout: those of ECS, those that one look shows, and the endings of rollouts and jobs."""

from enum import StrEnum


class RolloutState(StrEnum):
    """`rolloutState` of a deployment (API reference, Deployment); empty where ECS does not report it."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    IN_PROGRESS = "IN_PROGRESS"


class DeploymentStatus(StrEnum):
    """`status` of a deployment (API reference, Deployment)."""

    PRIMARY = "PRIMARY"
    ACTIVE = "ACTIVE"


class TaskStatus(StrEnum):
    """`lastStatus` and `desiredStatus` of a task (Developer Guide, "Amazon ECS task lifecycle")."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


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
    DRAINING = "draining"


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
