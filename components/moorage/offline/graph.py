"""The graph of an evaluated program: its resources, their values and their dependencies."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar, cast

K = TypeVar("K")


class Unknown(Enum):
    """The type of `UNKNOWN`: a value that is not known yet, as in an engine's preview."""

    UNKNOWN = "[unknown]"

    def __repr__(self) -> str:
        """Return Pulumi's text for it."""
        return self.value

    __str__ = __repr__


UNKNOWN: Final = Unknown.UNKNOWN
"""The value that a preview does not know yet. It is a singleton: compare with `is`."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that Pulumi keeps secret; its text never appears in `repr`."""

    value: Any = field(repr=False)

    def __repr__(self) -> str:
        """Return Pulumi's text for a secret."""
        return "[secret]"


def reveal(value: Any) -> Any:
    """Return `value` with every `Secret` in it, at any depth, replaced by its value."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [reveal(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def shown(value: Any) -> Any:
    """Return `value` for printing: keys sorted, `[secret]` for a `Secret`, `[unknown]` for `UNKNOWN`."""
    if isinstance(value, Secret) or value is UNKNOWN:
        return repr(value)
    if isinstance(value, Mapping):
        return {key: shown(item) for key, item in sorted(cast("Mapping[str, Any]", value).items())}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that the program registers.

    `inputs` and `outputs` hold plain JSON values, `Secret` and `UNKNOWN` under Pulumi's camelCase names; an
    asset is `{"asset": {"path" | "text" | "uri": ...}}`, an archive `{"archive": {...}}`, a resource as a
    value `{"resource": urn}`. `outputs` of a custom resource begin with its inputs; those of a component are
    its registered outputs. `options` holds the resource options that are set, under Pulumi's camelCase names
    (protect, ignoreChanges, retainOnDelete, ...); `provider` and the values of `providers` are URNs.
    """

    urn: str
    type: str
    name: str
    parent: str | None
    """The URN of its parent component; None if its parent is the stack."""
    custom: bool
    id: str
    """The provider's id; empty for a component, and in a preview."""
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    dependencies: tuple[str, ...]
    """Sorted URNs: `depends_on`, and the resources that its inputs come from."""
    property_dependencies: dict[str, tuple[str, ...]]
    options: dict[str, Any]

    @property
    def external(self) -> bool:
        """True if the program reads it (`get`) and does not manage it, as in Pulumi's state."""
        return "read" in self.options


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A message from the program to the engine: severity `debug`, `info`, `warning` or `error`."""

    severity: str
    message: str
    urn: str | None


@dataclass(frozen=True, slots=True)
class Invoke:
    """A call of a provider function."""

    token: str
    args: dict[str, Any]


@dataclass(frozen=True)
class ResourceGraph:
    """All resources of one evaluation of a program, in order of registration.

    The stack's own resource is not among `resources`; its data is `project`, `stack` and `outputs`.
    """

    project: str
    stack: str
    resources: tuple[Resource, ...]
    outputs: dict[str, Any]
    """The stack's exports."""
    invokes: tuple[Invoke, ...]
    log: tuple[LogEntry, ...]
    folder: Path | None = field(default=None, compare=False)
    """The base of the program's relative paths; None for the working directory."""

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        return _grouped(self.resources, lambda resource: resource.type)

    @cached_property
    def _by_parent(self) -> dict[str | None, list[Resource]]:
        return _grouped(self.resources, lambda resource: resource.parent)

    def __iter__(self) -> Iterator[Resource]:
        """Iterate over the resources."""
        return iter(self.resources)

    def of_type(self, type_: str) -> list[Resource]:
        """Return the resources of a type token such as `aws:ecs/service:Service`."""
        return list(self._by_type.get(type_, ()))

    def one(self, type_: str, name: str | None = None) -> Resource:
        """Return the only resource of a type (and name).

        Raises:
            LookupError: none or several match; the text lists the resources of that type.
        """
        matches = [r for r in self.of_type(type_) if name is None or r.name == name]
        if len(matches) != 1:
            names = ", ".join(r.name for r in self.of_type(type_)) or "none"
            query = type_ if name is None else f"{type_} {name!r}"
            raise LookupError(f"{len(matches)} resources match {query}; of that type there are: {names}")
        return matches[0]

    def by_urn(self, urn: str) -> Resource:
        """Return the resource with this URN.

        Raises:
            LookupError: the resource does not exist.
        """
        resource = self._by_urn.get(urn)
        if resource is None:
            raise LookupError(f"no resource has the URN {urn}")
        return resource

    def named(self, name: str) -> list[Resource]:
        """Return the resources of this name, of any type."""
        return [resource for resource in self.resources if resource.name == name]

    def children(self, parent: Resource | None) -> list[Resource]:
        """Return the resources whose parent is `parent`, or the stack for None."""
        return list(self._by_parent.get(parent.urn if parent else None, ()))

    def inside(self, component: Resource) -> "ResourceGraph":
        """Return the graph of the resources inside a component, at any depth."""
        urns: set[str] = set()
        waiting = [component]
        while waiting:
            children = self.children(waiting.pop())
            urns.update(child.urn for child in children)
            waiting += children
        return replace(self, resources=tuple(r for r in self.resources if r.urn in urns))


def _grouped(resources: Iterable[Resource], key: Callable[[Resource], K]) -> dict[K, list[Resource]]:
    groups: dict[K, list[Resource]] = {}
    for resource in resources:
        groups.setdefault(key(resource), []).append(resource)
    return groups
