"""The number of tasks of a service, and what scales it."""

from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pytest
from support.plain_ecs import cluster_with_default, group_of_instances, scalable_target, service

import moorage
from moorage.graph import PolicyKind, Service, view
from moorage.offline import UNKNOWN, evaluate

KINDS: dict[str, Callable[[aws.ecs.Cluster, aws.ecs.Service], pulumi.Input[str]]] = {
    "made of both names": lambda cluster, made: pulumi.Output.concat(
        "service/", cluster.name, "/", made.name
    ),
    "made of the id": lambda _, made: made.id.apply(lambda arn: arn.split(":")[-1]),
    "plain text": lambda cluster, _: f"service/{cluster._name}/shop",
}


def only(program: Callable[[], object], preview: bool = False) -> Service:
    (found,) = view(evaluate(program, preview=preview)).services
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_services_of_one_name_in_two_clusters(kind: str, preview: bool) -> None:
    def program() -> None:
        for stage in ("one", "two"):
            cluster = aws.ecs.Cluster(stage, name=stage)
            made = service(f"{stage}-shop", name="shop", cluster=cluster.arn)
            scalable_target(stage, KINDS[kind](cluster, made))

    found = view(evaluate(program, preview=preview)).services
    scaled = {each.resource.name: each.scaling and each.scaling.resource.name for each in found}
    if preview and kind == "plain text":
        # Both services are called shop, and which cluster they are in is not known yet.
        assert scaled == {"one-shop": None, "two-shop": None}
    else:
        assert scaled == {"one-shop": "one", "two-shop": "two"}


def test_the_name_alone_tells_where_the_cluster_is_given_in_other_words() -> None:
    def program() -> None:
        service(name="shop", cluster="arn:of-another-stack")
        scalable_target("other", "service/main/another")
        scalable_target("table", "table/shop")
        scalable_target("scaling", "service/main/shop")

    scaling = only(program).scaling
    assert scaling is not None
    assert scaling.resource.name == "scaling"


def test_without_a_desired_count_there_is_no_task(preview: bool) -> None:
    """Service, desiredCount: "Defaults to 0"."""
    found = only(lambda: service(launch_type="FARGATE"), preview)
    assert (found.desired, found.minimum, found.maximum) == (0, 0, 0)


def test_a_count_that_a_preview_does_not_know() -> None:
    def program() -> None:
        service(desired_count=aws.sns.Topic("t").arn.apply(len))

    assert only(program, preview=True).desired is UNKNOWN
    assert only(program).desired == len("arn:aws:sns:us-east-1:123456789012:t-0123456")


def test_autoscaling_bounds_the_count(preview: bool) -> None:
    def program() -> None:
        made = service(desired_count=9)
        scalable_target("t", pulumi.Output.concat("service/default/", made.name), minimum=2, maximum=6)

    found = only(program, preview)
    assert (found.desired, found.minimum, found.maximum) == (9, 2, 6)


def test_a_daemon_runs_on_every_instance_of_its_cluster() -> None:
    def program() -> None:
        cluster = cluster_with_default("c", ["FARGATE"], [{"capacity_provider": "FARGATE", "weight": 1}])
        group_of_instances("c", cluster, minimum=2, maximum=5)
        service(cluster=cluster.arn, scheduling_strategy="DAEMON")

    found = only(program)
    assert (found.daemon, found.desired, found.minimum, found.maximum) == (True, UNKNOWN, 2, 5)


def test_a_daemon_on_instances_that_are_not_known(preview: bool) -> None:
    found = only(lambda: service(scheduling_strategy="DAEMON", cluster="c"), preview)
    assert (found.minimum, found.maximum) == (UNKNOWN, UNKNOWN)


def test_schedules_and_alarms_of_an_app(preview: bool) -> None:
    def program() -> None:
        place = {
            "cluster": moorage.EcsCluster("main", {}).ref,
            "network": moorage.Network("net", {}).ref,
            "image": "nginx:1",
        }
        scaling = {
            "min": 2,
            "max": 4,
            "schedules": [{"schedule": "rate(1 day)", "min": 0, "max": 9}, {"schedule": "rate(2 days)"}],
        }
        moorage.ContainerApp("work", {**place, "queue": {}, "autoscaling": scaling})

    found = only(program, preview)
    assert (found.minimum, found.maximum) == (0, 9)
    assert found.scaling is not None
    assert (found.scaling.minimum, found.scaling.maximum) == (2, 4)
    assert [(each.minimum, each.maximum, each.timezone) for each in found.scaling.schedules] == [
        (0, 9, "UTC"),
        (2, 4, "UTC"),
    ]
    assert {policy.kind for policy in found.scaling.policies} == {PolicyKind.STEPS}
    alarms = [alarm for policy in found.scaling.policies for alarm in policy.alarms]
    assert [alarm.resource.name for alarm in alarms] == ["work-scaling-queue-out", "work-scaling-queue-in"]
    assert {alarm.expression for alarm in alarms} == {"m0 + FILL(m1, 0)"}
