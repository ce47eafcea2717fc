import json
from collections.abc import Callable
from typing import Any

import pytest

from moorage.model.app import AppSpec, app_spec
from moorage.model.container_settings import container
from moorage.model.containers import (
    Container,
    ContainerHealthCheck,
    Logs,
    MountPoint,
    PortMapping,
    RestartPolicy,
    definitions_text,
)
from moorage.model.containers import definitions as container_definitions
from moorage.model.later import filled


def spec(capacity: str = "fargate", **args: Any) -> AppSpec:
    cluster = {"arn": "arn", "name": "main", "capacity": capacity}
    args = {"image": "registry/web:1", "load_balancer": {"url": "http://x"}, **args}
    return app_spec("web", {"cluster": cluster, **args}, "project-dev-web")


def definitions(app: AppSpec) -> str:
    known = {"log group": "web-logs", "log region": "eu-west-1"}
    return definitions_text(filled(container_definitions(app.task.containers), known))


EVERYTHING_OF_AN_APP: dict[str, Any] = {
    "port": 80,
    "host_port": 8080,
    "environment": {"B": "2", "A": "1"},
    "secrets": {"T": "arn:t", "S": "arn:s"},
    "memory_reservation": 256,
    "command": ["serve", "--port", "80"],
    "entry_point": ["/entry"],
    "read_only": True,
    "stop_timeout": 10,
    "container_name": "server",
    "container_health_check": {"command": ["CMD-SHELL", "curl -f localhost"], "retries": 2},
}


EVERYTHING_OF_A_CONTAINER = Container(
    name="worker",
    image="registry/worker:1",
    essential=False,
    cpu=128,
    memory=256,
    memory_reservation=128,
    ports=[PortMapping(53, None, "udp"), PortMapping(80, 8080, "tcp", "http", "http")],
    command=["run"],
    entry_point=["/entry"],
    environment={"B": "2", "A": "1"},
    secrets={"T": "arn:t", "S": "arn:s"},
    depends_on={"db": "HEALTHY", "cache": "START"},
    links=["db", "cache"],
    working_directory="/srv",
    user="1000",
    privileged=True,
    read_only=True,
    version_consistency=True,
    firelens=False,
    linux={
        "initProcessEnabled": True,
        "capabilities": {"add": ["SYS_PTRACE", "NET_ADMIN"], "drop": ["ALL"]},
        "devices": [
            {"hostPath": "/dev/fuse", "containerPath": "/dev/fuse", "permissions": ["read", "write"]}
        ],
        "sharedMemorySize": 64,
        "tmpfs": [
            {"containerPath": "/run", "size": 16},
            {"containerPath": "/tmp", "size": 64, "mountOptions": ["noexec"]},
        ],
    },
    ulimits=[
        {"name": "core", "softLimit": 0, "hardLimit": 0},
        {"name": "nofile", "softLimit": 1024, "hardLimit": 2048},
    ],
    mounts=[MountPoint("data", "/data", read_only=False), MountPoint("config", "/config", read_only=True)],
    volumes_from=[("db", True)],
    hostname="worker",
    dns=["10.0.0.2"],
    dns_search=["internal"],
    extra_hosts={"db": "10.0.0.3"},
    security_options=["no-new-privileges"],
    interactive=True,
    terminal=True,
    labels={"b": "2", "a": "1"},
    system_controls={"net.core.somaxconn": "512"},
    gpu=1,
    repository_credentials="arn:c",
    stop_timeout=10,
    restart_policy=RestartPolicy((0,), 60),
    health_check=ContainerHealthCheck(("CMD", "true"), 30, 5, 3, 0),
    logs=Logs("awsfirelens", {"Name": "http"}, {"token": "arn:l"}),
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fargate", definitions(spec())),
        ("bridge", definitions(spec("ec2"))),
        ("container", definitions_text(container_definitions([EVERYTHING_OF_A_CONTAINER]))),
        (
            "everything",
            definitions(spec("ec2", **EVERYTHING_OF_AN_APP)),
        ),
    ],
)
def test_golden(golden: Callable[..., None], name: str, text: str) -> None:
    golden(json.loads(text), f"{name}.json")


def test_order_of_arguments_is_no_other_text() -> None:
    one = definitions(spec(environment={"A": "1", "B": "2"}, secrets={"S": "s", "T": "t"}))
    assert one == definitions(spec(environment={"B": "2", "A": "1"}, secrets={"T": "t", "S": "s"}))
    assert one == json.dumps(json.loads(one), sort_keys=True, separators=(",", ":"))


def bare(name: str) -> Container:
    return container(name, {"image": "i"}, (), name)._replace(linux={}, logs=None)


def test_what_is_not_set_is_not_in_the_text() -> None:
    assert (
        definitions_text(container_definitions([bare("x")])) == '[{"essential":true,"image":"i","name":"x"}]'
    )


def test_containers_are_sorted_by_name() -> None:
    one, other = bare("a"), bare("b")
    assert definitions_text(container_definitions([other, one])) == definitions_text(
        container_definitions([one, other])
    )


def test_awsvpc_has_no_host_port() -> None:
    (container,) = json.loads(definitions(spec("ec2", network_mode="awsvpc")))
    assert container["portMappings"] == [{"containerPort": 8080, "protocol": "tcp"}]
