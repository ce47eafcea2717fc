"""Following a deployment until it is over."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from .ask import AskError, Caller, Ecs, Unreachable
from .evidence import Evidence, collect
from .observed import Deployment, Service, ServiceDeployment
from .settings import NO_SETTINGS, Settings, differing
from .shifting import REQUESTED, shifting_verdict, stage_line, surely_reaches

POLL = 3.0
"""Seconds between two looks."""

SURE = 3
"""Looks in a row that must show the same before something odd is believed: one right after a change may be
stale."""

PATIENCE = 10
"""Looks in a row that may fail to get an answer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a rollout ended."""

    kind: str
    """`completed`, `rolled_back`, `stuck` (that failed too), `stopped`, `failed`, `failing`, `timed_out` or
    `gone`."""
    running: str = ""
    """The revision that the service runs or goes to."""
    evidence: Evidence | None = None
    differs: tuple[str, ...] = ()
    """The settings that the service runs the revision with, and that are not those asked for."""
    not_healed: str = ""
    """Why the revision could not be deployed again, when that was tried."""

    @property
    def ok(self) -> bool:
        """Whether the revision that was asked for runs."""
        return self.kind == "completed"


def verdict(service: Service, want: str) -> str:
    """Return what one look says of a revision.

    `completed`, `failed` or `going` as ECS says it; `counted` if ECS does not say, and all tasks run; `other`
    if the service goes to another revision; `gone`.
    """
    primary = service.primary
    if service.status in ("MISSING", "INACTIVE", "DRAINING"):
        return "gone"
    if primary is None or primary.task_definition != want:
        return "other"
    if primary.rollout_state:
        return {"COMPLETED": "completed", "FAILED": "failed"}.get(primary.rollout_state, "going")
    # Without a deployment controller that tells, all that was asked for runs and nothing else does.
    alone = len(service.deployments) == 1
    return "counted" if alone and primary.running == primary.desired and not primary.pending else "going"


class _Watch:
    """Following one deployment."""

    def __init__(
        self,
        ecs: Ecs,
        want: str,
        say: Callable[[str], None],
        call: Caller,
        now: Callable[[], float],
        deployment: str,
        asked: Settings,
    ) -> None:
        self._ecs = ecs
        self._want = want
        self._asked = asked
        self._say = say
        self._call = call
        self._now = now
        self._service: Service | None = None
        self._healed = False
        self._before: frozenset[str] = frozenset()
        """The deployments that were there when this watch deployed the revision again."""
        self._going: set[str] = {deployment} - {""}
        """The deployments of the revision that this watch saw going on, or was told of."""
        self._told = deployment
        self._last = ""
        self._times = 0
        self._unanswered = 0
        self._progress = ""
        self._shift: ServiceDeployment | None = None
        """What the last look showed of a deployment that is not rolling."""
        self._definitions: dict[str, str] = {}
        """Task definitions by service revision."""
        self._stage, self._since = "", 0.0
        self._requested = False
        """Whether somebody asked for the deployment's end."""

    async def look(self) -> Outcome | None:
        """Look once, and return the outcome if that shows one."""
        try:
            self._service = service = await self._call(self._ecs.service)
            seen = await self._seen(service)
        except Unreachable as error:
            self._unanswered += 1
            if self._unanswered >= PATIENCE:
                raise
            self._tell(f"AWS does not answer, asking again: {error}")
            return None
        self._unanswered = 0
        self._times = self._times + 1 if seen == self._last else 1
        self._last = seen
        begun = self._healed or bool(self._going)
        if seen == "gone":
            return Outcome("gone") if self._times >= SURE else None
        if self._shift:
            return await self._moved(service, self._shift, seen)
        if self._failed(service):
            # Even if the revision runs: then without the settings that the deployment was to bring.
            return await self.ended("failed" if seen == "failed" else "rolled_back")
        if seen == "completed" and self._went_back(service):
            # To an earlier deployment of the same revision: with other settings, or without its new image.
            return await self.ended("rolled_back") if self._times >= SURE else None
        if seen == "completed" or (seen == "counted" and self._times >= SURE):
            if begun:
                self._tell(f"{short(self._want)} is running")
            return Outcome("completed")
        primary = service.primary
        if seen in ("going", "counted") and primary:
            self._going.add(primary.id)
            self._tell(progress(self._want, primary, service))
            return None
        if self._times < SURE:
            return None
        if begun:
            return await self.ended("failed" if seen == "failed" else "rolled_back")
        return await self._heal(service)

    async def _seen(self, service: Service) -> str:
        """Return what the look says: `otherwise` if the revision runs with settings not asked for."""
        seen = await self._verdict(service)
        runs = seen in (("completed", "counted") if self._shift else ("completed", "counted", "going"))
        return "otherwise" if runs and self._differs(service) else seen

    def _differs(self, service: Service) -> tuple[str, ...]:
        return differing(self._asked, service.settings)

    async def _verdict(self, service: Service) -> str:
        """Return what runs, having asked for the service deployment where that tells it."""
        seen = verdict(service, self._want)
        self._shift = None
        if not service.shifts or seen == "gone":
            return seen
        arn = service.deployment
        if not arn:
            known = await self._call(self._ecs.service_deployments)
            arn = known[0].arn if known else ""
        shift = await self._call(self._ecs.service_deployment, arn) if arn else None
        if shift is None:
            # One that is older than service deployments: all that can be told is what runs.
            return "going" if seen in ("completed", "failed") else seen
        reaches = surely_reaches(shift, service, self._want)
        if not reaches:
            if shift.revision not in self._definitions:
                self._definitions |= await self._call(self._ecs.task_definitions, [shift.revision])
            reaches = self._definitions.get(shift.revision) == self._want
        self._shift = shift
        return shifting_verdict(shift, reaches, service, self._want)

    async def _moved(self, service: Service, shift: ServiceDeployment, seen: str) -> Outcome | None:
        """Return the outcome of a deployment that moves requests, if it has one."""
        begun = self._healed or bool(self._going)
        if seen in ("going", "back"):
            self._going.add(shift.arn)
            self._requested |= shift.status in REQUESTED
            if self._stage != (stage := f"{shift.arn} {shift.stage} {shift.weight} {seen}"):
                self._stage, self._since = stage, self._now()
            line = stage_line(shift, int((self._now() - self._since) // 60), service)
            self._tell(f"{short(self._want)}: {line}")
            return None
        if seen == "completed" or (seen == "counted" and self._times >= SURE):
            if begun:
                self._tell(f"{short(self._want)} is running")
            return Outcome("completed")
        ours = shift.arn in self._going or (self._healed and shift.arn not in self._before)
        if seen in ("rolled_back", "failed", "stuck", "stopped") and ours:
            return await self.ended(seen)
        if seen == "counted" or self._times < SURE:
            return None
        return await self.ended("rolled_back") if begun else await self._heal(service)

    def _failed(self, service: Service) -> Deployment | None:
        """Return the deployment that is followed here, if the service says itself that it failed."""
        for item in service.deployments:
            ours = item.id in self._going or (self._healed and item.id not in self._before)
            if ours and item.task_definition == self._want and item.rollout_state == "FAILED":
                return item
        return None

    def _went_back(self, service: Service) -> bool:
        """Return whether the service no longer knows the deployment that this watch was told of."""
        return bool(self._told) and self._told not in {item.id for item in service.deployments}

    async def _heal(self, service: Service) -> Outcome | None:
        """Deploy the revision again: an earlier rollout of it failed, and nothing deployed it since."""
        primary, differs = service.primary, self._differs(service)
        if primary and primary.task_definition != self._want:
            said = f"{short(primary.task_definition)} is running, deploying {short(self._want)} again"
        elif differs:
            said = f"{with_others(self._want, differs)}, deploying it again"
        else:
            said = f"deploying {short(self._want)} again"
        self._say(said)
        self._before = frozenset({*(item.id for item in service.deployments), service.deployment})
        try:
            # What the rollback has taken back beside the revision must come again with it.
            changed = {name: self._asked[name] for name in differs}
            await self._call(self._ecs.redeploy, self._want, changed)
        except AskError as error:
            back = self._last in ("other", "otherwise")
            return await self.ended("rolled_back" if back else "failed", str(error))
        self._healed, self._times = True, 0
        return None

    async def ended(self, kind: str, not_healed: str = "") -> Outcome:
        """Return an outcome with what is known about it."""
        service = self._service
        if service is None:
            return Outcome(kind)
        primary = service.primary
        running = primary.task_definition if primary else ""
        differs = self._differs(service) if running == self._want else ()
        # The deployment of this revision that is listed is then the one that ECS went back to.
        listed = None if differs else service.of_revision(self._want)
        deployment = self._failed(service) or listed
        evidence = await collect(self._ecs, self._want, service, deployment, self._call)
        reason = evidence.reason
        if self._requested:
            reason = f"somebody stopped it{'. ' if reason else ''}{reason}"
        elif self._shift and not reason and kind == "timed_out":
            reason = stage_line(self._shift, int((self._now() - self._since) // 60), service)
        return Outcome(kind, running, replace(evidence, reason=reason), differs, not_healed)

    def _tell(self, line: str) -> None:
        if line != self._progress:
            self._progress = line
            self._say(line)


async def follow(
    ecs: Ecs,
    want: str,
    *,
    timeout: float,
    say: Callable[[str], None],
    call: Caller,
    sleep: Callable[[float], Awaitable[None]],
    now: Callable[[], float],
    deployment: str = "",
    given_up: Callable[[], bool] = lambda: False,
    asked: Settings = NO_SETTINGS,
) -> Outcome:
    """Follow the deployment of the revision `want` until it is over, and return how it ended.

    When the first looks show that another revision runs, or that it runs with other settings than asked for,
    or that the deployment has failed already, an earlier rollout failed and nothing was deployed since: the
    revision is deployed again, once.

    Args:
        ecs: how to ask.
        want: the ARN of the revision that was asked for.
        timeout: seconds after which the rollout is given up on.
        say: takes a line of progress whenever something changed.
        call: runs a function of `ecs` without blocking and returns its result.
        sleep: waits seconds.
        now: the time in seconds, on a clock that never goes back.
        deployment: the id of the deployment that is followed, where it is known: it is not deployed again.
        given_up: whether it goes on without a hope, as the last look showed; then it is `failing`.
        asked: the settings that the service is to run with; those that are left out may be any.

    Raises:
        Denied: the credentials may not describe the service.
        Unreachable: AWS did not answer for long.
        Refused: AWS answered with an error that stays.
    """
    end = now() + timeout
    watch = _Watch(ecs, want, say, call, now, deployment, asked)
    while True:
        outcome = await watch.look()
        if outcome is not None:
            return outcome
        if given_up():
            return await watch.ended("failing")
        if now() >= end:
            return await watch.ended("timed_out")
        await sleep(POLL)


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


def with_others(want: str, differs: Sequence[str]) -> str:
    """Return in a few words that a revision runs with other settings."""
    return f"{short(want)} runs with settings other than asked for: {', '.join(differs)}"


def short(task_definition: str) -> str:
    """Return `family:revision` of an ARN."""
    return task_definition.rsplit("/", 1)[-1]
