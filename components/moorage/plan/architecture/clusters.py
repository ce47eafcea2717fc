"""ECS clusters and what their tasks run on."""

from moorage.offline import Resource, ResourceGraph
from moorage.offline.values import entries, mapping, number, texts
from moorage.plan.links import Links
from moorage.plan.types import (
    AUTO_SCALING_GROUP,
    CAPACITY_PROVIDER,
    CLUSTER,
    CLUSTER_CAPACITY_PROVIDERS,
    LAUNCH_TEMPLATE,
)

from .model import Capacity, Cluster
from .network import subnet_ids
from .values import distinct, physical, text

_FARGATE = {"FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}


def clusters(graph: ResourceGraph, links: Links, wanted: dict[str, set[str]]) -> tuple[Cluster, ...]:
    """Return the clusters with the capacity that is used.

    `wanted` are the names of the capacity providers that services ask for, by the cluster's URN (empty for
    a cluster that the stack does not make). Instances count as used when the stack makes them.
    """
    found = [
        _cluster(graph, links, cluster, wanted.get(cluster.urn, set())) for cluster in graph.of_type(CLUSTER)
    ]
    if "" in wanted:
        used = tuple(_fargate(name) for name in sorted(wanted[""]))
        found.append(Cluster("", "existing cluster", used, insights=False))
    return tuple(found)


def _cluster(graph: ResourceGraph, links: Links, cluster: Resource, wanted: set[str]) -> Cluster:
    names = set(wanted)
    providers = {physical(provider): provider for provider in graph.of_type(CAPACITY_PROVIDER)}
    for association in graph.of_type(CLUSTER_CAPACITY_PROVIDERS):
        if links.one(association, "clusterName", CLUSTER) is cluster:
            own = links.of(association, "capacityProviders", CAPACITY_PROVIDER)
            names |= {physical(provider) for provider in own}
            if not wanted:
                names |= set(texts(association.inputs.get("capacityProviders")))
    for name, provider in providers.items():
        if links.one(provider, "cluster", CLUSTER) is cluster:
            names.add(name)
    if names & providers.keys():
        # A launch type, as daemons have it, means these instances.
        names.discard("EC2")
    capacity = [
        _instances(links, name, providers[name]) if name in providers else _fargate(name)
        for name in sorted(names, key=lambda name: (name not in _FARGATE, name))
    ]
    settings = entries(cluster.inputs.get("settings"))
    return Cluster(
        urn=cluster.urn,
        name=physical(cluster) if text(cluster.inputs.get("name")) else cluster.name,
        capacity=tuple(capacity),
        insights=any(
            setting.get("name") == "containerInsights" and setting.get("value") in ("enabled", "enhanced")
            for setting in settings
        ),
    )


def _fargate(name: str) -> Capacity:
    return Capacity(name, "", _FARGATE.get(name, name), (), None, None, "", ())


def _instances(links: Links, name: str, provider: Resource) -> Capacity:
    group = group_of(links, provider)
    if group is None:
        managed = mapping(provider.inputs.get("managedInstancesProvider"))
        template = mapping(managed.get("instanceLaunchTemplate"))
        requirements = mapping(template.get("instanceRequirements"))
        placed = mapping(template.get("networkConfiguration")).get("subnets")
        return Capacity(
            name=name,
            urn=provider.urn,
            kind="managed instances" if managed else "EC2",
            instance_types=texts(requirements.get("allowedInstanceTypes")),
            minimum=None,
            maximum=None,
            spot="all" if template.get("capacityOptionType") == "SPOT" else "",
            subnets=subnet_ids(links, provider, "managedInstancesProvider", placed),
        )
    return Capacity(
        name=name,
        urn=provider.urn,
        kind="EC2",
        instance_types=_types(links, group),
        minimum=number(group.inputs.get("minSize")),
        maximum=number(group.inputs.get("maxSize")),
        spot=_spot(group),
        subnets=subnet_ids(links, group, "vpcZoneIdentifiers", group.inputs.get("vpcZoneIdentifiers")),
    )


def _types(links: Links, group: Resource) -> tuple[str, ...]:
    mixed = mapping(mapping(group.inputs.get("mixedInstancesPolicy")).get("launchTemplate"))
    types = [text(each.get("instanceType")) for each in entries(mixed.get("overrides"))]
    template = template_of(links, group)
    if not any(types) and template is not None:
        types = [text(template.inputs.get("instanceType"))]
    return distinct([type_ for type_ in types if type_])


def template_of(links: Links, group: Resource) -> Resource | None:
    """Return the launch template of an Auto Scaling group."""
    mixed = links.one(group, "mixedInstancesPolicy", LAUNCH_TEMPLATE)
    return mixed or links.one(group, "launchTemplate", LAUNCH_TEMPLATE)


def group_of(links: Links, provider: Resource) -> Resource | None:
    """Return the Auto Scaling group of a capacity provider."""
    return links.one(provider, "autoScalingGroupProvider", AUTO_SCALING_GROUP)


def _spot(group: Resource) -> str:
    shares = mapping(mapping(group.inputs.get("mixedInstancesPolicy")).get("instancesDistribution"))
    on_demand = number(shares.get("onDemandPercentageAboveBaseCapacity"))
    if on_demand is None or on_demand >= 100:
        return ""
    base = number(shares.get("onDemandBaseCapacity")) or 0
    share = "all" if on_demand == 0 else f"{100 - on_demand} %"
    return f"{share} but the first {base}" if base else share
