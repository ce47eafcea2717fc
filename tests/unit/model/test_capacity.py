from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model.capacity import Capacity, capacity_spec, check_capacity
from moorage.model.fields.checks import checked
from moorage.model.fields.cluster import ECS_CLUSTER
from moorage.model.problems import Problems
from moorage.resources.cluster.args import EcsClusterArgs


def check(args: dict[str, Any], problems: Problems) -> Capacity:
    values = checked(EcsClusterArgs, ECS_CLUSTER, args, problems)
    result = capacity_spec(values)
    check_capacity(result, values, problems)
    return result


def capacity(**args: Any) -> Capacity:
    problems = Problems("EcsCluster", "main")
    result = check(args, problems)
    problems.raise_if_any()
    return result


def wrong(problem_lines: Lines, **args: Any) -> list[str]:
    return problem_lines(lambda problems: check(args, problems))


def test_defaults() -> None:
    plain = capacity()
    assert (plain.kind, plain.arch, plain.preset, plain.is_fargate, plain.has_group) == (
        "fargate",
        "x86_64",
        "dev",
        True,
        False,
    )


def test_the_instances_of_ec2() -> None:
    ec2 = capacity(capacity="ec2")
    assert (ec2.has_group, ec2.is_fargate) == (True, False)
    assert ec2.instances.types == ("t3.small",)
    assert not ec2.instances.chosen
    assert (ec2.instances.min_size, ec2.instances.max_size, ec2.instances.volume_size) == (1, 3, 30)
    assert capacity(capacity="ec2", arch="arm64").instances.types == ("t4g.small",)
    assert capacity(capacity="ec2", ec2={"min_size": 5}).instances.max_size == 5


def test_numbers_of_other_languages() -> None:
    ec2 = capacity(
        capacity="ec2", ec2={"min_size": 2.0, "max_size": 4.0, "target_capacity": 90.0, "volume_size": 40.0}
    )
    numbers = (
        ec2.instances.min_size,
        ec2.instances.max_size,
        ec2.instances.target_capacity,
        ec2.instances.volume_size,
    )
    assert repr(numbers) == "(2, 4, 90, 40)"
    spot = capacity(capacity="fargate_spot", on_demand_base=2.0, on_demand_weight=1.0, spot_weight=3.0)
    assert repr((spot.on_demand_base, spot.on_demand_weight, spot.spot_weight)) == "(2, 1, 3)"


def test_a_group_beside_fargate_while_apps_move_off_it() -> None:
    moving = capacity(capacity="fargate", ec2={})
    assert (moving.is_fargate, moving.has_group) == (True, True)
    assert not capacity(capacity="managed_instances", ec2={}).has_group


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (
            {"capacity": "fargat"},
            "capacity: 'fargat': must be one of fargate, fargate_spot, ec2, managed_instances "
            "(did you mean 'fargate'?)",
        ),
        ({"arch": "arm"}, "arch: 'arm': must be one of x86_64, arm64 (did you mean 'arm64'?)"),
        ({"preset": "live"}, "preset: 'live': must be one of dev, prod"),
        ({"on_demand_base": 1}, "on_demand_base: 1: needs capacity fargate_spot"),
        (
            {"capacity": "fargate_spot", "on_demand_weight": 1001},
            "on_demand_weight: 1001: must be from 0 to 1000",
        ),
        (
            {"capacity": "fargate_spot", "spot_weight": 0},
            "spot_weight: 0: must be from 1 to 1000",
        ),
    ],
)
def test_choices(problem_lines: Lines, args: dict[str, Any], line: str) -> None:
    assert wrong(problem_lines, **args) == [line]


@pytest.mark.parametrize(
    ("ec2", "line"),
    [
        (
            {"instance_types": ["t4g.small"]},
            "ec2.instance_types[0]: 't4g.small': is arm64, but the cluster's arch is x86_64",
        ),
        (
            {"instance_types": ["t3.small", "t3"]},
            "ec2.instance_types[1]: 't3': must be an instance type such as t4g.small",
        ),
        (
            {"purchase": "sport"},
            "ec2.purchase: 'sport': must be one of on_demand, spot (did you mean 'spot'?)",
        ),
        ({"min_size": 4, "max_size": 2}, "ec2.min_size: 4: must not be above max_size, 2"),
        (
            {"warm_pool": {"min_size": 5, "max_group_prepared_capacity": 2}},
            "ec2.warm_pool.min_size: 5: must not be above max_group_prepared_capacity, 2",
        ),
        ({"min_size": -1}, "ec2.min_size: -1: must be from 0 to 1000"),
        ({"min_size": 0, "max_size": 0}, "ec2.max_size: 0: must be from 1 to 1000"),
        ({"target_capacity": 0}, "ec2.target_capacity: 0: must be from 1 to 100 percent"),
        (
            {"volume_size": 8},
            "ec2.volume_size: 8: must be from 30 to 16384 GiB: the ECS-optimized AMI needs 30",
        ),
        ({"purchase": "spot", "on_demand_base": 4}, "ec2.on_demand_base: 4: must not be above max_size, 3"),
        ({"on_demand_base": 1}, "ec2.on_demand_base: 1: needs purchase spot"),
        ({"on_demand_percentage": 30}, "ec2.on_demand_percentage: 30: needs purchase spot"),
        (
            {"purchase": "spot", "on_demand_percentage": 101},
            "ec2.on_demand_percentage: 101: must be from 0 to 100 percent",
        ),
    ],
)
def test_instances(problem_lines: Lines, ec2: dict[str, Any], line: str) -> None:
    assert wrong(problem_lines, capacity="ec2", ec2=ec2) == [line]


def test_types_are_checked_against_the_architecture(problem_lines: Lines) -> None:
    assert (
        wrong(problem_lines, capacity="ec2", arch="arm64", ec2={"instance_types": ["t4g.small", "m7g.large"]})
        == []
    )
    (line,) = wrong(
        problem_lines, capacity="managed_instances", arch="arm64", ec2={"instance_types": ["m7i.large"]}
    )
    assert line == "ec2.instance_types[0]: 'm7i.large': is x86_64, but the cluster's arch is arm64"


def test_what_ecs_decides_for_managed_instances(problem_lines: Lines) -> None:
    ec2 = {"min_size": 1, "max_size": 2, "target_capacity": 80, "volume_size": 50}
    reason = "cannot be combined with capacity managed_instances, which decides it itself"
    assert wrong(problem_lines, capacity="managed_instances", ec2=ec2) == [
        f"ec2.min_size: 1: {reason}",
        f"ec2.max_size: 2: {reason}",
        f"ec2.target_capacity: 80: {reason}",
    ]


SPOT_ONLY = [
    {"capacity": "fargate_spot", "on_demand_base": 0},
    {"capacity": "ec2", "ec2": {"purchase": "spot"}},
    {"capacity": "managed_instances", "ec2": {"purchase": "spot"}},
]


@pytest.mark.parametrize("args", SPOT_ONLY)
def test_spot_only_in_prod(problem_lines: Lines, args: dict[str, Any]) -> None:
    assert wrong(problem_lines, **args) == []
    (line,) = wrong(problem_lines, **args, preset="prod")
    assert "Spot only is refused in the preset prod" in line


@pytest.mark.parametrize(
    "args",
    [
        {"capacity": "fargate_spot"},
        {"capacity": "fargate_spot", "on_demand_base": 0, "on_demand_weight": 1},
        {"capacity": "ec2", "ec2": {"purchase": "spot", "on_demand_base": 1}},
        {"capacity": "ec2", "ec2": {"purchase": "spot", "on_demand_percentage": 1}},
    ],
)
def test_spot_beside_something_on_demand_in_prod(problem_lines: Lines, args: dict[str, Any]) -> None:
    assert wrong(problem_lines, **args, preset="prod") == []


def test_types_with_gpus_and_without_have_no_ami_in_common(problem_lines: Lines) -> None:
    mixed = {"instance_types": ["g5.xlarge", "t3.small"]}
    (line,) = wrong(problem_lines, capacity="ec2", ec2=mixed)
    assert "only g5.xlarge have GPUs, and all instances of the group have one AMI" in line
    assert wrong(problem_lines, capacity="managed_instances", ec2=mixed) == []
    assert not capacity(capacity="managed_instances", ec2=mixed).gpu


def test_gpus_of_a_cluster() -> None:
    """AWS makes the GPU-optimized AMI of Amazon Linux 2023 for x86_64 only ("Retrieving Amazon ECS-optimized
    Linux AMI metadata")."""
    assert capacity(capacity="ec2", ec2={"instance_types": ["g4dn.xlarge", "g5.xlarge"]}).gpu
    assert not capacity(capacity="ec2").gpu
    assert not capacity(capacity="ec2", arch="arm64", ec2={"instance_types": ["g5g.xlarge"]}).gpu
