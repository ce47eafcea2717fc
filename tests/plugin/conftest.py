"""An engine's side of the plugin: a monitor that records, and requests as an engine sends them."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import rpc
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    errors_pb2,
    provider_pb2,
    resource_pb2_grpc,
    status_pb2,
)

from moorage.offline.graph import UNKNOWN, Resource, Secret
from moorage.offline.monitor import Monitor
from moorage.offline.wire import plain_properties
from moorage.plugin import Plugin


@dataclass(frozen=True)
class Out:
    """An output value: what an engine sends for a value with dependencies, a secret or an unknown."""

    value: Any = UNKNOWN
    dependencies: tuple[str, ...] = ()
    secret: bool = False


def to_wire(value: Any) -> Any:
    """Return a value as an engine spells it in a protobuf structure."""
    if isinstance(value, Out):
        spelled: dict[str, Any] = {
            rpc._special_sig_key: rpc._special_output_value_sig,
            "secret": value.secret,
            "dependencies": list(value.dependencies),
        }
        return spelled if value.value is UNKNOWN else spelled | {"value": to_wire(value.value)}
    if isinstance(value, Secret):
        return {rpc._special_sig_key: rpc._special_secret_sig, "value": to_wire(value.value)}
    if value is UNKNOWN:
        return rpc.UNKNOWN
    if isinstance(value, Mapping):
        return {key: to_wire(item) for key, item in value.items()}
    return [to_wire(item) for item in value] if isinstance(value, list) else value


def dependencies_in(value: Any) -> set[str]:
    """Return the URNs that the output values in `value` depend on."""
    if isinstance(value, Out):
        return set(value.dependencies)
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return set().union(*(dependencies_in(item) for item in items))


@dataclass
class Made:
    """A component that was constructed."""

    urn: str
    state: dict[str, Any]
    dependencies: dict[str, tuple[str, ...]]

    def out(self, name: str) -> Out:
        """Return an output as it comes back over the wire when it is passed on as an argument."""
        value = self.state[name]
        secret = isinstance(value, Secret)
        return Out(value.value if secret else value, self.dependencies.get(name, ()), secret)


class Refused(Exception):
    """What a call was aborted with: a message, and problems by property."""

    def __init__(self, message: str, details: bytes) -> None:
        self.message = message
        status = status_pb2.Status.FromString(details)
        self.properties: dict[str, list[str]] = {}
        for detail in status.details:
            errors = errors_pb2.InputPropertiesError()
            detail.Unpack(errors)
            for error in errors.errors:
                self.properties.setdefault(error.property_path, []).append(error.reason)
        super().__init__(message, self.properties)


class _Context:
    async def abort_with_status(self, status: Any) -> None:
        assert status.code is grpc.StatusCode.INVALID_ARGUMENT
        raise Refused(status.details, dict(status.trailing_metadata)["grpc-status-details-bin"])


def _delegate(base: type, target: Any) -> Any:
    def method(name: str) -> Callable[[Any, Any, Any], Any]:
        return lambda _self, request, _context: getattr(target, name)(request)

    names = [name for name in dir(base) if name[0].isupper() and hasattr(target, name)]
    return type("Servicer", (base,), {name: method(name) for name in names})()


@dataclass
class FakeEngine:
    """A resource monitor and a log, served on this machine."""

    preview: bool = False
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.monitor = Monitor("shop", "dev", "eu-central-1", self.preview)
        self.server = grpc.server(ThreadPoolExecutor(1))
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(
            _delegate(resource_pb2_grpc.ResourceMonitorServicer, self.monitor), self.server
        )
        engine_pb2_grpc.add_EngineServicer_to_server(
            _delegate(engine_pb2_grpc.EngineServicer, self), self.server
        )
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def Log(self, request: Any) -> Any:
        self.log.append(request.message)
        return empty_pb2.Empty()

    def resources(self, type_: str) -> list[Resource]:
        """Return the registered resources whose type ends with `type_`."""
        return [one for one in self.monitor.resources.values() if one.type.endswith(type_)]

    def resource(self, type_: str) -> Resource:
        """Return the one resource whose type ends with `type_`."""
        (one,) = self.resources(type_)
        return one

    def request(self, component: str, name: str, inputs: Mapping[str, Any], **more: Any) -> Any:
        """Return the request to construct a component, every number in it a float."""
        struct = struct_pb2.Struct()
        struct.update(to_wire(inputs))
        dependencies = {
            key: provider_pb2.ConstructRequest.PropertyDependencies(urns=sorted(dependencies_in(value)))
            for key, value in inputs.items()
        }
        return provider_pb2.ConstructRequest(
            type=f"moorage:index:{component}",
            name=name,
            inputs=struct,
            inputDependencies=dependencies,
            monitorEndpoint=self.address,
            project="shop",
            stack="dev",
            parallel=16,
            dryRun=self.preview,
            **more,
        )


@pytest.fixture(scope="session")
def plugin() -> Plugin:
    """The provider that the plugin serves; one process has one."""
    return Plugin()


@pytest.fixture
def start_engine() -> Iterator[Callable[..., FakeEngine]]:
    """Start engines; they end with the test."""
    engines: list[FakeEngine] = []

    def start(preview: bool = False) -> FakeEngine:
        engines.append(FakeEngine(preview))
        return engines[-1]

    yield start
    for engine in engines:
        engine.server.stop(grace=5).wait()


@pytest.fixture(params=[False, True], ids=["up", "preview"])
def engine(request: pytest.FixtureRequest, start_engine: Callable[..., FakeEngine]) -> FakeEngine:
    """An engine, once for an update and once for a preview, where outputs are unknown."""
    return start_engine(request.param)


@pytest.fixture
def construct(plugin: Plugin) -> Callable[..., Any]:
    """Construct one component as the plugin's process would, or several at once on one event loop."""

    async def answer(engine: FakeEngine, requests: list[Any]) -> list[Made]:
        servicer = ProviderServicer(plugin, [], engine.address)
        calls = [asyncio.ensure_future(servicer.Construct(request, _Context())) for request in requests]
        return [made(response) for response in await asyncio.gather(*calls)]

    def construct(engine: FakeEngine, *parts: Any, together: bool = False, **more: Any) -> Any:
        if together:
            return asyncio.run(answer(engine, [engine.request(*part) for part in parts]))
        return asyncio.run(answer(engine, [engine.request(*parts, **more)]))[0]

    return construct


def made(response: Any) -> Made:
    """Return what a response to Construct holds."""
    dependencies = {key: tuple(sorted(value.urns)) for key, value in response.stateDependencies.items()}
    return Made(response.urn, plain_properties(response.state), dependencies)


@pytest.fixture(autouse=True)
def rollouts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The revisions whose rollouts were followed; all of them succeed at once."""
    followed: list[str] = []

    async def succeed(app: Any, name: str, awaited: Any, *_: Any) -> None:
        followed.append(awaited.revision)

    monkeypatch.setattr("moorage.resources.app.verification.verify_rollout", succeed)
    return followed


@pytest.fixture(scope="session")
def wire() -> Any:
    """What tests spell arguments and read answers with: `wire.Out`, `wire.made`, `wire.Refused`."""

    class Wire:
        pass

    for name, value in {"Out": Out, "made": made, "Refused": Refused}.items():
        setattr(Wire, name, staticmethod(value))
    return Wire


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The consumer's project, in which the plugin's process runs: relative paths start there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
