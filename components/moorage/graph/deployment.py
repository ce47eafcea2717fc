"""How a service's tasks are replaced."""

from dataclasses import dataclass
from enum import StrEnum

from moorage.offline import UNKNOWN, Unknown
from moorage.offline.values import Json, mapping

from . import values


class DeploymentStrategy(StrEnum):
    """Who replaces the tasks, and how."""

    ROLLING = "ROLLING"
    """ECS, some at a time."""
    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"
    CODE_DEPLOY = "CODE_DEPLOY"
    EXTERNAL = "EXTERNAL"


@dataclass(frozen=True, slots=True)
class Deployment:
    """How a service's tasks are replaced; defaults are those of CreateService (Amazon ECS API Reference)."""

    strategy: DeploymentStrategy | Unknown
    minimum_percent: int | Unknown
    """Of the desired count, that stay healthy."""
    maximum_percent: int | Unknown
    """Of the desired count, that run at a time."""
    breaker: bool | Unknown
    """Whether a circuit breaker ends a deployment that fails."""
    rollback: bool | Unknown
    """Whether the circuit breaker goes back to the last deployment."""

    @property
    def shifting(self) -> bool:
        """Whether all new tasks run beside the old ones before requests move."""
        return self.strategy in (
            DeploymentStrategy.BLUE_GREEN,
            DeploymentStrategy.LINEAR,
            DeploymentStrategy.CANARY,
        )


def deployment(inputs: Json, daemon: bool) -> Deployment:
    """Return how the tasks of a service with these inputs are replaced."""
    controller = mapping(inputs.get("deploymentController")).get("type")
    configuration = mapping(inputs.get("deploymentConfiguration"))
    given = configuration.get("strategy") if controller in (None, "ECS") else controller
    given_breaker = inputs.get("deploymentCircuitBreaker")
    breaker = mapping(given_breaker)
    default = UNKNOWN if given_breaker is UNKNOWN else False
    percent = values.number(inputs.get("deploymentMaximumPercent"), 100 if daemon else 200)
    return Deployment(
        strategy=values.member(DeploymentStrategy, given, DeploymentStrategy.ROLLING),
        minimum_percent=values.number(inputs.get("deploymentMinimumHealthyPercent"), 0 if daemon else 100),
        maximum_percent=percent,
        breaker=values.flag(breaker.get("enable"), default),
        rollback=values.flag(breaker.get("rollback"), default),
    )
