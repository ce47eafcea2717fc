"""A `ComposeApp` of files that a test writes, evaluated without an engine."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

import moorage
from moorage.offline import ResourceGraph, evaluate
from moorage.testing import container_definitions

NETWORK = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]}
TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"

App = Callable[..., ResourceGraph]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    """Evaluate a ComposeApp `shop` of a compose file, or of several by name."""
    monkeypatch.chdir(tmp_path)

    def run(
        files: str | Mapping[str, str],
        *,
        cluster: dict[str, Any] | None = None,
        network: dict[str, Any] | None = NETWORK,
        balancer: bool = False,
        preview: bool = False,
        env: Callable[[], dict[str, pulumi.Input[str]]] | None = None,
        services: Callable[[], dict[str, Any]] | dict[str, Any] | None = None,
        **args: Any,
    ) -> ResourceGraph:
        for name, text in ({"compose.yml": files} if isinstance(files, str) else files).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

        def program() -> None:
            place = moorage.Network("net", dict(network or NETWORK))  # type: ignore[arg-type]
            wanted = {"capacity": "fargate", **(cluster or {})}
            if wanted["capacity"] in ("ec2", "managed_instances"):
                wanted["network"] = place.ref
            runs_on = moorage.EcsCluster("main", wanted)  # type: ignore[arg-type]
            given: dict[str, Any] = {"cluster": runs_on.ref, **args}
            if network is not None:
                given["network"] = place.ref
            if balancer:
                given["load_balancer"] = moorage.LoadBalancer("main", {"network": place.ref}).ref
            if env is not None:
                given["env"] = env()
            if services is not None:
                given["services"] = services() if callable(services) else services
            made = moorage.ComposeApp("shop", given)  # type: ignore[arg-type]
            pulumi.export("urls", made.urls)
            pulumi.export("services", made.service_names)
            pulumi.export("definitions", made.task_definition_arns)

        return evaluate(program, project="p", stack="dev", preview=preview)

    return run


def containers(graph: ResourceGraph, task: str = "shop-web-task") -> dict[str, Any]:
    """Return the container definitions of a task by name."""
    return container_definitions(graph.one(TASK, task))


def said(graph: ResourceGraph, severity: str = "warning") -> list[str]:
    """Return what was said about the files, without their names."""
    return [entry.message.removeprefix("compose.yml:") for entry in graph.log if entry.severity == severity]


def names(graph: ResourceGraph, type_: str) -> list[str]:
    """Return the names of the resources of a type."""
    return sorted(resource.name for resource in graph.of_type(type_))
