"""Public subnets, the ways out of subnets, VPC endpoints, and public addresses of tasks."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi_aws as aws
import pulumi_awsx as awsx
import pytest
from support.plain_ecs import service

from moorage.graph import EndpointKind, Subnet, WayOut, view
from moorage.offline import UNKNOWN, evaluate

ANYWHERE = "0.0.0.0/0"


def subnets_of(program: Callable[[], object], preview: bool = False) -> Mapping[str, Subnet]:
    return {each.name: each for each in view(evaluate(program, preview=preview)).subnets.values()}


def subnet(name: str, vpc: aws.ec2.Vpc, **args: Any) -> aws.ec2.Subnet:
    return aws.ec2.Subnet(name, vpc_id=vpc.id, cidr_block="10.0.1.0/24", **args)


def table(name: str, vpc: aws.ec2.Vpc, of: aws.ec2.Subnet, routes: Any = None) -> aws.ec2.RouteTable:
    made = aws.ec2.RouteTable(name, vpc_id=vpc.id, routes=routes)
    aws.ec2.RouteTableAssociation(name, subnet_id=of.id, route_table_id=made.id)
    return made


def test_a_subnet_is_public_by_its_route(preview: bool) -> None:
    """VPC User Guide, "Subnet types": a public subnet has a direct route to an internet gateway."""

    def program() -> None:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        gateway = aws.ec2.InternetGateway("g", vpc_id=vpc.id)
        by_id = [{"cidr_block": ANYWHERE, "gateway_id": "igw-0123456789abcdef0"}]
        table("by-id", vpc, subnet("by-id", vpc), by_id)
        table("mapped", vpc, subnet("mapped", vpc, map_public_ip_on_launch=True))
        inline: Any = [{"cidr_block": ANYWHERE, "gateway_id": gateway.id}]
        table("inline", vpc, subnet("inline", vpc), inline)
        apart = table("apart", vpc, subnet("apart", vpc))
        aws.ec2.Route(
            "apart", route_table_id=apart.id, destination_cidr_block=ANYWHERE, gateway_id=gateway.id
        )
        subnet("main", vpc)
        aws.ec2.DefaultRouteTable("main", default_route_table_id=vpc.default_route_table_id, routes=inline)

    found = subnets_of(program, preview)
    assert {name: each.public for name, each in found.items()} == {
        "by-id": True,
        "mapped": False,
        "inline": True,
        "apart": True,
        "main": True,
    }
    assert {name: each.way_out for name, each in found.items()} == {
        "by-id": WayOut.INTERNET,
        "mapped": WayOut.NONE,
        "inline": WayOut.INTERNET,
        "apart": WayOut.INTERNET,
        "main": WayOut.INTERNET,
    }


@pytest.mark.parametrize("kind", ["Route", "MainRouteTableAssociation", "DefaultRouteTable"])
def test_the_main_route_table_is_for_subnets_without_one(kind: str, preview: bool) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        gateway = aws.ec2.InternetGateway("g", vpc_id=vpc.id)
        subnet("a", vpc)
        to_gateway: Any = {"destination_cidr_block": ANYWHERE, "gateway_id": gateway.id}
        if kind == "Route":
            aws.ec2.Route("r", route_table_id=vpc.main_route_table_id, **to_gateway)
        elif kind == "DefaultRouteTable":
            main = aws.ec2.DefaultRouteTable("m", default_route_table_id=vpc.default_route_table_id)
            aws.ec2.Route("r", route_table_id=main.id, **to_gateway)
        else:
            other = aws.ec2.RouteTable("m", vpc_id=vpc.id)
            aws.ec2.Route("r", route_table_id=other.id, **to_gateway)
            aws.ec2.MainRouteTableAssociation("m", vpc_id=vpc.id, route_table_id=other.id)

    assert subnets_of(program, preview)["a"].public is True


def test_an_untouched_main_route_table_leads_nowhere(preview: bool) -> None:
    def program() -> None:
        subnet("a", aws.ec2.Vpc("v", cidr_block="10.0.0.0/16"))

    found = subnets_of(program, preview)["a"]
    assert (found.public, found.way_out) == (False, WayOut.NONE)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_default_subnet_is_public_unless_the_program_changes_its_routes(
    replaced: bool, preview: bool
) -> None:
    """VPC User Guide, "Default VPCs": their main route table has a route to an internet gateway."""

    def program() -> None:
        vpc = aws.ec2.DefaultVpc("v")
        made = aws.ec2.DefaultSubnet("d", availability_zone="us-east-1a")
        apart = aws.ec2.DefaultSubnet("apart", availability_zone="us-east-1b")
        own = aws.ec2.RouteTable("own", vpc_id=vpc.id, routes=[])
        aws.ec2.RouteTableAssociation("apart", subnet_id=apart.id, route_table_id=own.id)
        if replaced:
            aws.ec2.DefaultRouteTable("main", default_route_table_id=vpc.default_route_table_id, routes=[])
        service(network_configuration={"subnets": [made.id]})

    found = subnets_of(program, preview)
    assert (found["d"].public, found["d"].way_out, found["d"].zone, found["d"].maps_addresses) == (
        not replaced,
        WayOut.NONE if replaced else WayOut.INTERNET,
        "us-east-1a",
        True,
    )
    assert (found["apart"].public, found["apart"].way_out) == (False, WayOut.NONE)


def test_nat_takes_private_addresses(preview: bool) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        gateway = aws.ec2.InternetGateway("g", vpc_id=vpc.id)
        outside = subnet("outside", vpc)
        table("outside", vpc, outside, [{"cidr_block": ANYWHERE, "gateway_id": gateway.id}])
        nat = aws.ec2.NatGateway("n", subnet_id=outside.id)
        table("inside", vpc, subnet("inside", vpc), [{"cidr_block": ANYWHERE, "nat_gateway_id": nat.id}])

    found = subnets_of(program, preview)["inside"]
    assert (found.public, found.way_out) == (False, WayOut.ELSEWHERE)


def test_a_route_table_of_another_stack_is_not_known(preview: bool) -> None:
    def program() -> None:
        made = subnet("a", aws.ec2.Vpc("v", cidr_block="10.0.0.0/16"))
        aws.ec2.RouteTableAssociation("a", subnet_id=made.id, route_table_id="rtb-0123456789abcdef0")

    found = subnets_of(program, preview)["a"]
    assert (found.public, found.way_out) == (UNKNOWN, UNKNOWN)


def test_the_main_route_table_of_a_vpc_that_exists_already_is_not_known(preview: bool) -> None:
    def program() -> None:
        aws.ec2.Subnet("a", vpc_id="vpc-1", cidr_block="10.0.1.0/24")

    assert subnets_of(program, preview)["a"].public is UNKNOWN


def test_a_subnet_that_the_program_reads_is_not_known(preview: bool) -> None:
    assert subnets_of(lambda: aws.ec2.Subnet.get("a", "subnet-1"), preview)["a"].public is UNKNOWN


def test_a_gateway_that_nothing_tells_of_in_a_preview(preview: bool) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        late = aws.sns.Topic("t").arn.apply(lambda _: "igw-0123456789abcdef0")
        table("a", vpc, subnet("a", vpc), [{"cidr_block": ANYWHERE, "gateway_id": late}])

    assert subnets_of(program, preview)["a"].public is (UNKNOWN if preview else True)


def test_the_subnets_of_awsx(preview: bool) -> None:
    found = subnets_of(lambda: awsx.ec2.Vpc("v"), preview)
    assert {name: each.public for name, each in found.items()} == {
        f"v-{kind}-{number}": kind == "public" for kind in ("public", "private") for number in (1, 2, 3)
    }
    assert {each.way_out for name, each in found.items() if "private" in name} == {WayOut.ELSEWHERE}


def test_endpoints_of_a_subnet(preview: bool) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        own = table("a", vpc, subnet("a", vpc))
        subnet("b", vpc)
        name = "com.amazonaws.us-east-1"
        aws.ec2.VpcEndpoint("s3", vpc_id=vpc.id, service_name=f"{name}.s3", route_table_ids=[own.id])
        aws.ec2.VpcEndpoint(
            "ecr", vpc_id=vpc.id, service_name=f"{name}.ecr.api", vpc_endpoint_type="Interface"
        )

    found = subnets_of(program, preview)
    assert found["a"].endpoints == {"s3", "ecr.api"}
    assert found["b"].endpoints == {"ecr.api"}


@pytest.mark.parametrize(
    ("launch_type", "address", "public"),
    [("FARGATE", True, True), ("FARGATE", None, False), ("EC2", True, False)],
    ids=["Fargate", "default", "instances"],
)
def test_public_addresses_of_tasks(
    launch_type: str, address: bool | None, public: bool, preview: bool
) -> None:
    """AwsVpcConfiguration, assignPublicIp: for Fargate only; DISABLED by default of the provider."""

    def program() -> None:
        network: Any = {"subnets": ["subnet-1"], "assign_public_ip": address}
        service(launch_type=launch_type, network_configuration=network)

    stack = view(evaluate(program, preview=preview))
    assert stack.services[0].public is public
    # That tasks are given addresses in it shows a subnet to be public.
    assert stack.subnets["subnet-1"].public is (True if public else UNKNOWN)


def test_an_address_that_is_not_known_yet() -> None:
    def program() -> None:
        chosen = aws.sns.Topic("t").arn.apply(bool)
        network: Any = {"subnets": ["subnet-1"], "assign_public_ip": chosen}
        service(launch_type="FARGATE", network_configuration=network)

    (found,) = view(evaluate(program, preview=True)).services
    assert (found.public, found.reachable) == (UNKNOWN, UNKNOWN)


def test_vpc_endpoints_with_the_defaults_of_the_provider(preview: bool) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")
        name, a = "com.amazonaws.us-east-1", subnet("a", vpc)
        aws.ec2.VpcEndpoint("s3", vpc_id=vpc.id, service_name=f"{name}.s3")
        aws.ec2.VpcEndpoint(
            "logs",
            vpc_id=vpc.id,
            service_name=f"{name}.logs",
            vpc_endpoint_type="Interface",
            subnet_ids=[a.id],
            private_dns_enabled=True,
        )

    found = {each.resource.name: each for each in view(evaluate(program, preview=preview)).endpoints}
    gateway, interface = found["s3"], found["logs"]
    assert (gateway.kind, gateway.service, gateway.private_dns) == (EndpointKind.GATEWAY, "s3", False)
    assert (interface.kind, interface.service, interface.private_dns) == (
        EndpointKind.INTERFACE,
        "logs",
        True,
    )
    assert (interface.subnet_count, [each.name for each in interface.subnets]) == (1, ["a"])


def test_a_vpc_endpoint_in_a_default_subnet(preview: bool) -> None:
    def program() -> None:
        vpc = aws.ec2.DefaultVpc("v")
        a = aws.ec2.DefaultSubnet("a", availability_zone="us-east-1a")
        name = "com.amazonaws.us-east-1.logs"
        kind: Any = {"vpc_endpoint_type": "Interface", "subnet_ids": [a.id]}
        aws.ec2.VpcEndpoint("logs", vpc_id=vpc.id, service_name=name, **kind)

    (endpoint,) = view(evaluate(program, preview=preview)).endpoints
    assert [each.name for each in endpoint.subnets] == ["a"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, False),
        ({"enable_dns_hostnames": True}, True),
        ({"enable_dns_hostnames": True, "enable_dns_support": False}, False),
    ],
)
def test_the_dns_names_of_a_vpc_are_off_by_default(args: Any, expected: bool, preview: bool) -> None:
    graph = evaluate(lambda: aws.ec2.Vpc("v", cidr_block="10.0.0.0/16", **args) and None, preview=preview)
    (found,) = view(graph).networks
    assert found.dns_names is expected


def test_the_visibility_timeout_of_a_queue(preview: bool) -> None:
    def program() -> None:
        aws.sqs.Queue("omits")
        aws.sqs.Queue("sets", visibility_timeout_seconds=90)
        aws.sqs.Queue.get("other", "https://sqs.us-east-1.amazonaws.com/1/other")

    found = {each.name: each.visibility_timeout for each in view(evaluate(program, preview=preview)).data}
    assert found == {"omits": 30, "sets": 90, "other": UNKNOWN}
