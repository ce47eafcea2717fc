"""`awsx.ec2.Vpc`, whose own process makes its resources."""

import ipaddress

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
import pytest

from moorage.offline import UNKNOWN, ResourceGraph, evaluate

TYPES = {
    "nat": "aws:ec2/natGateway:NatGateway",
    "subnet": "aws:ec2/subnet:Subnet",
    "route": "aws:ec2/route:Route",
}


def vpc_graph(
    preview: bool = False, provider_region: str | None = None, **arguments: object
) -> ResourceGraph:
    def program() -> None:
        providers = [aws.Provider("p", region=provider_region)] if provider_region else None
        vpc = awsx.ec2.Vpc("net", **arguments, opts=pulumi.ResourceOptions(providers=providers))
        pulumi.export("vpc", vpc.vpc_id)
        pulumi.export("public", vpc.public_subnet_ids)
        pulumi.export("private", vpc.private_subnet_ids)
        pulumi.export("isolated", vpc.isolated_subnet_ids)
        pulumi.export("zones", vpc.public_subnet_ids.apply(len))
        aws.ec2.SecurityGroup("web", vpc_id=vpc.vpc_id)

    return evaluate(program, preview=preview)


def test_by_default_public_and_private_subnets_in_three_zones() -> None:
    graph = vpc_graph()

    outputs = graph.outputs
    assert outputs["vpc"] == graph.one("aws:ec2/vpc:Vpc").id
    assert outputs["zones"] == len(outputs["private"]) == 3
    assert outputs["isolated"] == []
    subnets = {subnet.id: subnet for subnet in graph.of_type(TYPES["subnet"])}
    assert [subnets[i].name for i in outputs["public"]] == [f"net-public-{n}" for n in (1, 2, 3)]
    assert {subnets[i].inputs["availabilityZone"] for i in outputs["private"]} == {
        "us-east-1a",
        "us-east-1b",
        "us-east-1c",
    }
    assert [nat.name for nat in graph.of_type(TYPES["nat"])] == ["net-1", "net-2", "net-3"]
    component = graph.one("awsx:ec2:Vpc")
    assert graph.one("aws:ec2/vpc:Vpc").parent == component.urn
    assert component.outputs["publicSubnetIds"] == outputs["public"]
    assert graph.one("aws:ec2/securityGroup:SecurityGroup").dependencies == (component.urn,)


def test_route_tables_are_resources(preview: bool) -> None:
    def program() -> None:
        vpc = awsx.ec2.Vpc("net", number_of_availability_zones=2)
        pulumi.export("tables", vpc.route_tables.apply(lambda tables: [table.id for table in tables]))

    graph = evaluate(program, preview=preview)
    tables = graph.of_type("aws:ec2/routeTable:RouteTable")
    assert len(tables) == 4
    assert graph.outputs["tables"] == (UNKNOWN if preview else [table.id for table in tables])


@pytest.mark.parametrize(("strategy", "count"), [("None", 0), ("Single", 1), ("OnePerAz", 2)])
def test_nat_gateways(strategy: str, count: int) -> None:
    graph = vpc_graph(number_of_availability_zones=2, nat_gateways={"strategy": strategy})

    assert len(graph.of_type(TYPES["nat"])) == count
    assert len(graph.of_type("aws:ec2/eip:Eip")) == count
    to_nat = [
        route.inputs["natGatewayId"]
        for route in graph.of_type(TYPES["route"])
        if "natGatewayId" in route.inputs
    ]
    assert len(to_nat) == (2 if count else 0)
    assert set(to_nat) == {nat.id for nat in graph.of_type(TYPES["nat"])}


def test_given_subnets() -> None:
    graph = vpc_graph(
        cidr_block="10.1.0.0/16",
        availability_zone_names=["eu-west-1a", "eu-west-1b"],
        subnet_specs=[
            {"type": "Public", "cidr_mask": 24},
            {"type": "Unused", "cidr_mask": 24},
            {"type": "Isolated", "name": "data", "cidr_mask": 22},
        ],
    )

    assert [len(graph.outputs[kind]) for kind in ("public", "private", "isolated")] == [2, 0, 2]
    names = [subnet.name for subnet in graph.of_type(TYPES["subnet"])]
    assert names == ["net-public-1", "net-data-1", "net-public-2", "net-data-2"]
    ranges = [ipaddress.ip_network(s.inputs["cidrBlock"]) for s in graph.of_type(TYPES["subnet"])]
    assert [r.prefixlen for r in ranges] == [24, 22, 24, 22]
    assert all(r.subnet_of(ipaddress.ip_network("10.1.0.0/16")) for r in ranges)
    assert not any(a.overlaps(b) for n, a in enumerate(ranges) for b in ranges[n + 1 :])


def test_given_address_ranges() -> None:
    graph = vpc_graph(
        number_of_availability_zones=2,
        subnet_specs=[{"type": "Public", "cidr_blocks": ["10.0.1.0/24", "10.0.2.0/24"]}],
    )

    assert [s.inputs["cidrBlock"] for s in graph.of_type(TYPES["subnet"])] == ["10.0.1.0/24", "10.0.2.0/24"]


def test_the_provider_reaches_what_it_makes() -> None:
    graph = vpc_graph(provider_region="eu-central-1")

    provider = graph.one("pulumi:providers:aws")
    assert {s.inputs["availabilityZone"][:-1] for s in graph.of_type(TYPES["subnet"])} == {"eu-central-1"}
    assert graph.of_type(TYPES["nat"])[0].options == {"provider": provider.urn}


def test_in_a_preview_nothing_is_known_not_even_how_many() -> None:
    graph = vpc_graph(preview=True)

    assert {key: graph.outputs[key] for key in ("vpc", "public", "private", "zones")} == dict.fromkeys(
        ("vpc", "public", "private", "zones"), UNKNOWN
    )
    assert graph.one("aws:ec2/securityGroup:SecurityGroup").inputs["vpcId"] is UNKNOWN
    assert len(graph.of_type(TYPES["nat"])) == 3
    assert graph.of_type(TYPES["subnet"])[0].inputs["vpcId"] is UNKNOWN
