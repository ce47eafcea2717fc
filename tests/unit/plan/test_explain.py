"""`moorage plan --explain`: of every argument its value, and where that comes from."""

import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import moorage
from moorage.plan.explain.effective import chosen, nested
from moorage.resources.app.args import ServiceArgs
from moorage.resources.app.container_args import ContainerSettingsArgs

Planned = Callable[..., tuple[int, str, str]]
Project = Callable[..., Path]
Explain = Callable[..., dict[str, dict[str, dict[str, Any]]]]

DECLARED = """config:
  cpu: {type: integer, default: 256}
  count: {type: integer, default: 1}
  insights: {type: boolean, default: false}
  place: {type: string, default: public}
  scaling: {type: object, default: {}}
  extra: {type: boolean, default: false}
  title: {type: string, default: shop}
  preset: {type: string, default: dev}
  token: {type: string, default: none}
"""

PROGRAM = """
import pulumi
import pulumi_aws as aws
from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
network = Network("net", {
    "vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"],
    "private_subnet_ids": ["subnet-c", "subnet-d"], "private_egress": config.require("place") == "private",
})
cluster = EcsCluster("main", {
    "container_insights": config.require_bool("insights"), "preset": config.require("preset"),
})
table = aws.dynamodb.Table("table", hash_key="pk", attributes=[{"name": "pk", "type": "S"}])
scaling = config.get_object("scaling")
ContainerApp("api", {
    "cluster": cluster.ref, "network": network.ref, "image": "nginx:1",
    "cpu": config.require_int("cpu"), "memory": config.require_int("cpu") * 2,
    **({"autoscaling": scaling} if scaling else {"count": config.require_int("count")}),
    "environment": {
        "TABLE": table.name, "TITLE": f"the {config.require('title')}", "STACK": pulumi.get_stack(),
    },
    "secret_values": {"TOKEN": config.require_secret("token")},
})
if config.require_bool("extra"):
    ContainerApp("extra", {"cluster": cluster.ref, "network": network.ref, "image": "nginx:1"})
"""


@pytest.fixture
def explained(project: Project, planned: Planned) -> Explain:
    """Explain the program: arguments by component and path."""

    def run(lines: str = "", *options: str, program: str = PROGRAM, prod: str = "") -> Any:
        folder = project(program, DECLARED, dev=lines, prod=prod)
        code, out, err = planned(folder, "--stack", "dev", "--explain", "--json", *options)
        assert (code, err) == (0, ""), err
        return {
            item["name"]: {row["argument"]: row for row in item["arguments"]} | {"": item}
            for item in json.loads(out)["arguments"]
        }

    return run


def whence(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["value"], row["source"], row["of"], row["decided_by"]


def test_from_the_program(explained: Explain) -> None:
    found = explained()
    assert whence(found["net"]["vpc_id"]) == ("vpc-1", "argument", None, [])
    assert whence(found["api"]["environment.STACK"]) == ("dev", "argument", None, [])


def test_from_the_stack_config_although_it_is_the_default(explained: Explain) -> None:
    found = explained("  shop:cpu: 256\n")
    assert whence(found["api"]["cpu"]) == (256, "stack config", "cpu", [])


def test_from_the_project(explained: Explain) -> None:
    assert whence(explained()["api"]["cpu"]) == (256, "project default", "cpu", [])


def test_from_the_command_line(explained: Explain) -> None:
    found = explained("  shop:cpu: 1024\n", "--config", "cpu=512")
    assert whence(found["api"]["cpu"]) == (512, "command line", "cpu", [])


def test_from_objects(explained: Explain) -> None:
    found = explained("  shop:scaling: {min: 2, max: 4}\n")
    assert whence(found["api"]["autoscaling.min"]) == (2, "stack config", "scaling", [])
    assert whence(found["api"]["autoscaling.cpu"]) == (60, "default", None, [])


def test_truth_values_are_found_by_their_influence(explained: Explain) -> None:
    found = explained("  shop:insights: true\n")
    assert whence(found["main"]["container_insights"]) == (True, "stack config", "insights", [])


def test_what_is_computed_is_decided_by_its_keys(explained: Explain) -> None:
    found = explained()
    assert whence(found["api"]["memory"]) == (512, "argument", None, ["cpu"])
    assert whence(found["api"]["environment.TITLE"]) == ("the shop", "argument", None, ["title"])


def test_conditions_are_decided_by_their_keys(explained: Explain) -> None:
    found = explained("  shop:place: private\n")
    assert whence(found["net"]["private_egress"]) == (True, "argument", None, ["place"])


def test_a_condition_whose_value_is_the_default(explained: Explain) -> None:
    """The program itself tells what the value is compared with."""
    assert whence(explained()["net"]["private_egress"]) == (False, "argument", None, ["place"])


def test_whether_a_component_is_there(explained: Explain) -> None:
    found = explained("  shop:extra: true\n")
    assert (found["extra"][""]["decided_by"], found["api"][""]["decided_by"]) == (["extra"], [])


def test_from_presets(explained: Explain) -> None:
    dev = explained()["api"]
    assert whence(dev["log_retention_days"]) == (30, "preset", "dev", [])
    assert whence(dev["execute_command"]) == (True, "preset", "dev", [])
    assert whence(dev["stop_timeout"]) == (15, "preset", "dev", [])


def test_presets_of_another_stack(project: Project, planned: Planned) -> None:
    folder = project(PROGRAM, DECLARED, prod="  shop:preset: prod\n")
    content = json.loads(planned(folder, "--explain", "--json")[1])
    app = {row["argument"]: row for item in content["arguments"] for row in item["arguments"]}
    assert whence(app["log_retention_days"]) == (90, "preset", "prod", [])
    assert whence(app["preset"]) == ("prod", "stack config", "preset", [])


def test_outputs_and_refs_say_whose_they_are(explained: Explain) -> None:
    api = explained()["api"]
    table, cluster = api["environment.TABLE"], api["cluster"]
    assert (table["value"], table["from"]) == (None, "table.name (dynamodb Table)")
    assert (cluster["value"], cluster["from"]) == (None, "main.ref (EcsCluster)")


def test_fields_of_a_ref_say_whose_they_are(explained: Explain) -> None:
    program = PROGRAM.replace(
        '"cluster": cluster.ref', '"cluster": {"arn": cluster.arn, "name": cluster.name}'
    )
    assert explained(program=program)["api"]["cluster.arn"]["from"] == "main.arn (EcsCluster)"


def test_secrets_are_not_told(explained: Explain) -> None:
    token = explained("", "--config", "token=hunter2")["api"]["secret_values.TOKEN"]
    assert whence(token) == ("[secret]", "command line", "token", [])


def test_components_that_are_not_ours(explained: Explain) -> None:
    program = PROGRAM + (
        "class Box(pulumi.ComponentResource):\n"
        "    def __init__(self):\n"
        '        super().__init__("acme:index:Box", "box", {"size": 3})\n'
        '        aws.sns.Topic("in-box", opts=pulumi.ResourceOptions(parent=self))\n'
        "Box()\n"
    )
    assert whence(explained(program=program)["box"]["size"]) == (3, "argument", None, [])


def test_text_for_people(project: Project, planned: Planned) -> None:
    out = planned(project(PROGRAM, DECLARED, dev="  shop:cpu: 512\n"), "--explain")[1]
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "cpu 512 stack config cpu" in lines
    assert "memory 1024 argument, by config cpu" in lines
    assert "environment.TABLE table.name (dynamodb Table) argument" in lines
    assert any(line.startswith("not set: image") or "not set: " in line for line in lines)


def _told(declaration: type, path: str = "") -> list[tuple[str, str]]:
    """What the docstrings under the arguments say of their defaults."""
    source = Path(__import__(declaration.__module__, fromlist=["_"]).__file__).read_text()
    body = source.split(f"class {declaration.__name__}(", 1)[1].split("\nclass ", 1)[0]
    inherited = inspect.getsource(ServiceArgs) + inspect.getsource(ContainerSettingsArgs)
    found: list[tuple[str, str]] = []
    for name, inner in nested(declaration).items():
        described = rf'^    {name}: .*?"""(.*?)"""'
        text = re.search(described, body, re.M | re.S) or re.search(described, inherited, re.M | re.S)
        assert text, name
        default = re.search(r"Default:\s+(.*?)\.?\s*$", text[1], re.S)
        if default:
            found.append((path + name, " ".join(default[1].split())))
        if inner is not None:
            found += _told(inner, f"{path}{name}.")
    return found


BEHIND = {"cluster": {"capacity": "ec2"}, "load_balancer": {"name": "x"}, "network": {}}


@pytest.mark.parametrize(
    ("kind", "args", "fewest"),
    [
        ("ContainerApp", {**BEHIND, "alarms": {}}, 22),
        ("ContainerApp", {**BEHIND, "deployment": "canary"}, 20),
        ("ContainerApp", {**BEHIND, "deployment": "linear"}, 20),
        ("EcsCluster", {"capacity": "ec2"}, 6),
        ("EcsCluster", {"capacity": "fargate_spot"}, 5),
        ("LoadBalancer", {"zone_id": "Z1", "domain": "x.example.com"}, 6),
        ("Network", {}, 1),
        ("ContainerImage", {}, 3),
        ("ComposeApp", {"cluster": {}}, 4),
        ("Job", {"cluster": {}, "schedule": "rate(1 day)"}, 5),
    ],
)
def test_defaults_are_those_that_are_documented(kind: str, args: dict[str, Any], fewest: int) -> None:
    declaration = getattr(moorage, f"{kind}Args")
    values = chosen(kind, "web", args, declaration)
    compared = 0
    for path, text in _told(declaration):
        plain = re.fullmatch(r"`?([\w./*-]+)`?( behind a load balancer)?", text)
        if path not in values or path in args or plain is None or text in ("none", "nothing"):
            continue
        value = values[path][0]
        shown = json.dumps(value) if isinstance(value, bool) else str(value).strip("[]'").removesuffix(".0")
        assert shown == plain[1].rstrip("."), path
        compared += 1
    assert compared >= fewest
