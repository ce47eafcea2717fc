"""Costs of tasks on Fargate."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from moorage.offline import ResourceGraph
from moorage.plan.cost import HOURS, Cost, CostLine, monthly
from moorage.plan.cost.table import prices

X86 = 0.25 * 0.04048 + 0.5 * 0.004445
"""An hour of a task of 0.25 vCPU and 0.5 GB in us-east-1."""


def task(**other: Any) -> aws.ecs.TaskDefinition:
    size = {"cpu": "256", "memory": "512", "requires_compatibilities": ["FARGATE"], **other}
    return aws.ecs.TaskDefinition("task", family="task", container_definitions="[]", **size)


def run_service(count: Any = 1, definition: Any = None, **other: Any) -> aws.ecs.Service:
    strategy = (
        {} if other.get("launch_type") else {"capacity_provider_strategies": strategies(FARGATE=(0, 1))}
    )
    arn = task().arn if definition is None else definition
    return aws.ecs.Service(
        "web", cluster="arn:c", task_definition=arn, desired_count=count, **{**strategy, **other}
    )


def strategies(**chosen: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"capacity_provider": name, "base": base, "weight": w} for name, (base, w) in chosen.items()]


def of_tasks(cost: Cost) -> list[CostLine]:
    return [line for line in cost.lines if line.unit in ("vCPU-hour", "GB-hour") and line.monthly is not None]


def test_lines_name_the_service_what_quantity_and_unit(cost_of: Callable[..., Cost], preview: bool) -> None:
    cost = cost_of(lambda: run_service(2), preview=preview)
    vcpu, gigabytes = of_tasks(cost)
    assert vcpu.resource.endswith("aws:ecs/service:Service::web")
    assert (vcpu.what, vcpu.quantity, vcpu.unit) == ("2 tasks on demand, 0.25 vCPU, x86", 365, "vCPU-hour")
    assert (gigabytes.what, gigabytes.quantity) == ("2 tasks on demand, 0.5 GB, x86", 730)
    assert vcpu.monthly == pytest.approx(365 * 0.04048)
    assert vcpu.monthly_max is gigabytes.monthly_max is None
    assert (cost.currency, cost.region, cost.prices_as_of) == ("USD", "us-east-1", "2026-10-09")


@pytest.mark.parametrize(
    ("ebs", "region", "amounts_of_four"),
    [
        ({"volume_type": "gp3"}, "us-east-1", {"20 GB volumes of 4 tasks": 4 * 20 * 0.08}),
        (
            {"volume_type": "gp3", "iops": 4000, "throughput": 225},
            "us-east-1",
            {
                "20 GB volumes of 4 tasks": 4 * 20 * 0.08,
                "1000 additional IOPS of the volumes of 4 tasks": 4 * 1000 * 0.005,
                "100 MiB/s additional throughput of the volumes of 4 tasks": 4 * 100 * 0.04,
            },
        ),
        ({}, "eu-west-1", {"20 GB gp2 volumes of 4 tasks": 4 * 20 * 0.11}),
        (
            {"volume_type": "io2", "iops": 500},
            "ap-northeast-1",
            {
                "20 GB io2 volumes of 4 tasks": 4 * 20 * 0.142,
                "500 IOPS of the volumes of 4 tasks": 4 * 500 * 0.074,
            },
        ),
        ({"volume_type": "st1"}, "ap-northeast-1", {"20 GB st1 volumes of 4 tasks": 4 * 20 * 0.054}),
        ({"volume_type": "sc1"}, "ap-northeast-1", {"20 GB sc1 volumes of 4 tasks": 4 * 20 * 0.018}),
    ],
)
@pytest.mark.parametrize("launch_type", ["FARGATE", "EC2"])
def test_the_ebs_volumes_of_tasks(
    ebs: dict[str, Any],
    region: str,
    amounts_of_four: dict[str, float],
    launch_type: str,
    cost_of: Callable[..., Cost],
    preview: bool,
) -> None:
    volume: Any = {
        "name": "data",
        "managed_ebs_volume": {"role_arn": "arn:aws:iam::123456789012:role/ebs", "size_in_gb": 20, **ebs},
    }
    cost = cost_of(
        lambda: run_service(4, launch_type=launch_type, volume_configuration=volume), region, preview
    )
    found = {line.what: line.monthly for line in cost.lines if "volumes" in line.what}
    assert found == pytest.approx(amounts_of_four)
    assert cost.unknown == ()


@pytest.mark.parametrize(
    ("ebs", "region", "note"),
    [
        ({"volume_type": "gp3", "snapshot_id": "snap-1"}, "us-east-1", "their size is unknown"),
        ({"volume_type": "standard", "size_in_gb": 5}, "us-east-1", "volumes of type standard of 1 task"),
        ({"volume_type": "st1", "size_in_gb": 500}, "us-east-1", "no price for us-east-1 in the table"),
    ],
)
def test_an_ebs_volume_without_a_price_is_named(
    ebs: dict[str, Any], region: str, note: str, cost_of: Callable[..., Cost], preview: bool
) -> None:
    volume: Any = {"name": "data", "managed_ebs_volume": {"role_arn": "arn:r", **ebs}}
    cost = cost_of(lambda: run_service(1, volume_configuration=volume), region, preview)
    (unknown,) = cost.unknown
    assert unknown.startswith("web: ")
    assert note in unknown


@pytest.mark.parametrize(
    ("capacity", "arch", "vcpu", "gigabyte"),
    [
        ("fargate", "x86_64", 0.04048, 0.004445),
        ("fargate", "arm64", 0.03238, 0.00356),
        ("fargate_spot", "x86_64", 0.01288871, 0.00141527),
        ("fargate_spot", "arm64", 0.01030969, 0.00113349),
    ],
)
def test_the_prices_of_tasks_by_capacity_and_architecture(
    capacity: str, arch: str, vcpu: float, gigabyte: float, graph_of: Callable[..., ResourceGraph]
) -> None:
    cost = monthly(graph_of(capacity, arch=arch, apps={"web": {"count": 3}}), "us-east-1")
    kind = "on demand" if capacity == "fargate" else "Spot"
    tasks = 3 if capacity == "fargate" else 2
    assert [line.monthly for line in of_tasks(cost) if kind in line.what] == pytest.approx(
        [tasks * HOURS * 0.25 * vcpu, tasks * HOURS * 0.5 * gigabyte]
    )


def test_arm_is_cheaper(graph_of: Callable[..., ResourceGraph], preview: bool) -> None:
    x86, arm = (
        monthly(graph_of(arch=arch, preview=preview), "eu-central-1").monthly for arch in ("x86_64", "arm64")
    )
    assert 0 < arm < x86


def test_spot_is_an_estimate_and_says_so(graph_of: Callable[..., ResourceGraph], preview: bool) -> None:
    graph = graph_of("fargate_spot", apps={"web": {"count": 3}}, preview=preview)
    published, estimated = monthly(graph, "us-east-1"), monthly(graph, "eu-central-1")
    for cost, price in (
        (published, 0.01288871),
        (estimated, 0.04656 * prices("eu-central-1").shares["fargate_spot"]),
    ):
        spot = next(line for line in cost.lines if "2 tasks on Spot (estimate), 0.25 vCPU" in line.what)
        assert spot.monthly == pytest.approx(2 * 0.25 * HOURS * price)
        assert any(line.what.startswith("1 task on demand, 0.25 vCPU") for line in cost.lines)


def test_autoscaling_is_a_range(graph_of: Callable[..., ResourceGraph], preview: bool) -> None:
    scaled = {"autoscaling": {"min": 2, "max": 6}}
    cost = monthly(graph_of(apps={"web": scaled}, preview=preview), "us-east-1")
    task_and_address = (X86 + 0.005) * HOURS
    assert cost.monthly == pytest.approx(2 * task_and_address)
    assert cost.monthly_max == pytest.approx(6 * task_and_address)
    assert {line.what for line in of_tasks(cost)} == {
        "2 to 6 tasks on demand, 0.25 vCPU, x86",
        "2 to 6 tasks on demand, 0.5 GB, x86",
    }


def test_autoscaling_named_by_text(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        run_service(5, name="shop")
        aws.appautoscaling.Target(
            "web",
            min_capacity=0,
            max_capacity=4,
            resource_id="service/main/shop",
            scalable_dimension="ecs:service:DesiredCount",
            service_namespace="ecs",
        )

    cost = cost_of(program)
    assert cost.monthly == 0
    assert cost.monthly_max == pytest.approx(4 * X86 * HOURS)


def test_what_a_service_takes_its_capacity_from(cost_of: Callable[..., Cost], preview: bool) -> None:
    def by_default_strategy() -> None:
        cluster = aws.ecs.Cluster("main")
        aws.ecs.ClusterCapacityProviders(
            "main",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE"],
            default_capacity_provider_strategies=strategies(FARGATE=(0, 1)),
        )
        aws.ecs.Service("web", cluster=cluster.arn, task_definition=task().arn, desired_count=1)

    expected = pytest.approx(X86 * HOURS)
    assert cost_of(by_default_strategy, preview=preview).monthly == expected
    assert cost_of(lambda: run_service(launch_type="FARGATE"), preview=preview).monthly == expected
    assert cost_of(lambda: run_service(launch_type="EC2"), preview=preview).monthly == 0


def test_more_storage_than_the_free_20_gb(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        run_service(2, task(ephemeral_storage={"size_in_gib": 50}).arn)

    cost = cost_of(program)
    storage = next(line for line in cost.lines if "30 GB additional storage" in line.what)
    assert storage.monthly == pytest.approx(2 * 30 * HOURS * 0.000111)
    elsewhere = cost_of(program, "eu-west-1")
    assert len(elsewhere.unknown) == 1
    assert "30 GB additional storage: no price for eu-west-1 in the table" in elsewhere.unknown[0]


def test_a_missing_price_is_said_and_not_guessed(graph_of: Callable[..., ResourceGraph]) -> None:
    cost = monthly(graph_of(arch="arm64"), "us-west-2")
    assert cost.unknown == (
        "web: 1 task on demand, 0.25 vCPU, ARM: no price for us-west-2 in the table",
        "web: 1 task on demand, 0.5 GB, ARM: no price for us-west-2 in the table",
    )
    assert [line.what for line in cost.lines if line.monthly] == ["public addresses of 1 task on demand"]


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (lambda: run_service(1, "other:7"), "its task definition is not in this stack"),
        (lambda: run_service(1, task(cpu="some").arn), "the size of its tasks is unknown"),
        (
            lambda: run_service(
                1, task(runtime_platform={"operating_system_family": "WINDOWS_SERVER_2022_CORE"}).arn
            ),
            "1 task on demand: no prices of Windows tasks in the table",
        ),
    ],
)
def test_what_cannot_be_priced(program: Callable[[], Any], why: str, cost_of: Callable[..., Cost]) -> None:
    cost = cost_of(program)
    assert cost.unknown == (f"web: {why}",)
    assert cost.monthly == 0


def test_a_count_that_a_preview_does_not_know(cost_of: Callable[..., Cost]) -> None:
    def program() -> None:
        topic = aws.sns.Topic("topic")
        run_service(pulumi.Output.all(topic.arn).apply(lambda _: 3))

    assert cost_of(program, preview=True).unknown == ("web: the number of its tasks is unknown",)
    assert cost_of(program).monthly == pytest.approx(3 * X86 * HOURS)


def test_jobs_depend_on_how_long_they_run(cost_of: Callable[..., Cost], preview: bool) -> None:
    def program() -> None:
        definition = task()
        aws.scheduler.Schedule(
            "nightly",
            schedule_expression="rate(1 day)",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": "arn:c",
                "role_arn": "arn:r",
                "ecs_parameters": {"task_definition_arn": definition.arn},
            },
        )

    cost = cost_of(program, preview=preview)
    assert {(line.what, line.quantity, line.monthly) for line in cost.lines} == {
        ("tasks on Fargate while they run", None, None),
        ("invocations", None, None),
    }
    assert cost.monthly == cost.monthly_max == 0


@pytest.mark.parametrize(
    ("launch_type", "lines", "unknown"),
    [
        ("EC2", set[str](), ()),
        ("FARGATE", {"tasks on Fargate while they run"}, ()),
        (None, set[str](), ("task: the capacity of its tasks is unknown",)),
    ],
)
def test_jobs_run_where_their_schedule_says(
    cost_of: Callable[..., Cost],
    preview: bool,
    launch_type: str | None,
    lines: set[str],
    unknown: tuple[str, ...],
) -> None:
    def program() -> None:
        definition = task(requires_compatibilities=["EC2", "FARGATE"])
        if launch_type:
            target: Any = {"task_definition_arn": definition.arn, "launch_type": launch_type}
            rule = aws.cloudwatch.EventRule("nightly", schedule_expression="rate(1 day)")
            aws.cloudwatch.EventTarget("nightly", rule=rule.name, arn="arn:c", ecs_target=target)

    cost = cost_of(program, preview=preview)
    assert {line.what for line in cost.lines if "tasks" in line.what} == lines
    assert cost.unknown == unknown
