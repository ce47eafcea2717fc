"""Costs of EC2 instances."""

from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest

from moorage.offline import ResourceGraph
from moorage.plan.cost import HOURS, Cost, monthly
from moorage.plan.cost.table import prices

Amounts = Callable[[Cost], dict[str, float | None]]


def group(template: dict[str, Any], sizes: tuple[int, int] = (2, 2), **other: Any) -> None:
    device = {"device_name": "/dev/xvda", "ebs": {"volume_type": "gp3", "volume_size": 30}}
    launch = aws.ec2.LaunchTemplate("nodes", **{"block_device_mappings": [device], **template})
    if "mixed_instances_policy" not in other:
        other["launch_template"] = {"id": launch.id, "version": "$Latest"}
    else:
        chosen = {"launch_template_specification": {"launch_template_id": launch.id}}
        other["mixed_instances_policy"]["launch_template"] |= chosen
    aws.autoscaling.Group("nodes", min_size=sizes[0], max_size=sizes[1], **other)


def private(**template: Any) -> dict[str, Any]:
    return {"network_interfaces": [{"associate_public_ip_address": "false"}], **template}


def test_a_range_from_the_fewest_to_the_most(
    graph_of: Callable[..., ResourceGraph], amounts: Amounts, preview: bool
) -> None:
    ec2 = {"instance_types": ["t3.medium"], "min_size": 3, "max_size": 6}
    cost = monthly(graph_of("ec2", ec2=ec2, preview=preview), "us-east-1")
    assert {what: amount for what, amount in amounts(cost).items() if amount is not None} == {
        "3 to 6 t3.medium on demand": round(3 * HOURS * 0.0416, 2),
        "30 GB volumes of 3 to 6 instances": 3 * 30 * 0.08,
        "public addresses of 3 to 6 instances": round(3 * HOURS * 0.005, 2),
        "detailed monitoring of 3 to 6 instances": 3 * 7 * 0.30,
    }
    assert cost.monthly_max == pytest.approx(2 * cost.monthly)
    assert cost.unknown == ()


def test_no_public_addresses_in_private_subnets(graph_of: Callable[..., ResourceGraph]) -> None:
    private_network = {
        "vpc_id": "vpc-1",
        "public_subnet_ids": ["subnet-a"],
        "private_subnet_ids": ["subnet-b"],
        "private_egress": True,
    }
    cost = monthly(graph_of("ec2", network=private_network), "us-east-1")
    assert not any("addresses" in line.what for line in cost.lines)
    assert cost.unknown == ()


def test_spot_beyond_a_base_on_demand(
    graph_of: Callable[..., ResourceGraph], amounts: Amounts, preview: bool
) -> None:
    ec2 = {
        "instance_types": ["t4g.small", "t4g.medium"],
        "min_size": 2,
        "max_size": 5,
        "purchase": "spot",
        "on_demand_base": 1,
    }
    cost = monthly(graph_of("ec2", arch="arm64", ec2=ec2, preview=preview), "us-east-1")
    found = amounts(cost)
    either = "t4g.small (or t4g.medium)"
    assert found[f"1 {either} on demand"] == round(HOURS * 0.0168, 2)
    share = prices("us-east-1").shares["ec2_spot"]
    assert found[f"1 to 4 {either} on Spot (estimate)"] == round(HOURS * 0.0168 * share, 2)
    assert cost.unknown == ()


def test_a_warm_pool_costs_its_volumes(
    graph_of: Callable[..., ResourceGraph], amounts: Amounts, preview: bool
) -> None:
    ec2 = {"instance_types": ["t3.small"], "min_size": 1, "max_size": 4, "warm_pool": {"min_size": 1}}
    found = amounts(monthly(graph_of("ec2", ec2=ec2, preview=preview), "us-east-1"))
    assert found["1 to 4 t3.small on demand"] == round(HOURS * 0.0208, 2)
    # With the pool there are as many as the group can have, and one when all of them are in service.
    assert found["30 GB volumes of 4 to 5 instances"] == 4 * 2.40
    assert found["public addresses of 1 to 4 instances"] == round(HOURS * 0.005, 2)


def test_running_instances_of_a_warm_pool_cost_as_the_others(
    graph_of: Callable[..., ResourceGraph], amounts: Amounts, preview: bool
) -> None:
    pool = {"state": "running", "max_group_prepared_capacity": 2}
    ec2 = {"instance_types": ["t3.small"], "min_size": 1, "max_size": 4, "warm_pool": pool}
    found = amounts(monthly(graph_of("ec2", ec2=ec2, preview=preview), "us-east-1"))
    assert found["2 to 4 t3.small on demand"] == round(2 * HOURS * 0.0208, 2)
    assert found["30 GB volumes of 2 to 4 instances"] == 2 * 2.40
    assert found["public addresses of 2 to 4 instances"] == round(2 * HOURS * 0.005, 2)


def test_the_volume_of_bottlerocket_itself_has_no_known_size(
    graph_of: Callable[..., ResourceGraph], amounts: Amounts, preview: bool
) -> None:
    cost = monthly(graph_of("ec2", ec2={"os": "bottlerocket"}, preview=preview), "us-east-1")
    assert amounts(cost)["30 GB volumes of 1 to 3 instances"] == 2.40
    assert cost.unknown == ("main-instances: volumes of 1 to 3 instances: their size is unknown",)


def test_a_type_that_is_not_in_the_table(
    graph_of: Callable[..., ResourceGraph], preview: bool, amounts: Amounts
) -> None:
    ec2 = {"instance_types": ["u-6tb1.metal"], "min_size": 1}
    cost = monthly(graph_of("ec2", ec2=ec2, preview=preview), "us-east-1")
    assert cost.unknown == ("main-instances: u-6tb1.metal: no price for this instance type in the table",)
    assert amounts(cost)["30 GB volumes of 1 to 3 instances"] == 2.40


def test_a_launch_template_without_overrides(cost_of: Callable[..., Cost], amounts: Amounts) -> None:
    cost = cost_of(lambda: group(private(instance_type="m7g.large")))
    assert amounts(cost) == {
        "2 m7g.large on demand": round(2 * HOURS * 0.0816, 2),
        "30 GB volumes of 2 instances": 4.80,
    }
    assert cost.monthly == cost.monthly_max


def test_a_launch_template_of_spot_instances(cost_of: Callable[..., Cost]) -> None:
    market = {"market_type": "spot"}
    cost = cost_of(lambda: group(private(instance_type="t3.micro", instance_market_options=market)))
    assert cost.lines[0].what == "2 t3.micro on Spot (estimate)"


def test_a_percentage_on_demand_is_rounded_up(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        policy: dict[str, Any] = {
            "instances_distribution": {
                "on_demand_base_capacity": 1,
                "on_demand_percentage_above_base_capacity": 50,
            },
            "launch_template": {"overrides": [{"instance_type": "c7g.large"}]},
        }
        group(private(), (4, 4), mixed_instances_policy=policy)

    assert [line.what for line in cost_of(program).lines][:2] == [
        "3 c7g.large on demand",
        "1 c7g.large on Spot (estimate)",
    ]


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (private(instance_type="t3.nano", block_device_mappings=[{"ebs": {"volume_size": 8}}]), "gp2"),
        ({"instance_type": "t3.nano"}, "its subnets decide whether instances get public addresses"),
        (private(), "its instance type is unknown"),
    ],
)
def test_what_cannot_be_priced(template: dict[str, Any], why: str, cost_of: Callable[..., Cost]) -> None:
    (sentence,) = cost_of(lambda: group(template)).unknown
    assert sentence.startswith("nodes: ")
    assert why in sentence


@pytest.mark.parametrize(
    ("mapped", "found"),
    [
        ((None, False), {}),
        ((True, True), {"public addresses of 2 instances": 7.3}),
        ((True, False), None),
    ],
)
def test_subnets_of_the_program_decide_about_addresses(
    mapped: tuple[bool | None, ...],
    found: dict[str, float] | None,
    cost_of: Callable[..., Cost],
    amounts: Callable[[Cost], dict[str, float | None]],
    preview: bool,
) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
        subnets = [
            aws.ec2.Subnet(f"n{i}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", map_public_ip_on_launch=each)
            for i, each in enumerate(mapped)
        ]
        template = aws.ec2.LaunchTemplate("nodes", instance_type="t3.micro")
        aws.autoscaling.Group(
            "nodes",
            min_size=2,
            max_size=2,
            launch_template={"id": template.id},
            vpc_zone_identifiers=[subnet.id for subnet in subnets],
        )

    cost = cost_of(program, preview=preview)
    addresses = {what: cents for what, cents in amounts(cost).items() if what.startswith("public")}
    assert addresses == (found or {})
    assert bool(cost.unknown) is (found is None)


def test_a_group_without_a_launch_template_of_the_program(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        aws.autoscaling.Group("nodes", min_size=1, max_size=1, launch_template={"id": "lt-other"})

    assert cost_of(program).unknown == ("nodes: its launch template or size is unknown",)


def test_a_single_instance(cost_of: Callable[..., Cost]) -> None:
    cost = cost_of(lambda: aws.ec2.Instance("bastion", instance_type="t4g.nano", ami="ami-1"))
    assert cost.monthly == pytest.approx(HOURS * 0.0042)
    assert cost.unknown == ("bastion: volumes and public address of a single instance: not priced",)


def test_managed_instances_have_no_amount(graph_of: Callable[..., ResourceGraph], preview: bool) -> None:
    cost = monthly(graph_of("managed_instances", preview=preview), "us-east-1")
    line = next(line for line in cost.lines if line.what.startswith("managed instances"))
    assert (line.quantity, line.unit, line.monthly) == (None, "instance-hour", None)
    (sentence,) = cost.unknown
    assert "ECS chooses their type and number" in sentence
    assert cost.monthly == 0
