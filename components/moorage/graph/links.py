"""References between the resources of a graph, by values of inputs or by their dependencies."""

from functools import cached_property
from typing import Any, cast

from moorage.offline import UNKNOWN, Resource, ResourceGraph, reveal
from moorage.offline.twins import standard
from moorage.offline.values import Json, leaves

_NAMES = ("arn", "arnWithoutRevision", "name", "id")


class Links:
    """The resources of a graph by type and name, and the references of their inputs.

    Types have one name here: `aws:lb/...` also for `aws.alb`.
    """

    def __init__(self, graph: ResourceGraph) -> None:
        """Index resources by id, ARN and name."""
        self.graph = graph
        self._inputs: dict[str, Json] = {}
        self._users: dict[tuple[str, str, str], dict[str, list[Resource]]] = {}
        self._by_type: dict[str, list[Resource]] = {}
        self._by_value: dict[tuple[str, str], Resource] = {}
        for resource in graph:
            type_ = standard(resource.type)
            self._by_type.setdefault(type_, []).append(resource)
            for value in (resource.id, *(resource.outputs.get(key) for key in _NAMES)):
                if isinstance(value, str) and value:
                    self._by_value.setdefault((type_, value), resource)

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of some types that the stack creates."""
        return [resource for type_ in types for resource in self._made.get(type_, ())]

    def existing(self, type_: str) -> list[Resource]:
        """Return the existing resources of a type that the program reads."""
        return [resource for resource in self._by_type.get(type_, ()) if resource.external]

    @cached_property
    def _made(self) -> dict[str, list[Resource]]:
        return {
            type_: [resource for resource in resources if not resource.external]
            for type_, resources in self._by_type.items()
        }

    def inputs(self, resource: Resource | None) -> Json:
        """Return a resource's inputs with secrets unwrapped; none for None.

        Read numbers, names and references from them. Read strings for display from `resource.inputs`,
        where secrets stay wrapped.
        """
        if resource is None:
            return {}
        inputs = self._inputs.get(resource.urn)
        if inputs is None:
            inputs = self._inputs[resource.urn] = cast(Json, reveal(resource.inputs))
        return inputs

    def by_urn(self, urn: str | None) -> Resource | None:
        """Return the resource with a URN, or None."""
        return self._by_urn.get(urn or "")

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.graph}

    def named(self, type_: str, value: Any) -> Resource | None:
        """Return the resource of a type whose id, ARN or name is `value`."""
        return self._by_value.get((type_, value)) if isinstance(value, str) else None

    def sources(self, resource: Resource, property_: str, *types: str) -> list[Resource]:
        """Return the resources of some types that an input depends on."""
        urns = resource.property_dependencies.get(property_, ())
        return [source for urn in urns if (source := self.by_urn(urn)) and standard(source.type) in types]

    def one(self, resource: Resource, property_: str, value: Any, *types: str) -> Resource | None:
        """Return the resource of some types that `value`, in or below an input, names.

        For an unknown value, return the only resource of the types that the input depends on; without
        dependencies, as in children of `awsx.ec2.Vpc`, the nearest parent of the types.
        """
        if value is not UNKNOWN:
            return next((named for type_ in types if (named := self.named(type_, value))), None)
        sources = self.sources(resource, property_, *types)
        if not sources and not resource.property_dependencies.get(property_):
            return next((parent for parent in self.above(resource) if standard(parent.type) in types), None)
        return sources[0] if len(sources) == 1 else None

    def many(
        self, resource: Resource, property_: str, values: Any, *types: str
    ) -> tuple[list[Resource], bool]:
        """Return the resources of some types that a list names, and whether these are certainly all."""
        if not isinstance(values, list):
            return (self.sources(resource, property_, *types) if values is UNKNOWN else []), values is None
        items = cast("list[Any]", values)
        resources = [self.named(type_, value) for value in items for type_ in types]
        if any(value is UNKNOWN for value in items):
            resources += self.sources(resource, property_, *types)
        distinct = {named.urn: named for named in resources if named}
        return list(distinct.values()), len(distinct) == len(items)

    def of(self, resource: Resource, property_: str, type_: str) -> list[Resource]:
        """Return the resources of a type that an input names at any depth.

        For unknown values, return those that the input depends on.
        """
        values = leaves(self.inputs(resource).get(property_))
        resources = {named.urn: named for value in values if (named := self.named(type_, value))}
        return list(resources.values()) or self.sources(resource, property_, type_)

    def users(self, resource: Resource, property_: str, *types: str) -> list[Resource]:
        """Return the resources of some types that refer to a resource in an input."""
        users: list[Resource] = []
        for type_ in types:
            key = (type_, property_, standard(resource.type))
            if key not in self._users:
                index = self._users[key] = {}
                for user in self.of_type(type_):
                    for named in self._named_by(user, property_, key[2]):
                        index.setdefault(named.urn, []).append(user)
            users += self._users[key].get(resource.urn, [])
        return users

    def _named_by(self, user: Resource, property_: str, type_: str) -> list[Resource]:
        """Return the references of an input; in a preview, also to children of its components."""
        if named := self.of(user, property_, type_):
            return named
        sources = [self.by_urn(urn) for urn in user.property_dependencies.get(property_, ())]
        inner = [child for holder in sources if holder for child in self.graph.inside(holder)]
        return [child for child in inner if standard(child.type) == type_]

    def first(self, resource: Resource | None, property_: str, type_: str) -> Resource | None:
        """Return the first resource of a type that an input names, or None."""
        return next(iter(self.of(resource, property_, type_)), None) if resource else None

    def region(self, resource: Resource) -> str | None:
        """Return the region of a resource or of its provider; None for the stack's default."""
        provider = resource.options.get("provider")
        for owner in (resource, self.by_urn(str(provider)) if provider else None):
            region = self.inputs(owner).get("region")
            if isinstance(region, str) and region:
                return region
        return None

    def above(self, resource: Resource) -> list[Resource]:
        """Return the resources that a resource is inside of, the nearest first."""
        parents: list[Resource] = []
        parent = self.by_urn(resource.parent)
        while parent is not None:
            parents.append(parent)
            parent = self.by_urn(parent.parent)
        return parents
