"""The background process of one project and stack: owns balancer, tasks, metadata and data services."""

import asyncio
import importlib
import logging
import os
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

from moorage.errors import LocalError
from moorage.local.aws.process import DataServices
from moorage.local.balancer import tls
from moorage.local.balancer.balancer import Balancer
from moorage.local.balancer.model import ListenerSpec, PortInUse, TargetGroupSpec
from moorage.local.model import ListenerPlan, LocalStack
from moorage.local.runner import ContainerSpec, Report, Runner, TaskSpec
from moorage.local.runner.groups import Groups
from moorage.local.runner.ports import FIRST_HTTP, FIRST_HTTPS, Ports, is_free
from moorage.local.runner.processes import who_listens
from moorage.local.scheduler.jobs import Jobs
from moorage.local.scheduler.logs import LogStore
from moorage.local.scheduler.scaling import Autoscaler
from moorage.local.scheduler.scheduler import Begun, Scheduler
from moorage.local.scheduler.task import Host
from moorage.local.state import Paths, State

from .metadata import Metadata

log = logging.getLogger(__name__)


class Supervisor:
    """Everything that runs for one project and stack."""

    def __init__(self, paths: Paths, runner: Runner, groups: Groups) -> None:
        """Read the state; `up` starts everything.

        Raises:
            LocalError: the state file is corrupt.
        """
        self.paths, self.runner = paths, runner
        self.state = State(paths.state)
        self.logs = LogStore(paths.logs)
        self.ports = Ports()
        self.balancer = Balancer()
        self.data = DataServices(paths.data, paths.log, groups, runner.expose)
        self.scheduler = Scheduler(
            Host(runner, self.balancer, self.ports, self.logs, self._environment, time.time),
            lambda spec: self.state.revision(spec.family, spec.fingerprint()),
        )
        self.balancer.subscribe(self.scheduler.target_changed)
        self.jobs = Jobs(runner, self.scheduler, self.state, self.logs)
        self.scheduler.gate = self.jobs.before
        self.autoscaler = Autoscaler(self.scheduler, self.data.messages)
        self.stack: LocalStack | None = None
        self.listeners: dict[str, int] = {}
        self._groups: list[TargetGroupSpec] = []
        self._tls: dict[tuple[str, ...], ssl.SSLContext] = {}
        self._warming: asyncio.Task[None] | None = None
        self.stopped = asyncio.Event()
        self._lock = asyncio.Lock()
        self.metadata = Metadata(self.scheduler)

    async def up(
        self,
        stack: LocalStack,
        *,
        force: bool,
        port: int | None,
        report: Report,
        begun: Callable[[Begun], None],
    ) -> dict[str, Any]:
        """Run a stack; return outcomes, local ports of listeners and remarks.

        `begun` takes each rollout when it begins.

        Raises:
            LocalError: a port is in use, or the data services fail; no service was changed.
        """
        if self._lock.locked():
            report("waiting for another `up` or `down` of this stack")
        async with self._lock:
            if self.stopped.is_set():
                raise LocalError("the local run was stopped meanwhile: run `moorage local up` again")
            if not self.metadata.address:
                await self.metadata.start(self.ports.take(), self.runner.expose)
            self.stack, self.jobs.specs = stack, stack.jobs
            images = {c.image.key: c.image for s in stack.services if s.desired_count for c in s.containers}
            prepare = [self.runner.prepare(image, report) for image in images.values()]
            # The task that needs an image reports why it could not be prepared.
            remarks, _ = await asyncio.gather(
                self._serve_data(stack, report), asyncio.gather(*prepare, return_exceptions=True)
            )
            await self._balance(stack, port, keep_groups=True)
            outcomes = await self.scheduler.apply(stack.services, force, report, begun)
            await self._balance(stack, port, keep_groups=False)
            self.autoscaler.start()
            return {
                "outcomes": [{"app": o.app, "reason": o.reason, "hint": o.hint} for o in outcomes],
                "listeners": self.listeners,
                "remarks": remarks,
            }

    def warm_up(self) -> None:
        """Start the data services of the last run while the command line evaluates the program."""
        self._warming = asyncio.create_task(self._warm_up())

    async def _warm_up(self) -> None:
        if self.state.data is None:
            return
        try:
            await self.data.start(*self.state.data, self.state.port("data"))
            await asyncio.to_thread(importlib.import_module, "moorage.local.aws.declared")
        except LocalError as error:
            log.warning("starting the data services early: %s", error)

    async def down(self, report: Report, *, data: bool) -> None:
        """Stop everything; with `data`, remove the data too."""
        async with self._lock:
            report("stopping")
            if self._warming is not None:
                await self._warming
            await self.balancer.close()
            await self.autoscaler.stop()
            await self.scheduler.close()
            await self.data.stop(remove=data)
            if data:
                self.state.forget_successes()
            await self.metadata.stop()
            await self.runner.aclose()
            self.logs.close()
            try:
                if data:
                    await self.runner.remove_data()
            finally:
                self.stopped.set()

    async def _balance(self, stack: LocalStack, port: int | None, *, keep_groups: bool) -> None:
        groups = {group.arn: group for group in stack.target_groups}
        if keep_groups:
            groups = {group.arn: group for group in self._groups} | groups
        for _ in range(20):
            chosen = self._choose_ports(stack.listeners, port)
            try:
                specs = [self._listener(plan, chosen[plan.arn]) for plan in stack.listeners]
                await self.balancer.configure(specs, list(groups.values()))
            except PortInUse as error:
                # Another process took the port meanwhile.
                if error.port == port:
                    raise LocalError(_in_use(error.port)) from None
                continue
            except ValueError as error:
                raise LocalError(f"the load balancer: {error}") from None
            break
        else:
            raise LocalError("no port for the load balancer is free")
        self._groups = list(groups.values())
        for old in set(self.listeners.values()) - set(chosen.values()):
            self.ports.release(old)
        self.listeners = chosen
        for key, number in zip(_port_keys(stack.listeners), chosen.values(), strict=True):
            self.state.remember_port(key, number)

    def _listener(self, plan: ListenerPlan, port: int) -> ListenerSpec:
        certificate = None
        if plan.tls:
            # One for all with the same protocols: the balancer keeps a socket whose context stays the same.
            certificate = self._tls.get(plan.alpn) or tls.context(self.paths.root, plan.alpn)
            self._tls[plan.alpn] = certificate
        return ListenerSpec(
            plan.arn,
            port,
            certificate,
            plan.default_actions,
            plan.rules,
            plan.public_port,
            plan.connections,
        )

    def _choose_ports(self, listeners: tuple[ListenerPlan, ...], port: int | None) -> dict[str, int]:
        """Choose local ports: `port` for the main listener; the last port, or a free one, for others."""
        chosen: dict[str, int] = {}
        main = next((plan for plan in listeners if plan.tls), listeners[0] if listeners else None)
        ours = set(self.listeners.values())
        if port is not None and port not in ours and not is_free(port):
            raise LocalError(_in_use(port))
        for plan, key in zip(listeners, _port_keys(listeners), strict=True):
            wish = self.listeners.get(plan.arn) or self.state.port(key)
            if plan is main and port is not None:
                wish = port
            elif wish in (*chosen.values(), port) or (wish and wish not in ours and not is_free(wish)):
                wish = None
            start = port + 1 if port is not None else (FIRST_HTTPS if plan.tls else FIRST_HTTP)
            if plan.connections:
                # Clients of other protocols than HTTP know its port; others than root cannot have one below.
                start = max(plan.public_port, 1024)
            chosen[plan.arn] = wish or self.ports.first(start)
            self.ports.hold(chosen[plan.arn])
        return chosen

    async def _serve_data(self, stack: LocalStack, report: Report) -> list[str]:
        remarks = await self.data.apply(stack, self.state.port("data"), report)
        if self.data.port is not None and self.data.running:
            self.state.remember_port("data", self.data.port)
            self.state.remember_data(stack.account, stack.region)
        return remarks

    def _environment(self, task: TaskSpec, container: ContainerSpec) -> Mapping[str, str]:
        stack = self.stack
        assert stack is not None
        env = {
            "AWS_REGION": stack.region,
            "AWS_DEFAULT_REGION": stack.region,
            "AWS_ACCESS_KEY_ID": self.data.credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": self.data.credentials.secret_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ECS_CONTAINER_METADATA_URI_V4": self.metadata.url(task.id, container.name),
        }
        if self.data.address:
            env["AWS_ENDPOINT_URL"] = f"http://{self.data.address}"
        for name, value in container.environment.items():
            for declared, local in self.data.rewrites.items():
                value = value.replace(declared, local)
            env[name] = value
        return env


def _port_keys(listeners: tuple[ListenerPlan, ...]) -> list[str]:
    return [f"{plan.scheme}:{plan.public_port}:{n}" for n, plan in enumerate(listeners)]


def _in_use(port: int) -> str:
    who = who_listens(port)
    return f"port {port} is in use{f' by {who}' if who else ''}: stop that process, or pass another --port"
