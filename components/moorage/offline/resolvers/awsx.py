"""`awsx.ec2.Vpc`, a component of another process: its resources and its outputs.

Its resources are recorded because a plan shows, for example, the cost of NAT gateways. Names, parents and
order are those of awsx (pulumi-awsx, awsx/ec2/vpc.ts); address ranges are simplified, not those of its
strategies.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moorage.offline.graph import UNKNOWN

VPC = "awsx:ec2:Vpc"

ROUTE_TABLES = "routeTables"
"""The output whose values are resources."""

OUTPUTS = ("vpcId", "publicSubnetIds", "privateSubnetIds", "isolatedSubnetIds", ROUTE_TABLES)

_DEFAULT_SPECS = [{"type": "Private"}, {"type": "Public"}]


@dataclass(frozen=True, slots=True)
class Made:
    """A resource of a component: its URN, and its id or, in a preview, UNKNOWN."""

    urn: str
    id: Any


Make = Callable[[str, str, str, dict[str, Any]], Made]
"""Registers a resource: type, name, the parent's URN, inputs."""


def make_vpc(name: str, urn: str, inputs: dict[str, Any], region: str, make: Make) -> dict[str, Any]:
    """Register the component's resources, and return its outputs, with each resource as a `Made`.

    Args:
        name: the component's name.
        urn: its URN.
        inputs: its inputs, without `Secret`.
        region: the region of its provider.
        make: registers a resource.
    """
    tags = dict(inputs.get("tags") or {})

    def tagged(title: str) -> dict[str, str]:
        return {"Name": title} | tags

    cidr = inputs.get("cidrBlock") or "10.0.0.0/16"
    vpc = make("aws:ec2/vpc:Vpc", name, urn, _vpc_inputs(inputs, cidr) | {"tags": tagged(name)})
    gateway = make(
        "aws:ec2/internetGateway:InternetGateway", name, vpc.urn, {"vpcId": vpc.id, "tags": tagged(name)}
    )
    ids: dict[str, list[Any]] = {"Public": [], "Private": [], "Isolated": []}
    specs = inputs.get("subnetSpecs") or _DEFAULT_SPECS
    zones = _zones(inputs, region)
    ranges = _ranges(cidr, specs, len(zones))
    nats, tables = list[Made](), list[Made]()
    private: list[tuple[str, str, int, dict[str, Any]]] = []
    nat_gateways: dict[str, Any] = inputs.get("natGateways") or {}
    strategy = nat_gateways.get("strategy") or "OnePerAz"
    for number, zone in enumerate(zones, 1):
        for spec in specs:
            kind = spec["type"]
            if kind == "Unused":
                continue
            title = f"{name}-{spec.get('name') or kind.lower()}-{number}"
            subnet = make(
                "aws:ec2/subnet:Subnet",
                title,
                vpc.urn,
                {
                    "vpcId": vpc.id,
                    "availabilityZone": zone,
                    "cidrBlock": next(ranges),
                    "mapPublicIpOnLaunch": kind == "Public",
                    "tags": tagged(title) | {"SubnetType": kind},
                },
            )
            table = make(
                "aws:ec2/routeTable:RouteTable",
                title,
                subnet.urn,
                {"vpcId": vpc.id, "tags": tagged(title)},
            )
            tables.append(table)
            make(
                "aws:ec2/routeTableAssociation:RouteTableAssociation",
                title,
                table.urn,
                {"subnetId": subnet.id, "routeTableId": table.id},
            )
            ids[kind].append(subnet.id)
            target = {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0"}
            if kind == "Public":
                make("aws:ec2/route:Route", title, table.urn, target | {"gatewayId": gateway.id})
                if strategy == "OnePerAz" or (strategy == "Single" and not nats):
                    nats.append(_nat(f"{name}-{number}", subnet, tagged, make))
            elif kind == "Private":
                private.append((title, table.urn, number, target))
    for title, table_urn, number, target in private if nats else ():
        nat = nats[min(number, len(nats)) - 1]
        make("aws:ec2/route:Route", title, table_urn, target | {"natGatewayId": nat.id})
    subnets = {f"{kind.lower()}SubnetIds": found for kind, found in ids.items()}
    return {"vpcId": vpc.id, ROUTE_TABLES: tables, **subnets}


def _nat(title: str, subnet: Made, tagged: Callable[[str], dict[str, str]], make: Make) -> Made:
    address = make("aws:ec2/eip:Eip", title, subnet.urn, {"domain": "vpc", "tags": tagged(title)})
    inputs = {"subnetId": subnet.id, "allocationId": address.id, "tags": tagged(title)}
    return make("aws:ec2/natGateway:NatGateway", title, subnet.urn, inputs)


def _vpc_inputs(inputs: dict[str, Any], cidr: str) -> dict[str, Any]:
    names = ("enableDnsHostnames", "enableDnsSupport", "instanceTenancy")
    return {"cidrBlock": cidr} | {name: inputs[name] for name in names if name in inputs}


def _zones(inputs: dict[str, Any], region: str) -> list[str]:
    given = inputs.get("availabilityZoneNames")
    if given:
        return list(given)
    return [region + letter for letter in "abcdef"[: int(inputs.get("numberOfAvailabilityZones") or 3)]]


def _ranges(cidr: str, specs: list[dict[str, Any]], zones: int) -> Any:
    """Yield an address range for each subnet, zone by zone: the declared one, or the next free one."""
    network = ipaddress.ip_network(cidr)
    size = max((zones * len(specs) - 1).bit_length(), 1)
    default = min(max(network.prefixlen + size, 20), 28)
    next_address = int(network.network_address)
    for zone in range(zones):
        for spec in specs:
            if spec.get("cidrBlocks"):
                yield spec["cidrBlocks"][zone]
                continue
            prefix = int(spec.get("cidrMask") or default)
            step = 2 ** (network.max_prefixlen - prefix)
            next_address = -(-next_address // step) * step
            if spec["type"] != "Unused":
                yield f"{ipaddress.ip_address(next_address)}/{prefix}"
            next_address += step


def unknown_outputs() -> dict[str, Any]:
    """Return the outputs of a preview, which are unknown, including the number of subnets."""
    return dict.fromkeys(OUTPUTS, UNKNOWN)
