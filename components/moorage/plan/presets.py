"""The controls that each preset accepts, with the reason, and the preset that each resource belongs to.

A component records its preset. An app does not have one: it takes that of its cluster, which it depends on.
What stands outside of components belongs to the preset that all of the program's components share.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from moorage.model.presets import DEFAULT_PRESET, PRESETS
from moorage.offline import Resource, ResourceGraph, reveal

_PREFIX = "moorage:index:"
_CLUSTER = f"{_PREFIX}EcsCluster"
_WITH_PRESET = (_CLUSTER, f"{_PREFIX}LoadBalancer", f"{_PREFIX}ContainerImage")

_TLS = "TLS ends at the load balancer; behind it traffic stays in the VPC, and tasks take no other"
_ROTATION = "the value comes from the stack's configuration: a new one there is rotated in by the next up"
_PUBLIC = "without a NAT gateway tasks and instances need addresses of their own to reach AWS"
_IDENTITY = "images give files to users of their own, which one identity for all would forbid"
_TRIED = "a place to try things must go away in one destroy"

PRESET_EXCEPTIONS: Mapping[str, Mapping[str, str]] = {
    "dev": {
        "AutoScaling.6": "a fallback for an instance type is for stacks that serve customers",
        "DynamoDB.2": "its data can be lost",
        "DynamoDB.6": _TRIED,
        "EC2.25": _PUBLIC,
        "ECS.2": _PUBLIC,
        "ECS.5": "ECS Exec writes to the root file system",
        "ECS.12": "Container Insights costs per metric",
        "ECS.19": _TRIED,
        "EFS.2": "its data can be lost",
        "EFS.4": _IDENTITY,
        "EFS.7": "its data can be lost",
        "ELB.1": "HTTPS needs a domain of one's own",
        "ELB.5": "access logs cost money, and a place to try things has no use for them",
        "ELB.6": _TRIED,
        "ELB.18": "HTTPS needs a domain of one's own",
        "ELB.21": _TLS,
        "ELB.22": _TLS,
        "SecretsManager.1": _ROTATION,
        "SecretsManager.4": _ROTATION,
    },
    "prod": {
        "EFS.4": _IDENTITY,
        "ELB.21": _TLS,
        "ELB.22": _TLS,
        "SecretsManager.1": _ROTATION,
        "SecretsManager.4": _ROTATION,
    },
}
"""The reason why a preset accepts findings of a control, by preset and control."""


class Presets:
    """The preset of each resource of a graph."""

    def __init__(self, graph: ResourceGraph) -> None:
        """Find every component's preset."""
        self._resources = {resource.urn: resource for resource in graph}
        self._of: dict[str, str] = {}
        for resource in graph:
            preset = _recorded(resource) if resource.type.startswith(_PREFIX) else None
            if preset or resource.type in _WITH_PRESET:
                self._of[resource.urn] = preset or DEFAULT_PRESET
        for resource in graph:
            component = self._inside(resource, _PREFIX)
            if component and component.urn not in self._of and (preset := self._of_cluster(resource)):
                self._of[component.urn] = preset
        shared = set(self._of.values())
        self._shared = next(iter(shared)) if len(shared) == 1 else None

    def of(self, resource: Resource) -> str | None:
        """Return the preset of a resource, None if nothing says which."""
        for holder in self._upwards(resource):
            if holder.urn in self._of:
                return self._of[holder.urn]
        return self._shared

    def _upwards(self, resource: Resource | None) -> Iterator[Resource]:
        while resource is not None:
            yield resource
            resource = self._resources.get(resource.parent or "")

    def _inside(self, resource: Resource, type_prefix: str) -> Resource | None:
        """Return the innermost component with such a type that a resource is in."""
        holders = list(self._upwards(resource))[1:]
        return next((holder for holder in holders if holder.type.startswith(type_prefix)), None)

    def _of_cluster(self, resource: Resource) -> str | None:
        """Return the preset of the cluster that a resource comes from."""
        for urn in resource.dependencies:
            source = self._resources.get(urn)
            cluster = self._inside(source, _CLUSTER) if source else None
            if cluster is not None:
                return self._of[cluster.urn]
        return None


def _recorded(component: Resource) -> str | None:
    """Return the preset among what a component recorded, or what it was told of its cluster's."""
    for held in (component.inputs, component.outputs):
        found: Any = reveal(held)
        for place in (found, found.get("cluster")):
            preset = cast("Mapping[str, Any]", place).get("preset") if isinstance(place, Mapping) else None
            if preset in PRESETS:
                return str(preset)
    return None
