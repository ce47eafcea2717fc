import json
from pathlib import Path
from typing import Any

import pytest
from moorage.spec.app import AppSpec, app_spec
from moorage.spec.containers import container_definitions

GOLDEN = Path(__file__).parent / "golden"


def spec(capacity: str = "fargate", **args: Any) -> AppSpec:
    cluster = {"arn": "arn", "name": "main", "capacity": capacity}
    return app_spec("web", {"cluster": cluster, **args}, "project-dev-web")


def definitions(
    app: AppSpec, environment: dict[str, str] | None = None, secrets: dict[str, str] | None = None
) -> str:
    return container_definitions(
        app, "registry/web:1", environment or {}, secrets or {}, "web-logs", "eu-west-1"
    )


EVERYTHING: dict[str, Any] = {
    "port": 80,
    "host_port": 8080,
    "memory_reservation": 256,
    "command": ["serve", "--port", "80"],
    "entry_point": ["/entry"],
    "read_only": True,
    "stop_timeout": 10,
    "container_name": "server",
    "container_health_check": {"command": ["CMD-SHELL", "curl -f localhost"], "retries": 2},
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fargate", definitions(spec())),
        ("bridge", definitions(spec("ec2"))),
        (
            "everything",
            definitions(spec("ec2", **EVERYTHING), {"B": "2", "A": "1"}, {"T": "arn:t", "S": "arn:s"}),
        ),
    ],
)
def test_golden(name: str, text: str) -> None:
    assert json.loads(text) == json.loads((GOLDEN / f"{name}.json").read_text())


def test_order_of_arguments_is_no_other_text() -> None:
    app = spec()
    one = definitions(app, {"A": "1", "B": "2"}, {"S": "s", "T": "t"})
    assert one == definitions(app, {"B": "2", "A": "1"}, {"T": "t", "S": "s"})
    assert one == json.dumps(json.loads(one), sort_keys=True, separators=(",", ":"))


def test_numbers_of_other_languages_do_not_reach_the_text() -> None:
    app = spec("ec2", port=80.0, host_port=8080.0, memory_reservation=256.0, stop_timeout=10.0)
    assert ".0" not in definitions(app)


def test_awsvpc_has_no_host_port() -> None:
    (container,) = json.loads(definitions(spec("ec2", network_mode="awsvpc")))
    assert container["portMappings"] == [{"containerPort": 8080, "protocol": "tcp"}]
