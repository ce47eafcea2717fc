"""Programs of the components, evaluated without an engine."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.aws_models import made_by_components, violations
from support.recorded import recorded

import moorage
from moorage.offline import ResourceGraph, evaluate

PUBLIC = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]}
PRIVATE = {**PUBLIC, "private_subnet_ids": ["subnet-c", "subnet-d"], "private_egress": True}


@pytest.fixture(params=[False, True], ids=["up", "preview"])
def preview(request: pytest.FixtureRequest) -> bool:
    """Whether the engine would preview: a test that asks for it runs both ways."""
    return request.param


@pytest.fixture(autouse=True)
def aws_takes_it(root: Path) -> Iterator[None]:
    """Judge every graph that a test evaluates: all of the stacks of NoteTaker and the examples, and of other
    programs what components made."""
    with recorded() as graphs:
        yield
    for graph, folder in graphs:
        is_ours = folder is not None and (folder == root or folder.parent.name == "examples")
        judged = graph if is_ours else made_by_components(graph)
        assert "\n".join(map(str, violations(judged))) == ""


@pytest.fixture(scope="session")
def graph_of() -> Callable[..., ResourceGraph]:
    """Evaluate a program of one cluster, a load balancer and apps; equal calls share the result.

    `network` and `cluster` are arguments of theirs, `balancer` too, or None for no load balancer; `apps` are
    arguments by name, without what they share. Managed instances get private subnets, others the default VPC.
    """
    known: dict[str, ResourceGraph] = {}

    def run(
        capacity: str = "fargate",
        *,
        balancer: dict[str, Any] | None = None,
        apps: dict[str, dict[str, Any]] | None = None,
        network: dict[str, Any] | None = None,
        region: str = "us-east-1",
        stack: str = "dev",
        preview: bool = False,
        **cluster: Any,
    ) -> ResourceGraph:
        if network is None:
            network = PRIVATE if capacity == "managed_instances" else {}
        chosen = {"web": {}} if apps is None else apps

        def program() -> None:
            net = moorage.Network("net", network)
            main = moorage.EcsCluster("main", {"network": net.ref, "capacity": capacity, **cluster})
            shared: dict[str, Any] = {"cluster": main.ref, "network": net.ref}
            if balancer is not None:
                reach = {"cluster": main.ref} if capacity == "ec2" else {}
                shared["load_balancer"] = moorage.LoadBalancer(
                    "alb", {"network": net.ref, **reach, **balancer}
                ).ref
            for name, args in chosen.items():
                source = {} if "build" in args else {"image": "nginx:1"}
                moorage.ContainerApp(name, {**shared, **source, **args})

        key = json.dumps([capacity, balancer, chosen, network, region, stack, preview, cluster])
        if key not in known:
            known[key] = evaluate(program, stack=stack, preview=preview, config={"aws:region": region})
        return known[key]

    return run


@pytest.fixture
def refused() -> Callable[..., list[str]]:
    """Make a component with wrong arguments; return what is wrong with them, a line each.

    Nothing of the component may have been registered.
    """

    def run(component: str, args: dict[str, Any], name: str = "web", preview: bool = False) -> list[str]:
        caught: list[ValueError] = []

        def program() -> None:
            try:
                getattr(moorage, component)(name, args)
            except ValueError as error:
                caught.append(error)

        graph = evaluate(program, preview=preview)
        assert list(graph) == []
        (error,) = caught
        title, *lines = str(error).split("\n  - ")
        count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        assert title == f"{component} {name!r}: {count} in its arguments"
        return lines

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder that is the current one, with an application in `app/`."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "app" / "main.py").write_text("print(1)\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def loops(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close every event loop of the test: Pulumi's mocks make one in each thread and leave it open."""
    made: list[asyncio.AbstractEventLoop] = []
    new_event_loop = asyncio.new_event_loop

    def recorded() -> asyncio.AbstractEventLoop:
        made.append(new_event_loop())
        return made[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", recorded)
    yield
    asyncio.set_event_loop(None)
    for loop in made:
        loop.close()
