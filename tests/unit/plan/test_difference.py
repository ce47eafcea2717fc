"""`moorage plan --diff`: what is different in another stack, and what only looks different."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Planned = Callable[..., tuple[int, str, str]]
Project = Callable[..., Path]
Difference = Callable[..., dict[str, Any]]

DECLARED = """config:
  count: {type: integer, default: 1}
  preset: {type: string, default: dev}
  extra: {type: boolean, default: false}
  word: {type: string, default: same}
"""

PROGRAM = """
import json
import pulumi
import pulumi_aws as aws
from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config, stack = pulumi.Config(), pulumi.get_stack()
network = Network("net", {})
cluster = EcsCluster("main", {"preset": config.require("preset")})
balancer = LoadBalancer("web", {"network": network.ref})
table = aws.dynamodb.Table(f"table-{stack}", hash_key="pk", attributes=[{"name": "pk", "type": "S"}])
ContainerApp("api", {
    "cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref, "image": "nginx:1",
    "count": config.require_int("count"),
    "environment": {"TABLE": table.name, "WORD": config.require("word"), "NAME": f"shop-{stack}-api"},
    "secret_values": {"TOKEN": config.require_secret("word")},
})
aws.iam.Policy("policy", policy=table.arn.apply(lambda arn: json.dumps({"Statement": [{"Resource": arn}]})))
if config.require_bool("extra"):
    aws.sns.Topic("extra")
"""


@pytest.fixture
def different(project: Project, planned: Planned) -> Difference:
    """Compare the stacks dev and prod, with these lines of configuration."""

    def run(dev: str = "", prod: str = "", program: str = PROGRAM) -> dict[str, Any]:
        code, out, err = planned(project(program, DECLARED, dev=dev, prod=prod), "--diff", "prod", "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return run


def test_equal_stacks(different: Difference) -> None:
    found = different()
    assert found["resources"] == {"added": [], "removed": [], "changed": []}
    assert (found["arguments"], found["cost"]["changed"]) == ([], [])
    assert found["findings"] == {"added": [], "removed": []}
    assert (found["version"], found["stack"], found["other"]) == (2, "dev", "prod")


def test_one_more_resource(different: Difference) -> None:
    found = different(prod="  shop:extra: true\n")["resources"]
    topic = {"urn": "urn:pulumi:prod::shop::aws:sns/topic:Topic::extra", "name": "extra"}
    assert found["added"] == [{**topic, "type": "aws:sns/topic:Topic"}]
    assert (found["removed"], found["changed"]) == ([], [])


def test_one_resource_less(different: Difference) -> None:
    found = different(dev="  shop:extra: true\n")["resources"]
    assert [item["name"] for item in found["removed"]] == ["extra"]
    assert found["added"] == []


def test_another_count_in_resources_arguments_and_money(different: Difference) -> None:
    found = different(prod="  shop:count: 3\n")
    by_type = {item["type"]: item for item in found["resources"]["changed"]}
    assert by_type["aws:ecs/service:Service"]["properties"] == [{"path": "desiredCount", "from": 1, "to": 3}]
    (argument,) = found["arguments"]
    assert (argument["component"], argument["name"], argument["argument"]) == ("ContainerApp", "api", "count")
    assert [argument[side]["value"] for side in ("from", "to")] == [1, 3]
    assert [argument[side]["source"] for side in ("from", "to")] == ["project default", "stack config"]
    money = found["cost"]
    assert money["to"]["monthly"] > money["from"]["monthly"]
    only = [sum(line[side]["monthly"] for line in money["changed"] if line[side]) for side in ("from", "to")]
    assert only[1] - only[0] == pytest.approx(money["to"]["monthly"] - money["from"]["monthly"], abs=0.05)


def test_a_preset_with_the_name_of_the_stack(different: Difference) -> None:
    found = different(prod="  shop:preset: prod\n")
    rows = {row["argument"]: row for row in found["arguments"]}
    assert [rows["preset"][side]["value"] for side in ("from", "to")] == ["dev", "prod"]
    assert rows["log_retention_days"]["to"]["of"] == "prod"


def test_json_is_compared_as_what_it_says(different: Difference) -> None:
    found = different(program=PROGRAM.replace('"secret_values"', '"tags"'), prod="  shop:word: other\n")
    (task,) = [item for item in found["resources"]["changed"] if "taskDefinition" in item["type"]]
    word = [row for row in task["properties"] if "WORD" in row["path"]]
    path = "containerDefinitions.api.environment.WORD.value"
    assert word == [{"path": path, "from": "same", "to": "other"}]


def test_other_secrets_differ_and_are_not_told(different: Difference) -> None:
    program = PROGRAM.replace('"WORD": config.require("word"), ', "")
    found = different(program=program, prod="  shop:word: another\n")
    (version,) = found["resources"]["changed"]
    assert version["properties"] == [{"path": "secretString", "from": "[secret]", "to": "[secret]"}]
    assert "another" not in json.dumps(found)


def test_findings(different: Difference) -> None:
    found = different(prod="  shop:extra: true\n")["findings"]
    assert {item["rule"] for item in found["added"]} <= {"SNS.1"}
    assert found["removed"] == []


def test_text_for_people(project: Project, planned: Planned) -> None:
    folder = project(PROGRAM, DECLARED, dev="", prod="  shop:count: 3\n  shop:extra: true\n")
    code, out, err = planned(folder, "--diff", "prod")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert (code, err, lines[0]) == (0, "", "shop: stack dev -> prod")
    assert "count 1 (project default count) 3 (stack config count)" in lines
    assert "+ sns Topic: extra" in lines
    assert "desiredCount 1 -> 3" in lines
    assert any(line.startswith("all ") for line in lines)


def test_the_sample(root: Path, planned: Planned) -> None:
    code, out, err = planned(root, "--diff", "prod", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert {"notetaker-bridge", "notes-https"} <= {item["name"] for item in found["resources"]["added"]}
    by_type = {item["type"]: item["properties"] for item in found["resources"]["changed"]}
    task = {row["path"]: (row["from"], row["to"]) for row in by_type["aws:ecs/taskDefinition:TaskDefinition"]}
    assert task["cpu"] == ("256", "512")
