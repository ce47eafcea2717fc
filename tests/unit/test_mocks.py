"""The components in a user's own unit tests, with the mocks that Pulumi brings."""

import ast
import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import set_mocks, settings
from pulumi.runtime.stack import run_pulumi_func
from support.syntax import parse

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network
from moorage.resources import mocks


class Mocks(pulumi.runtime.Mocks):
    """Every resource gets an id and an ARN that ECS could have given."""

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.made[f"{args.typ} {args.name}"] = args.inputs
        kind = args.typ.rpartition(":")[2].lower()
        arn = f"arn:aws:ecs:us-east-1:123456789012:{kind}/{args.name}"
        more = {
            "arn": arn,
            "name": args.name,
            "dnsName": "alb.example.com",
            "region": "us-east-1",
            "arnSuffix": "x",
        }
        return f"{args.name}-id", {**more, **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return {"id": "vpc-1", "ids": ["subnet-1", "subnet-2"], "userName": "AWS", "password": "x"}


RunMocked = Callable[[Callable[[], None]], Mocks]
"""Runs a program under mocks."""


@pytest.fixture
def run(loops: None, preview: bool) -> RunMocked:
    def run(program: Callable[[], None]) -> Mocks:
        mocks = Mocks()
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        set_mocks(mocks, preview=preview)
        # As `pulumi.runtime.test` does: what earlier tests left behind is not waited for.
        settings.SETTINGS.rpc_manager.clear()
        settings.SETTINGS.outputs.clear()
        loop.run_until_complete(run_pulumi_func(program))  # pyright: ignore[reportArgumentType]
        loop.run_until_complete(loop.shutdown_default_executor())
        return mocks

    return run


@pytest.mark.parametrize("capacity", ["fargate", "fargate_spot", "ec2"])
def test_an_app_under_mocks(run: RunMocked, capacity: str) -> None:
    def program() -> None:
        network = Network("net", {})
        cluster = EcsCluster("main", {"network": network.ref, "capacity": capacity})
        reach: Any = {"cluster": cluster.ref} if capacity == "ec2" else {}
        balancer = LoadBalancer("alb", {"network": network.ref, **reach})
        ContainerApp(
            "web",
            {
                "cluster": cluster.ref,
                "network": network.ref,
                "load_balancer": balancer.ref,
                "image": "nginx:1",
                "environment": {"A": "a"},
            },
        )

    mocks = run(program)
    service = next(
        inputs for name, inputs in mocks.made.items() if name.startswith("aws:ecs/service:Service ")
    )
    assert service["forceNewDeployment"] is True
    assert "aws:lb/listenerRule:ListenerRule web-rule" in mocks.made
    assert "moorage:index:ContainerApp web" in mocks.made


def test_outputs_can_be_asserted_on(run: RunMocked) -> None:
    seen: list[str] = []

    def program() -> None:
        network = Network("net", {})
        balancer = LoadBalancer("alb", {"network": network.ref})
        balancer.url.apply(seen.append)

    run(program)
    assert seen == ["http://alb.example.com"]


def test_a_wrong_argument_is_a_value_error_before_anything_is_made(run: RunMocked) -> None:
    caught: list[ValueError] = []

    def program() -> None:
        try:
            EcsCluster("main", {"capacity": "ec3"})
        except ValueError as error:
            caught.append(error)

    mocks = run(program)
    assert "did you mean 'ec2'?" in str(caught[0])
    assert [name for name in mocks.made if not name.startswith("pulumi:pulumi:Stack")] == []


def test_a_second_program_in_the_process_starts_afresh(run: RunMocked) -> None:
    def program() -> None:
        network = Network("net", {})
        cluster = EcsCluster("main", {})
        balancer = LoadBalancer("alb", {"network": network.ref})
        args: Any = {
            "cluster": cluster.ref,
            "network": network.ref,
            "load_balancer": balancer.ref,
            "image": "nginx:1",
        }
        ContainerApp("web", args)

    assert run(program).made.keys() == run(program).made.keys()


def test_the_threads_that_answer_import_nothing() -> None:
    """One that imports a package and one that imports a module of it block each other (_DeadlockError)."""
    source = parse(Path(mocks.__file__).read_text())
    functions = [node for node in ast.walk(source) if isinstance(node, ast.FunctionDef)]
    assert {function.name for function in functions} >= {"_register", "_invoke", "_add"}
    inner = [node for function in functions for node in ast.walk(function)]
    assert [node for node in inner if isinstance(node, ast.Import | ast.ImportFrom)] == []
