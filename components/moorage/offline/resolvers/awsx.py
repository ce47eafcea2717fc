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
_SAME = ("enableDnsHostnames", "enableDnsSupport", "instanceTenancy")
"""Inputs of the component that are those of its VPC."""


@dataclass(frozen=True, slots=True)
class Made:
    """A resource of a component: its URN, and its id or, in a preview, UNKNOWN."""

    urn: str
    id: Any


Make = Callable[[str, str, str, dict[str, Any]], Made]
"""Registers a resource: type, name, the parent's URN, inputs."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes resources of `aws.ec2` with the tags of the component."""

    make: Make
    tags: dict[str, str]

    def __call__(self, kind: str, title: str, parent: str, **inputs: Any) -> Made:
        return self.make(f"aws:ec2/{kind[0].lower()}{kind[1:]}:{kind}", title, parent, inputs)

    def tagged(self, kind: str, title: str, parent: str, **inputs: Any) -> Made:
        return self(kind, title, parent, **inputs, tags={"Name": title} | self.tags)

    def subnet(self, title: str, vpc: Made, kind: str, **inputs: Any) -> tuple[Made, Made]:
        """Make a subnet and its route table."""
        tags = {"Name": title} | self.tags | {"SubnetType": kind}
        public = kind == "Public"
        subnet = self("Subnet", title, vpc.urn, vpcId=vpc.id, mapPublicIpOnLaunch=public, tags=tags, **inputs)
        table = self.tagged("RouteTable", title, subnet.urn, vpcId=vpc.id)
        self("RouteTableAssociation", title, table.urn, subnetId=subnet.id, routeTableId=table.id)
        return subnet, table

    def route(self, title: str, table: Made, **target: Any) -> None:
        """Make the default route of a route table."""
        self("Route", title, table.urn, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", **target)

    def nat(self, title: str, subnet: Made) -> Made:
        """Make a NAT gateway and its address."""
        address = self.tagged("Eip", title, subnet.urn, domain="vpc")
        return self.tagged("NatGateway", title, subnet.urn, subnetId=subnet.id, allocationId=address.id)


def make_vpc(name: str, urn: str, inputs: dict[str, Any], region: str, make: Make) -> dict[str, Any]:
    """Register the resources of the component `name`, and return its outputs, with a `Made` for each
    resource.

    `inputs` are without `Secret`; `region` is that of its provider.
    """
    maker = _Maker(make, dict(inputs.get("tags") or {}))
    cidr = inputs.get("cidrBlock") or "10.0.0.0/16"
    vpc = maker.tagged(
        "Vpc", name, urn, cidrBlock=cidr, **{key: inputs[key] for key in _SAME if key in inputs}
    )
    gateway = maker.tagged("InternetGateway", name, vpc.urn, vpcId=vpc.id)
    ids: dict[str, list[Any]] = {"Public": [], "Private": [], "Isolated": []}
    specs = inputs.get("subnetSpecs") or _DEFAULT_SPECS
    zones = _zones(inputs, region)
    ranges = _ranges(cidr, specs, len(zones))
    nats, tables = list[Made](), list[Made]()
    private: list[tuple[str, Made, int]] = []
    nat_gateways: dict[str, Any] = inputs.get("natGateways") or {}
    strategy = nat_gateways.get("strategy") or "OnePerAz"
    for number, zone in enumerate(zones, 1):
        for spec in specs:
            kind = spec["type"]
            if kind == "Unused":
                continue
            title = f"{name}-{spec.get('name') or kind.lower()}-{number}"
            subnet, table = maker.subnet(title, vpc, kind, availabilityZone=zone, cidrBlock=next(ranges))
            ids[kind].append(subnet.id)
            tables.append(table)
            if kind == "Public":
                maker.route(title, table, gatewayId=gateway.id)
                if strategy == "OnePerAz" or (strategy == "Single" and not nats):
                    nats.append(maker.nat(f"{name}-{number}", subnet))
            elif kind == "Private":
                private.append((title, table, number))
    for title, table, number in private if nats else ():
        maker.route(title, table, natGatewayId=nats[min(number, len(nats)) - 1].id)
    subnets = {f"{kind.lower()}SubnetIds": subnet_ids for kind, subnet_ids in ids.items()}
    return {"vpcId": vpc.id, ROUTE_TABLES: tables, **subnets}


def _zones(inputs: dict[str, Any], region: str) -> list[str]:
    names = inputs.get("availabilityZoneNames")
    if names:
        return list(names)
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
