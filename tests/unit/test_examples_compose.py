"""Scenario S3, value by value: a compose file and an ecs-params file on Fargate."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from moorage.offline import ResourceGraph, evaluate, reveal

EXAMPLE = Path(__file__).parents[2] / "examples" / "compose"
STACKS = sorted(file.name[7:-5] for file in EXAMPLE.glob("Pulumi.*.yaml"))
TYPES = {
    "group": "aws:ec2/securityGroup:SecurityGroup",
    "log group": "aws:cloudwatch/logGroup:LogGroup",
    "service": "aws:ecs/service:Service",
    "subnet": "aws:ec2/subnet:Subnet",
    "task": "aws:ecs/taskDefinition:TaskDefinition",
}

S3: list[tuple[str, str, Any]] = [
    # docker-compose.yml
    ("task", "containerDefinitions.0.name", "web"),
    ("task", "containerDefinitions.0.image", "public.ecr.aws/docker/library/httpd:2.4"),
    ("task", "containerDefinitions.0.portMappings", [{"containerPort": 80, "protocol": "tcp"}]),
    ("task", "containerDefinitions.0.logConfiguration.logDriver", "awslogs"),
    ("task", "containerDefinitions.0.logConfiguration.options.awslogs-group", "ecs-compose-example"),
    ("task", "containerDefinitions.0.logConfiguration.options.awslogs-region", "us-east-1"),
    ("task", "containerDefinitions.0.logConfiguration.options.awslogs-stream-prefix", "web"),
    # ecs-params.yml
    ("task", "executionRoleArn", "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"),
    ("task", "networkMode", "awsvpc"),
    ("task", "memory", "512"),
    ("task", "cpu", "256"),
    ("service", "networkConfiguration.assignPublicIp", True),
    ("service", "networkConfiguration.subnets", ["=subnet compose-1", "=subnet compose-2"]),
    ("service", "networkConfiguration.securityGroups", ["=group compose-clients"]),
    # The rest of the scenario
    ("task", "requiresCompatibilities", ["FARGATE"]),
    ("service", "desiredCount", 1),
    ("service", "capacityProviderStrategies.0.capacityProvider", "FARGATE"),
    ("log group", "name", "ecs-compose-example"),
    ("group compose-clients", "ingress.0.fromPort", 80),
    ("group compose-clients", "ingress.0.toPort", 80),
    ("group compose-clients", "ingress.0.cidrBlocks", ["0.0.0.0/0"]),
    ("subnet compose-1", "availabilityZone", "us-east-1a"),
    ("subnet compose-2", "availabilityZone", "us-east-1b"),
]


@cache
def graph(stack: str, preview: bool = False) -> ResourceGraph:
    return evaluate(EXAMPLE, stack=stack, preview=preview)


def resource(graph: ResourceGraph, which: str) -> Any:
    kind = next(kind for kind in sorted(TYPES, key=len, reverse=True) if which.startswith(kind))
    return graph.one(TYPES[kind], which.removeprefix(kind).strip() or None)


def value(graph: ResourceGraph, which: str, path: str) -> Any:
    found = reveal(resource(graph, which).inputs)
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
        if step == "containerDefinitions":
            found = json.loads(found)
    return found


@pytest.mark.parametrize(("which", "path", "expected"), S3)
def test_scenario_s3(which: str, path: str, expected: Any) -> None:
    dev = graph("dev")
    if isinstance(expected, list):
        expected = [
            resource(dev, item[1:]).id if isinstance(item, str) and item.startswith("=") else item
            for item in expected
        ]
    assert value(dev, which, path) == expected


def test_the_two_subnets_lead_to_the_internet() -> None:
    routes = graph("dev").one("aws:ec2/routeTable:RouteTable").inputs["routes"]
    gateway = graph("dev").one("aws:ec2/internetGateway:InternetGateway")
    assert [(route["cidrBlock"], route["gatewayId"]) for route in routes] == [("0.0.0.0/0", gateway.id)]
    assert len(graph("dev").of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")) == 2


def test_fargate_spot_is_one_setting() -> None:
    strategies = value(graph("spot"), "service", "capacityProviderStrategies")
    assert [(s["capacityProvider"], s["base"], s["weight"]) for s in strategies] == [
        ("FARGATE", 1, 0),
        ("FARGATE_SPOT", 0, 1),
    ]
    same = [(which, path) for which, path, _ in S3 if "capacityProvider" not in path and which == "task"]
    assert [value(graph("spot"), *row) for row in same] == [value(graph("dev"), *row) for row in same]


def test_microservices_find_each_other_and_the_worker_needs_no_port() -> None:
    running = graph("services").of_type(TYPES["service"])
    services = {service.name: service.inputs["serviceConnectConfiguration"] for service in running}
    assert list(services) == ["compose-api", "compose-web", "compose-worker"]
    offered = [item for service in services.values() for item in service.get("services", [])]
    names = {alias["dnsName"] for item in offered for alias in item["clientAlias"]}
    assert names == {"api", "web"}
    assert graph("services").one(TYPES["service"], "compose-api").inputs["desiredCount"] == 2


def test_one_task_runs_its_containers_in_order_with_a_volume_between_them() -> None:
    generate, web = json.loads(graph("task").one(TYPES["task"]).inputs["containerDefinitions"])
    assert web["dependsOn"] == [{"containerName": "generate", "condition": "SUCCESS"}]
    assert (generate["essential"], web["essential"]) == (False, True)
    assert {mount["sourceVolume"] for mount in (*generate["mountPoints"], *web["mountPoints"])} == {"pages"}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("preview", [False, True])
def test_every_stack_evaluates_without_a_warning(stack: str, preview: bool) -> None:
    found = graph(stack, preview)
    assert [entry.message for entry in found.log if entry.severity != "info"] == []
    assert len({r.urn for r in found}) == len(list(found))


def test_the_program_is_short_and_its_own_files_are_untouched(tmp_path: Path) -> None:
    assert len((EXAMPLE / "__main__.py").read_text().splitlines()) < 60
    copy = tmp_path / "compose"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".build", ".moorage"))
    before = sorted(path.name for path in copy.iterdir())
    evaluate(copy, stack="dev")
    assert sorted(path.name for path in copy.iterdir() if path.name != "__pycache__") == before
