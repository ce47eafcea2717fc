"""What the tasks of a local run share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from moorage.local.runner import ContainerSpec, Runner, TaskSpec
from moorage.local.runner.ports import Ports

from .logs import LogStore


class Targets(Protocol):
    """What a task needs of the balancer."""

    def register(self, group_arn: str, target_id: str, host: str, port: int) -> None:
        """Begin checking a target and sending it requests."""
        ...

    async def deregister(self, group_arn: str, target_id: str) -> None:
        """Return when a target has answered its last request."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """What tasks share."""

    runner: Runner
    balancer: Targets
    ports: Ports
    logs: LogStore
    environment: Callable[[TaskSpec, ContainerSpec], Mapping[str, str]]
    """What a container's environment is, before PORT."""
    clock: Callable[[], float]
