"""The watch over a deployment until it ends; docs/rollouts.md lists the meaning of each observed state."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .ask import Denied, Ecs, Expired, Loop, Patient, Refused
from .evidence import Evidence, collect
from .observed import Deployment, Service, ServiceDeployment
from .revisions import is_newer, short, with_others
from .rolling import progress, verdict
from .settings import NOTHING_ASKED, Asked, differing
from .shifting import shifting_verdict, stage_line, surely_reaches
from .states import GOING, REQUESTED, Ending, Look, RolloutState

POLL = 3.0
"""Seconds between two looks."""

SURE = 5
"""Consecutive looks that must agree before an unexpected state counts. They span 12 seconds: a deployment may
become visible as late as 10 seconds after UpdateService returns."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A rollout to follow."""

    ecs: Ecs
    revision: str
    """The ARN of the task definition that should run."""
    timeout: float
    """Seconds after which it times out."""
    asked: Asked = NOTHING_ASKED
    """The requested settings of the service; those omitted are not compared."""
    deployment: str = ""
    """The id of the followed deployment, if known: it is not deployed again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a rollout."""

    kind: Ending
    primary: Deployment | None = None
    """The deployment that the service runs or is moving to."""
    evidence: Evidence | None = None
    differs: tuple[str, ...] = ()
    """The settings of the service that differ from those requested."""
    not_healed: str = ""
    """The reason why the revision could not be deployed again, if that was tried."""

    @property
    def ok(self) -> bool:
        """Whether the requested revision runs."""
        return self.kind is Ending.COMPLETED

    @property
    def running(self) -> str:
        """The ARN of the revision that the service runs or deploys."""
        return self.primary.task_definition if self.primary else ""


class _Watch:
    """Follows one deployment."""

    def __init__(self, awaited: Awaited, patient: Patient) -> None:
        self._ecs, self._want, self._asked = awaited.ecs, awaited.revision, awaited.asked
        self._call, self._loop = patient, patient.loop
        self._service: Service | None = None
        self._healed = False
        self._before: frozenset[str] = frozenset()
        """The deployments that existed when this watch deployed the revision again."""
        self._going: set[str] = {awaited.deployment} - {""}
        """The deployments of the revision that this watch saw in progress, or started with."""
        self._told = awaited.deployment
        self._attempt: Deployment | None = None
        """The followed deployment as last seen: ECS forgets it after a rollback."""
        self._last: Look | None = None
        self._times = 0
        self._was_short = False
        self._progress = ""
        self._shift: ServiceDeployment | None = None
        """The service deployment at the last look, if the strategy is not rolling."""
        self._definitions: dict[str, str] = {}
        """Task definitions by service revision."""
        self._stage, self._since = "", 0.0
        self._requested = False
        """Whether a user requested the deployment's end."""

    async def look(self) -> Outcome | None:
        """Look once; return the outcome if there is one."""
        self._service = service = await self._call(self._ecs.service)
        seen = await self._seen(service)
        self._times = self._times + 1 if seen == self._last else 1
        self._last = seen
        primary = service.primary
        if seen is Look.GONE:
            return Outcome(Ending.GONE) if self._times >= SURE else None
        if primary and primary.id in self._going:
            self._attempt = primary
        if self._shift:
            return await self._moved(service, self._shift, seen)
        if failed := self._failed(service):
            # Even if the revision runs: it then lacks the settings of the deployment.
            self._attempt = failed
            return await self.ended(Ending.FAILED if seen is Look.FAILED else Ending.ROLLED_BACK)
        if seen in (Look.COMPLETED, Look.COUNTED) and primary:
            return await self._succeeded(service, primary, seen)
        if seen in (Look.GOING, Look.SHORT) and primary:
            self._going.add(primary.id)
            self._attempt = primary
            self._was_short |= seen is Look.SHORT
            self._tell(progress(self._want, primary, service))
            return None
        return await self._differed(service, Ending.FAILED if seen is Look.FAILED else Ending.ROLLED_BACK)

    async def _succeeded(self, service: Service, primary: Deployment, seen: Look) -> Outcome | None:
        """Return the outcome of a look at which all tasks run; one that may be stale, or fall between two
        crashes, must repeat."""
        to_zero = primary.desired == 0 < self._asked.least
        went_back = not self._shift and self._went_back(service)
        restarted = self._asked.again and not self._begun
        stale = self._asked.unshown(service.kept)
        doubtful = to_zero or went_back or restarted or stale or self._was_short or seen is Look.COUNTED
        if doubtful and self._times < SURE:
            return None
        if to_zero:
            return Outcome(Ending.SCALED_TO_ZERO, primary)
        if went_back:
            # To an earlier deployment of the same revision, with other settings or without its new image.
            return await self.ended(Ending.ROLLED_BACK)
        if self._begun:
            self._tell(f"{short(self._want)} is running")
        return Outcome(Ending.COMPLETED, primary)

    async def _differed(self, service: Service, kind: Ending) -> Outcome | None:
        """Return the outcome of a look that shows another state than requested; deploy the revision again if
        an earlier rollout left that state and no other command is deploying."""
        if self._times < SURE:
            return None
        if other := await self._overtaken(service):
            return Outcome(Ending.OVERTAKEN, other)
        return await self.ended(kind) if self._begun else await self._heal(service)

    @property
    def _begun(self) -> bool:
        return self._healed or bool(self._going)

    async def _seen(self, service: Service) -> Look:
        """Return the state at this look: `CHANGED` if the revision runs with settings not requested."""
        seen = await self._verdict(service)
        # The service reports the settings of a deployment that shifts traffic only once it has ended.
        runs = seen in (Look.COMPLETED, Look.COUNTED, Look.SHORT) or (seen is Look.GOING and not self._shift)
        return Look.CHANGED if runs and self._differs(service) else seen

    def _differs(self, service: Service) -> tuple[str, ...]:
        return differing(self._asked.revised, service.settings)

    async def _verdict(self, service: Service) -> Look:
        """Return the state, from the service deployment where the strategy shifts traffic."""
        seen = verdict(service, self._want)
        self._shift = None
        if not service.shifts or seen is Look.GONE:
            return seen
        arn = service.deployment
        if not arn:
            deployments = await self._call(self._ecs.service_deployments)
            arn = deployments[0].arn if deployments else ""
        shift = await self._call(self._ecs.service_deployment, arn) if arn else None
        if shift is None:
            # Older than the service deployments API: only the running revision is known.
            return Look.GOING if seen in (Look.COMPLETED, Look.FAILED) else seen
        reaches = surely_reaches(shift, service, self._want) or await self._brings(shift) == self._want
        self._shift = shift
        return shifting_verdict(shift, reaches, service, self._want)

    async def _brings(self, deployment: ServiceDeployment) -> str:
        """Return the ARN of the revision that a service deployment brings; empty where ECS does not report
        it."""
        if deployment.revision not in self._definitions:
            self._definitions |= await self._call(self._ecs.task_definitions, [deployment.revision])
        return self._definitions.get(deployment.revision, "")

    async def _moved(self, service: Service, shift: ServiceDeployment, seen: Look) -> Outcome | None:
        """Return the outcome of a deployment that shifts traffic, if it has one."""
        primary = service.primary
        if seen in (Look.GOING, Look.BACK, Look.SHORT):
            self._going.add(shift.arn)
            self._was_short |= seen is Look.SHORT
            self._attempt = service.of_revision(self._want) or self._attempt
            self._requested |= shift.status in REQUESTED
        if seen in (Look.GOING, Look.BACK, Look.WAITING):
            if self._stage != (stage := f"{shift.arn} {shift.stage} {shift.weight} {seen}"):
                self._stage, self._since = stage, self._loop.now()
            line = stage_line(shift, int((self._loop.now() - self._since) // 60), service)
            self._tell(f"{short(self._want)}: {line}")
            return None
        if seen is Look.SHORT and primary:
            self._tell(progress(self._want, primary, service))
            return None
        if seen in (Look.COMPLETED, Look.COUNTED) and primary:
            return await self._succeeded(service, primary, seen)
        if seen in (Look.ROLLED_BACK, Look.FAILED, Look.STUCK, Look.STOPPED) and self._is_ours(shift.arn):
            return await self.ended(Ending(seen))
        return await self._differed(service, Ending.ROLLED_BACK)

    def _failed(self, service: Service) -> Deployment | None:
        """Return the followed deployment if the service lists it as failed."""
        failed = (item for item in service.deployments if item.rollout_state == RolloutState.FAILED)
        ours = (item for item in failed if item.task_definition == self._want and self._is_ours(item.id))
        return next(ours, None)

    def _is_ours(self, deployment: str) -> bool:
        """Return whether this watch follows the deployment, or began it."""
        return deployment in self._going or (self._healed and deployment not in self._before)

    def _went_back(self, service: Service) -> bool:
        """Return whether the service does not list the deployment that this watch started with."""
        return bool(self._told) and self._told not in {item.id for item in service.deployments}

    async def _overtaken(self, service: Service) -> Deployment | None:
        """Return the deployment of another command that brings another revision, if there is one; a rollback
        by ECS does not count."""
        primary = service.primary
        if primary and self._shift and self._shift.status in GOING:
            shift = self._shift
            counts = {"desired": shift.desired, "running": shift.running, "created_at": shift.created_at}
            return replace(primary, task_definition=await self._brings(shift), **counts)
        if (
            primary is None
            or primary.task_definition == self._want
            or primary.rollout_state != RolloutState.IN_PROGRESS
        ):
            return None
        try:
            deployments = await self._call(self._ecs.service_deployments)
            newest = await self._brings(deployments[0]) if deployments else ""
        except Expired:
            raise
        except (Denied, Refused):
            deployments, newest = [], ""
        if deployments and newest in (primary.task_definition, self._want):
            return primary if newest != self._want and deployments[0].status in GOING else None
        return primary if is_newer(primary.task_definition, self._want) else None

    async def _heal(self, service: Service) -> Outcome | None:
        """Deploy the revision again: an earlier rollout of it failed, and no deployment followed."""
        primary, differs = service.primary, self._differs(service)
        if primary and primary.task_definition != self._want:
            said = f"{short(primary.task_definition)} is running, deploying {short(self._want)} again"
        elif differs:
            said = f"{with_others(self._want, differs)}, deploying it again"
        else:
            said = f"deploying {short(self._want)} again"
        self._loop.say(said)
        self._before = frozenset({*(item.id for item in service.deployments), service.deployment})
        try:
            # The rollback also reverted these settings.
            changed = {name: self._asked.revised[name] for name in differs}
            self._told = await self._call(self._ecs.redeploy, self._want, changed)
        except Expired:
            raise
        except (Denied, Refused) as error:
            back = self._last in (Look.OTHER, Look.CHANGED)
            return await self.ended(Ending.ROLLED_BACK if back else Ending.FAILED, str(error))
        self._healed, self._times, self._attempt = True, 0, None
        return None

    async def ended(self, kind: Ending, not_healed: str = "") -> Outcome:
        """Return an outcome with its evidence."""
        service = self._service
        if service is None:
            return Outcome(kind)
        primary = service.primary
        differs = self._differs(service) if primary and primary.task_definition == self._want else ()
        # The listed deployment of this revision is then the one that ECS rolled back to.
        listed = None if differs else service.of_revision(self._want)
        deployment = self._attempt or listed
        evidence = await collect(self._ecs, self._want, service, deployment, self._loop.call)
        reason = evidence.reason
        if self._requested:
            reason = f"someone stopped it{'. ' if reason else ''}{reason}"
        elif self._shift and not reason and kind == Ending.TIMED_OUT:
            reason = stage_line(self._shift, int((self._loop.now() - self._since) // 60), service)
        return Outcome(kind, primary, replace(evidence, reason=reason), differs, not_healed)

    def _tell(self, line: str) -> None:
        if line != self._progress:
            self._progress = line
            self._loop.say(line)


async def follow(awaited: Awaited, loop: Loop, given_up: Callable[[], bool] = lambda: False) -> Outcome:
    """Follow the deployment of a revision until it ends, and return the outcome.

    If the first looks show another revision, other settings than requested, or a failed deployment, an
    earlier rollout failed and no deployment followed: the revision is deployed again, once, unless another
    command is deploying another revision. If `given_up` returns true, the rollout continues without success
    and ends as `failing`.

    Raises:
        Denied: the credentials do not allow describing the service, or have expired.
        Unreachable: AWS did not answer until the timeout.
        Refused: AWS answered with an error that a retry does not change.
    """
    end = loop.now() + awaited.timeout
    watch = _Watch(awaited, Patient(loop, end))
    while True:
        outcome = await watch.look()
        if outcome is not None:
            return outcome
        if given_up():
            return await watch.ended(Ending.FAILING)
        if loop.now() >= end:
            return await watch.ended(Ending.TIMED_OUT)
        await loop.sleep(POLL)
