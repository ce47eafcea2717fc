"""The scheduler of services and single tasks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from moorage.errors import LocalError
from moorage.local.balancer.model import TargetHealth
from moorage.local.model import ServiceSpec
from moorage.local.runner import BuildFailed, Report
from moorage.rollout.states import Ending, RolloutState, StopCode, TargetState, TaskStatus

from .deployments import Service, Start, threshold
from .describe import task_definition_arn
from .records import Task
from .task import Host, TaskRun, advice

log = logging.getLogger(__name__)


class Begun(NamedTuple):
    """A rollout that began."""

    app: str
    what: str
    """`new`, `scaled` or `unchanged`."""
    task_definition: str
    deployment: str
    """The deployment's id."""


class Outcome(NamedTuple):
    """The end of a rollout."""

    app: str
    state: Ending
    """`FAILING`: it is still tried."""
    reason: str = ""
    """The reason why nothing was deployed; empty where the service and its tasks show why."""
    hint: str = ""
    """The advice about the reason, unless that contains it."""


Gate = Callable[[str, Report], Awaitable[str]]
"""Returns why an app must not change, or nothing."""


class Scheduler:
    """All services of a stack, and tasks that run once."""

    def __init__(self, host: Host, revision_of: Callable[[ServiceSpec], int]) -> None:
        """`revision_of` returns the revision of a specification."""
        self._host = host
        self._revision_of = revision_of
        self.gate: Gate | None = None
        self.services: dict[str, Service] = {}
        self._runs: dict[str, TaskRun] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._drivers: dict[str, asyncio.Task[None]] = {}
        self._waiters: list[asyncio.Event] = []

    async def apply(
        self,
        specs: tuple[ServiceSpec, ...],
        force: bool,
        report: Report,
        begun: Callable[[Begun], None] = lambda _begun: None,
    ) -> list[Outcome]:
        """Deploy `specs`; return when every rollout has succeeded or failed.

        `begun` takes each rollout when it begins.
        """
        gone = [app for app in self.services if app not in {spec.app for spec in specs}]
        for app in gone:
            report(f"{app}: no longer in the program, stopping")
            self.services[app].scale(0, self._host.clock())
            self._wake(app)
        outcomes = await asyncio.gather(*(self._apply(spec, force, report, begun) for spec in specs))
        for app in gone:
            await self.remove(app)
        return list(outcomes)

    async def _apply(
        self, spec: ServiceSpec, force: bool, report: Report, begun: Callable[[Begun], None]
    ) -> Outcome:
        app = spec.app
        current = self.services.get(app)
        try:
            if current.count_with(spec) if current else spec.desired_count:
                for container in spec.containers:
                    await self._host.runner.prepare(container.image, lambda line: report(f"{app}: {line}"))
        except BuildFailed as error:
            why = f"its image could not be prepared; nothing was changed\n{error}"
            return Outcome(app, Ending.FAILED, why, advice(error, spec))
        if self.gate and (why := await self.gate(app, report)):
            return Outcome(app, Ending.FAILED, why)
        service = self.services.get(app)
        if service is None:
            service = self.services[app] = Service(spec, lambda text: log.info("%s: %s", app, text))
            self._wakes[app] = asyncio.Event()
            self._drivers[app] = asyncio.create_task(self._drive(app, service))
        revision = self._revision_of(spec)
        before = service.count
        what = service.deploy(spec, revision, self._host.clock(), force=force)
        if service.overridden:
            report(
                f"{app}: stays at {service.count}, as `moorage local scale` set it (the program says "
                f"{spec.desired_count})"
            )
        if what == "new":
            report(f"{app}: deploying {spec.family}:{revision}, {service.count} task(s)")
        elif what == "scaled":
            report(f"{app}: scaling from {before} to {service.count}")
        self._wake(app)
        begun(self._begun(app, what))
        return await self.wait(app)

    def _begun(self, app: str, what: str) -> Begun:
        service = self.services[app]
        primary = service.primary
        assert primary is not None
        return Begun(app, what, task_definition_arn(service, primary.revision), primary.id)

    def scale(self, app: str, count: int) -> Begun:
        """Run `count` tasks, until an `up` whose program has another count than before."""
        service = self.services[app]
        service.overridden = count != service.spec.desired_count
        what = service.scale(count, self._host.clock())
        self._wake(app)
        return self._begun(app, what)

    def autoscale(self, app: str, count: int) -> None:
        """Run `count` tasks, unlike `scale` without holding that count."""
        self.services[app].scale(count, self._host.clock())
        self._wake(app)

    def redeploy(self, app: str, revision: int) -> Begun:
        """Deploy a revision again, until the next `up`.

        Raises:
            LocalError: the revision is no longer kept.
        """
        if not self.services[app].redeploy(revision, self._host.clock()):
            raise LocalError(f"{app}: revision {revision} is no longer kept; run `moorage local up`")
        self._wake(app)
        return self._begun(app, "new")

    async def wait(self, app: str) -> Outcome:
        """Return when the service is steady or its rollout has failed."""
        service = self.services[app]
        changed = asyncio.Event()
        self._waiters.append(changed)
        try:
            while True:
                outcome = judge(service)
                if outcome is not None:
                    return outcome
                changed.clear()
                await changed.wait()
        finally:
            self._waiters.remove(changed)

    async def remove(self, app: str) -> None:
        """Drain and stop all tasks of a service, then forget it."""
        service = self.services.get(app)
        if service is None:
            return
        self._drivers.pop(app).cancel()
        for task in service.tasks.values():
            if task.alive:
                task.desired_status, task.stop_code = TaskStatus.STOPPED, StopCode.USER_INITIATED
                task.stopped_reason = "Task stopped by user"
        await self._stop([run for run in self._runs.values() if run.service is service])
        del self.services[app], self._wakes[app]

    def once(self, spec: ServiceSpec) -> TaskRun:
        """Start a task of a specification whose count is 1, without a service."""
        service, now = Service(spec), self._host.clock()
        service.deploy(spec, self._revision_of(spec), now)
        (action,) = service.decide(now)
        assert isinstance(action, Start)
        return self._start(service, action)

    async def close(self) -> None:
        """Stop everything."""
        await asyncio.gather(*(self.remove(app) for app in list(self.services)))
        await self._stop(list(self._runs.values()))

    async def _stop(self, runs: list[TaskRun]) -> None:
        for run in runs:
            run.stop()
        await asyncio.gather(*(run.ended for run in runs), return_exceptions=True)

    def target_changed(self, group_arn: str, task_id: str, health: TargetHealth) -> None:
        """Take a target's new health from the balancer."""
        run = self.find(task_id)
        if run and group_arn in run.task.targets and health.state is not TargetState.DRAINING:
            run.task.targets[group_arn] = (health.state, health.reason)
            self._wake(run.service.spec.app)

    def now(self) -> float:
        """Return the time of the tasks' clock, in seconds since the epoch."""
        return self._host.clock()

    def find(self, task_id: str) -> TaskRun | None:
        """Return a running task by its id."""
        return self._runs.get(task_id)

    async def _drive(self, app: str, service: Service) -> None:
        wake = self._wakes[app]
        while True:
            wake.clear()
            try:
                for action in service.decide(self._host.clock()):
                    if isinstance(action, Start):
                        self._start(service, action)
                    elif action.task.id in self._runs:
                        self._runs[action.task.id].stop()
            except Exception:
                log.exception("scheduling %s", app)
            for waiter in self._waiters:
                waiter.set()
            primary = service.primary
            busy = primary is not None and len(service.running(primary)) < primary.desired
            unready = any(t.alive and not t.is_ready() for t in service.tasks.values())
            try:
                async with asyncio.timeout(0.25 if busy or unready else 5):
                    await wake.wait()
            except TimeoutError:
                continue

    def _start(self, service: Service, start: Start) -> TaskRun:
        app, task = service.spec.app, start.task
        run = TaskRun(self._host, service, start.deployment.spec, task, lambda: self._wake(app))
        self._runs[task.id] = run
        run.ended.add_done_callback(lambda ended: self._ended(task, ended))
        service.event(f"has started 1 tasks: (task {task.id}).", self._host.clock())
        return run

    def _ended(self, task: Task, ended: asyncio.Task[None]) -> None:
        self._runs.pop(task.id, None)
        if not ended.cancelled() and (error := ended.exception()) is not None:
            log.error("task %s", task.arn, exc_info=error)

    def _wake(self, app: str) -> None:
        if app in self._wakes:
            self._wakes[app].set()


def judge(service: Service) -> Outcome | None:
    """Return how the service's rollout ended, or None while it goes on."""
    primary, app = service.primary, service.spec.app
    if primary is None:
        return None
    alive = [t for t in service.tasks.values() if not t.stopped]
    if primary.rollout_state is RolloutState.COMPLETED:
        if primary.rollback_of is None:
            return Outcome(app, Ending.COMPLETED)
        return Outcome(app, Ending.ROLLED_BACK)
    if primary.rollout_state is RolloutState.FAILED and not alive:
        return Outcome(app, Ending.FAILED)
    if primary.failed_tasks >= threshold(primary.desired) and not primary.spec.circuit_breaker:
        return Outcome(app, Ending.FAILING)
    return None
