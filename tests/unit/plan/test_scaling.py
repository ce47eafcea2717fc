"""Which service a scalable target is for."""

import pulumi
import pulumi_aws as aws
import pytest

from moorage.offline import evaluate
from moorage.plan.links import Links
from moorage.plan.scaling import by_service
from moorage.plan.types import SCALABLE_TARGET, SERVICE


def service(name: str, cluster: pulumi.Input[str]) -> aws.ecs.Service:
    return aws.ecs.Service(name, name="shop", cluster=cluster, task_definition="task")


def target(name: str, resource_id: pulumi.Input[str]) -> None:
    aws.appautoscaling.Target(
        name,
        min_capacity=1,
        max_capacity=2,
        resource_id=resource_id,
        scalable_dimension="ecs:service:DesiredCount",
        service_namespace="ecs",
    )


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_services_of_one_name_in_two_clusters(preview: bool) -> None:
    def program() -> None:
        for stage in ("one", "two"):
            cluster = aws.ecs.Cluster(stage, name=stage)
            made = service(f"{stage}-shop", cluster.arn)
            target(f"{stage}-made", pulumi.Output.concat("service/", cluster.name, "/", made.name))
            target(f"{stage}-unknown", made.id.apply(lambda arn: arn.split(":")[-1]))
            if not preview:
                target(f"{stage}-text", f"service/{stage}/shop")

    graph = evaluate(program, preview=preview)
    found = by_service(Links(graph), SCALABLE_TARGET)
    names = {graph.by_urn(urn).name: {each.name for each in of_it} for urn, of_it in found.items()}
    kinds = ("made", "unknown") if preview else ("made", "unknown", "text")
    assert names == {f"{stage}-shop": {f"{stage}-{kind}" for kind in kinds} for stage in ("one", "two")}


def test_the_name_alone_tells_where_the_cluster_is_given_in_other_words() -> None:
    def program() -> None:
        service("shop", "arn:of-another-stack")
        target("scaling", "service/main/shop")
        target("other", "service/main/another")
        target("table", "table/shop")

    graph = evaluate(program)
    found = by_service(Links(graph), SCALABLE_TARGET)
    assert {urn: [each.name for each in of_it] for urn, of_it in found.items()} == {
        graph.one(SERVICE).urn: ["scaling"]
    }
