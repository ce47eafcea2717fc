"""Transforms and hooks without the callback server: the SDK's own callbacks, called in process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pulumi.runtime.proto import resource_pb2

from moorage.pulumi_private import CallbackServicer


class Callbacks(CallbackServicer):
    """The SDK's callback server, without a server."""

    def __init__(self, monitor: Any) -> None:
        """Start with no callbacks."""
        # The base's `__init__` is not called: it opens a port.
        self._callbacks = {}
        self._transforms = {}
        self._state_migrations = {}
        self._monitor = monitor
        self._target = "in-process"

    async def run(self, token: str, request: bytes) -> Any:
        """Run a registered callback on the program's own loop."""
        return await self._callbacks[token](request)


class Transforms:
    """The transforms of resources, components and the stack, run in this order as engines do."""

    def __init__(self) -> None:
        """Start with none."""
        self.of_stack: list[str] = []
        self.of_invokes: list[str] = []
        self.callbacks: Callbacks | None = None
        self._of_component: dict[str, list[str]] = {}
        self._parents: dict[str, str] = {}

    def apply_to(self, request: Any) -> bool:
        """Return whether any transform may apply to this registration."""
        return bool(self.of_stack or request.transforms or self._of_component)

    async def resource(self, request: Any, urn_of: Callable[[str, str, str], str]) -> Any:
        """Return a registration after its own transforms, those of its parents, innermost first, and the
        stack's."""
        own = [callback.token for callback in request.transforms]
        urn = urn_of(request.parent, request.type, request.name)
        self._parents[urn] = request.parent
        if own and not request.custom:
            self._of_component[urn] = own
        tokens = list(own)
        parent: str = request.parent
        while parent:
            tokens += self._of_component.get(parent, [])
            parent = self._parents.get(parent, "")
        for token in [*tokens, *self.of_stack]:
            await self._transform(token, request)
        return request

    async def _transform(self, token: str, request: Any) -> None:
        assert self.callbacks is not None
        message = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=request.object,
            options=_options_of(request),
        )
        response = await self.callbacks.run(token, message.SerializeToString())
        request.object.CopyFrom(response.properties)
        if response.HasField("options"):
            _set_options(request, response.options)

    async def invoke(self, request: Any) -> Any:
        """Return the invoke after the stack's transforms."""
        assert self.callbacks is not None
        for token in self.of_invokes:
            message = resource_pb2.TransformInvokeRequest(
                token=request.tok,
                args=request.args,
                options=resource_pb2.TransformInvokeOptions(
                    provider=request.provider, version=request.version
                ),
            )
            response = await self.callbacks.run(token, message.SerializeToString())
            request.args.CopyFrom(response.args)
            if response.HasField("options"):
                request.provider = response.options.provider or request.provider
        return request


_SAME_NAME = {
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "additional_secret_outputs": "additionalSecretOutputs",
    "depends_on": "dependencies",
    "aliases": "aliases",
}
_OPTIONAL = {"protect": "protect", "retain_on_delete": "retainOnDelete"}
_TEXTS = {
    "provider": "provider",
    "version": "version",
    "plugin_download_url": "pluginDownloadURL",
    "deleted_with": "deletedWith",
    "import": "importId",
}


def _options_of(request: Any) -> Any:
    options: Any = resource_pb2.TransformResourceOptions()
    for theirs, ours in _SAME_NAME.items():
        getattr(options, theirs).extend(getattr(request, ours))
    for theirs, ours in _OPTIONAL.items():
        if request.HasField(ours):
            setattr(options, theirs, getattr(request, ours))
    for theirs, ours in _TEXTS.items():
        setattr(options, theirs, getattr(request, ours))
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    if request.HasField("customTimeouts"):
        options.custom_timeouts.CopyFrom(request.customTimeouts)
    options.providers.update(request.providers)
    return options


def _set_options(request: Any, options: Any) -> None:
    for theirs, ours in _SAME_NAME.items():
        target = getattr(request, ours)
        del target[:]
        target.extend(getattr(options, theirs))
    for theirs, ours in _OPTIONAL.items():
        if options.HasField(theirs):
            setattr(request, ours, getattr(options, theirs))
        else:
            request.ClearField(ours)
    for theirs, ours in _TEXTS.items():
        setattr(request, ours, getattr(options, theirs))
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.deleteBeforeReplace = options.delete_before_replace
    request.ClearField("customTimeouts")
    if options.HasField("custom_timeouts"):
        request.customTimeouts.CopyFrom(options.custom_timeouts)
    request.providers.clear()
    request.providers.update(options.providers)
