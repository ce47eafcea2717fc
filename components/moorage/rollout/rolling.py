"""State and progress of a rolling deployment, which replaces tasks step by step."""

from .observed import Deployment, Service
from .revisions import short
from .states import Look, RolloutState


def verdict(service: Service, want: str) -> Look:
    """Return the state of a revision in one look."""
    primary = service.primary
    if service.gone:
        return Look.GONE
    if primary is None or primary.task_definition != want:
        return Look.OTHER
    match primary.rollout_state:
        case RolloutState.COMPLETED:
            return Look.SHORT if primary.short else Look.COMPLETED
        case RolloutState.FAILED:
            return Look.FAILED
        case "":
            # The deployment controller reports no state: complete if all desired tasks run, and no others.
            return Look.COUNTED if service.is_alone(want) and primary.full else Look.GOING
        case _:
            return Look.GOING


def progress(want: str, primary: Deployment, service: Service) -> str:
    """Return the progress of a revision's deployment in one line."""
    old = sum(item.running for item in service.deployments if item is not primary)
    parts = [f"{short(want)}: {primary.running}/{primary.desired} tasks running"]
    if primary.pending:
        parts.append(f"{primary.pending} starting")
    if primary.failed:
        parts.append(f"{primary.failed} failed")
    if old:
        parts.append(f"draining {old}")
    return service.progress(parts, primary.created_at)
