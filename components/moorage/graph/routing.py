"""Route tables of subnets: their way out, and the VPC endpoints that they reach."""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, entries

from . import types, values
from .endpoints import Endpoint, EndpointKind
from .links import Links


class WayOut(StrEnum):
    """The route of a subnet to addresses outside its VPC."""

    INTERNET = "internet"
    """An internet gateway, for public addresses only."""
    ELSEWHERE = "elsewhere"
    """A NAT gateway or another network, also for private addresses."""
    NONE = "none"


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
"""Targets of routes that need no public address."""

_Table = str
"""A route table's URN, `main <URN of the VPC>` for the initial main table, or `_FOREIGN`."""
_FOREIGN = "not a table of this stack"
_DEFAULT = "main table of the default VPC"
"""It has a route to an internet gateway ("Default VPC components", VPC User Guide)."""

_VPCS = (types.VPC, types.DEFAULT_VPC)


class Routing:
    """The route tables and VPC endpoints of a stack."""

    def __init__(self, links: Links, endpoints: Iterable[Endpoint]) -> None:
        """Read the route tables of the subnets, their routes, and which of them have `endpoints`."""
        self._links = links
        self._known = True
        self._main = self._main_tables()
        self._table_of = self._associations()
        defaults = links.of_type(types.DEFAULT_ROUTE_TABLE)
        # This resource removes the initial routes.
        replaced = any(self._named_table(table, "defaultRouteTableId") == _DEFAULT for table in defaults)
        self._ways: dict[_Table, set[WayOut | Unknown]] = {} if replaced else {_DEFAULT: {WayOut.INTERNET}}
        self._read_routes()
        self._endpoints_known = True
        self._services = defaultdict[tuple[str, _Table], set[str]](set)
        """By VPC and route table; those of interface endpoints by VPC and an empty string."""
        self._read_endpoints(endpoints)

    def vpc(self, subnet: Resource) -> Resource | None:
        """Return the VPC of a subnet; None if the stack does not create it."""
        return self._links.one(subnet, "vpcId", self._links.inputs(subnet).get("vpcId"), types.VPC)

    def way_out(self, subnet: Resource) -> WayOut | Unknown:
        """Return the route of a subnet to addresses outside its VPC."""
        ways = self._ways_of(subnet)
        return next((way for way in (WayOut.ELSEWHERE, WayOut.INTERNET, UNKNOWN) if way in ways), WayOut.NONE)

    def public(self, subnet: Resource) -> bool | Unknown:
        """Return whether a subnet has a route to an internet gateway (VPC User Guide, "Subnet types")."""
        ways = self._ways_of(subnet)
        return True if WayOut.INTERNET in ways else UNKNOWN if UNKNOWN in ways else False

    def endpoints(self, subnet: Resource) -> frozenset[str] | Unknown:
        """Return the services that a subnet reaches through endpoints, such as `ecr.api`."""
        vpc, table = self.vpc(subnet), self._table(subnet)
        if vpc is None or table is UNKNOWN or not self._endpoints_known:
            return UNKNOWN
        return frozenset(self._services[vpc.urn, ""] | self._services[vpc.urn, table])

    def _ways_of(self, subnet: Resource) -> set[WayOut | Unknown]:
        table = self._table(subnet)
        return {UNKNOWN} if table in (UNKNOWN, _FOREIGN) else self._ways.get(table, set())

    def _table(self, subnet: Resource) -> _Table | Unknown:
        if not self._known or subnet.external:
            return UNKNOWN
        if table := self._table_of.get(subnet.urn):
            return table
        vpc = self.vpc(subnet)
        main = _DEFAULT if subnet.type == types.DEFAULT_SUBNET else _main(vpc) if vpc else UNKNOWN
        return UNKNOWN if main is UNKNOWN else self._main.get(main, main)

    def _named_table(self, resource: Resource, property_: str = "routeTableId") -> _Table | Unknown:
        """Return the table that an input names."""
        links = self._links
        table_id = links.inputs(resource).get(property_)
        if table := links.one(resource, property_, table_id, types.ROUTE_TABLE):
            return table.urn
        if table := links.one(resource, property_, table_id, types.DEFAULT_ROUTE_TABLE):
            return self._named_table(table, "defaultRouteTableId")
        of_vpc = links.sources(resource, property_, *_VPCS)
        for vpc in links.of_type(*_VPCS):
            keys = ("defaultRouteTableId", "mainRouteTableId")
            if vpc in of_vpc or (table_id is not UNKNOWN and table_id in map(vpc.outputs.get, keys)):
                return _main(vpc)
        return UNKNOWN if table_id is UNKNOWN else _FOREIGN

    def _main_tables(self) -> dict[_Table, _Table]:
        """Return the tables that replace initial main tables."""
        links = self._links
        tables: dict[_Table, _Table] = {}
        for association in links.of_type(types.MAIN_ROUTE_TABLE_ASSOCIATION):
            vpc = links.one(association, "vpcId", links.inputs(association).get("vpcId"), *_VPCS)
            table = self._named_table(association)
            self._known = self._known and table is not UNKNOWN
            if vpc and table is not UNKNOWN:
                tables[_main(vpc)] = table
        return tables

    def _associations(self) -> dict[str, _Table]:
        links = self._links
        tables: dict[str, _Table] = {}
        for association in links.of_type(types.ROUTE_TABLE_ASSOCIATION):
            inputs = links.inputs(association)
            if "gatewayId" in inputs:
                continue
            subnet = links.one(association, "subnetId", inputs.get("subnetId"), *types.SUBNETS)
            table = self._named_table(association)
            if subnet and table is not UNKNOWN:
                tables[subnet.urn] = table
            elif subnet or inputs.get("subnetId") is UNKNOWN:
                self._known = False
        return tables

    def _read_routes(self) -> None:
        links = self._links
        for route in links.of_type(types.ROUTE):
            table = self._named_table(route)
            self._known = self._known and table is not UNKNOWN
            self._add(table, self._way(route, "gatewayId", links.inputs(route)))
        for table in links.of_type(types.ROUTE_TABLE):
            self._read_table(table, table.urn)
        for table in links.of_type(types.DEFAULT_ROUTE_TABLE):
            self._read_table(table, self._named_table(table, "defaultRouteTableId"))
        for propagation in links.of_type(types.VPN_ROUTE_PROPAGATION):
            self._add(self._named_table(propagation), WayOut.ELSEWHERE)

    def _read_table(self, table: Resource, key: _Table | Unknown) -> None:
        inputs = self._links.inputs(table)
        if values.partly_unknown(inputs.get("routes")):
            self._add(key, UNKNOWN)
        for route in entries(inputs.get("routes")):
            self._add(key, self._way(table, "routes", route))
        if inputs.get("propagatingVgws"):
            self._add(key, WayOut.ELSEWHERE)

    def _add(self, table: _Table | Unknown, way: WayOut | Unknown | None) -> None:
        if table is not UNKNOWN and way is not None:
            self._ways.setdefault(table, set()).add(way)

    def _way(self, resource: Resource, property_: str, route: Json) -> WayOut | Unknown | None:
        """Return the way out of a route; None for a route within the VPC."""
        if any(route.get(key) for key in _ELSEWHERE):
            return WayOut.ELSEWHERE
        gateway = route.get("gatewayId")
        if gateway is UNKNOWN:
            return self._unknown_gateway(resource, property_)
        if gateway in (None, "", "local"):
            return None
        return WayOut.INTERNET if str(gateway).startswith("igw-") else WayOut.ELSEWHERE

    def _unknown_gateway(self, resource: Resource, property_: str) -> WayOut | Unknown:
        sources = resource.property_dependencies.get(property_)
        internet, other = (
            bool(self._links.sources(resource, property_, type_) if sources else self._links.of_type(type_))
            for type_ in (types.INTERNET_GATEWAY, types.VPN_GATEWAY)
        )
        if internet == other:
            return UNKNOWN
        return WayOut.INTERNET if internet else WayOut.ELSEWHERE

    def _read_endpoints(self, made: Iterable[Endpoint]) -> None:
        links = self._links
        gateways: dict[str, tuple[str, str]] = {}
        for endpoint in made:
            vpc, kind, name = endpoint.vpc, endpoint.kind, endpoint.service
            if vpc is UNKNOWN or kind is UNKNOWN or name is UNKNOWN:
                self._endpoints_known = False
                continue
            if vpc is None:
                continue
            if kind is not EndpointKind.GATEWAY:
                self._services[vpc.urn, ""].add(name)
                continue
            gateways[endpoint.urn] = vpc.urn, name
            ids = links.inputs(endpoint.resource).get("routeTableIds")
            tables, all_ = links.many(endpoint.resource, "routeTableIds", ids, types.ROUTE_TABLE)
            self._endpoints_known = self._endpoints_known and all_
            for table in tables:
                self._services[vpc.urn, table.urn].add(name)
        for association in links.of_type(types.ENDPOINT_ROUTE_TABLE_ASSOCIATION):
            endpoint_id = links.inputs(association).get("vpcEndpointId")
            associated = links.one(association, "vpcEndpointId", endpoint_id, types.VPC_ENDPOINT)
            table = self._named_table(association)
            if associated and table is not UNKNOWN and associated.urn in gateways:
                of_vpc, name = gateways[associated.urn]
                self._services[of_vpc, table].add(name)
            else:
                self._endpoints_known = False


def _main(vpc: Resource) -> _Table:
    """Return the initial main table of a VPC."""
    return _DEFAULT if vpc.type == types.DEFAULT_VPC else f"main {vpc.urn}"
