"""The capacity of a service: its strategy, its launch type, its cluster's default."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.plain_ecs import IN_SUBNET, cluster_with_default, group_of_instances, service

from moorage.graph import Capacity, ComputeKind, view
from moorage.offline import UNKNOWN, evaluate

SPOT = [{"capacity_provider": "FARGATE_SPOT", "weight": 1}]


def capacity_of(program: Callable[[], object], preview: bool = False) -> Capacity:
    (found,) = view(evaluate(program, preview=preview)).services
    return found.capacity


def test_without_strategy_or_launch_type_it_is_the_clusters_default(preview: bool) -> None:
    def program() -> None:
        cluster = cluster_with_default("c", ["FARGATE", "FARGATE_SPOT"], SPOT)
        service(cluster=cluster.arn, desired_count=2, network_configuration=IN_SUBNET)

    found = capacity_of(program, preview)
    assert [provider.kind for provider in found.providers] == [ComputeKind.FARGATE_SPOT]
    assert (found.kind, found.only_spot) == (ComputeKind.FARGATE, True)
    assert found.spread(2) == {"FARGATE_SPOT": 2}


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        ({"launch_type": "FARGATE"}, ComputeKind.FARGATE),
        ({"launch_type": "EC2"}, ComputeKind.EC2),
        ({"launch_type": "EXTERNAL"}, ComputeKind.EXTERNAL),
        (
            {"capacity_provider_strategies": [{"capacity_provider": "FARGATE", "weight": 1}]},
            ComputeKind.FARGATE,
        ),
        ({"scheduling_strategy": "DAEMON"}, ComputeKind.EC2),
    ],
    ids=["Fargate", "EC2", "external", "own strategy", "daemon"],
)
def test_what_a_service_says_itself_wins(args: dict[str, Any], kind: ComputeKind, preview: bool) -> None:
    def program() -> None:
        cluster = cluster_with_default("c", ["FARGATE", "FARGATE_SPOT"], SPOT)
        service(cluster=cluster.arn, **args)

    found = capacity_of(program, preview)
    assert (found.kind, found.only_spot) == (kind, False)


def test_without_any_default_it_is_the_instances_that_join_the_cluster() -> None:
    """CreateService, launchType: "If you don't specify a value, EC2 is used"."""

    def program() -> None:
        cluster = aws.ecs.Cluster("c")
        group_of_instances("c", cluster, minimum=2, maximum=5)
        service(cluster=cluster.arn)

    found = capacity_of(program)
    assert found.kind is ComputeKind.EC2
    assert [(group.resource.name, group.minimum, group.maximum) for group in found.groups] == [("c", 2, 5)]


@pytest.mark.parametrize("cluster", [None, "arn:aws:ecs:us-east-1:123456789012:cluster/shared"])
def test_what_a_cluster_of_another_stack_decides_is_not_known(cluster: str | None, preview: bool) -> None:
    found = capacity_of(lambda: service(cluster=cluster), preview)
    assert (found.shares, found.kind, found.only_spot) == (UNKNOWN, None, False)


def test_a_launch_type_that_is_not_known_yet() -> None:
    def program() -> None:
        chosen = aws.sns.Topic("t").arn.apply(lambda _: "FARGATE")
        service(cluster=aws.ecs.Cluster("c").arn, launch_type=chosen)

    assert capacity_of(program, preview=True).shares is UNKNOWN
    assert capacity_of(program).kind is ComputeKind.FARGATE


def test_a_mix_of_kinds_has_no_one_kind() -> None:
    def program() -> None:
        mixed: Any = [
            {"capacity_provider": "FARGATE", "weight": 1},
            {"capacity_provider": "own", "weight": 1},
        ]
        service(cluster=aws.ecs.Cluster("c").arn, capacity_provider_strategies=mixed)

    found = capacity_of(program)
    assert found.kind is None
    assert [provider.kind for provider in found.providers] == [ComputeKind.FARGATE, UNKNOWN]


@pytest.mark.parametrize(
    ("strategies", "count", "spread"),
    [
        # The base first, then by weight ("Amazon ECS capacity providers for EC2 workloads").
        ([("FARGATE", 1, 0), ("FARGATE_SPOT", 0, 1)], 4, {"FARGATE": 1, "FARGATE_SPOT": 3}),
        ([("FARGATE", 2, 0), ("FARGATE_SPOT", 0, 1)], 1, {"FARGATE": 1, "FARGATE_SPOT": 0}),
        ([("FARGATE_SPOT", 0, 3), ("FARGATE", 0, 1)], 7, {"FARGATE": 2, "FARGATE_SPOT": 5}),
        ([("a", 0, 1), ("b", 0, 1), ("FARGATE", 0, 1)], 9, {"a": 3, "b": 3, "FARGATE": 3}),
        ([("FARGATE", 1, 1)], 0, {"FARGATE": 0}),
        ([("FARGATE", 1, 0)], 3, {"FARGATE": 1}),
    ],
)
def test_how_tasks_are_spread(
    strategies: list[tuple[str, int, int]], count: int, spread: dict[str, int]
) -> None:
    def program() -> None:
        given: Any = [
            {"capacity_provider": name, "base": base, "weight": weight} for name, base, weight in strategies
        ]
        service(cluster=aws.ecs.Cluster("c").arn, capacity_provider_strategies=given)

    assert capacity_of(program).spread(count) == spread


@pytest.mark.parametrize(("market", "on_demand"), [("spot", 0), (None, 3)])
def test_instances_of_a_template_for_spot(market: str | None, on_demand: int) -> None:
    def program() -> None:
        options: Any = {"market_type": market} if market else None
        template = aws.ec2.LaunchTemplate("t", instance_type="t3.small", instance_market_options=options)
        group: Any = {"id": template.id}
        aws.autoscaling.Group("g", min_size=1, max_size=3, launch_template=group)

    (group,) = view(evaluate(program)).groups.values()
    assert (group.on_demand(3), group.only_spot) == (on_demand, market == "spot")


def test_a_provider_of_another_region_is_no_matter_of_capacity() -> None:
    def program() -> None:
        there = aws.Provider("there", region="eu-west-1")
        aws.ecs.Service("web", launch_type="FARGATE", opts=pulumi.ResourceOptions(provider=there))

    stack = view(evaluate(program))
    (found,) = stack.services
    assert found.capacity.kind is ComputeKind.FARGATE
    assert stack.links.region(found.resource) == "eu-west-1"
