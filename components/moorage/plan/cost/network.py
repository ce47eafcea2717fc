"""Hourly charges of a network: load balancers, NAT gateways, public addresses, interface endpoints."""

from moorage.graph import Balancer, BalancerKind, Endpoint, EndpointKind
from moorage.graph.types import NAT_GATEWAY
from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import mapping

from .bill import Bill

_KINDS = {
    BalancerKind.APPLICATION: ("alb", "Application Load Balancer", "LCU-hour"),
    BalancerKind.NETWORK: ("nlb", "Network Load Balancer", "NLCU-hour"),
}

_WITHOUT_IPV4 = "dualstack-without-public-ipv4"


def network(bill: Bill) -> None:
    """Add the network's lines."""
    for balancer in bill.view.balancers:
        _balancer(bill, balancer)
    for gateway in bill.links.of_type(NAT_GATEWAY):
        bill.charge(gateway, "NAT gateway", "nat_gateway")
        bill.by_use(gateway, "data through the NAT gateway", "GB")
    for address in bill.links.of_type("aws:ec2/eip:Eip"):
        bill.charge(address, "public IPv4 address", "public_ipv4")
    for endpoint in bill.view.endpoints:
        _endpoint(bill, endpoint)


def _balancer(bill: Bill, balancer: Balancer) -> None:
    resource = balancer.resource
    if balancer.kind is UNKNOWN or balancer.kind not in _KINDS:
        kind = "unknown" if balancer.kind is UNKNOWN else balancer.kind
        bill.not_priced(resource, f"load balancer of type {kind}: not priced")
        return
    charge, title, capacity = _KINDS[balancer.kind]
    bill.charge(resource, title, charge)
    bill.by_use(resource, "capacity units of the load balancer", capacity)
    mutual = [mapping(listener.inputs.get("mutualAuthentication")) for listener in balancer.listeners]
    if any("trustStoreArn" in authentication for authentication in mutual):
        bill.not_priced(resource, "trust store of its listeners, charged per hour: not priced")
    if balancer.internal is True or balancer.address_type == _WITHOUT_IPV4:
        return
    if UNKNOWN in (balancer.internal, balancer.address_type):
        bill.not_priced(resource, "it is unknown whether it has public addresses")
        return
    zones = _public_subnets(bill, resource) if balancer.subnet_count is UNKNOWN else balancer.subnet_count
    if not zones:
        bill.not_priced(resource, "public addresses, one per subnet: the subnets are unknown")
    else:
        # An Elastic IP has its own line.
        zones -= balancer.elastic
        bill.charge(resource, f"public IPv4 addresses in {zones} zones", "public_ipv4", zones)


def _endpoint(bill: Bill, endpoint: Endpoint) -> None:
    resource, zones = endpoint.resource, endpoint.subnet_count
    if endpoint.kind is UNKNOWN:
        bill.not_priced(resource, "VPC endpoint of an unknown type: not priced")
    if endpoint.kind is not EndpointKind.INTERFACE:
        return
    if zones is UNKNOWN:
        bill.not_priced(resource, "interface endpoint, charged per subnet: the subnets are unknown")
        return
    bill.charge(resource, f"interface endpoint in {zones} zones", "interface_endpoint", zones)
    bill.by_use(resource, "data through the endpoint", "GB")


def _public_subnets(bill: Bill, balancer: Resource) -> int:
    """Return the number of public subnets of the component, such as `awsx.ec2.Vpc`, that a load balancer's
    unknown subnets come from in a preview."""
    sources = set(balancer.property_dependencies.get("subnets", ()))
    public = [
        subnet.resource for subnet in bill.view.subnets.values() if subnet.public is True and subnet.resource
    ]
    return sum(any(parent.urn in sources for parent in bill.links.above(subnet)) for subnet in public)
