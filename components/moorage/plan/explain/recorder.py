"""The components of a program, with the arguments that it gives them."""

import asyncio
import functools
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi

from moorage.model.arguments import Inner, Origin, Steps, watcher, written_path
from moorage.offline import UNKNOWN
from moorage.plan.text import short_urn

from .tracing import Trace, untraced

_COMPONENTS = "moorage.resources."

DEFAULT = "default"
SERVICES = "services"


@dataclass(slots=True)
class Given:
    """One value in a component's arguments."""

    value: Any
    """A plain value; for an Output its value, or UNKNOWN."""
    key: str | None = None
    """The configuration key of an unchanged configuration value."""
    secret: bool = False
    source: str = ""
    """The source of an Output or of a component's `ref`, such as `notes.arn (dynamodb Table)`."""
    place: str = ""
    """For an app of a compose file: the file and line, `services` or `default`; empty for the program."""


@dataclass(slots=True)
class Declared:
    """One of moorage's components in a program."""

    name: str
    kind: str = ""
    """The name of the class."""
    urn: str = ""
    passed: dict[str, Given] = field(default_factory=dict[str, Given])
    """The arguments by path, such as `health_check.path`."""
    args: dict[str, Any] = field(default_factory=dict[str, Any])
    """The arguments of the component, plain or with Outputs."""


class Recorder:
    """Records the components that a program declares while it is evaluated."""

    def __init__(self, trace: Trace) -> None:
        """Start without components."""
        self.found: list[Declared] = []
        self._trace = trace
        self._open: list[Declared | None] = []
        """The components that have not registered their outputs; None for one that is not recorded."""
        self._components: list[tuple[Declared, pulumi.ComponentResource]] = []
        self._outputs: list[tuple[Given, pulumi.Output[Any]]] = []
        self._refs: dict[int, tuple[Any, str]] = {}

    @contextmanager
    def recording(self) -> Generator[None]:
        """Record the arguments of components, from their check until they register their outputs, last."""
        original = pulumi.ComponentResource.register_outputs

        @functools.wraps(original)
        def register(component: pulumi.ComponentResource, outputs: Any) -> None:
            original(component, outputs)
            kinds = (base for base in type(component).__mro__ if base.__module__.startswith(_COMPONENTS))
            if kind := next(kinds, None):
                self._registered(component, kind.__name__)

        token = watcher.set(self._declared)
        setattr(pulumi.ComponentResource, "register_outputs", register)  # noqa: B010
        try:
            yield
        finally:
            setattr(pulumi.ComponentResource, "register_outputs", original)  # noqa: B010
            watcher.reset(token)
            for passed, output in self._outputs:
                self._name_source(passed, output)

    def _declared(self, name: str, args: Any) -> Any:
        """Record the arguments of a component, and return them as plain values."""
        outer = self._open[-1] if self._open else None
        origin = args.origin if outer is not None and isinstance(args, Inner) else None
        if not isinstance(args, Mapping) or (self._open and origin is None):
            # The program does not give the arguments of a component inside another one.
            self._open.append(None)
            return cast("Any", args)
        declared = Declared(str(untraced(name)))
        for steps, value in self._flat(cast("Mapping[str, Any]", args), ()):
            if outer is None or origin is None:
                declared.passed[written_path(steps)] = self._given(value)
            else:
                declared.passed |= self._given_inside(outer, origin(steps), steps, value)
        declared.args = untraced(dict(cast("Mapping[str, Any]", args)))
        self.found.append(declared)
        self._open.append(declared)
        return declared.args

    def _registered(self, component: pulumi.ComponentResource, kind: str) -> None:
        declared = self._open.pop()
        if declared is None:
            return
        declared.kind = kind
        self._components.append((declared, component))
        ref = getattr(component, "ref", None)
        if ref is not None:
            self._refs[id(ref)] = (ref, f"{declared.name}.ref ({kind})")
        asyncio.ensure_future(self._locate(declared, component))  # noqa: RUF006 - the loop keeps it

    async def _locate(self, declared: Declared, component: pulumi.ComponentResource) -> None:
        declared.urn = str(await component.urn.future())

    def _flat(self, value: Any, steps: Steps) -> Iterator[tuple[Steps, Any]]:
        """Yield the values of arguments with their keys and indexes; lists of plain values are one value."""
        if isinstance(value, Mapping) and id(cast("Any", value)) not in self._refs and value:
            for key, item in cast("Mapping[str, Any]", value).items():
                yield from self._flat(item, (*steps, str(key)))
        elif isinstance(value, list) and any(
            isinstance(item, Mapping | list | pulumi.Output) for item in cast("list[Any]", value)
        ):
            for index, item in enumerate(cast("list[Any]", value)):
                yield from self._flat(item, (*steps, index))
        elif value is not None and steps:
            yield steps, value

    def _given_inside(
        self, outer: Declared, origin: Origin | None, steps: Steps, value: Any
    ) -> dict[str, Given]:
        """Return a value in the arguments of a component inside `outer`, by its path."""
        passed = self._given(value)
        if origin is None or origin.place:
            passed.place = origin.place if origin else DEFAULT
            return {written_path(steps): passed}
        whole, top = (
            outer.passed.get(written_path(origin.argument)),
            outer.passed.get(str(origin.argument[0])),
        )
        if whole is None and top is not None and top.source:
            # The `ref` of another component.
            return {str(steps[0]): top}
        passed.key = whole and whole.key
        passed.place = SERVICES if origin.argument[0] == SERVICES else "" if whole else DEFAULT
        return {written_path(steps): passed}

    def _given(self, value: Any) -> Given:
        if id(value) in self._refs:
            return Given(None, source=self._refs[id(value)][1])
        key = self._trace.key_of(value)
        if not isinstance(value, pulumi.Output):
            return Given(untraced(value), key)
        passed = Given(UNKNOWN, key, secret=key is not None)
        output = cast("pulumi.Output[Any]", value)
        self._outputs.append((passed, output))
        asyncio.ensure_future(self._resolve(passed, output))  # noqa: RUF006 - the loop keeps it
        return passed

    async def _resolve(self, passed: Given, output: pulumi.Output[Any]) -> None:
        passed.secret = bool(await output.is_secret()) or passed.secret
        sources: list[str] = []
        for resource in cast("set[Any]", await output.resources()):
            attributes = cast("dict[str, Any]", vars(resource))
            name = next((key for key, item in attributes.items() if item is output), None)
            urn = str(await resource.urn.future())
            resource_name, _, rest = short_urn(urn).partition(" ")
            sources.append(f"{resource_name}{f'.{name}' if name else ''} {rest}")
            if name is not None:
                sources = sources[-1:]
                break
        passed.source = passed.source or ", ".join(sorted(sources))
        if await output.is_known():
            passed.value = untraced(await output.future())

    def _name_source(self, passed: Given, output: pulumi.Output[Any]) -> None:
        """Name the component that an Output belongs to, rather than a resource inside it."""
        for declared, component in self._components:
            ref: Any = getattr(component, "ref", None)
            values: dict[str, Any] = {**vars(component), **(ref if isinstance(ref, dict) else {})}
            for key, item in values.items():
                if item is output:
                    passed.source = f"{declared.name}.{key} ({declared.kind})"
                    return
