"""Which resource another one names: by the value of an input, or by where the value comes from."""

from typing import Any

from moorage.offline import Resource, ResourceGraph, reveal
from moorage.offline.values import leaves


class Links:
    """Follows references between the resources of a graph."""

    def __init__(self, graph: ResourceGraph) -> None:
        """Index what each resource can be named by: its id, ARN and name."""
        self.graph = graph
        self._by_value: dict[tuple[str, str], Resource] = {}
        for resource in graph:
            names = (resource.id, *(resource.outputs.get(key) for key in ("arn", "name", "id")))
            for value in names:
                if isinstance(value, str) and value:
                    self._by_value.setdefault((resource.type, value), resource)

    def named(self, type_: str, value: Any) -> Resource | None:
        """Return the resource of a type whose id, ARN or name is `value`."""
        return self._by_value.get((type_, value)) if isinstance(value, str) else None

    def of(self, resource: Resource, property_: str, type_: str) -> list[Resource]:
        """Return the resources of a type that an input names, however deep in it.

        Where values are not known, in a preview, those are returned that the input is made from.
        """
        found = [self.named(type_, value) for value in leaves(reveal(resource.inputs.get(property_)))]
        known = list({item.urn: item for item in found if item is not None}.values())
        if known:
            return known
        sources = resource.property_dependencies.get(property_, ())
        return [source for urn in sources if (source := self._source(urn)) and source.type == type_]

    def one(self, resource: Resource, property_: str, type_: str) -> Resource | None:
        """Return the first of them, if there is one."""
        return next(iter(self.of(resource, property_, type_)), None)

    def region(self, resource: Resource) -> str | None:
        """Return the region that a resource, or the provider made for it, names; None for the stack's own."""
        provider = resource.options.get("provider")
        for each in (resource, self._source(str(provider)) if provider else None):
            region = reveal(each.inputs.get("region")) if each else None
            if isinstance(region, str) and region:
                return region
        return None

    def _source(self, urn: str) -> Resource | None:
        try:
            return self.graph.by_urn(urn)
        except LookupError:
            return None
