"""`moorage plan --explain`: of every argument its value, and where that comes from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
    return row["value"], row["source"], row["of"]


def test_from_the_program(explained: Explain) -> None:
    found = explained()
    assert whence(found["net"]["vpc_id"]) == ("vpc-1", "argument", None)
    assert whence(found["api"]["environment.STACK"]) == ("dev", "argument", None)


def test_from_the_stack_config_although_it_is_the_default(explained: Explain) -> None:
    found = explained("  shop:cpu: 256\n")
    assert whence(found["api"]["cpu"]) == (256, "stack config", "cpu")


def test_from_the_project(explained: Explain) -> None:
    assert whence(explained()["api"]["cpu"]) == (256, "project default", "cpu")


def test_from_the_command_line(explained: Explain) -> None:
    found = explained("  shop:cpu: 1024\n", "--config", "cpu=512")
    assert whence(found["api"]["cpu"]) == (512, "command line", "cpu")


def test_from_objects(explained: Explain) -> None:
    found = explained("  shop:scaling: {min: 2, max: 4}\n")
    assert whence(found["api"]["autoscaling.min"]) == (2, "stack config", "scaling")
    assert whence(found["api"]["autoscaling.cpu"]) == (60, "default", None)


def test_what_is_computed_or_decided_is_the_programs(explained: Explain) -> None:
    found = explained("  shop:insights: true\n  shop:place: private\n")
    assert whence(found["main"]["container_insights"]) == (True, "argument", None)
    assert whence(found["net"]["private_egress"]) == (True, "argument", None)
    assert whence(found["api"]["memory"]) == (512, "argument", None)
    assert whence(found["api"]["environment.TITLE"]) == ("the shop", "argument", None)


def test_defaults_of_what_does_not_apply_are_not_set(explained: Explain) -> None:
    """No load balancer checks the app, nothing waits for a deployment to bake, and Fargate places tasks."""
    api = explained()["api"]
    unset = {name: api[name]["value"] for name in ("health_check", "deregistration_delay", "placement")}
    assert unset == {"health_check": None, "deregistration_delay": None, "placement": None}
    assert "health_check.interval" not in api


def test_from_presets(explained: Explain) -> None:
    dev = explained()["api"]
    assert whence(dev["log_retention_days"]) == (30, "preset", "dev")
    assert whence(dev["execute_command"]) == (True, "preset", "dev")
    assert whence(dev["stop_timeout"]) == (15, "preset", "dev")


def test_presets_of_another_stack(project: Project, planned: Planned) -> None:
    folder = project(PROGRAM, DECLARED, prod="  shop:preset: prod\n")
    content = json.loads(planned(folder, "--explain", "--json")[1])
    app = {row["argument"]: row for item in content["arguments"] for row in item["arguments"]}
    assert whence(app["log_retention_days"]) == (90, "preset", "prod")
    assert whence(app["preset"]) == ("prod", "stack config", "preset")


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


def test_secrets_in_components_of_others_are_not_told(project: Project, planned: Planned) -> None:
    program = """
import pulumi
text = "key=" + pulumi.Config().require("token")
pulumi.ComponentResource("my:index:Thing", "thing", {"plain": text, "other": "shown"})
"""
    folder = project(program, "config:\n  token: {type: string, secret: true}\n", dev="")
    _, out, _ = planned(folder, "--stack", "dev", "--explain", "--json", "--config", "token=hunter2")
    assert "hunter2" not in out
    (thing,) = json.loads(out)["arguments"]
    assert {row["argument"]: row["value"] for row in thing["arguments"]} == {
        "plain": "key=[secret]",
        "other": "shown",
    }


def test_secrets_are_not_told(explained: Explain) -> None:
    token = explained("", "--config", "token=hunter2")["api"]["secret_values.TOKEN"]
    assert whence(token) == ("[secret]", "command line", "token")


def test_components_that_are_not_ours(explained: Explain) -> None:
    program = PROGRAM + (
        "class Box(pulumi.ComponentResource):\n"
        "    def __init__(self):\n"
        '        super().__init__("acme:index:Box", "box", {"size": 3})\n'
        '        aws.sns.Topic("in-box", opts=pulumi.ResourceOptions(parent=self))\n'
        "Box()\n"
    )
    assert whence(explained(program=program)["box"]["size"]) == (3, "argument", None)


def test_components_of_ours_inside_others_are_explained(explained: Explain) -> None:
    program = PROGRAM + (
        "class Box(pulumi.ComponentResource):\n"
        "    def __init__(self):\n"
        '        super().__init__("acme:index:Box", "box", {"size": 3})\n'
        '        args = {"cluster": cluster.ref, "network": network.ref, "image": "nginx:2"}\n'
        '        ContainerApp("inner", args, pulumi.ResourceOptions(parent=self))\n'
        "Box()\n"
    )
    found = explained(program=program)
    assert whence(found["inner"]["image"]) == ("nginx:2", "argument", None)
    assert whence(found["box"]["size"]) == (3, "argument", None)


def test_text_for_people(project: Project, planned: Planned) -> None:
    out = planned(project(PROGRAM, DECLARED, dev="  shop:cpu: 512\n"), "--explain")[1]
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "cpu 512 stack config cpu" in lines
    assert "memory 1024 argument" in lines
    assert "environment.TABLE table.name (dynamodb Table) argument" in lines
    assert any(line.startswith("not set: image") or "not set: " in line for line in lines)
