"""The lifecycle of one task."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from moorage.errors import LocalError
from moorage.local.balancer.balancer import Balancer
from moorage.local.model import ServiceSpec
from moorage.local.runner import (
    BuildFailed,
    ContainerSpec,
    ContainerStart,
    Exit,
    Inside,
    Runner,
    Running,
    StartFailed,
    TaskSpec,
)
from moorage.local.runner.listening import elsewhere, silent, unreachable
from moorage.local.runner.ports import Ports, local_host_port
from moorage.rollout.states import HealthStatus, StopCode, TargetState, TaskStatus

from .deployments import Service
from .logs import LogStore
from .records import Task

WRONG_PORT_AFTER = 1.0
"""Seconds after which a task that listens on the container's port, not on its PORT, ignores PORT."""
SETTLED_AFTER = 1.5
"""Seconds a task without checks and ports must stay up."""
NOTICED_AFTER = 10.0
"""Seconds without a listener on its port after which a task gets a notice."""
LISTENS_WITHIN = 10.0
"""Seconds after which a task without checks counts as ready although it does not listen on its port."""

log = logging.getLogger(__name__)


def advice(error: LocalError, spec: ServiceSpec) -> str:
    """Return the hint of an error with the alternative that a component has; empty without a hint."""
    if not error.hint or not spec.component:
        return error.hint
    return f"{error.hint}; or set `local: {{command: [...]}}` on the app or job"


def advised(error: LocalError, spec: ServiceSpec) -> str:
    """Return the text of an error with its advice."""
    return "; ".join(filter(None, (str(error), advice(error, spec))))


class Host(NamedTuple):
    """Services that all tasks of a local run share."""

    runner: Runner
    balancer: Balancer
    ports: Ports
    logs: LogStore
    environment: Callable[[TaskSpec, ContainerSpec], Mapping[str, str]]
    """Returns the environment of a container, without PORT."""
    clock: Callable[[], float]


class TaskRun:
    """Runs one task from start to end; `changed` is called on every change."""

    def __init__(
        self, host: Host, service: Service, spec: ServiceSpec, task: Task, changed: Callable[[], None]
    ) -> None:
        """Start the task."""
        self._host, self._changed, self._spec = host, changed, spec
        self.service, self.task = service, task
        self._task_spec = TaskSpec(
            id=task.id,
            app=spec.app,
            containers=spec.containers,
            network_mode=spec.network_mode,
            volumes=spec.volumes,
            file_systems=spec.file_systems,
            memory=spec.memory,
        )
        self._running: dict[str, Running] = {}
        self._over = asyncio.Event()
        self._ending = asyncio.Event()
        self._starting = asyncio.Lock()
        self._moments: dict[tuple[str, str], asyncio.Event] = {}
        self._taken: list[int] = []
        self._state: dict[str, dict[str, Any]] = {
            c.name: {"name": c.name, "image": c.image.reference, "lastStatus": TaskStatus.PENDING}
            for c in spec.containers
        }
        for container in spec.containers:
            if container.health_check is not None:
                self._state[container.name]["healthStatus"] = HealthStatus.UNKNOWN
        task.containers = list(self._state.values())
        self.ended = asyncio.create_task(self._run())

    def inside(self, container: str) -> Inside | None:
        """Return how to run a command in a container; None unless it runs."""
        running = self._running.get(container)
        if running is None or self._state[container]["lastStatus"] is not TaskStatus.RUNNING:
            return None
        return running.inside

    def stop(self) -> None:
        """Ask the task to drain and end."""
        self._over.set()

    async def _run(self) -> None:
        """Start the task, wait until it ends or is stopped, and clean up."""
        jobs = [asyncio.create_task(self._container(c)) for c in self._spec.containers]
        jobs.append(asyncio.create_task(self._come_up()))
        try:
            await self._over.wait()
        finally:
            await self._end(jobs)
            self.service.task_stopped(self.task, self._host.clock())
            self._changed()

    async def _come_up(self) -> None:
        task = self.task
        task.last_status = TaskStatus.PENDING
        await asyncio.gather(*(self._moment(c.name, "START").wait() for c in self._spec.containers))
        task.last_status, task.started_at = TaskStatus.RUNNING, self._host.clock()
        for use in self._spec.target_groups:
            running = self._running[use.container_name]
            task.targets[use.target_group_arn] = (TargetState.INITIAL, "")
            others = [container.ports.get(use.check_port or 0) for container in self._running.values()]
            self._host.balancer.register(
                use.target_group_arn,
                task.id,
                running.host,
                running.ports[use.container_port],
                next(filter(None, others), None),
            )
        self._changed()
        await self._settle()

    async def _settle(self) -> None:
        """Watch a task until it is ready: its ports, and without checks that it stays up."""
        task, began = self.task, self._host.clock()
        while not task.is_ready():
            await asyncio.sleep(0.1)
            age = self._host.clock() - began
            task.detail, ignores_port = await self._listens_elsewhere()
            if age >= NOTICED_AFTER and task.notice is None:
                task.notice = await self._unreachable()
                if task.notice is not None:
                    self._changed()
            if ignores_port and age >= WRONG_PORT_AFTER:
                task.hopeless = True
                self._changed()
                return
            if not task.checked:
                listens = await self._answers()
                task.settled = (
                    bool(listens) or (listens is None and age >= SETTLED_AFTER) or age >= LISTENS_WITHIN
                )
                if task.settled:
                    self._changed()

    async def _answers(self) -> bool | None:
        """Return whether the first port of the task accepts connections, None when it has none."""
        for running, _, ports in self._serving():
            listeners = await running.listeners() if running.is_container else None
            if listeners is not None:
                # To connect proves nothing: Docker accepts connections before the container does.
                return any(item.port == ports[0] and not item.is_loopback for item in listeners)
            try:
                _, writer = await asyncio.open_connection(running.host, running.ports[ports[0]])
            except OSError:
                return False
            writer.close()
            return True
        return None

    async def _listens_elsewhere(self) -> tuple[str | None, bool]:
        """Describe the ports a process listens on instead; return also whether one is the container's."""
        for running, spec, ports in self._serving():
            if running.is_container:
                continue
            listeners = await running.listeners() or ()
            text = elsewhere(spec.name, running.ports[ports[0]], listeners)
            if text and not {item.port for item in listeners} & set(running.ports.values()):
                return text, bool({item.port for item in listeners} & running.ports.keys())
        return None, False

    async def _unreachable(self) -> str | None:
        """Describe the first container that cannot be connected to; None where that is not known."""
        for running, spec, ports in self._serving():
            listeners = await running.listeners()
            if listeners is None:
                continue
            if running.is_container:
                others = {m.container_port for c in self._spec.containers if c is not spec for m in c.ports}
                text = unreachable(spec.name, ports[0], listeners, others)
            else:
                port = running.ports[ports[0]]
                text = elsewhere(spec.name, port, listeners)
                text = text or (None if listeners else silent(spec.name, f"PORT {port}"))
            if text is not None:
                return text
        return None

    def _serving(self) -> Iterator[tuple[Running, ContainerSpec, list[int]]]:
        """Yield the running containers with TCP ports, and these ports."""
        for container in self._spec.containers:
            running = self._running.get(container.name)
            ports = [mapping.container_port for mapping in container.ports if mapping.protocol == "tcp"]
            if running is not None and ports:
                yield running, container, ports

    # ---- containers

    async def _container(self, spec: ContainerSpec) -> None:
        state = self._state[spec.name]
        try:
            running = await self._start(spec, state)
        except (BuildFailed, StartFailed) as error:
            why = advised(error, self._spec)
            state["lastStatus"], state["reason"] = TaskStatus.STOPPED, f"CannotStartContainerError: {why}"
            self._ended(StopCode.TASK_FAILED_TO_START, why)
            return
        except Exception as error:
            log.exception("starting container %s of %s", spec.name, self.task.arn)
            self._ended(
                StopCode.TASK_FAILED_TO_START, f"{type(error).__name__}: {error} (see the supervisor's log)"
            )
            return
        if running is None:
            state["lastStatus"] = TaskStatus.STOPPED
            return
        checks = asyncio.create_task(self._check(spec, running, state)) if spec.health_check else None
        try:
            exit_ = await running.wait()
        finally:
            if checks is not None:
                checks.cancel()
        self._finished(spec, state, exit_)

    def _finished(self, spec: ContainerSpec, state: dict[str, Any], exit_: Exit) -> None:
        state["lastStatus"], state["exitCode"] = TaskStatus.STOPPED, exit_.code
        if exit_.reason:
            state["reason"] = exit_.reason
        self._moment(spec.name, "COMPLETE").set()
        if exit_.code == 0:
            self._moment(spec.name, "SUCCESS").set()
        dependents = [c.name for c in self._spec.containers if c.depends_on.get(spec.name) == "SUCCESS"]
        if spec.essential:
            self._ended(StopCode.ESSENTIAL_CONTAINER_EXITED, "Essential container in task exited")
        elif exit_.code != 0 and dependents:
            text = (
                f"container {spec.name} exited with code {exit_.code}; {dependents[0]} depends on its success"
            )
            self._ended(StopCode.TASK_FAILED_TO_START, text)
        self._changed()

    async def _reached(self, moment: asyncio.Event, timeout: float) -> bool:
        """Wait for a dependency, or for the task's end."""
        waits = [asyncio.create_task(event.wait()) for event in (moment, self._ending)]
        done, pending = await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        return bool(done)

    async def _start(self, spec: ContainerSpec, state: dict[str, Any]) -> Running | None:
        """Start a container after its dependencies; None when the task ends before."""
        for name, condition in spec.depends_on.items():
            if not await self._reached(self._moment(name, condition), spec.start_timeout):
                raise StartFailed(
                    f"container {spec.name}: {name} is not {condition} after {spec.start_timeout:.0f} s"
                )
        async with self._starting:
            if self._ending.is_set():
                return None
            await self._host.runner.prepare(spec.image, lambda _line: None)
            ports = {m.container_port: self._port(m.host_port) for m in spec.ports}
            environment = self._host.environment(self._task_spec, spec)
            log = self._host.logs.sink(self._spec.app, self.task.id, spec.name)
            starting = ContainerStart(self._task_spec, spec, environment, ports, log)
            running = await self._host.runner.start(starting)
        self._running[spec.name] = running
        state["lastStatus"], state["runtimeId"] = TaskStatus.RUNNING, running.runtime_id
        state["networkBindings"] = [
            {"bindIP": running.host, "containerPort": inner, "hostPort": outer, "protocol": "tcp"}
            for inner, outer in running.ports.items()
        ]
        self._moment(spec.name, "START").set()
        self._changed()
        return running

    def _port(self, host_port: int | None) -> int:
        port = self._host.ports.take(None if host_port is None else local_host_port(host_port))
        self._taken.append(port)
        return port

    async def _check(self, spec: ContainerSpec, running: Running, state: dict[str, Any]) -> None:
        """Run health checks as Docker does; until the first pass, every second."""
        check = spec.health_check
        assert check is not None
        began, failures = self._host.clock(), 0
        while True:
            healthy = state["healthStatus"] == HealthStatus.HEALTHY
            await asyncio.sleep(check.interval if healthy or failures else min(1.0, check.interval))
            code = await running.check(check.command, check.timeout)
            if code == 0:
                failures, status = 0, HealthStatus.HEALTHY
                self._moment(spec.name, "HEALTHY").set()
            else:
                in_start = not healthy and self._host.clock() - began < max(
                    check.start_period, check.interval
                )
                failures += 0 if in_start else 1
                status = HealthStatus.UNHEALTHY if failures >= check.retries else state["healthStatus"]
            if status != state["healthStatus"]:
                state["healthStatus"] = status
                self._changed()

    # ---- the end

    def _ended(self, code: StopCode, reason: str) -> None:
        if self.task.stop_code is None:
            self.task.stop_code, self.task.stopped_reason = code, reason
        self._over.set()

    async def _end(self, jobs: list[asyncio.Task[None]]) -> None:
        task = self.task
        self._ending.set()
        jobs[-1].cancel()
        if task.targets:
            task.last_status = TaskStatus.DEACTIVATING
            self._changed()
            await asyncio.gather(*(self._host.balancer.deregister(arn, task.id) for arn in task.targets))
        task.last_status = TaskStatus.STOPPING
        self._changed()
        for spec in reversed(self._spec.containers):
            running = self._running.get(spec.name)
            if running is not None:
                await running.stop(spec.stop_timeout)
        _, pending = await asyncio.wait(jobs, timeout=5)
        for job in pending:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        for name, running in self._running.items():
            if self._state[name]["lastStatus"] != TaskStatus.STOPPED:
                await running.stop(0)
        await self._host.runner.close(self._task_spec)
        for port in self._taken:
            self._host.ports.release(port)

    def _moment(self, container: str, condition: str) -> asyncio.Event:
        return self._moments.setdefault((container, condition), asyncio.Event())
