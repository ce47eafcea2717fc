"""Arguments that an app refuses, through the component: one error with everything, and nothing registered."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.fixtures import GraphOf, Lines

from moorage import ComposeApp, ContainerApp, ContainerImage, EcsCluster, Job, LoadBalancer, Network
from moorage.offline import EvaluationError, evaluate

ARN = "arn:aws:ecs:us-east-1:123456789012:cluster/main"
FARGATE = {"arn": ARN, "name": "main"}
EC2 = {
    **FARGATE,
    "capacity": "ec2",
    "capacity_provider": "p",
    "security_group_id": "sg-1",
    "max_instances": 3,
}
PUBLIC = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}
BALANCER = {"listener_arn": "arn", "security_group_id": "sg-2", "url": "http://x"}
APP = {"cluster": FARGATE, "network": PUBLIC, "image": "nginx:1"}


@pytest.mark.parametrize(
    ("args", "starts"),
    [
        (
            {"cpu": 256, "memory": 4096},
            ["memory: 4096: with 256 CPU units Fargate supports 512, 1024, 2048 MiB"],
        ),
        ({"port": 0}, ["port: 0: must be from 1 to 65535"]),
        ({"minimum_healthy_percent": 101}, ["minimum_healthy_percent: 101: "]),
        ({"cluster": {**EC2, "arch": "arm"}}, ["cluster.arch: 'arm': "]),
        (
            {"cluster": EC2, "host_port": 80, "count": 4},
            ["count: 4: with host port 80 one fits on each instance"],
        ),
        ({"subnets": "private"}, ["subnets: 'private': these tasks cannot pull their image"]),
        ({"environment": {"AWS_ACCESS_KEY_ID": "x"}}, ["environment.AWS_ACCESS_KEY_ID: credentials do not"]),
        ({"environment": {"PORT": [8080]}}, ["environment.PORT: must be a string"]),
        ({"prot": 80}, ["prot: unknown argument; did you mean 'port'?"]),
        (
            {"health_check": {"pth": "/"}, "load_balancer": BALANCER},
            ["health_check.pth: unknown argument; did you mean 'path'?"],
        ),
        ({"image": None}, ["image: is required without build"]),
        (
            {"build": {"context": "."}},
            ["build: cannot be combined with image", "build.dockerfile: 'Dockerfile': is not a file"],
        ),
        ({"cluster": None}, ["cluster: is required"]),
        ({"cluster": {"arn": ARN}}, ["cluster.name: is required"]),
        ({"network": {"vpc_id": "v"}}, ["network.public_subnet_ids: is required"]),
        (
            {"load_balancer": BALANCER, "rules": [{"path": "/x"}, {"path": "/x"}]},
            ["rules: 'any host/x': is twice here"],
        ),
        ({"autoscaling": {"min": 1}}, ["autoscaling.max: is required"]),
        (
            {
                "cpu": 300,
                "port": "80a",
                "cluster": {**FARGATE, "capcity": "ec2"},
                "health_check": {"interval": 1, "pth": "/x"},
                "secrets": {"A": "has space"},
                "environment": {"A": "x"},
                "placement": "binpak",
                "grants": [{"service": "s3", "access": "read"}],
            },
            [
                "cluster.capcity: unknown argument; did you mean 'capacity'?",
                "port: '80a': must be an integer",
                "grants[0].arn: is required",
                "health_check.pth: unknown argument; did you mean 'path'?",
                "placement: 'binpak': must be one of az_spread, az_binpack, binpack",
                "health_check.interval: 1: must be from 5 to 300 seconds",
                "secrets.A: is also in environment",
                "secrets.A: 'has space': must be an ARN",
                "cpu: 300: Fargate supports",
                "health_check: needs load_balancer",
                "placement: 'binpak': needs cluster.capacity ec2",
            ],
        ),
    ],
)
def test_wrong_arguments(refused: Lines, preview: bool, args: dict[str, Any], starts: list[str]) -> None:
    lines = refused("ContainerApp", {**APP, **args}, preview=preview)
    assert [start for start in starts if not any(line.startswith(start) for line in lines)] == []
    assert [line for line in lines if not any(line.startswith(start) for start in starts)] == []


@pytest.mark.parametrize("name", ["sg", "sg-x", "internal-x", "aws-x", "x--y", "x" * 101, "1x"])
def test_names(refused: Lines, name: str) -> None:
    assert all(line.startswith("name: ") for line in refused("ContainerApp", APP, name=name))


def test_numbers_of_other_languages_are_taken_and_read_back_whole(graph_of: GraphOf) -> None:
    args = {
        "cpu": 512.0,
        "memory": 1024.0,
        "port": 80.0,
        "count": 2.0,
        "memory_reservation": 64.0,
        "stop_timeout": 9.0,
    }
    graph = graph_of(apps={"web": args})
    task = graph.one("aws:ecs/taskDefinition:TaskDefinition").inputs
    assert (task["cpu"], task["memory"]) == ("512", "1024")
    assert ".0" not in task["containerDefinitions"]


def test_none_is_an_argument_left_out(graph_of: GraphOf) -> None:
    given = {
        "port": None,
        "command": None,
        "environment": {"A": None},
        "health_check": {"path": None, "matcher": None},
    }
    graph = graph_of(balancer={"domain": None}, apps={"web": given})
    plain = graph_of(balancer={}, apps={"web": {"health_check": {}}})
    for one, other in zip(graph, plain, strict=True):
        assert one.inputs == other.inputs or one.type.startswith("moorage:")


def two(first: dict[str, Any], second: dict[str, Any], balancers: int = 1) -> Any:
    """Two apps on one load balancer, or on one each; what of the second was registered, and why not."""
    caught: list[str] = []

    def program() -> None:
        net = Network("net", PUBLIC)
        main = EcsCluster("main", {})
        albs = [LoadBalancer(f"alb{number}", {"network": net.ref}) for number in range(balancers)]
        shared: dict[str, Any] = {"cluster": main.ref, "network": net.ref, "image": "nginx:1"}
        ContainerApp("first", {**shared, "load_balancer": albs[0].ref, **first})
        try:
            ContainerApp("second", {**shared, "load_balancer": albs[-1].ref, **second})
        except ValueError as error:
            caught.append(str(error))

    graph = evaluate(program)
    return [resource for resource in graph if "second" in resource.urn], caught


@pytest.mark.parametrize("rules", [{}, {"rules": [{"host": "a.example.com", "path": "/x"}]}])
def test_two_apps_for_the_same_requests(rules: dict[str, Any]) -> None:
    registered, (text,) = two(rules, rules)
    assert registered == []
    assert "is already taken by 'first'; give each rule another host or path" in text


def test_two_apps_with_the_same_fixed_priority() -> None:
    registered, (text,) = two(
        {"rules": [{"path": "/a", "priority": 5}]}, {"rules": [{"path": "/b", "priority": 5.0}]}
    )
    assert registered == []
    assert "has priority 5, as any host/a of 'first'; set one `priority`" in text


def test_a_clash_is_one_of_all_problems() -> None:
    _, (text,) = two({}, {"cpu": 300})
    assert "2 problems" in text


def test_two_balancers_have_rules_of_their_own() -> None:
    registered, caught = two({}, {}, balancers=2)
    assert registered
    assert caught == []


def test_balancers_without_a_name_are_not_taken_for_one() -> None:
    def program() -> None:
        for name in ("a", "b"):
            ContainerApp(name, {**APP, "load_balancer": BALANCER})  # pyright: ignore[reportArgumentType]

    assert len(evaluate(program).of_type("aws:lb/listenerRule:ListenerRule")) == 2


def test_each_evaluation_forgets_the_rules_of_the_last() -> None:
    def program() -> None:
        ContainerApp("a", {**APP, "load_balancer": {**BALANCER, "name": "alb"}})  # pyright: ignore[reportArgumentType]

    assert evaluate(program).resources
    assert evaluate(program).resources


def test_the_error_ends_the_program_with_its_text() -> None:
    def program() -> None:
        ContainerApp("web", {**APP, "port": 0, "count": -1})  # pyright: ignore[reportArgumentType]

    with pytest.raises(EvaluationError, match="ContainerApp 'web': 2 problems in its arguments"):
        evaluate(program)


@pytest.mark.parametrize(
    "component", [Network, EcsCluster, LoadBalancer, ContainerImage, ContainerApp, Job, ComposeApp]
)
@pytest.mark.parametrize("args", [None, [], "image", 1], ids=["None", "list", "string", "number"])
def test_arguments_that_are_not_an_object(component: Any, args: Any) -> None:
    with pytest.raises(EvaluationError, match=r"args: .*: must be an object, such as"):
        evaluate(lambda: component("web", args))


@pytest.mark.parametrize(
    "component", [Network, EcsCluster, LoadBalancer, ContainerImage, ContainerApp, Job, ComposeApp]
)
@pytest.mark.parametrize("name", [7, None, ["a"], b"a"], ids=["number", "None", "list", "bytes"])
def test_a_name_that_is_not_a_string(component: Any, name: Any) -> None:
    with pytest.raises(EvaluationError, match=r"name: .*: must be a string"):
        evaluate(lambda: component(name, APP))


@pytest.mark.parametrize(
    "value", [Path("/data"), b"x", object(), date(2027, 1, 1), str], ids=lambda value: type(value).__name__
)
def test_values_that_pulumi_cannot_send_are_named(refused: Lines, value: Any) -> None:
    (problem,) = refused("ContainerApp", {**APP, "environment": {"DATA": value}})
    assert problem == "environment.DATA: must be a string"
