"""Services that all tasks of a local run share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from moorage.local.runner import ContainerSpec, Runner, TaskSpec
from moorage.local.runner.ports import Ports

from .logs import LogStore


class Targets(Protocol):
    """The balancer, as a task uses it."""

    def register(self, group_arn: str, target_id: str, host: str, port: int, check_port: int | None) -> None:
        """Register a target, which starts its health checks."""
        ...

    async def deregister(self, group_arn: str, target_id: str) -> None:
        """Drain a target; return when it has answered its last request."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """Services that tasks share."""

    runner: Runner
    balancer: Targets
    ports: Ports
    logs: LogStore
    environment: Callable[[TaskSpec, ContainerSpec], Mapping[str, str]]
    """Returns the environment of a container, without PORT."""
    clock: Callable[[], float]
