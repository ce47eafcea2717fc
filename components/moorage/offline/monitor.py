"""The monitor of an offline evaluation, in place of the engine: it records registrations and answers."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2

from moorage.errors import EvaluationError

from . import invokes, options
from .graph import UNKNOWN, Invoke, LogEntry, Resource, Secret, reveal
from .other_stacks import NOT_PRINTED, StackOutputs, stack_outputs
from .resolvers import Computed, awsx, compute_outputs
from .transforms import Transforms
from .wire import contains_secret, plain_properties, reference, struct_of

STACK_TYPE = "pulumi:pulumi:Stack"
STACK_REFERENCE = "pulumi:pulumi:StackReference"

# Without output values, inputs arrive as plain values, secrets and unknowns; without the gate on invokes, the
# SDK itself decides which of them are unknown in a preview.
_NOT_SUPPORTED = (
    "RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES",
    "RESOURCE_MONITOR_FEATURE_INVOKE_DEPENDS_ON",
    "outputValues",
)
# Older SDKs do not have this list, and query each feature by name.
_KNOWN: Any = getattr(resource_pb2, "ResourceMonitorFeature", None)
_FEATURES = [number for name, number in _KNOWN.items() if name not in _NOT_SUPPORTED] if _KNOWN else []

_INVOKE_RESPONSE: Any = getattr(resource_pb2, "ResourceInvokeResponse", provider_pb2.InvokeResponse)

_SEVERITIES = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


class Monitor:
    """A resource monitor in process; its methods are called by Pulumi's SDK.

    A method returns a coroutine if transforms run first: the loop of `evaluate` waits for it.
    """

    offline = True
    """Tells a component that no resource exists: `get_monitor()` has this attribute only offline."""

    def __init__(
        self, project: str, stack: str, region: str, preview: bool, others: StackOutputs | None = None
    ) -> None:
        """Start with nothing registered; `region` is that of the default provider."""
        self.other_stacks = others or stack_outputs(None, {})
        self.stacks_read: dict[str, Mapping[str, Any]] = {}
        self.project = project
        self.stack = stack
        self.region = region
        self.preview = preview
        self.resources: dict[str, Resource] = {}
        self.outputs: dict[str, Any] = {}
        self.invokes: list[Invoke] = []
        self.transforms = Transforms()
        self._memory: dict[str, Any] = {}
        self.stack_urn = f"urn:pulumi:{stack}::{project}::{STACK_TYPE}::{project}-{stack}"

    def urn_of(self, parent: str, type_: str, name: str) -> str:
        """Return the URN as the engine forms it: its type follows those of all parents but the stack."""
        if parent and parent != self.stack_urn:
            type_ = f"{parent.split('::', 3)[2]}${type_}"
        return f"urn:pulumi:{self.stack}::{self.project}::{type_}::{name}"

    def region_of(self, provider: str) -> str:
        """Return the region of a provider reference (`urn::id`), or of the default provider."""
        resource = self.resources.get(provider.rpartition("::")[0])
        region = reveal(resource.inputs.get("region")) if resource else None
        return region if isinstance(region, str) else self.region

    # The methods that the SDK calls; names and shapes are those of the service `pulumirpc.ResourceMonitor`.

    def RegisterResource(self, request: Any) -> Any:
        """Record a resource and return the outputs that its provider would compute."""
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=self.stack_urn)
        if self.transforms.apply_to(request):
            return self._register_transformed(request)
        return self._register(request)

    async def _register_transformed(self, request: Any) -> Any:
        return self._register(await self.transforms.resource(request, self.urn_of))

    def _register(self, request: Any) -> Any:
        urn = self.urn_of(request.parent, request.type, request.name)
        inputs = plain_properties(request.object, resources_as_ids=request.custom)
        if request.custom:
            computed = self._compute(request, urn, inputs)
            outputs, answer = self._outputs_of(computed, inputs, request.additionalSecretOutputs)
        else:
            computed = Computed("", {}, {})
            outputs, answer = {}, {}
        id_ = "" if self.preview else computed.id
        self._record(request, urn, id_, inputs, outputs, options.of_registration(request))
        if request.remote and request.type == awsx.VPC:
            answer = self._make_vpc(request, urn, inputs)
        response = resource_pb2.RegisterResourceResponse(urn=urn, id=id_)
        if self.preview and request.custom:
            # After a deployment the SDK fills missing outputs from the inputs; in a preview it does not.
            response.object.CopyFrom(request.object)
        response.object.MergeFrom(struct_of(answer))
        return response

    def _compute(self, request: Any, urn: str, inputs: dict[str, Any], id_: str | None = None) -> Computed:
        plain = reveal(inputs) if contains_secret(inputs) else inputs
        region = self.region_of(request.provider)
        computed = compute_outputs(request.type, request.name, urn, region, plain, id_)
        if plain is not inputs and "tagsAll" in computed.outputs:
            computed.outputs["tagsAll"] = inputs.get("tags") or {}
        return computed

    def _make_vpc(self, request: Any, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Record the resources that awsx creates for a VPC, and return the outputs for the program."""
        provider = request.providers.get("aws", request.provider)
        chosen = {"provider": provider.rpartition("::")[0]} if provider else {}

        def make(type_: str, name: str, parent: str, properties: dict[str, Any]) -> awsx.Made:
            child = SimpleNamespace(
                type=type_, name=name, parent=parent, custom=True, provider=provider, dependencies=()
            )
            child_urn = self.urn_of(parent, type_, name)
            computed = self._compute(child, child_urn, properties)
            outputs, _ = self._outputs_of(computed, properties, ())
            id_ = "" if self.preview else computed.id
            self._record(child, child_urn, id_, properties, outputs, chosen)
            return awsx.Made(child_urn, id_ or UNKNOWN)

        outputs = awsx.make_vpc(request.name, urn, reveal(inputs), self.region_of(provider), make)
        if self.preview:
            self.resources[urn].outputs.update(awsx.unknown_outputs())
            return {}
        tables: list[awsx.Made] = outputs.pop(awsx.ROUTE_TABLES)
        ids = [table.id for table in tables]
        self.resources[urn].outputs.update(outputs, **{awsx.ROUTE_TABLES: ids})
        return {**outputs, awsx.ROUTE_TABLES: [reference(table.urn, table.id) for table in tables]}

    def _outputs_of(
        self, computed: Computed, inputs: dict[str, Any], secret: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a resource's outputs, and those that the program receives in addition to its inputs."""
        additions = dict(computed.known if self.preview else computed.outputs)
        for key in secret:
            value = additions.get(key, inputs.get(key))
            if value is not None and not isinstance(value, Secret):
                additions[key] = Secret(value)
        unknown = dict.fromkeys(computed.outputs, UNKNOWN) if self.preview else {}
        return inputs | unknown | additions, additions

    def _record(
        self,
        request: Any,
        urn: str,
        id_: str,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
        options_: dict[str, Any],
    ) -> None:
        if urn in self.resources:
            raise EvaluationError(
                f"Duplicate resource URN '{urn}': two resources of one type have the name {request.name!r} "
                "under the same parent; give one of them another name"
            )
        property_dependencies = getattr(request, "propertyDependencies", {})
        self.resources[urn] = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=None if request.parent in ("", self.stack_urn) else request.parent,
            custom=getattr(request, "custom", True),
            id=id_,
            inputs=inputs,
            outputs=outputs,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(value.urns))
                for key, value in sorted(property_dependencies.items())
                if value.urns
            },
            options=options_,
        )

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """Record a component's outputs, or the stack's exports."""
        outputs = plain_properties(request.outputs)
        if request.urn == self.stack_urn:
            self.outputs.update(outputs)
        else:
            self.resources[request.urn].outputs.update(outputs)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:
        """Record an existing resource, and return the outputs that its provider would read."""
        urn = self.urn_of(request.parent, request.type, request.name)
        state = plain_properties(request.properties)
        if request.type == STACK_REFERENCE:
            return self._read_stack(request, urn)
        computed = self._compute(request, urn, state, request.id)
        self._record(request, urn, request.id, state, state | computed.outputs, {"read": True})
        return resource_pb2.ReadResourceResponse(urn=urn, properties=struct_of(state | computed.outputs))

    def _read_stack(self, request: Any, urn: str) -> Any:
        """Answer with the outputs of another stack; those that are not printed are secret."""
        outputs = self.stacks_read[request.id] = self.other_stacks(request.id)
        secret = sorted(name for name, value in outputs.items() if value == NOT_PRINTED)
        values = {name: Secret(value) if name in secret else value for name, value in outputs.items()}
        state = {"name": request.id, "outputs": values, "secretOutputNames": secret}
        self._record(request, urn, request.id, {"name": request.id}, state, {"read": True})
        return resource_pb2.ReadResourceResponse(urn=urn, properties=struct_of(state))

    def Invoke(self, request: Any) -> Any:
        """Answer a provider function from the table of invokes."""
        if self.transforms.of_invokes:
            return self._invoke_transformed(request)
        return self._invoke(request)

    async def _invoke_transformed(self, request: Any) -> Any:
        return self._invoke(await self.transforms.invoke(request))

    def _invoke(self, request: Any) -> Any:
        args = plain_properties(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            resource = self.resources[args["urn"]]
            result: dict[str, Any] = {"urn": resource.urn, "id": resource.id, "state": resource.outputs}
        else:
            self.invokes.append(Invoke(request.tok, args))
            region = self.region_of(request.provider)
            result = invokes.answer(request.tok, reveal(args), region, self._memory)
        response = _INVOKE_RESPONSE()
        getattr(response, "return").CopyFrom(struct_of(result))
        return response

    def Call(self, request: Any) -> Any:
        """Reject a resource's method: the providers in the tables have none."""
        raise EvaluationError(f"{request.tok}: methods of resources cannot be called offline")

    def ExistsResource(self, request: Any) -> Any:
        """Return whether a resource with this type and id was registered."""
        exists = any(r.type == request.type and r.id == request.id for r in self.resources.values())
        return resource_pb2.ExistsResourceResponse(exists=exists)

    def RegisterPackage(self, request: Any) -> Any:
        """Accept a parameterised package."""
        return resource_pb2.RegisterPackageResponse(ref=request.name)

    def RegisterStackTransform(self, request: Any) -> Any:
        """Register a transform for every resource."""
        self.transforms.of_stack.append(request.token)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, request: Any) -> Any:
        """Register a transform for every invoke."""
        self.transforms.of_invokes.append(request.token)
        return empty_pb2.Empty()

    def RegisterResourceHook(self, request: Any) -> Any:
        """Accept a hook, which never runs because nothing is created."""
        return empty_pb2.Empty()

    RegisterErrorHook = RegisterResourceHook

    def SupportsFeature(self, request: Any) -> Any:
        """Answer an older SDK, which queries features one by one."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id not in _NOT_SUPPORTED)

    def GetDeploymentInfo(self, request: Any) -> Any:
        """Return the monitor's features."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def SignalAndWaitForShutdown(self, request: Any) -> Any:
        """Allow the program to end."""
        return empty_pb2.Empty()


class Engine:
    """The engine's log."""

    def __init__(self, stack_urn: str) -> None:
        """Start with an empty log."""
        self.log: list[LogEntry] = []
        self._stack_urn = stack_urn

    def Log(self, request: Any) -> Any:
        """Record a message."""
        urn = None if request.urn in ("", self._stack_urn) else request.urn
        self.log.append(LogEntry(_SEVERITIES[request.severity], request.message, urn))
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: Any) -> Any:
        """Accept any version: there is no engine."""
        return empty_pb2.Empty()
