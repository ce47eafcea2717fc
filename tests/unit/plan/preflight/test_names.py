from typing import Any

import pulumi_aws as aws
import pytest
from support.fixtures import Findings, Found, MadeProgram
from support.preflight_programs import World


def connect(name: str, alias: str | None = None, port: int = 8080, **more: Any) -> dict[str, Any]:
    aliases = [{"port": port, "dns_name": alias}] if alias else None
    service = {"port_name": "http", "discovery_name": name, "client_alias": aliases}
    return {"service_connect_configuration": {"enabled": True, "services": [service], **more}}


def services(*given: dict[str, Any], two_clusters: bool = False) -> Any:
    """Make services of one task definition."""

    def more(world: World) -> None:
        space = aws.servicediscovery.HttpNamespace("space", name="apps")
        for index, inputs in enumerate(given):
            configuration = inputs.get("service_connect_configuration")
            if configuration and configuration.get("namespace") == "made":
                configuration = configuration | {"namespace": space.arn}
            other = {"service_connect_configuration": configuration} if configuration else {}
            cluster = aws.ecs.Cluster(f"cluster-{index}") if two_clusters else world.cluster
            base = {
                "cluster": cluster.arn,
                "launch_type": "FARGATE",
                "task_definition": world.definition.arn,
                "deployment_circuit_breaker": {"enable": True, "rollback": True},
                "network_configuration": {"subnets": world.subnets, "assign_public_ip": True},
            }
            aws.ecs.Service(f"service-{index}", **(base | inputs | other))

    return more


MADE = {"namespace": "made"}


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (connect("api", **MADE), connect("api", **MADE), "discovery name 'api'"),
        (connect("a", "api", **MADE), connect("b", "api", **MADE), "client alias api:8080"),
        (connect("a", "api", namespace="apps-1"), connect("b", "api", namespace="apps-1"), "api:8080"),
        (connect("a", "api"), connect("b", "api"), "api:8080"),
    ],
)
def test_two_services_with_one_name_in_service_connect(
    fargate: MadeProgram, findings: Findings, preview: bool, first: Any, second: Any, message: str
) -> None:
    (finding,) = findings(fargate(services(first, second)), preview)
    assert (finding.severity, finding.rule) == ("error", "preflight/service-connect-names")
    assert finding.resource.endswith("::service-1")
    assert message in finding.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (connect("a", "api", **MADE), connect("b", "web", **MADE)),
        (connect("a", "api", **MADE), connect("b", "api", 9090, **MADE)),
        (connect("api", namespace="apps-1"), connect("api", namespace="apps-2")),
        (connect("api", **MADE), {"service_connect_configuration": {"enabled": False}}),
    ],
)
def test_names_that_differ(
    fargate: MadeProgram, found: Found, preview: bool, first: Any, second: Any
) -> None:
    assert found(fargate(services(first, second)), preview) == []


def test_two_services_with_one_name_on_a_cluster(fargate: MadeProgram, found: Found, preview: bool) -> None:
    named = {"name": "web"}
    expected = [("error", "service-name-clash", "service-1")]
    assert found(fargate(services(named, named)), preview) == expected
    assert found(fargate(services(named, {"name": "api"})), preview) == []
    assert found(fargate(services(named, named, two_clusters=True)), preview) == []
