"""Pulumi protects the preset prod: the preview of `destroy` refuses before anything is deleted."""

from collections.abc import Callable
from pathlib import Path

import pytest

import moorage
from moorage.offline import ResourceGraph, evaluate

GraphOf = Callable[..., ResourceGraph]

BALANCER = {"domain": "a.example.com", "zone_id": "Z0123456789EXAMPLE"}

REPLACED_BY_DEPLOYS = {
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:ecs/service:Service",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
}


def protected(graph: ResourceGraph) -> set[str]:
    return {resource.name for resource in graph if resource.options.get("protect")}


def prod_graph(graph_of: GraphOf, **more: object) -> ResourceGraph:
    return graph_of(preset="prod", balancer={**BALANCER, "preset": "prod"}, **more)


def test_prod_protects_what_would_be_missed(graph_of: GraphOf, preview: bool) -> None:
    assert protected(prod_graph(graph_of, preview=preview)) == {
        "main",
        "alb-alb",
        "alb-record",
    }


def test_access_logs_outlive_a_prod_stack(graph_of: GraphOf, preview: bool) -> None:
    kept = {
        resource.name
        for resource in prod_graph(graph_of, preview=preview)
        if resource.type.startswith("aws:s3")
    }
    retained = {
        resource.name
        for resource in prod_graph(graph_of, preview=preview)
        if resource.options.get("retainOnDelete")
    }
    assert kept == retained
    assert "alb-access-logs-expire" in kept
    dev = graph_of(balancer={**BALANCER, "access_logs": True})
    assert not any(resource.options.get("retainOnDelete") for resource in dev)


def test_dev_protects_nothing(graph_of: GraphOf) -> None:
    assert protected(graph_of(balancer=BALANCER)) == set()


@pytest.mark.parametrize("preset", ["dev", "prod"])
def test_images_are_protected_in_prod(tmp_path: Path, preset: str) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")

    def program() -> None:
        moorage.ContainerImage("web", {"build": {"context": str(tmp_path)}, "preset": preset})

    assert protected(evaluate(program)) == ({"web-repo"} if preset == "prod" else set())


def test_nothing_that_a_deploy_replaces_is_protected(graph_of: GraphOf) -> None:
    app = {"port": 8080, "secret_values": {"TOKEN": "x"}}
    for resource in prod_graph(graph_of, apps={"web": app}):
        if resource.type in REPLACED_BY_DEPLOYS:
            assert not resource.options.get("protect"), resource.name


def test_the_sample_protects_its_table(root: Path) -> None:
    table = evaluate(root, stack="prod").one("aws:dynamodb/table:Table")
    assert table.options["protect"] is True
    assert not evaluate(root, stack="dev").one("aws:dynamodb/table:Table").options.get("protect")
