"""Where subnets lead: their route tables, and the endpoints of their VPC."""

from dataclasses import dataclass, field

from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import Json, entries, text
from moorage.plan.types import (
    INTERNET_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
)

from .stack import Stack

_DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
_ENDPOINT_TABLE = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
_MAIN = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"

_ELSEWHERE = (
    "natGatewayId",
    "networkInterfaceId",
    "instanceId",
    "transitGatewayId",
    "vpcPeeringConnectionId",
    "localGatewayId",
    "coreNetworkArn",
    "egressOnlyGatewayId",
    "carrierGatewayId",
    "vpcEndpointId",
)
"""Targets that lead out without a public address: to the internet, or to where that is not known here."""

_FOREIGN = "not a table of this stack"
_PROPAGATION = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"


@dataclass
class Endpoints:
    """The services that a VPC reaches by endpoints, such as `ecr.api`."""

    interfaces: set[str] = field(default_factory=set[str])
    gateways: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By route table's URN."""


class Routes:
    """The route tables of a stack."""

    def __init__(self, stack: Stack) -> None:
        """Find out which table each subnet has, and where each table leads."""
        self.stack = stack
        self._known = True
        self._vpcs_with_main = self._main_tables()
        self._table_of = self._associations()
        self._ways = self._all_ways()
        self.endpoints, self._endpoints_known = self._all_endpoints()

    def vpc(self, subnet: Resource) -> Resource | None:
        """Return a subnet's VPC, if the stack makes it."""
        return self.stack.one(subnet, "vpcId", self.stack.inputs(subnet).get("vpcId"), VPC)

    def way_out(self, subnet: Resource) -> str | None:
        """Return how a subnet reaches what is outside of its VPC.

        Returns:
            `internet`: by an internet gateway, with a public address; `elsewhere`: by NAT or another network;
            `none`; or None where that cannot be known.
        """
        vpc = self.vpc(subnet)
        if vpc is None or not self._known:
            return None
        table = self._table_of.get(subnet.urn)
        if table is None:
            # The VPC's main table, which leads nowhere unless somebody adds a route.
            return None if vpc.urn in self._vpcs_with_main else "none"
        return None if table == _FOREIGN else self._ways.get(table, "none")

    def reached_by_endpoint(self, subnet: Resource) -> set[str] | None:
        """Return the services that a subnet reaches by endpoints; None where these are not all known."""
        vpc = self.vpc(subnet)
        if vpc is None or not self._endpoints_known:
            return None
        found = self.endpoints.get(vpc.urn, Endpoints())
        return found.interfaces | found.gateways.get(self._table_of.get(subnet.urn, ""), set())

    def _main_tables(self) -> set[str]:
        found: set[str] = set()
        for association in self.stack.of_type(_MAIN):
            vpc = self.stack.one(association, "vpcId", self.stack.inputs(association).get("vpcId"), VPC)
            found |= {vpc.urn} if vpc else set()
        for table in self.stack.of_type(_DEFAULT_TABLE):
            given = self.stack.inputs(table).get("defaultRouteTableId")
            sources = self.stack.sources(table, "defaultRouteTableId", VPC)
            matching = [v for v in self.stack.of_type(VPC) if v.outputs.get("defaultRouteTableId") == given]
            found |= {vpc.urn for vpc in sources or matching}
        for route in self.stack.of_type(ROUTE):
            found |= {vpc.urn for vpc in self.stack.sources(route, "routeTableId", VPC)}
        return found

    def _associations(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for association in self.stack.of_type(ROUTE_TABLE_ASSOCIATION):
            inputs = self.stack.inputs(association)
            if "gatewayId" in inputs:
                continue
            subnet = self.stack.one(association, "subnetId", inputs.get("subnetId"), SUBNET)
            table = self.stack.one(association, "routeTableId", inputs.get("routeTableId"), ROUTE_TABLE)
            if subnet and table:
                found[subnet.urn] = table.urn
            elif subnet and inputs.get("routeTableId") is not UNKNOWN:
                found[subnet.urn] = _FOREIGN
            elif inputs.get("subnetId") is UNKNOWN or subnet:
                self._known = False
        return found

    def _all_ways(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for route in self.stack.of_type(ROUTE):
            inputs = self.stack.inputs(route)
            table = self.stack.one(route, "routeTableId", inputs.get("routeTableId"), ROUTE_TABLE)
            if table:
                self._add(found, table.urn, self._way(route, "gatewayId", inputs))
            elif inputs.get("routeTableId") is UNKNOWN and not self.stack.sources(route, "routeTableId", VPC):
                self._known = False
        for table in self.stack.of_type(ROUTE_TABLE):
            routes = self.stack.inputs(table).get("routes")
            if routes is UNKNOWN:
                self._known = False
            for route in entries(routes):
                self._add(found, table.urn, self._way(table, "routes", route))
            if self.stack.inputs(table).get("propagatingVgws"):
                found[table.urn] = "elsewhere"
        for propagation in self.stack.of_type(_PROPAGATION):
            given = self.stack.inputs(propagation).get("routeTableId")
            if table := self.stack.one(propagation, "routeTableId", given, ROUTE_TABLE):
                found[table.urn] = "elsewhere"
        return found

    def _add(self, found: dict[str, str], table: str, way: str | None) -> None:
        if way == "elsewhere" or (way and table not in found):
            found[table] = way

    def _way(self, resource: Resource, property_: str, route: Json) -> str | None:
        if any(route.get(key) for key in _ELSEWHERE):
            return "elsewhere"
        gateway = route.get("gatewayId")
        if gateway is UNKNOWN:
            return "internet" if self.stack.sources(resource, property_, INTERNET_GATEWAY) else "elsewhere"
        if gateway is None or str(gateway) == "local":
            return None
        return "internet" if str(gateway).startswith("igw-") else "elsewhere"

    def _all_endpoints(self) -> tuple[dict[str, Endpoints], bool]:
        found: dict[str, Endpoints] = {}
        gateways: dict[str, tuple[Endpoints, str]] = {}
        known = True
        for endpoint in self.stack.of_type(VPC_ENDPOINT):
            inputs = self.stack.inputs(endpoint)
            vpc = self.stack.one(endpoint, "vpcId", inputs.get("vpcId"), VPC)
            service = text(inputs.get("serviceName"))
            if vpc is None or service is None:
                known = known and service is not None and inputs.get("vpcId") is not UNKNOWN
                continue
            # com.amazonaws.us-east-1.ecr.api
            name = service.split(".", 3)[-1]
            of_vpc = found.setdefault(vpc.urn, Endpoints())
            if inputs.get("vpcEndpointType", "Gateway") != "Gateway":
                of_vpc.interfaces.add(name)
                continue
            gateways[endpoint.urn] = of_vpc, name
            tables, all_ = self.stack.many(
                endpoint, "routeTableIds", inputs.get("routeTableIds"), ROUTE_TABLE
            )
            known = known and all_
            for table in tables:
                of_vpc.gateways.setdefault(table.urn, set[str]()).add(name)
        for association in self.stack.of_type(_ENDPOINT_TABLE):
            inputs = self.stack.inputs(association)
            endpoint = self.stack.one(association, "vpcEndpointId", inputs.get("vpcEndpointId"), VPC_ENDPOINT)
            table = self.stack.one(association, "routeTableId", inputs.get("routeTableId"), ROUTE_TABLE)
            if endpoint and table and endpoint.urn in gateways:
                of_vpc, name = gateways[endpoint.urn]
                of_vpc.gateways.setdefault(table.urn, set[str]()).add(name)
            else:
                known = False
        return found, known
