"""ECS clusters and the capacity of their services."""

from collections.abc import Iterable
from dataclasses import dataclass

from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import Json, texts

from . import values
from .capacity import FARGATE, Capacity, ComputeKind, Group, Provider, Providers, launch_type
from .links import Links
from .origin import MaybeFromResource
from .types import CAPACITY_PROVIDER, CLUSTER, CLUSTER_CAPACITY_PROVIDERS


@dataclass(frozen=True, slots=True)
class Cluster(MaybeFromResource):
    """An ECS cluster and its capacity."""

    name: str
    providers: tuple[Provider, ...]
    """The capacity in use: of the strategies of services, and the instances of the stack."""


class Clusters:
    """The clusters of a stack and their capacity."""

    def __init__(self, links: Links, providers: Providers) -> None:
        """Read the capacity providers of each cluster."""
        self._links = links
        self.providers = providers
        self._associations: dict[str, Resource] = {}
        for association in links.of_type(CLUSTER_CAPACITY_PROVIDERS):
            name = links.inputs(association).get("clusterName")
            if cluster := links.one(association, "clusterName", name, CLUSTER):
                self._associations[cluster.urn] = association
        self._groups = {cluster.urn: self._groups_of(cluster) for cluster in links.of_type(CLUSTER)}

    def capacity_of(
        self, resource: Resource, inputs: Json, cluster: Resource | None, daemon: bool = False
    ) -> Capacity:
        """Return the capacity for the tasks of a service or of a run.

        Its strategy, else its launch type, else the default strategy of its cluster, else EC2
        ("CreateService", Amazon ECS API Reference). UNKNOWN if a cluster outside the stack decides.
        """
        strategies = inputs.get("capacityProviderStrategies")
        if strategies:
            return self.providers.strategy(resource, "capacityProviderStrategies", strategies)
        chosen = values.text(inputs.get("launchType"), None)
        if chosen is UNKNOWN:
            return Capacity(UNKNOWN)
        if chosen is None and not daemon:
            if cluster is None or cluster.external:
                return Capacity(UNKNOWN)
            if (default := self._default(cluster)) is not None:
                return default
        capacity = launch_type(chosen or "EC2")
        if capacity.kind is ComputeKind.EC2 and cluster is not None:
            return Capacity(capacity.shares, self._groups.get(cluster.urn, ()))
        return capacity

    def serving(self) -> tuple[Group, ...]:
        """Return the Auto Scaling groups of the clusters."""
        all_groups = [provider.group for provider in self.providers.all.values() if provider.group]
        all_groups += [group for groups in self._groups.values() for group in groups]
        return tuple({group.urn: group for group in all_groups}.values())

    def used(self, capacities: Iterable[tuple[Resource | None, Capacity]]) -> tuple[Cluster, ...]:
        """Return the clusters with the capacity of their services."""
        asked: dict[str, dict[str, Provider]] = {}
        for cluster, capacity in capacities:
            of_cluster = asked.setdefault(cluster.urn if cluster else "", {})
            of_cluster |= {provider.name: provider for provider in capacity.providers if provider.name}
        links = self._links
        clusters = [
            self._cluster(cluster, asked.get(cluster.urn, {}))
            for cluster in (*links.of_type(CLUSTER), *links.existing(CLUSTER))
        ]
        if "" in asked:
            clusters.append(Cluster(None, "existing cluster", _sorted(asked[""])))
        return tuple(clusters)

    def _cluster(self, cluster: Resource, asked: dict[str, Provider]) -> Cluster:
        links = self._links
        used = dict(asked)
        association = self._associations.get(cluster.urn)
        if association is not None:
            names = links.inputs(association).get("capacityProviders")
            if not asked:
                used |= {
                    name: Provider(None, name, FARGATE[name]) for name in texts(names) if name in FARGATE
                }
            own, _ = links.many(association, "capacityProviders", names, CAPACITY_PROVIDER)
            used |= self._named(own)
        used |= self._named(
            provider
            for provider in links.of_type(CAPACITY_PROVIDER)
            if links.first(provider, "cluster", CLUSTER) is cluster
        )
        if any(provider.resource for provider in used.values()):
            # The launch type, which daemons have, runs on these instances.
            used.pop("EC2", None)
        return Cluster(cluster, values.plain(cluster.inputs.get("name")) or cluster.name, _sorted(used))

    def _named(self, resources: Iterable[Resource]) -> dict[str, Provider]:
        providers = [
            self.providers.all[resource.urn] for resource in resources if resource.urn in self.providers.all
        ]
        return {provider.name: provider for provider in providers}

    def _default(self, cluster: Resource) -> Capacity | None:
        property_ = "defaultCapacityProviderStrategies"
        association = self._associations.get(cluster.urn)
        strategy = self._links.inputs(association).get(property_)
        return self.providers.strategy(association, property_, strategy) if association and strategy else None

    def _groups_of(self, cluster: Resource) -> tuple[Group, ...]:
        """Return the groups behind a cluster's capacity providers, and those whose user data names it."""
        links, groups = self._links, dict[str, Group]()
        if association := self._associations.get(cluster.urn):
            names = links.inputs(association).get("capacityProviders")
            for resource in links.many(association, "capacityProviders", names, CAPACITY_PROVIDER)[0]:
                provider = self.providers.all.get(resource.urn)
                if provider and provider.group:
                    groups[provider.group.urn] = provider.group
        name = cluster.outputs.get("name")
        for group in self.providers.groups.values():
            if name and group.template and name in group.clusters:
                groups[group.urn] = group
        return tuple(groups.values())


def _sorted(providers: dict[str, Provider]) -> tuple[Provider, ...]:
    return tuple(
        sorted(providers.values(), key=lambda provider: (provider.name not in FARGATE, provider.name))
    )
