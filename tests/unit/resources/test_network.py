from typing import Any

import pulumi
import pytest

from moorage import Network
from moorage.offline import UNKNOWN, ResourceGraph, evaluate
from moorage.resources.network import task_subnets

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
        import pulumi_aws as aws

        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        unknown = vpc.id.apply(lambda known: [known])
        made = Network("net", {"vpc_id": vpc.id, "public_subnet_ids": unknown})
        pulumi.export("ref", made.ref)

    graph = evaluate(program, preview=True)
    assert graph.outputs["ref"]["public_subnet_ids"] is UNKNOWN


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        ({"vpc_id": "v"}, ["vpc_id: needs public_subnet_ids"]),
        ({"public_subnet_ids": ["a"]}, ["public_subnet_ids: needs vpc_id"]),
        (
            {"private_subnet_ids": ["a"]},
            ["private_subnet_ids: needs vpc_id: the default VPC has no private subnets"],
        ),
        ({"private_egress": True}, ["private_egress: True: needs private_subnet_ids"]),
        (
            {**IDS, "private_subnets": ["c"]},
            ["private_subnets: unknown argument; did you mean 'private_subnet_ids'?"],
        ),
        (
            {"vpc_id": 1, "private_egress": "yes"},
            ["vpc_id: must be a string", "private_egress: 'yes': must be true or false"],
        ),
    ],
)
def test_wrong_arguments(refused: Any, preview: bool, args: dict[str, Any], lines: list[str]) -> None:
    found = refused("Network", args, preview=preview)
    assert [line for line in lines if line not in found] == []
