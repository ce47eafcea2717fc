import asyncio
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.fixtures import Lines

from moorage import ContainerApp, EcsCluster, Job, Network, NetworkArgs
from moorage.model.network import RouteTable, public_subnets
from moorage.offline import UNKNOWN, EvaluationError, ResourceGraph, evaluate
from moorage.offline.invokes import TABLE
from moorage.offline.resolvers.row import row
from moorage.resources.network.subnets import task_subnets

IDS = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}


def network(args: dict[str, Any], preview: bool = False) -> ResourceGraph:
    def program() -> None:
        made = Network("net", args)  # pyright: ignore[reportArgumentType]
        pulumi.export("ref", made.ref)
        pulumi.export("tasks", task_subnets(made.ref))

    return evaluate(program, preview=preview)


def test_the_default_vpc_by_two_invokes_and_no_resources(preview: bool) -> None:
    graph = network({}, preview)
    assert [resource.type for resource in graph] == ["moorage:index:Network"]
    assert [invoke.token for invoke in graph.invokes] == [
        "aws:ec2/getVpc:getVpc",
        "aws:ec2/getSubnets:getSubnets",
    ]
    vpc, subnets = graph.invokes
    assert vpc.args == {"default": True}
    assert subnets.args["filters"] == [
        {"name": "vpc-id", "values": [graph.outputs["ref"]["vpc_id"]]},
        {"name": "default-for-az", "values": ["true"]},
    ]
    assert graph.outputs["tasks"] == graph.outputs["ref"]["public_subnet_ids"]
    assert "private_subnet_ids" not in graph.outputs["ref"]


EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


@pytest.mark.parametrize("ipv6", [False, True])
def test_ipv6_addresses_are_open_to_tasks_and_instances(preview: bool, ipv6: bool) -> None:
    def program() -> None:
        private: Any = {**IDS, "private_subnet_ids": ["c"], "private_egress": True, "ipv6": ipv6}
        net = Network("net", private)
        cluster = EcsCluster("main", {"network": net.ref, "capacity": "ec2"})
        args: Any = {"cluster": cluster.ref, "network": net.ref, "image": "nginx:1", "network_mode": "awsvpc"}
        ContainerApp("web", args)
        Job("migrate", args)

    graph = evaluate(program, preview=preview)
    found = {
        rule.name: (rule.inputs.get("cidrIpv4"), rule.inputs.get("cidrIpv6"))
        for rule in graph.of_type(EGRESS)
    }
    groups = ("main-instances", "web-tasks", "migrate-tasks")
    ipv4 = {f"{group}-out": ("0.0.0.0/0", None) for group in groups}
    further = {f"{group}-out-ipv6": (None, "::/0") for group in groups}
    assert found == (ipv4 | further if ipv6 else ipv4)


def test_a_vpc_by_its_ids(preview: bool) -> None:
    graph = network({**IDS, "private_subnet_ids": ["c"], "private_egress": True}, preview)
    assert graph.invokes == ()
    assert graph.outputs["ref"] == {
        "vpc_id": "vpc-1",
        "public_subnet_ids": ["a", "b"],
        "private_subnet_ids": ["c"],
        "private_egress": True,
    }
    assert graph.outputs["tasks"] == ["c"]
    assert graph.one("moorage:index:Network").outputs == {
        "vpcId": "vpc-1",
        "publicSubnetIds": ["a", "b"],
        "privateSubnetIds": ["c"],
    }


def test_private_subnets_without_egress_are_no_place_for_tasks() -> None:
    assert network({**IDS, "private_subnet_ids": ["c"]}).outputs["tasks"] == ["a", "b"]


def test_subnets_that_a_preview_does_not_know_as_a_whole() -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        unknown = vpc.id.apply(lambda known: [known])
        made = Network("net", {"vpc_id": vpc.id, "public_subnet_ids": unknown})
        pulumi.export("ref", made.ref)

    graph = evaluate(program, preview=True)
    assert graph.outputs["ref"]["public_subnet_ids"] is UNKNOWN


ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SUBNETS = {**IDS, "private_subnet_ids": ["c", "d"], "private_egress": True}


def services(graph: ResourceGraph, kind: str) -> list[str]:
    return [
        endpoint.inputs["serviceName"].removeprefix("com.amazonaws.us-east-1.")
        for endpoint in graph.of_type(ENDPOINT)
        if endpoint.inputs["vpcEndpointType"] == kind
    ]


def tokens(graph: ResourceGraph) -> list[str]:
    return [invoke.token.rpartition(":")[2] for invoke in graph.invokes]


def test_the_free_endpoints_are_in_every_route_table_of_the_vpc(preview: bool) -> None:
    graph = network({**SUBNETS, "endpoints": ["gateway"]}, preview)
    assert services(graph, "Gateway") == ["dynamodb", "s3"]
    assert services(graph, "Interface") == []
    assert tokens(graph) == ["getVpc", "getRouteTables"]
    for endpoint in graph.of_type(ENDPOINT):
        tables = endpoint.inputs["routeTableIds"]
        assert [table[:4] for table in tables] == ["rtb-", "rtb-"]
        assert endpoint.inputs["vpcId"] == "vpc-1"
    assert graph.of_type("aws:ec2/securityGroup:SecurityGroup") == []


def test_the_default_vpc_has_the_endpoints_in_its_main_table_with_no_further_invoke(preview: bool) -> None:
    graph = network({"endpoints": ["s3", "sqs"]}, preview)
    gateway, interface = graph.of_type(ENDPOINT)
    assert tokens(graph) == ["getVpc", "getSubnets"]
    (table,) = gateway.inputs["routeTableIds"]
    assert table.startswith("rtb-")
    assert interface.inputs["subnetIds"] == graph.outputs["ref"]["public_subnet_ids"]


def test_interface_endpoints_are_in_the_private_subnets_for_the_vpc_alone(preview: bool) -> None:
    graph = network({**SUBNETS, "endpoints": ["all", "kms"], "tags": {"team": "a"}}, preview)
    assert services(graph, "Interface") == [
        *("ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "ssm", "ssmmessages")
    ]
    group = graph.one("aws:ec2/securityGroup:SecurityGroup")
    assert group.inputs["ingress"] == [
        {
            "description": "The VPC",
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["172.31.0.0/16"],
        }
    ]
    assert "egress" not in group.inputs
    for endpoint in graph.of_type(ENDPOINT):
        assert endpoint.inputs["tags"] == {"moorage:app": "net", "moorage:stack": "dev", "team": "a"}
        if endpoint.inputs["vpcEndpointType"] == "Interface":
            assert endpoint.inputs["subnetIds"] == ["c", "d"]
            assert endpoint.inputs["privateDnsEnabled"] is True
            assert endpoint.inputs["securityGroupIds"] == [UNKNOWN if preview else group.id]


def test_what_is_in_the_private_subnets_waits_for_the_endpoints(preview: bool) -> None:
    def program() -> None:
        made = Network("net", {**SUBNETS, "endpoints": ["logs"]})  # pyright: ignore[reportArgumentType]
        cluster = EcsCluster("main", {"network": made.ref})
        ContainerApp("web", {"cluster": cluster.ref, "network": made.ref, "image": "nginx:1"})

    graph = evaluate(program, preview=preview)
    service = graph.one("aws:ecs/service:Service")
    assert service.inputs["networkConfiguration"]["subnets"] == ["c", "d"]
    assert graph.one(ENDPOINT).urn in service.property_dependencies["networkConfiguration"]


def test_a_vpc_that_the_program_makes_names_its_route_tables() -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        table = aws.ec2.RouteTable("private", vpc_id=vpc.id)
        subnets = [
            aws.ec2.Subnet(zone, vpc_id=vpc.id, availability_zone=f"us-east-1{zone}", cidr_block=block)
            for zone, block in (("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"))
        ]
        ids = [subnet.id for subnet in subnets]
        arguments: NetworkArgs = {"vpc_id": vpc.id, "public_subnet_ids": ids, "endpoints": ["gateway"]}
        Network("net", {**arguments, "route_table_ids": [table.id]})

    graph = evaluate(program)
    assert tokens(graph) == ["getVpc"]
    table = graph.one("aws:ec2/routeTable:RouteTable")
    assert [each.inputs["routeTableIds"] for each in graph.of_type(ENDPOINT)] == [[table.id]] * 2
    first = evaluate(program, preview=True).of_type(ENDPOINT)[0]
    assert (first.inputs["serviceName"], first.inputs["vpcId"]) == (UNKNOWN, UNKNOWN)


def test_route_tables_of_an_output_must_be_named(loops: None, refused: Lines) -> None:
    asyncio.set_event_loop(asyncio.new_event_loop())
    vpc = pulumi.Output.from_input("vpc-1")
    assert refused("Network", {"vpc_id": vpc}) == [
        "public_subnet_ids: is required where vpc_id is an Output: the subnets of a VPC that the program "
        "makes cannot be looked up yet"
    ]
    args: NetworkArgs = {"vpc_id": vpc, "public_subnet_ids": ["a", "b"]}
    assert refused("Network", {**args, "endpoints": ["all"]}) == [
        "route_table_ids: is required with the endpoint dynamodb where vpc_id is an Output: the tables of a "
        "VPC that the program makes cannot be looked up yet"
    ]
    evaluate(lambda: Network("net", {**args, "endpoints": ["logs"]}) and None)


def test_the_subnets_of_a_vpc_by_their_routes(preview: bool) -> None:
    graph = network({"vpc_id": "vpc-1", "private_egress": True}, preview)
    ref = graph.outputs["ref"]
    assert (len(ref["public_subnet_ids"]), len(ref["private_subnet_ids"])) == (2, 1)
    assert graph.outputs["tasks"] == ref["private_subnet_ids"]
    assert tokens(graph) == ["getSubnets", "getRouteTables", "getRouteTable", "getRouteTable"]
    assert [resource.type for resource in graph] == ["moorage:index:Network"]


def test_a_vpc_by_its_tags(preview: bool) -> None:
    graph = network({"vpc_tags": {"Name": "shared"}, "endpoints": ["logs"]}, preview)
    assert graph.invokes[0].args == {"tags": {"Name": "shared"}}
    ref = graph.outputs["ref"]
    assert ref["vpc_id"].startswith("vpc-")
    assert graph.outputs["tasks"] == ref["public_subnet_ids"]
    assert graph.one(ENDPOINT).inputs["subnetIds"] == ref["private_subnet_ids"]


def test_subnets_that_a_looked_up_vpc_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TABLE, "aws:ec2/getSubnets:getSubnets", row("{R}", ids=lambda _: list[str]()))
    with pytest.raises(EvaluationError, match="net: the VPC has no private subnets"):
        network({"vpc_id": "vpc-1", "private_egress": True})
    with pytest.raises(EvaluationError, match="net: the VPC has no public subnets"):
        network({"vpc_id": "vpc-1"})


@pytest.mark.parametrize(
    ("tables", "public"),
    [
        ([RouteTable(True, (), True)], ["a", "b", "c"]),
        ([RouteTable(True, (), False)], []),
        ([RouteTable(True, ("b",), True), RouteTable(False, ("c",), False)], ["a", "b"]),
        ([RouteTable(False, ("c", "a"), True), RouteTable(True, (), False)], ["a", "c"]),
    ],
)
def test_which_subnets_are_public(tables: list[RouteTable], public: list[str]) -> None:
    assert public_subnets(["c", "b", "a"], tables) == public


def test_no_endpoints_make_nothing() -> None:
    assert [each.type for each in network({**IDS, "endpoints": []})] == ["moorage:index:Network"]


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        (
            {"vpc_id": "v", "private_subnet_ids": ["a"]},
            ["private_subnet_ids: needs public_subnet_ids: all subnets are looked up, or none"],
        ),
        ({"vpc_tags": {}}, ["vpc_tags: {}: must not be empty; give the tags of one VPC"]),
        (
            {**IDS, "vpc_tags": {"Name": "main"}},
            [
                "vpc_tags: cannot be combined with vpc_id, which names a VPC",
                "vpc_tags: cannot be combined with public_subnet_ids, which is looked up",
            ],
        ),
        (
            {**IDS, "private_egress": True},
            ["private_egress: True: needs private_subnet_ids beside public_subnet_ids"],
        ),
        ({"public_subnet_ids": ["a"]}, ["public_subnet_ids: needs vpc_id"]),
        (
            {"private_subnet_ids": ["a"]},
            ["private_subnet_ids: needs vpc_id: the default VPC has no private subnets"],
        ),
        (
            {"private_egress": True},
            ["private_egress: True: needs private_subnet_ids, vpc_id or vpc_tags: the default VPC has"],
        ),
        (
            {**IDS, "private_subnets": ["c"]},
            ["private_subnets: unknown argument; did you mean 'private_subnet_ids'?"],
        ),
        (
            {**IDS, "endpoints": ["ecr-api"]},
            ["endpoints[0]: 'ecr-api': must be one of gateway, all, dynamodb, s3, ecr.api, ecr.dkr, logs, "],
        ),
        ({"route_table_ids": ["rtb-1"]}, ["route_table_ids: needs endpoints"]),
        (
            {"vpc_id": 1, "private_egress": "yes"},
            ["vpc_id: must be a string", "private_egress: 'yes': must be true or false"],
        ),
    ],
)
def test_wrong_arguments(refused: Lines, preview: bool, args: dict[str, Any], lines: list[str]) -> None:
    found = refused("Network", args, preview=preview)
    assert [line for line in lines if not any(each.startswith(line) for each in found)] == []
