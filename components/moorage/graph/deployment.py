"""Deployment settings of a service."""

from dataclasses import dataclass
from enum import StrEnum

from moorage.offline import Unknown
from moorage.offline.values import Json

from . import values


class DeploymentStrategy(StrEnum):
    """The strategy, or the controller that replaces tasks."""

    ROLLING = "ROLLING"
    """ECS replaces a part of the tasks at a time."""
    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"
    CODE_DEPLOY = "CODE_DEPLOY"
    EXTERNAL = "EXTERNAL"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Deployment settings of a service; defaults are those of CreateService (Amazon ECS API Reference)."""

    strategy: DeploymentStrategy | Unknown
    minimum_percent: int | Unknown
    """The minimum healthy percent of the desired count."""
    maximum_percent: int | Unknown
    """The maximum percent of the desired count."""
    breaker: bool | Unknown
    """True if the deployment circuit breaker is enabled."""
    rollback: bool | Unknown
    """True if the circuit breaker rolls back."""

    @property
    def shifting(self) -> bool:
        """Return whether all new tasks run beside the old ones before traffic shifts."""
        return self.strategy in (
            DeploymentStrategy.BLUE_GREEN,
            DeploymentStrategy.LINEAR,
            DeploymentStrategy.CANARY,
        )


def deployment(inputs: Json, daemon: bool) -> Deployment:
    """Return the deployment settings in a service's inputs."""
    controller = values.within(inputs, "deploymentController", "type")
    strategy = values.within(inputs, "deploymentConfiguration", "strategy")
    percent = values.number(inputs.get("deploymentMaximumPercent"), 100 if daemon else 200)
    return Deployment(
        strategy=values.member(
            DeploymentStrategy,
            strategy if controller in (None, "ECS") else controller,
            DeploymentStrategy.ROLLING,
        ),
        minimum_percent=values.number(inputs.get("deploymentMinimumHealthyPercent"), 0 if daemon else 100),
        maximum_percent=percent,
        breaker=values.flag(values.within(inputs, "deploymentCircuitBreaker", "enable"), False),
        rollback=values.flag(values.within(inputs, "deploymentCircuitBreaker", "rollback"), False),
    )
