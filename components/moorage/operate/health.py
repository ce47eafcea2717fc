"""The health of an app: the one verdict that `status` shows and `why` explains."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from moorage.rollout.ask import AskError
from moorage.rollout.observed import Deployment, Service, service_of
from moorage.rollout.revisions import short
from moorage.rollout.rolling import progress
from moorage.rollout.states import RolloutState, TargetState

from .place import Past, TargetRow
from .places import Place

Row = TypeVar("Row")


class AppState(StrEnum):
    """The verdict on an app."""

    HEALTHY = "healthy"
    DEPLOYING = "deploying"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Health:
    """The health of one app."""

    app: str
    service: Service
    past: Sequence[Past]
    """Its deployments, newest first."""
    targets: Sequence[TargetRow]
    addresses: Sequence[str]
    """Addresses and ports at which its tasks are reached without a load balancer."""
    unasked: Sequence[str]
    """Requests that failed, each with the reason."""

    @property
    def gone(self) -> bool:
        """Whether the service does not exist."""
        return self.service.primary is None or self.service.gone

    @property
    def last(self) -> Past | None:
        """The newest deployment, as far as ECS remembers it."""
        return self.past[0] if self.past else None

    @property
    def failed(self) -> Deployment | None:
        """The deployment that the service lists as failed, unless a later one followed it."""
        primary = self.service.primary
        if primary and primary.rollout_state == RolloutState.FAILED:
            return primary
        if self.last and not self.last.deployment.failed:
            return None
        return next(
            (item for item in self.service.deployments if item.rollout_state == RolloutState.FAILED), None
        )

    @property
    def failed_revision(self) -> str | None:
        """The ARN of the revision whose rollout failed last, empty where ECS does not report it; None if the
        last rollout did not fail."""
        if self.failed:
            return self.failed.task_definition
        return self.last.task_definition if self.last and self.last.deployment.failed else None

    @property
    def going(self) -> bool:
        """Whether a deployment is in progress; with traffic shifting the service alone does not show it."""
        primary = self.service.primary
        state = primary.rollout_state if primary else ""
        return state == RolloutState.IN_PROGRESS or bool(self.last and self.last.deployment.going)

    @property
    def problems(self) -> list[str]:
        """The problems, each a sentence."""
        primary = self.service.primary
        if self.gone or primary is None:
            return ["the service is gone"]
        problems: list[str] = []
        if self.failed_revision is not None:
            of = f", of {short(self.failed_revision)}," if self.failed_revision else ""
            problems.append(f"the last rollout{of} failed; run `moorage why {self.app}` for the reason")
        elif primary.short and primary.settled:
            problems.append(f"{primary.running} of {primary.desired} tasks run")
        if number := sum(target.state == TargetState.UNHEALTHY for target in self.targets):
            problems.append(f"{number} unhealthy target{'' if number == 1 else 's'}")
        return problems

    @property
    def state(self) -> AppState:
        """The verdict."""
        if self.problems:
            return AppState.UNHEALTHY
        return AppState.DEPLOYING if self.going else AppState.HEALTHY

    @property
    def progress(self) -> str:
        """One line about the revision that the service runs or deploys."""
        primary = self.service.primary
        return progress(primary.task_definition, primary, self.service) if primary else "the service is gone"


def look(place: Place, app: str) -> Health:
    """Return the health of an app; only the service itself is required.

    With traffic shifting its deployments are required too: only they show whether the last one has ended.

    Raises:
        AskError: the service cannot be described.
    """
    unasked: list[str] = []
    described = place.service(app)
    service = service_of({"services": list(filter(None, [described]))})

    def rows_of(what: str, ask: Callable[[str], list[Row]]) -> list[Row]:
        try:
            return ask(app)
        except AskError as error:
            unasked.append(f"{what}: {error.brief}")
            return []

    past = place.past(app) if service.shifts else rows_of("earlier deployments", place.past)
    targets = rows_of("targets", place.targets)
    tasks = rows_of("addresses", place.tasks) if _may_be_public(described) else []
    addresses = [address for row in tasks for address in row.public_addresses]
    return Health(app, service, past, targets, addresses, unasked)


def _may_be_public(service: Mapping[str, Any]) -> bool:
    """Return whether tasks of a service may be reached without a load balancer."""
    network: Mapping[str, Any] = service.get("networkConfiguration") or {}
    awsvpc: Mapping[str, Any] = network.get("awsvpcConfiguration") or {}
    return bool(service) and not service.get("loadBalancers") and awsvpc.get("assignPublicIp") != "DISABLED"
