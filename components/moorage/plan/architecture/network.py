"""VPCs and subnets: those the stack makes, and those it only names."""

from typing import Any

from moorage.offline import UNKNOWN, Resource, ResourceGraph
from moorage.offline.values import mapping, texts
from moorage.plan.links import Links
from moorage.plan.types import (
    INTERNET_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
)

from .model import Subnet, Vpc
from .values import distinct, text

_NAT = "aws:ec2/natGateway:NatGateway"


def subnet_ids(links: Links, resource: Resource, property_: str, value: Any) -> tuple[str, ...]:
    """Return the subnets an input names: URNs of the stack's own, ids of those that exist already."""
    own = {subnet.id: subnet.urn for subnet in links.of(resource, property_, SUBNET) if subnet.id}
    if own or texts(value):
        return distinct([own.get(id_, id_) for id_ in texts(value)])
    return tuple(subnet.urn for subnet in links.of(resource, property_, SUBNET))


def networks(graph: ResourceGraph, links: Links, used: dict[str, bool | None]) -> tuple[Vpc, ...]:
    """Return the VPCs with their subnets.

    `used` are the subnets that something is placed in, as `subnet_ids` returns them, with whether that shows
    them to be public.
    """
    made = [_made(graph, links, vpc) for vpc in graph.of_type(VPC)]
    own = {subnet.urn for vpc in made for subnet in vpc.subnets}
    loose = [subnet for subnet in graph.of_type(SUBNET) if subnet.urn not in own]
    ids = [id_ for id_ in used if id_ not in own and all(id_ != subnet.urn for subnet in loose)]
    if not loose and not ids:
        return tuple(made)
    subnets = [_subnet(graph, links, subnet) for subnet in loose]
    declared = _declared(graph)
    subnets += [Subnet(id_, "", id_, "", declared.get(id_, used[id_]), "") for id_ in ids]
    existing = Vpc(
        id=_existing_id(graph, {vpc.id for vpc in made}),
        urn="",
        name="existing VPC",
        new=False,
        cidr="",
        subnets=tuple(subnets),
        nat_gateways=0,
        endpoints=() if made else _endpoints(graph.of_type(VPC_ENDPOINT)),
    )
    return (*made, existing)


def _made(graph: ResourceGraph, links: Links, vpc: Resource) -> Vpc:
    def of_it(type_: str) -> list[Resource]:
        return [each for each in graph.of_type(type_) if vpc in _named(links, each, "vpcId", VPC)]

    subnets = of_it(SUBNET)
    nats = [
        nat
        for nat in graph.of_type(_NAT)
        if any(subnet in subnets for subnet in _named(links, nat, "subnetId", SUBNET))
    ]
    return Vpc(
        id=vpc.id,
        urn=vpc.urn,
        name=vpc.name,
        new=True,
        cidr=text(vpc.inputs.get("cidrBlock")),
        subnets=tuple(_subnet(graph, links, subnet) for subnet in subnets),
        nat_gateways=len(nats),
        endpoints=_endpoints(of_it(VPC_ENDPOINT)),
    )


def _subnet(graph: ResourceGraph, links: Links, subnet: Resource) -> Subnet:
    return Subnet(
        id=subnet.id,
        urn=subnet.urn,
        name=subnet.name,
        zone=text(subnet.inputs.get("availabilityZone")),
        public=_is_public(graph, links, subnet),
        cidr=text(subnet.inputs.get("cidrBlock")),
    )


def _is_public(graph: ResourceGraph, links: Links, subnet: Resource) -> bool | None:
    """Return whether a route leads from it to an internet gateway (VPC guide, "Subnet types")."""
    if subnet.inputs.get("mapPublicIpOnLaunch") is True:
        return True
    tables = [
        table
        for each in graph.of_type(ROUTE_TABLE_ASSOCIATION)
        if subnet in _named(links, each, "subnetId", SUBNET)
        for table in _named(links, each, "routeTableId", ROUTE_TABLE)
    ]
    if not tables:
        return None
    inline = any(links.of(table, "routes", INTERNET_GATEWAY) for table in tables)
    return inline or any(
        route.inputs.get("gatewayId") is UNKNOWN or links.of(route, "gatewayId", INTERNET_GATEWAY)
        for route in graph.of_type(ROUTE)
        if any(table in tables for table in _named(links, route, "routeTableId", ROUTE_TABLE))
    )


def _named(links: Links, resource: Resource, property_: str, type_: str) -> list[Resource]:
    """Return the resources an input names; else those above it that it can only mean.

    In a preview nothing tells what the resources within `awsx.ec2.Vpc` name, but they stand below it.
    """
    found = links.of(resource, property_, type_)
    above = resource.parent
    while not found and above is not None:
        parent = links.graph.by_urn(above)
        found = [parent] if parent.type == type_ else []
        above = parent.parent
    return found


def _endpoints(found: list[Resource]) -> tuple[str, ...]:
    names = [text(endpoint.inputs.get("serviceName")) for endpoint in found]
    return tuple(sorted({".".join(name.split(".")[3:]) for name in names if name}))


def _declared(graph: ResourceGraph) -> dict[str, bool]:
    """Return which subnets a Network component says are public, and which private."""
    found: dict[str, bool] = {}
    for network in graph.of_type("moorage:index:Network"):
        found |= dict.fromkeys(texts(network.outputs.get("publicSubnetIds")), True)
        found |= dict.fromkeys(texts(network.outputs.get("privateSubnetIds")), False)
    return found


def _existing_id(graph: ResourceGraph, made: set[str]) -> str:
    for resource in graph:
        given = text(resource.inputs.get("vpcId")) or text(mapping(resource.outputs).get("vpcId"))
        if given and given not in made:
            return given
    return ""
