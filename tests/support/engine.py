"""An engine of Pulumi's over gRPC on this machine: its monitor answers as an evaluation does."""

import asyncio
import contextvars
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

import grpc
import pulumi
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import resource, settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, resource_pb2_grpc, source_pb2
from pulumi.runtime.stack import run_in_stack

from moorage.offline.monitor import Monitor
from moorage.pulumi_private import STACK_TRACE

URN = "urn:pulumi:dev::shop::moorage:index:ContainerApp::"
REGION = {"aws:region": "eu-central-1"}


class Line(NamedTuple):
    """A message that the engine was sent."""

    severity: str
    resource: str
    ephemeral: bool
    text: str


def _delegate(base: type, target: Any) -> Any:
    def method(name: str) -> Callable[[Any, Any, Any], Any]:
        return lambda _self, request, _context: getattr(target, name)(request)

    names = [name for name in dir(base) if name[0].isupper() and hasattr(target, name)]
    return type("Servicer", (base,), {name: method(name) for name in names})()


def unawaited(loop: asyncio.AbstractEventLoop) -> list[dict[str, Any]]:
    """Collect the exceptions of a loop that no task waits for, which asyncio would print.

    A RunError is not one of them: it ends the program, and the outputs that it reached hold it too.
    """
    contexts: list[dict[str, Any]] = []

    def collect(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), pulumi.RunError):
            contexts.append(context)

    loop.set_exception_handler(collect)
    return contexts


@contextmanager
def unreported() -> Generator[None]:
    """Omit what the SDK tells an engine for its own sake: the source position of each resource, and debug
    messages. They take half the time, and no engine of the tests reads them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resource, STACK_TRACE, source_pb2.StackTrace, raising=False)
        patch.setattr(pulumi.log, "debug", lambda *_, **__: None)
        yield


class Engine:
    """An engine's resource monitor and log, served on this machine, and programs that run against it."""

    workers = 1
    """The number of requests that it answers at once."""

    def __init__(self, preview: bool) -> None:
        self.monitor = Monitor("shop", "dev", "eu-central-1", preview)
        self.preview = preview
        self.log: list[Line] = []
        self.outputs: dict[str, Any] = {}
        self.server = grpc.server(ThreadPoolExecutor(self.workers))
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(
            _delegate(resource_pb2_grpc.ResourceMonitorServicer, self.monitor), self.server
        )
        engine_pb2_grpc.add_EngineServicer_to_server(
            _delegate(engine_pb2_grpc.EngineServicer, self), self.server
        )
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def Log(self, request: Any) -> Any:
        severity = engine_pb2.LogSeverity.Name(request.severity).lower()
        if severity != "debug":
            name = request.urn.removeprefix(URN)
            self.log.append(Line(severity, name, request.ephemeral, request.message))
        return empty_pb2.Empty()

    def run(self, program: Callable[[], None], **config: str) -> None:
        """Run a program to its end, as the SDK's language host does; `config` is the AWS provider's."""
        contextvars.copy_context().run(self._run, program, config)

    def _run(self, program: Callable[[], None], config: dict[str, str]) -> None:
        set_all_config({**REGION, **{f"aws:{name}": value for name, value in config.items()}})
        settings.ROOT.set(None)
        settings.configure(
            settings.Settings(
                "shop", "dev", self.address, self.address, dry_run=self.preview, organization="moorage"
            )
        )
        asyncio.run(self._main(program))

    async def _main(self, program: Callable[[], None]) -> None:
        contexts = unawaited(asyncio.get_running_loop())
        await run_in_stack(program)
        assert contexts == [], contexts

    def lines(self, name: str, severity: str) -> list[str]:
        return [line.text for line in self.log if (line.resource, line.severity) == (name, severity)]


Kind = TypeVar("Kind", bound=Engine, covariant=True)


class StartEngine(Protocol[Kind]):
    """Starts an engine."""

    def __call__(self, preview: bool = False) -> Kind: ...


@contextmanager
def engines(kind: type[Kind]) -> Generator[StartEngine[Kind]]:
    """Start engines that are stopped at the end."""
    started: list[Kind] = []

    def start(preview: bool = False) -> Kind:
        started.append(kind(preview))
        return started[-1]

    with unreported():
        yield start
    for engine in started:
        engine.server.stop(grace=5).wait()
