"""Evidence of a failed rollout: its tasks, targets, events and log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from .answers import MOST_DESCRIBED, chunks
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

_STREAMS = 3
"""Log streams that are read until one has lines."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of a failed rollout."""

    stopped: Sequence[StoppedTask] = ()
    targets: Sequence[Target] = ()
    events: Sequence[str] = ()
    """Events of the service since the deployment began, newest first."""
    reason: str = ""
    """The reason that ECS gives for the deployment itself."""
    log: Sequence[str] = ()
    """The last log lines of a task that failed."""
    unasked: Sequence[str] = field(default=())
    """Requests that failed, each with the reason."""
    ended: Ending | None = None
    """FAILED if ECS reports that the deployment failed, REPLACED if it ended for another one."""
    failed: int = 0
    """Failed tasks of the deployment, as ECS counts them; also 0 where ECS does not report them."""


class _Asker:
    """Sends requests and records those that fail: partial evidence is better than none."""

    def __init__(self, call: Caller) -> None:
        self._call = call
        self.unasked: list[str] = []

    async def __call__(self, what: str, default: T, function: Callable[..., T], *args: object) -> T:
        try:
            return await self._call(function, *args)
        except AskError as error:
            self.unasked.append(f"{what}: {error.brief}")
        return default


async def collect(
    ecs: Ecs, want: str, service: Service, deployment: Deployment | None, call: Caller
) -> Evidence:
    """Collect the evidence of a failed deployment of the revision with the ARN `want`.

    `service` is the service at the last look; `deployment` is None if it no longer lists the one that failed.
    """
    ask = _Asker(call)
    arns = await ask("stopped tasks", [], ecs.stopped)
    tasks: list[StoppedTask] = []
    for some in chunks(arns, MOST_DESCRIBED):
        tasks += await ask("stopped tasks", [], ecs.tasks, some)
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
    """Return the deployment of the revision from the service deployments API, which still has it after the
    service no longer lists it."""
    deployments = await ask("the deployment's reason", [], ecs.service_deployments)
    if deployment:
        deployments = [item for item in deployments if item.created_at + CLOCKS >= deployment.created_at]
    if not deployments:
        return None
    revisions = list(dict.fromkeys(item.revision for item in deployments))
    definitions = await ask("the deployment's reason", {}, ecs.task_definitions, revisions)
    # A rollback is not a service deployment: only the one that was rolled back has the revision.
    rolled_back = next((item for item in deployments if definitions.get(item.revision) == want), None)
    if rolled_back is None:
        return None
    return await ask("the deployment's reason", None, ecs.service_deployment, rolled_back.arn) or rolled_back


async def _log(ask: _Asker, ecs: Ecs, stopped: Sequence[StoppedTask]) -> list[str]:
    """Return the last log lines of the newest task that has any, of the container that failed first."""
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
