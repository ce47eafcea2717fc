"""An engine's side of the plugin: requests as an engine sends them, and what comes back."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import rpc
from pulumi.runtime.proto import errors_pb2, provider_pb2, status_pb2
from support.engine import Engine, unawaited

from moorage.offline.graph import UNKNOWN, Resource, Secret
from moorage.offline.wire import plain_properties
from moorage.plugin import Plugin

Inputs = Mapping[str, Any]


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
    """The error of an aborted call: a message, and problems by property."""

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


def made(response: Any) -> Made:
    """Return what a response to Construct holds."""
    dependencies = {key: tuple(sorted(value.urns)) for key, value in response.stateDependencies.items()}
    return Made(response.urn, plain_properties(response.state), dependencies)


class PluginEngine(Engine):
    """An engine that has components constructed by a plugin."""

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


@dataclass(frozen=True)
class Construct:
    """Constructs components as the plugin's process would."""

    plugin: Plugin

    def __call__(self, engine: PluginEngine, component: str, name: str, inputs: Inputs, **more: Any) -> Made:
        """Construct one; `more` is of the request."""
        return asyncio.run(self._answer(engine, [engine.request(component, name, inputs, **more)]))[0]

    def together(self, engine: PluginEngine, *parts: tuple[str, str, Inputs]) -> list[Made]:
        """Construct several at once on one event loop."""
        return asyncio.run(self._answer(engine, [engine.request(*part) for part in parts]))

    async def _answer(self, engine: PluginEngine, requests: list[Any]) -> list[Made]:
        contexts = unawaited(asyncio.get_running_loop())
        servicer = ProviderServicer(self.plugin, [], engine.address)
        context: Any = _Context()
        calls = [asyncio.ensure_future(servicer.Construct(request, context)) for request in requests]
        responses = await asyncio.gather(*calls)
        assert contexts == [], contexts
        return [made(response) for response in responses]
