"""Capacity for tasks: Fargate, Auto Scaling groups of EC2 instances, ECS Managed Instances."""

import base64
import binascii
import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, entries, mapping, texts

from . import values
from .links import Links
from .network import Networks, Subnet
from .origin import FromResource, MaybeFromResource
from .security import Membership, groups_of
from .types import AUTO_SCALING_GROUP, CAPACITY_PROVIDER, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE


class ComputeKind(StrEnum):
    """The compute behind a capacity provider."""

    FARGATE = "Fargate"
    FARGATE_SPOT = "Fargate Spot"
    EC2 = "EC2"
    MANAGED_INSTANCES = "managed instances"
    EXTERNAL = "external instances"


BOTTLEROCKET_AMI = "/aws/service/bottlerocket/"
"""A part of the parameters of Bottlerocket's AMIs ("Retrieving Amazon ECS-optimized Bottlerocket AMI
metadata")."""

FARGATE = {"FARGATE": ComputeKind.FARGATE, "FARGATE_SPOT": ComputeKind.FARGATE_SPOT}


@dataclass(frozen=True, slots=True)
class Group(FromResource):
    """An Auto Scaling group of EC2 instances."""

    inputs: Json = field(repr=False)
    template: Resource | None
    """Its launch template or launch configuration; None if it is not in the stack."""
    launch: Json = field(repr=False)
    """The inputs of the template."""
    types: tuple[str, ...] | Unknown
    """Its instance types, in order of preference."""
    minimum: int | Unknown
    maximum: int | Unknown
    """The minimum number of instances."""
    on_demand_base: int | Unknown
    on_demand_percent: int | Unknown
    """Of the instances above the On-Demand base; the rest is Spot."""
    subnets: tuple[str, ...]
    """The known keys of `View.subnets`."""
    public: bool | Unknown
    """True if its instances have public addresses."""
    address: bool | Unknown | None
    """True if the template assigns public addresses; None if each subnet decides."""
    security_groups: Membership
    """The security groups of its instances."""
    clusters: frozenset[str]
    """The names of the clusters that its user data sets."""

    @property
    def warm_state(self) -> str | Unknown | None:
        """Return the state of the instances in its warm pool, `Stopped` by default; None without a pool."""
        if self.inputs.get("warmPool") is None:
            return None
        return values.text(values.within(self.inputs, "warmPool", "poolState"), "Stopped")

    def prepared(self, in_service: int) -> int | Unknown:
        """Return how many instances there are while `in_service` are, with those in its warm pool.

        By default the pool fills the group to its maximum ("Warm pools for Amazon EC2 Auto Scaling").
        """
        if self.warm_state is None:
            return in_service
        prepared = values.number(values.within(self.inputs, "warmPool", "maxGroupPreparedCapacity"), -1)
        least = values.number(values.within(self.inputs, "warmPool", "minSize"), 0)
        most = self.maximum if prepared is not UNKNOWN and prepared < 0 else prepared
        return UNKNOWN if most is UNKNOWN or least is UNKNOWN else max(most, in_service + least)

    @property
    def image(self) -> str:
        """Return the AMI of its instances, or the parameter that names it; empty if unknown."""
        return values.plain(self.launch.get("imageId"))

    @property
    def on_bottlerocket(self) -> bool:
        """Return whether its instances start from AWS's AMIs of Bottlerocket."""
        return BOTTLEROCKET_AMI in self.image

    def gives_address(self, subnet: Subnet) -> bool | Unknown:
        """Return whether an instance in a subnet gets a public address."""
        return subnet.maps_addresses if self.address is None else self.address

    def on_demand(self, count: int) -> int | Unknown:
        """Return how many of `count` instances are On-Demand."""
        if self.on_demand_base is UNKNOWN or self.on_demand_percent is UNKNOWN:
            return UNKNOWN
        base = min(count, self.on_demand_base)
        return base + math.ceil((count - base) * self.on_demand_percent / 100)

    @property
    def only_spot(self) -> bool:
        """Return whether all its instances are certainly Spot."""
        return self.on_demand_base == 0 and self.on_demand_percent == 0


@dataclass(frozen=True, slots=True)
class Provider(MaybeFromResource):
    """A capacity provider; without a resource, one of AWS or outside the stack."""

    name: str
    """The name of the provider; `FARGATE`, `FARGATE_SPOT`, or `EC2` for instances without a provider."""
    kind: ComputeKind | Unknown
    group: Group | None = None
    """For `EC2`; None if it is not in the stack."""
    managed: Json | Unknown = field(default_factory=Json, repr=False)
    """For managed instances: the instance launch template."""
    managed_subnets: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[str, ...] | Unknown:
        """Return the instance types; empty without a choice."""
        if self.group is not None:
            return self.group.types
        types = values.within(self.managed, "instanceRequirements", "allowedInstanceTypes")
        return UNKNOWN if values.partly_unknown(types) else texts(types)

    @property
    def subnets(self) -> tuple[str, ...]:
        """Return the subnets of its instances."""
        return self.group.subnets if self.group else self.managed_subnets

    @property
    def only_spot(self) -> bool:
        """Return whether AWS can certainly interrupt all of it."""
        if self.group is not None:
            return self.group.only_spot
        return self.kind is ComputeKind.FARGATE_SPOT or self.option == "SPOT"

    @property
    def option(self) -> str | Unknown:
        """Return the capacity option of managed instances: `ON_DEMAND` or `SPOT`."""
        return values.text(values.within(self.managed, "capacityOptionType"), "ON_DEMAND")


@dataclass(frozen=True, slots=True)
class Share:
    """One capacity provider of a strategy."""

    provider: Provider
    base: int | Unknown
    weight: int | Unknown


@dataclass(frozen=True, slots=True)
class Capacity:
    """The capacity that the tasks of a service run on."""

    shares: tuple[Share, ...] | Unknown
    """The strategy of the service, else of its cluster. A launch type is a single share."""
    groups: tuple[Group, ...] = ()
    """All groups whose instances can run the tasks; empty if not all are known."""

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Return the known capacity providers."""
        return () if self.shares is UNKNOWN else tuple(share.provider for share in self.shares)

    @property
    def kind(self) -> ComputeKind | None:
        """Return the kind of all tasks' capacity, `FARGATE` also for Spot; None if unknown or mixed."""
        kinds = {
            ComputeKind.FARGATE if provider.kind is ComputeKind.FARGATE_SPOT else provider.kind
            for provider in self.providers
        }
        kind = kinds.pop() if len(kinds) == 1 else UNKNOWN
        return values.known(kind)

    @property
    def only_spot(self) -> bool:
        """Return whether AWS can certainly interrupt all of it."""
        shares = () if self.shares is UNKNOWN else self.shares
        used = [share for share in shares if share.base or share.weight] or list(shares)
        return bool(used) and all(share.provider.only_spot for share in used)

    def spread(self, count: int) -> dict[str, int] | Unknown:
        """Return how many of `count` tasks each capacity provider gets, by name.

        First the base, then the rest by weight (Amazon ECS Developer Guide, "Amazon ECS capacity
        providers for EC2 workloads"). The remainder goes to the first providers,
        and to Spot last.
        """
        left = count
        tasks: dict[str, int] = {}
        shares = () if self.shares is UNKNOWN else self.shares
        weighted = [
            (share.provider.name, share.base, share.weight)
            for share in sorted(shares, key=lambda share: share.provider.name == "FARGATE_SPOT")
            if share.base is not UNKNOWN and share.weight is not UNKNOWN
        ]
        if len(weighted) < len(shares):
            return UNKNOWN
        for name, base, _ in weighted:
            tasks[name] = min(left, base)
            left -= tasks[name]
        for index, (name, _, weight) in enumerate(weighted):
            total = sum(weight for _, _, weight in weighted[index:])
            more = -(-left * weight // total) if total else 0
            tasks[name] += more
            left -= more
        return tasks


def launch_type(name: str) -> Capacity:
    """Return the capacity of a launch type, without groups."""
    kinds = {**FARGATE, "EC2": ComputeKind.EC2, "EXTERNAL": ComputeKind.EXTERNAL}
    return Capacity((Share(Provider(None, name, kinds.get(name, UNKNOWN)), 0, 1),))


class Providers:
    """The capacity providers and Auto Scaling groups of a stack."""

    def __init__(self, links: Links, networks: Networks) -> None:
        """Read the groups and providers of a graph."""
        self._links = links
        self._networks = networks
        self.groups = {group.urn: self._group(group) for group in links.of_type(AUTO_SCALING_GROUP)}
        """By URN."""
        self.all = {provider.urn: self._provider(provider) for provider in links.of_type(CAPACITY_PROVIDER)}
        """By URN."""

    def strategy(self, resource: Resource, property_: str, strategies: object) -> Capacity:
        """Return the capacity of a strategy, in or below an input."""
        if values.partly_unknown(strategies):
            return Capacity(UNKNOWN)
        shares = tuple(self._share(resource, property_, entry) for entry in entries(strategies))
        groups = [share.provider.group for share in shares]
        all_known = all(groups)
        return Capacity(shares, tuple(group for group in groups if group) if all_known else ())

    def _share(self, resource: Resource, property_: str, entry: Json) -> Share:
        capacity_provider = self._links.one(
            resource, property_, entry.get("capacityProvider"), CAPACITY_PROVIDER
        )
        name = values.plain(entry.get("capacityProvider"))
        provider = self.all.get(capacity_provider.urn) if capacity_provider else None
        return Share(
            provider or Provider(None, name, FARGATE.get(name, UNKNOWN)),
            values.number(entry.get("base"), 0),
            values.number(entry.get("weight"), 0),
        )

    def _provider(self, provider: Resource) -> Provider:
        inputs = self._links.inputs(provider)
        name = values.physical(provider)
        if inputs.get("managedInstancesProvider"):
            launch_template = values.within(inputs, "managedInstancesProvider", "instanceLaunchTemplate")
            template = UNKNOWN if launch_template is UNKNOWN else mapping(launch_template)
            placed = values.within(template, "networkConfiguration", "subnets")
            subnets = self._networks.keys(provider, "managedInstancesProvider", placed)
            return Provider(provider, name, ComputeKind.MANAGED_INSTANCES, None, template, subnets)
        if not inputs.get("autoScalingGroupProvider"):
            return Provider(provider, name, UNKNOWN)
        arn = mapping(inputs["autoScalingGroupProvider"]).get("autoScalingGroupArn")
        group = self._links.one(provider, "autoScalingGroupProvider", arn, AUTO_SCALING_GROUP)
        return Provider(provider, name, ComputeKind.EC2, self.groups.get(group.urn) if group else None)

    def _group(self, group: Resource) -> Group:
        inputs = self._links.inputs(group)
        mixed = inputs.get("mixedInstancesPolicy")
        template = self._template(group, inputs)
        launch = self._links.inputs(template)
        base, percent = _purchase(mixed, launch)
        zones = inputs.get("vpcZoneIdentifiers")
        subnets = self._networks.keys(group, "vpcZoneIdentifiers", zones)
        address = _address(launch) if template else UNKNOWN
        return Group(
            resource=group,
            inputs=inputs,
            template=template,
            launch=launch,
            types=_types(mixed, template, launch),
            minimum=values.number(inputs.get("minSize"), UNKNOWN),
            maximum=values.number(inputs.get("maxSize"), UNKNOWN),
            on_demand_base=base,
            on_demand_percent=percent,
            subnets=subnets,
            public=self._public(address, zones, subnets),
            address=address,
            security_groups=_security_groups(self._links, template, launch),
            clusters=_clusters(launch),
        )

    def _template(self, group: Resource, inputs: Json) -> Resource | None:
        if configuration := inputs.get("launchConfiguration"):
            return self._links.one(group, "launchConfiguration", configuration, LAUNCH_CONFIGURATION)
        property_, chosen = "launchTemplate", mapping(inputs.get("launchTemplate"))
        if mixed := mapping(inputs.get("mixedInstancesPolicy")):
            property_ = "mixedInstancesPolicy"
            chosen = mapping(mapping(mixed.get("launchTemplate")).get("launchTemplateSpecification"))
        keys = ("id", "launchTemplateId", "name", "launchTemplateName")
        named = next((chosen[key] for key in keys if key in chosen), None)
        return self._links.one(group, property_, named, LAUNCH_TEMPLATE)

    def _public(
        self, address: bool | Unknown | None, zones: object, subnets: tuple[str, ...]
    ) -> bool | Unknown:
        if address is not None:
            return address
        mapped = {self._networks.maps_addresses(key) for key in subnets}
        complete = isinstance(zones, list) and len(subnets) == len(zones)  # pyright: ignore[reportUnknownArgumentType]
        return mapped.pop() if complete and len(mapped) == 1 else UNKNOWN


def _address(launch: Json) -> bool | Unknown | None:
    interface = values.first(launch.get("networkInterfaces"))
    chosen = values.flag(interface.get("associatePublicIpAddress"), None)
    return values.flag(launch.get("associatePublicIpAddress"), None) if chosen is None else chosen


def _purchase(mixed: Any, launch: Json) -> tuple[int | Unknown, int | Unknown]:
    """Return the number of On-Demand instances, and the percentage above."""
    market = values.within(launch, "instanceMarketOptions", "marketType")
    if market == "spot":
        return 0, 0
    spread = values.within(mixed, "instancesDistribution")
    return (
        values.number(values.within(spread, "onDemandBaseCapacity"), 0),
        UNKNOWN
        if market is UNKNOWN
        else values.number(values.within(spread, "onDemandPercentageAboveBaseCapacity"), 100),
    )


def _types(mixed: Any, template: Resource | None, launch: Json) -> tuple[str, ...] | Unknown:
    choice = values.within(mixed, "launchTemplate", "overrides")
    overrides = entries(choice)
    declared = [override.get("instanceType") for override in overrides] or [launch.get("instanceType")]
    instance_types = [type_ for type_ in declared if isinstance(type_, str) and type_]
    if values.partly_unknown(choice) or (template is None and not overrides):
        return UNKNOWN
    return tuple(dict.fromkeys(instance_types)) if len(instance_types) == len(declared) else UNKNOWN


def _security_groups(links: Links, template: Resource | None, launch: Json) -> Membership:
    if template is None:
        return Membership(frozenset(), complete=False)
    for interface in entries(launch.get("networkInterfaces")):
        return groups_of(links, template, "networkInterfaces", interface.get("securityGroups"))
    name = next((key for key in ("vpcSecurityGroupIds", "securityGroups") if key in launch), "")
    return groups_of(links, template, name, launch.get(name))


_CLUSTER = r"(?:ECS_CLUSTER=|^cluster *= *)[\"']?([A-Za-z0-9_-]+)"
"""The cluster in the configuration of the ECS agent, and in Bottlerocket's settings."""


def _clusters(launch: Json) -> frozenset[str]:
    """Return the clusters that user data sets."""
    clusters: set[str] = set()
    for key in ("userData", "userDataBase64"):
        for user_data in texts(launch.get(key)):
            try:
                script = base64.b64decode(user_data, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                script = user_data
            clusters.update(re.findall(_CLUSTER, script, re.MULTILINE))
    return frozenset(clusters)
