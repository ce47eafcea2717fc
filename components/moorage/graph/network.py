"""VPCs and subnets that the stack creates or uses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import mapping, texts

from . import values
from .endpoints import Endpoint, endpoints
from .links import Links
from .origin import MaybeFromResource
from .routing import Routing, WayOut
from .types import DEFAULT_SUBNET, NAT_GATEWAY, SUBNET, SUBNETS, VPC


@dataclass(frozen=True, slots=True)
class Subnet(MaybeFromResource):
    """A subnet that the stack creates or uses."""

    key: str
    """The URN; the id of an existing subnet that the program does not read."""
    id: str
    """Empty if unknown."""
    name: str
    """The logical name, or the id."""
    public: bool | Unknown
    """True if it has a route to an internet gateway. For an existing subnet, a Network
    component or its use shows it."""
    way_out: WayOut | Unknown
    zone: str = ""
    """The Availability Zone; empty if unknown."""
    cidr: str = ""
    vpc: Resource | None = None
    """None if the stack does not create it."""
    endpoints: frozenset[str] | Unknown = UNKNOWN
    """The services with VPC endpoints in it, such as `ecr.api`."""
    maps_addresses: bool | Unknown = UNKNOWN
    """True if its instances get public addresses by default, as in a default subnet."""


@dataclass(frozen=True, slots=True)
class Vpc(MaybeFromResource):
    """A VPC with the subnets that the stack uses."""

    id: str
    name: str
    cidr: str
    subnets: tuple[Subnet, ...]
    nat_gateways: int
    endpoints: tuple[str, ...]
    """The services with a VPC endpoint, such as `ecr.api`."""
    dns_names: bool | Unknown
    """True with both DNS support and DNS hostnames; the latter are off by default."""

    @property
    def new(self) -> bool:
        """Return whether the stack creates it."""
        return self.resource is not None

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the known Availability Zones, sorted."""
        return tuple(sorted({subnet.zone for subnet in self.subnets if subnet.zone}))


class Networks:
    """The VPCs and subnets of a stack."""

    def __init__(self, links: Links) -> None:
        """Read the subnets that the stack creates or reads."""
        self.links = links
        self.endpoints = endpoints(links)
        routing = Routing(links, self.endpoints)
        subnets = (*links.of_type(*SUBNETS), *links.existing(SUBNET))
        self.subnets = {subnet.urn: _subnet(links, routing, subnet) for subnet in subnets}
        """By key."""

    def keys(self, resource: Resource, property_: str, value: object) -> tuple[str, ...]:
        """Return the known keys of the subnets that a value, in or below an input, names."""
        subnets, _ = self.links.many(resource, property_, value, *SUBNETS)
        own = {subnet.id: subnet.urn for subnet in subnets if subnet.id}
        named = [own.get(id_, id_) for id_ in texts(value)]
        return tuple(dict.fromkeys([*named, *(subnet.urn for subnet in subnets)]))

    def maps_addresses(self, key: str) -> bool | Unknown:
        """Return whether instances in a subnet get public addresses by default."""
        return self.subnets[key].maps_addresses if key in self.subnets else UNKNOWN

    def gateway(self, keys: Iterable[str]) -> bool | Unknown:
        """Return whether one of some subnets has a route to an internet gateway."""
        public = {self.subnets[key].public if key in self.subnets else UNKNOWN for key in keys}
        return True if True in public else False if public == {False} else UNKNOWN

    def used(self, evidence: Mapping[str, bool | Unknown]) -> dict[str, Subnet]:
        """Return all subnets by key: those of the stack, and the existing ones of `evidence`.

        `evidence` has each subnet in use, and whether that use proves it public.
        """
        declared = self._declared()
        return self.subnets | {
            key: Subnet(
                key=key,
                resource=None,
                id=key,
                name=key,
                public=declared.get(key, public),
                way_out=WayOut.INTERNET if declared.get(key, public) is True else UNKNOWN,
            )
            for key, public in evidence.items()
            if key not in self.subnets
        }

    def vpcs(self, subnets: Iterable[Subnet]) -> tuple[Vpc, ...]:
        """Return the VPCs of some subnets, and all VPCs of the stack."""
        of_vpc: dict[str, list[Subnet]] = {}
        for subnet in subnets:
            of_vpc.setdefault(subnet.vpc.urn if subnet.vpc else "", []).append(subnet)
        made = [self._made(vpc, of_vpc.get(vpc.urn, [])) for vpc in self.links.of_type(VPC)]
        if "" not in of_vpc:
            return tuple(made)
        existing = Vpc(
            resource=None,
            id=self._existing_id({vpc.id for vpc in made}),
            name="existing VPC",
            cidr="",
            subnets=tuple(of_vpc[""]),
            nat_gateways=0,
            endpoints=() if made else _services(self.endpoints),
            dns_names=UNKNOWN,
        )
        return (*made, existing)

    def _made(self, vpc: Resource, subnets: list[Subnet]) -> Vpc:
        links = self.links
        own = {subnet.key for subnet in subnets}
        nats = [
            nat
            for nat in links.of_type(NAT_GATEWAY)
            if (subnet := links.one(nat, "subnetId", links.inputs(nat).get("subnetId"), *SUBNETS))
            and subnet.urn in own
        ]
        inputs = links.inputs(vpc)
        dns = {
            values.flag(inputs.get("enableDnsSupport"), True),
            values.flag(inputs.get("enableDnsHostnames"), False),
        }
        return Vpc(
            resource=vpc,
            id=vpc.id,
            name=vpc.name,
            cidr=values.plain(vpc.inputs.get("cidrBlock")),
            subnets=tuple(subnets),
            nat_gateways=len(nats),
            endpoints=_services(endpoint for endpoint in self.endpoints if endpoint.vpc is vpc),
            dns_names=False if False in dns else UNKNOWN if UNKNOWN in dns else True,
        )

    def _declared(self) -> dict[str, bool]:
        """Return whether subnets are public, by the outputs of Network components."""
        public: dict[str, bool] = {}
        for network in self.links.graph.of_type("moorage:index:Network"):
            public |= dict.fromkeys(texts(network.outputs.get("publicSubnetIds")), True)
            public |= dict.fromkeys(texts(network.outputs.get("privateSubnetIds")), False)
        return public

    def _existing_id(self, made: set[str]) -> str:
        for resource in self.links.graph:
            vpc_id = values.plain(resource.inputs.get("vpcId")) or values.plain(
                mapping(resource.outputs).get("vpcId")
            )
            if vpc_id and vpc_id not in made:
                return vpc_id
        return ""


def _services(vpc_endpoints: Iterable[Endpoint]) -> tuple[str, ...]:
    return tuple(sorted({name for endpoint in vpc_endpoints if (name := values.known(endpoint.service))}))


def _subnet(links: Links, routing: Routing, subnet: Resource) -> Subnet:
    return Subnet(
        key=subnet.urn,
        resource=subnet,
        id=subnet.id,
        name=subnet.name,
        zone=values.plain(subnet.inputs.get("availabilityZone")),
        cidr=values.plain(subnet.inputs.get("cidrBlock")),
        vpc=routing.vpc(subnet),
        public=routing.public(subnet),
        way_out=routing.way_out(subnet),
        endpoints=routing.endpoints(subnet),
        maps_addresses=values.flag(
            links.inputs(subnet).get("mapPublicIpOnLaunch"), subnet.type == DEFAULT_SUBNET
        ),
    )
