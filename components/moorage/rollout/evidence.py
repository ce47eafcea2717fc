"""Collecting what is known about a rollout that failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from .ask import AskError, Caller, Ecs
from .observed import (
    CLOCKS,
    LONG_AGO,
    Deployment,
    Service,
    ServiceDeployment,
    StoppedTask,
    Target,
    failed_of,
)
from .states import Ending, RolloutState, ServiceDeploymentStatus

T = TypeVar("T")

_TASKS = 100
"""DescribeTasks takes no more."""

_STREAMS = 3
"""Log streams that are looked into until one holds something."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was found about a failed rollout."""

    stopped: Sequence[StoppedTask] = ()
    targets: Sequence[Target] = ()
    events: Sequence[str] = ()
    """Events of the service since the deployment began, newest first."""
    reason: str = ""
    """What ECS says of the deployment itself."""
    log: Sequence[str] = ()
    """The last log lines of a task that failed."""
    unasked: Sequence[str] = field(default=())
    """What could not be asked, each with the reason."""
    ended: Ending | None = None
    """FAILED if ECS reports that the deployment failed, REPLACED if it ended for another one."""
    failed: int = 0
    """Failed tasks of the deployment, as ECS counts them; 0 also where ECS does not tell."""


class _Asker:
    """Asks, and notes what could not be asked: a part of the evidence is better than none."""

    def __init__(self, call: Caller) -> None:
        self._call = call
        self.unasked: list[str] = []

    async def __call__(self, what: str, otherwise: T, function: Callable[..., T], *args: object) -> T:
        try:
            return await self._call(function, *args)
        except AskError as error:
            self.unasked.append(f"{what}: {error.brief}")
        return otherwise


async def collect(
    ecs: Ecs, want: str, service: Service, deployment: Deployment | None, call: Caller
) -> Evidence:
    """Return what is known about the failure of a revision's deployment.

    Args:
        ecs: how to ask.
        want: the ARN of the revision.
        service: what the last look showed.
        deployment: the deployment that failed, if the service still lists it.
        call: runs a function without blocking.
    """
    ask = _Asker(call)
    arns = await ask("stopped tasks", [], ecs.stopped)
    tasks: list[StoppedTask] = []
    for start in range(0, len(arns), _TASKS):
        tasks += await ask("stopped tasks", [], ecs.tasks, arns[start : start + _TASKS])
    targets: list[Target] = []
    for group in ecs.target_groups:
        targets += await ask("health of targets", [], ecs.targets, group)
    remembered = await _remembered(ask, ecs, want, deployment)
    since = deployment.created_at if deployment else remembered.created_at if remembered else None
    stopped = failed_of(tasks, want, deployment, since or LONG_AGO)
    reason = (
        remembered.reason if remembered and remembered.status != ServiceDeploymentStatus.SUCCESSFUL else ""
    )
    if not reason and deployment and deployment.rollout_state == RolloutState.FAILED:
        reason = deployment.reason
    if remembered and remembered.alarms:
        reason = f"{reason} (alarm {', '.join(remembered.alarms)})".strip()
    counted = deployment.failed if deployment else 0
    return Evidence(
        stopped=stopped,
        targets=targets,
        events=service.events_since(since) if since else [],
        reason=reason,
        log=await _log(ask, ecs, stopped),
        unasked=list(dict.fromkeys(ask.unasked)),
        ended=_ended(deployment, remembered),
        failed=counted or (remembered.failures if remembered else 0),
    )


def _ended(deployment: Deployment | None, remembered: ServiceDeployment | None) -> Ending | None:
    if (remembered and remembered.failed) or (deployment and deployment.rollout_state == RolloutState.FAILED):
        return Ending.FAILED
    stopped = remembered and remembered.status == ServiceDeploymentStatus.STOPPED
    return Ending.REPLACED if stopped else None


async def _remembered(
    ask: _Asker, ecs: Ecs, want: str, deployment: Deployment | None
) -> ServiceDeployment | None:
    """Return the deployment of the revision as the service deployments API has it: it stays there after the
    service has forgotten it."""
    known = await ask("the deployment's reason", [], ecs.service_deployments)
    if deployment:
        known = [item for item in known if item.created_at + CLOCKS >= deployment.created_at]
    if not known:
        return None
    revisions = list(dict.fromkeys(item.revision for item in known))
    definitions = await ask("the deployment's reason", {}, ecs.task_definitions, revisions)
    # A rollback is no deployment of its own there: only the one that was rolled back has the revision.
    found = next((item for item in known if definitions.get(item.revision) == want), None)
    if found is None:
        return None
    return await ask("the deployment's reason", None, ecs.service_deployment, found.arn) or found


async def _log(ask: _Asker, ecs: Ecs, stopped: Sequence[StoppedTask]) -> list[str]:
    """Return the last log lines of the newest task that has some, of the container that failed first."""
    streams = [
        (container.name, task.id)
        for task in stopped
        for container in sorted(task.containers, key=lambda item: not item.exit_code)
        if container.exit_code is not None
    ]
    for container, task in streams[:_STREAMS]:
        lines = await ask("the log", [], ecs.log, container, task)
        if lines:
            return lines
    return []
