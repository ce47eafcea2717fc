"""What a look shows of a rolling deployment, which replaces tasks bit by bit."""

import re

from .observed import Deployment, Service
from .revisions import short


def verdict(service: Service, want: str) -> str:
    """Return what one look says of a revision.

    `completed`, `failed` or `going` as ECS says it; `short` if ECS says completed while fewer tasks run
    than it is to run; `counted` if ECS does not say, and all tasks run; `other` if the service goes to
    another revision; `gone`.
    """
    primary = service.primary
    if service.status in ("MISSING", "INACTIVE", "DRAINING"):
        return "gone"
    if primary is None or primary.task_definition != want:
        return "other"
    if primary.rollout_state == "COMPLETED":
        return "short" if primary.short else "completed"
    if primary.rollout_state:
        return "failed" if primary.rollout_state == "FAILED" else "going"
    # Without a deployment controller that tells, all that was asked for runs and nothing else does.
    alone = len(service.deployments) == 1
    return "counted" if alone and primary.running == primary.desired and not primary.pending else "going"


def progress(want: str, primary: Deployment, service: Service) -> str:
    """Return in one line how far the deployment of a revision is."""
    old = sum(item.running for item in service.deployments if item is not primary)
    parts = [f"{short(want)}: {primary.running}/{primary.desired} tasks running"]
    if primary.pending:
        parts.append(f"{primary.pending} starting")
    if primary.failed:
        parts.append(f"{primary.failed} failed")
    if old:
        parts.append(f"draining {old}")
    trouble = _trouble(primary, service)
    return ", ".join(parts) + (f"; {trouble}" if trouble else "")


def _trouble(primary: Deployment, service: Service) -> str:
    """Return the newest event of this deployment if it says what ECS could not do."""
    newest = next(iter(service.events_since(primary.created_at)), "")
    return newest.partition(") ")[2] if re.search(" unable to | failed to ", newest) else ""
