"""The components that a program declares, with their arguments as it gives them."""

import asyncio
import functools
import itertools
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pulumi

import moorage
from moorage.offline import UNKNOWN, EvaluationError, evaluate
from moorage.resources.inputs import given as without_none

from .tracing import Trace, tracing, untraced

if TYPE_CHECKING:
    from moorage.plan.plan import Program


@dataclass(slots=True)
class Given:
    """One value in a component's arguments, as the program gives it."""

    value: Any
    """A plain value; of an Output what it resolved to, UNKNOWN where it did not."""
    key: str | None = None
    """The configuration key that it was read from, if it still is that value."""
    secret: bool = False
    source: str = ""
    """Where it comes from, such as `notes.arn (dynamodb Table)`: of an Output, or of a component's `ref`."""


@dataclass(slots=True)
class Declared:
    """One of our components in a program."""

    kind: str
    """The name of the class."""
    name: str
    urn: str = ""
    given: dict[str, Given] = field(default_factory=dict[str, Given])
    """What is given, by path, such as `health_check.path`."""
    args: dict[str, Any] = field(default_factory=dict[str, Any])
    """The same as the component gets it, plain or with Outputs."""


class Recorder:
    """Records what a program declares while it is evaluated."""

    def __init__(self, trace: Trace) -> None:
        """Begin."""
        self.found: list[Declared] = []
        self._trace = trace
        self._inside = False
        self._components: list[tuple[Declared, pulumi.ComponentResource]] = []
        self._outputs: list[tuple[Given, pulumi.Output[Any]]] = []
        self._refs: dict[int, tuple[Any, str]] = {}

    @contextmanager
    def recording(self) -> Generator[None]:
        """Let our components tell their arguments."""
        classes = [
            item
            for item in (getattr(moorage, name) for name in moorage.__all__)
            if isinstance(item, type) and issubclass(item, pulumi.ComponentResource)
        ]
        originals = {item: item.__init__ for item in classes}
        for item in classes:
            setattr(item, "__init__", self._wrapped(item, originals[item]))  # noqa: B010
        try:
            yield
        finally:
            for item, original in originals.items():
                setattr(item, "__init__", original)  # noqa: B010
            for given, output in self._outputs:
                self._name_of_ours(given, output)

    def _wrapped(self, class_: type, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(self_: pulumi.ComponentResource, name: str, args: Any, *more: Any, **options: Any) -> None:
            if self._inside:
                # A component that another one makes has no arguments of the program's.
                original(self_, name, args, *more, **options)
                return
            declared = Declared(class_.__name__, str(untraced(name)))
            if isinstance(args, Mapping):
                for path, value in self._flat(cast("Mapping[str, Any]", args), ""):
                    declared.given[path] = self._given(value)
                args = untraced(dict(cast("Mapping[str, Any]", args)))
                declared.args = without_none(args)
            self.found.append(declared)
            self._inside = True
            try:
                original(self_, declared.name, args, *more, **options)
            finally:
                self._inside = False
            self._components.append((declared, self_))
            ref = getattr(self_, "ref", None)
            if ref is not None:
                self._refs[id(ref)] = (ref, f"{declared.name}.ref ({declared.kind})")
            asyncio.ensure_future(self._locate(declared, self_))  # noqa: RUF006 - the loop keeps it

        return init

    async def _locate(self, declared: Declared, component: pulumi.ComponentResource) -> None:
        declared.urn = str(await component.urn.future())

    def _flat(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        """Yield the values of arguments with their paths: dicts by key, lists of more than plain values by
        index."""
        if isinstance(value, Mapping) and id(cast("Any", value)) not in self._refs and value:
            for key, item in cast("Mapping[str, Any]", value).items():
                yield from self._flat(item, f"{path}.{key}" if path else str(key))
        elif isinstance(value, list) and any(
            isinstance(item, Mapping | list | pulumi.Output) for item in cast("list[Any]", value)
        ):
            for index, item in enumerate(cast("list[Any]", value)):
                yield from self._flat(item, f"{path}[{index}]")
        elif value is not None and path:
            yield path, value

    def _given(self, value: Any) -> Given:
        if id(value) in self._refs:
            return Given(None, source=self._refs[id(value)][1])
        key = self._trace.key_of(value)
        if not isinstance(value, pulumi.Output):
            return Given(untraced(value), key)
        given = Given(UNKNOWN, key, secret=key is not None)
        output = cast("pulumi.Output[Any]", value)
        self._outputs.append((given, output))
        asyncio.ensure_future(self._resolve(given, output))  # noqa: RUF006 - the loop keeps it
        return given

    async def _resolve(self, given: Given, output: pulumi.Output[Any]) -> None:
        given.secret = bool(await output.is_secret()) or given.secret
        sources: list[str] = []
        for resource in cast("set[Any]", await output.resources()):
            attributes = cast("dict[str, Any]", vars(resource))
            name = next((key for key, item in attributes.items() if item is output), None)
            urn = str(await resource.urn.future())
            sources.append(_said(urn, name))
            if name is not None:
                sources = sources[-1:]
                break
        given.source = given.source or ", ".join(sorted(sources))
        if await output.is_known():
            given.value = untraced(await output.future())

    def _name_of_ours(self, given: Given, output: pulumi.Output[Any]) -> None:
        """Say which of our components an Output belongs to: a person knows it, and not what is within."""
        for declared, component in self._components:
            for key, item in itertools.chain(
                vars(component).items(), _items(getattr(component, "ref", None))
            ):
                if item is output:
                    given.source = f"{declared.name}.{key} ({declared.kind})"
                    return


def _items(ref: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(ref, Mapping):
        yield from cast("Mapping[str, Any]", ref).items()


def _said(urn: str, attribute: str | None) -> str:
    from moorage.plan.text import short_type

    _, _, type_, name = urn.split("::", 3)
    return f"{name}{f'.{attribute}' if attribute else ''} ({short_type(type_.rpartition('$')[2])})"


def declarations(
    program: "Program", stack: str, config: Mapping[str, str], trace: Trace
) -> tuple[list[Declared], EvaluationError | None]:
    """Evaluate a program and return the components it declares, and how it failed."""
    recorder = Recorder(trace)
    failure = None
    with tracing(trace), recorder.recording():
        try:
            evaluate(program, stack=stack, config=config)
        except EvaluationError as error:
            failure = error
    return recorder.found, failure
