"""The states of a rollout: those of ECS, what one look shows, and how a rollout or a job ended."""

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
"""Someone requested its end; an alarm, a hook or the circuit breaker does not."""
BACK = (*REQUESTED, ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS)


class Look(StrEnum):
    """What one look at a service says of a revision."""

    COMPLETED = "completed"
    COUNTED = "counted"
    """All tasks run, by their number: ECS does not report a state."""
    SHORT = "short"
    """ECS reports completion while fewer tasks run than desired."""
    GOING = "going"
    BACK = "back"
    """On its way back from the revision."""
    WAITING = "waiting"
    """Another revision is being rolled back."""
    OTHER = "other"
    """The service goes to another revision."""
    CHANGED = "changed"
    """The revision runs with settings that were not asked for."""
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    STUCK = "stuck"
    """The rollback failed too."""
    STOPPED = "stopped"
    GONE = "gone"


class Ending(StrEnum):
    """How a rollout ended, or how it is doing when `why` asks."""

    COMPLETED = "completed"
    ROLLED_BACK = "rolled_back"
    STUCK = "stuck"
    """The rollback failed too."""
    STOPPED = "stopped"
    FAILED = "failed"
    FAILING = "failing"
    """It goes on without success, and there is no circuit breaker."""
    OVERTAKEN = "overtaken"
    """Another command's deployment came after it."""
    SCALED_TO_ZERO = "scaled_to_zero"
    TIMED_OUT = "timed_out"
    GONE = "gone"
    GOING = "going"
    UNSTABLE = "unstable"
    """It completed, and tasks fail since."""
    UNHEALTHY = "unhealthy"
    REPLACED = "replaced"
    """Another deployment came after it, and no rollback."""
    REVERTED = "reverted"
    """Rolled back to an earlier deployment of the same revision."""
    SETTINGS_REVERTED = "settings_reverted"
    """Rolled back to the same revision with other settings."""


class RunEnding(StrEnum):
    """How the run of a job ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NOT_STARTED = "not_started"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    """ECS no longer knows the task."""
