"""State and progress of a deployment that shifts traffic between two sets of tasks: blue/green, canary and
linear.

The service alone is not enough: its deployments show the new revision as the primary one long before it
receives all requests. The service deployment has the state ("View service history using Amazon ECS service
deployments").
"""

from .observed import Service, ServiceDeployment
from .states import BACK, GOING, LifecycleStage, Look, ServiceDeploymentStatus

_NOTHING_BEFORE = "No rollback candidate"


def shifting_verdict(deployment: ServiceDeployment, reaches: bool, service: Service, want: str) -> Look:
    """Return the state of a revision in one look; `reaches` is whether the current deployment brings it."""
    if not reaches:
        if deployment.status in BACK:
            return Look.WAITING
        runs = service.is_alone(want) and service.deployments[0].full
        return Look.COUNTED if runs and deployment.status not in GOING else Look.OTHER
    status = deployment.status
    if not isinstance(status, ServiceDeploymentStatus):
        return Look.GOING
    match status:
        case ServiceDeploymentStatus.PENDING | ServiceDeploymentStatus.IN_PROGRESS:
            return Look.GOING
        case (
            ServiceDeploymentStatus.STOP_REQUESTED
            | ServiceDeploymentStatus.ROLLBACK_REQUESTED
            | ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS
        ):
            return Look.BACK
        case ServiceDeploymentStatus.SUCCESSFUL:
            primary = service.primary
            if primary is None or primary.task_definition != want:
                return Look.OTHER
            return Look.SHORT if primary.short else Look.COMPLETED
        case ServiceDeploymentStatus.ROLLBACK_FAILED:
            return Look.FAILED if _NOTHING_BEFORE in deployment.reason else Look.STUCK
        case ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL:
            return Look.ROLLED_BACK
        case ServiceDeploymentStatus.STOPPED:
            return Look.STOPPED


def surely_reaches(deployment: ServiceDeployment, service: Service, want: str) -> bool:
    """Return whether a successful deployment brought the revision, as far as the service alone shows."""
    return deployment.status == ServiceDeploymentStatus.SUCCESSFUL and service.is_alone(want)


def stage_line(deployment: ServiceDeployment, minutes: int, service: Service) -> str:
    """Return the stage and progress of a deployment; `minutes` is the time it has been in its stage."""
    if deployment.status in BACK:
        return "rolling back" + (f": {deployment.reason}" if deployment.reason else "")
    stage = deployment.stage
    parts = [stage.lower().replace("_", " ") if stage else "pending"]
    shifts = stage in (LifecycleStage.PRODUCTION_TRAFFIC_SHIFT, LifecycleStage.POST_PRODUCTION_TRAFFIC_SHIFT)
    if stage == LifecycleStage.BAKE_TIME:
        parts.append(f"{min(minutes, deployment.bake_minutes)} of {deployment.bake_minutes} minutes")
    elif shifts and deployment.weight is not None:
        parts.append(f"{deployment.weight:g} % of requests")
    elif stage == LifecycleStage.SCALE_UP:
        parts.append(f"{deployment.running}/{deployment.desired} tasks running")
        if deployment.pending:
            parts.append(f"{deployment.pending} starting")
    elif minutes:
        parts.append(f"for {minutes} minute{'' if minutes == 1 else 's'}")
    return service.progress(parts, deployment.created_at)
