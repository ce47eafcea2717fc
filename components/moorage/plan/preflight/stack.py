"""The stack as the rules see it: inputs read once, and what refers to what."""

from functools import cached_property
from typing import Any, cast

from moorage.offline import UNKNOWN, Resource, ResourceGraph, reveal
from moorage.offline.values import Json
from moorage.plan.links import Links

_ALIASES = {
    f"aws:{module}/{kind}:{kind[0].upper()}{kind[1:]}": f"aws:lb/{kind}:{kind[0].upper()}{kind[1:]}"
    for module in ("alb", "elasticloadbalancingv2", "applicationloadbalancing")
    for kind in ("loadBalancer", "listener", "listenerRule", "targetGroup")
}
"""Older names of the same types."""


class Stack:
    """A graph, and the references between its resources."""

    def __init__(self, graph: ResourceGraph) -> None:
        """Read nothing yet: what rules ask for is read once."""
        self.graph = graph
        self.links = Links(graph)
        self._inputs: dict[str, Json] = {}

    def of_type(self, type_: str) -> list[Resource]:
        """Return the resources of a type that the stack makes."""
        return self._made.get(type_, [])

    @cached_property
    def _made(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.graph:
            if not resource.options.get("read"):
                found.setdefault(_ALIASES.get(resource.type, resource.type), []).append(resource)
        return found

    def inputs(self, resource: Resource) -> Json:
        """Return a resource's inputs without the envelopes of secrets."""
        found = self._inputs.get(resource.urn)
        if found is None:
            found = self._inputs[resource.urn] = cast(Json, reveal(resource.inputs))
        return found

    def sources(self, resource: Resource, property_: str, type_: str) -> list[Resource]:
        """Return the resources of a type that an input is made from."""
        urns = resource.property_dependencies.get(property_, ())
        return [source for urn in urns if (source := self._by_urn.get(urn)) and _is(source, type_)]

    def by_urn(self, urn: str) -> Resource | None:
        """Return the resource with a URN, if there is one."""
        return self._by_urn.get(urn)

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.graph}

    def named(self, type_: str, value: str) -> Resource | None:
        """Return the resource of a type whose id, ARN or name is `value`."""
        return self.links.named(type_, value) or self._by_alias.get((type_, value))

    @cached_property
    def _by_alias(self) -> dict[tuple[str, str], Resource]:
        return {
            (_ALIASES[resource.type], name): resource
            for resource in self.graph
            if resource.type in _ALIASES
            for name in (resource.id, resource.outputs.get("arn"))
            if isinstance(name, str) and name
        }

    def one(self, resource: Resource, property_: str, value: Any, type_: str) -> Resource | None:
        """Return the resource of a type that `value`, in or below an input, names.

        A value that is not known is what the input is made from, if that is only one resource of the type.
        """
        if isinstance(value, str):
            return self.named(type_, value)
        sources = self.sources(resource, property_, type_) if value is UNKNOWN else []
        return sources[0] if len(sources) == 1 else None

    def many(
        self, resource: Resource, property_: str, values: Any, type_: str
    ) -> tuple[list[Resource], bool]:
        """Return the resources of a type that a list names, and whether these are surely all of it."""
        if not isinstance(values, list):
            return (self.sources(resource, property_, type_) if values is UNKNOWN else []), values is None
        items = cast("list[Any]", values)
        found = {r.urn: r for v in items if isinstance(v, str) and (r := self.named(type_, v))}
        if any(value is UNKNOWN for value in items):
            found |= {source.urn: source for source in self.sources(resource, property_, type_)}
        return list(found.values()), len(found) == len(items)


def _is(resource: Resource, type_: str) -> bool:
    return _ALIASES.get(resource.type, resource.type) == type_
