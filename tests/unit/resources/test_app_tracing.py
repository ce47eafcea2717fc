"""The tracing sidecar: one argument, with its permissions; the app goes on without it."""

import json
from typing import Any

import pytest
from support.fixtures import GraphOf

from moorage.offline import ResourceGraph
from moorage.testing import container_definitions

TASK = "aws:ecs/taskDefinition:TaskDefinition"


def containers(graph: ResourceGraph) -> dict[str, Any]:
    return container_definitions(graph.one(TASK))


@pytest.mark.parametrize(("capacity", "host"), [("fargate", "localhost"), ("ec2", "aws-otel-collector")])
def test_a_collector_beside_the_container(graph_of: GraphOf, preview: bool, capacity: str, host: str) -> None:
    found = containers(graph_of(capacity, apps={"web": {"tracing": True}}, preview=preview))
    collector, web = found["aws-otel-collector"], found["web"]
    assert collector["essential"] is False
    assert collector["memoryReservation"] == 64
    assert collector["image"].startswith("public.ecr.aws/aws-observability/aws-otel-collector:v")
    assert "portMappings" not in collector
    environment = {entry["name"]: entry["value"] for entry in web["environment"]}
    assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://{host}:4318"
    assert environment["AWS_XRAY_DAEMON_ADDRESS"] == f"{host}:2000"
    assert web.get("links") == (["aws-otel-collector"] if capacity == "ec2" else None)


def test_the_task_role_may_hand_traces_over(graph_of: GraphOf) -> None:
    graph = graph_of(apps={"web": {"tracing": True, "execute_command": False}})
    policy = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy", "web-task-policy").inputs["policy"])
    (statement,) = policy["Statement"]
    assert {action.partition(":")[0] for action in statement["Action"]} == {"xray"}
    assert {"xray:PutTraceSegments", "xray:GetSamplingRules"} <= set(statement["Action"])


def test_what_the_app_says_goes_first(graph_of: GraphOf) -> None:
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://mine:4318"}
    web = containers(graph_of(apps={"web": {"tracing": True, "environment": given}}))["web"]
    assert {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://mine:4318"} in web["environment"]


def test_without_it_nothing_is_there(graph_of: GraphOf) -> None:
    assert list(containers(graph_of())) == ["web"]
