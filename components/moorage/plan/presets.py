"""Presets of resources, and the controls that each preset accepts.

A component records its preset. An app has the preset of its cluster, which it depends on. Resources outside
components have the preset that all components of the program share.
"""

from collections.abc import Mapping
from typing import Any, cast

from moorage.graph import Links
from moorage.model.presets import DEFAULT_PRESET
from moorage.offline import Resource, reveal

_PREFIX = "moorage:index:"
_CLUSTER = f"{_PREFIX}EcsCluster"
_WITH_PRESET = (_CLUSTER, f"{_PREFIX}LoadBalancer", f"{_PREFIX}ContainerImage")

_TLS = "TLS ends at the load balancer; traffic behind it stays in the VPC, and tasks accept no other"
_ROTATION = "the value comes from the stack's configuration; to rotate it, change it there and deploy"
_PUBLIC = "without a NAT gateway, tasks and instances need public addresses to reach AWS"
_IDENTITY = "images own files with their own users, which a single enforced identity prevents"
_TRIED = "a development stack must be removable with one destroy"

_EVERYWHERE = {
    "EFS.4": _IDENTITY,
    "ELB.21": _TLS,
    "ELB.22": _TLS,
    "SecretsManager.1": _ROTATION,
    "SecretsManager.4": _ROTATION,
}
PRESET_EXCEPTIONS: Mapping[str, Mapping[str, str]] = {
    "dev": {
        **_EVERYWHERE,
        "AutoScaling.6": "alternative instance types are for stacks in production",
        "DynamoDB.2": "its data is expendable",
        "DynamoDB.6": _TRIED,
        "EC2.25": _PUBLIC,
        "ECS.2": _PUBLIC,
        "ECS.5": "ECS Exec writes to the root file system",
        "ECS.12": "Container Insights costs per metric",
        "ECS.19": _TRIED,
        "EFS.2": "its data is expendable",
        "EFS.7": "its data is expendable",
        "ELB.1": "HTTPS requires a domain",
        "ELB.5": "access logs have a cost and no use in a development stack",
        "ELB.6": _TRIED,
        "ELB.18": "HTTPS requires a domain",
    },
    "prod": _EVERYWHERE,
}
"""The reason for accepting findings, by preset and control."""


class Presets:
    """The preset of each resource of a graph."""

    def __init__(self, links: Links) -> None:
        """Read the preset of every component."""
        self._links = links
        self._of: dict[str, str] = {}
        for resource in links.graph:
            preset = _recorded(resource) if resource.type.startswith(_PREFIX) else None
            if preset or resource.type in _WITH_PRESET:
                self._of[resource.urn] = preset or DEFAULT_PRESET
        for resource in links.graph:
            component = self._inside(resource, _PREFIX)
            if component and component.urn not in self._of and (preset := self._of_cluster(resource)):
                self._of[component.urn] = preset
        shared = set(self._of.values())
        self._shared = next(iter(shared)) if len(shared) == 1 else None

    def of(self, resource: Resource) -> str | None:
        """Return the preset of a resource, or None."""
        holders = (resource, *self._links.above(resource))
        return next((self._of[holder.urn] for holder in holders if holder.urn in self._of), self._shared)

    def _inside(self, resource: Resource, type_prefix: str) -> Resource | None:
        """Return the innermost parent with a type that has this prefix."""
        holders = self._links.above(resource)
        return next((holder for holder in holders if holder.type.startswith(type_prefix)), None)

    def _of_cluster(self, resource: Resource) -> str | None:
        """Return the preset of a resource's cluster."""
        for urn in resource.dependencies:
            source = self._links.by_urn(urn)
            cluster = self._inside(source, _CLUSTER) if source else None
            if cluster is not None:
                return self._of[cluster.urn]
        return None


def _recorded(component: Resource) -> str | None:
    """Return the preset that a component recorded for itself or its cluster."""
    for held in (component.inputs, component.outputs):
        recorded: Any = reveal(held)
        for place in (recorded, recorded.get("cluster")):
            preset = cast("Mapping[str, Any]", place).get("preset") if isinstance(place, Mapping) else None
            if isinstance(preset, str):
                return preset
    return None
