"""The program of this repository: what each stack consists of, and what a wrong config value says."""

import ast
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.syntax import parse

from moorage.offline import EvaluationError, ResourceGraph, evaluate
from moorage.testing import (
    assert_no_plaintext_secrets,
    assert_no_wildcard_actions,
    assert_passes_policy,
    assert_unique_urns,
    policy_statements,
)

ROOT = Path(__file__).parents[2]
SERVICE = "aws:ecs/service:Service"
PRIVATE_LISTS = {"publicSubnetIds": '["subnet-a","subnet-b"]', "privateSubnetIds": '["subnet-c","subnet-d"]'}
EXISTING = {"network": "existing", "vpcId": "vpc-1", **PRIVATE_LISTS}


def stack(name: str = "dev", preview: bool = False, **config: str) -> ResourceGraph:
    return evaluate(ROOT, stack=name, preview=preview, config=config)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_what_a_stack_consists_of(golden: Callable[..., None], name: str, preview: bool) -> None:
    golden(Counter(resource.type for resource in stack(name, preview)), f"program-{name}.json")


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_what_holds_for_every_stack(name: str, preview: bool) -> None:
    graph = stack(name, preview, sessionSecret="hush-hush")
    assert_unique_urns(graph)
    assert_no_plaintext_secrets(graph)
    assert_no_wildcard_actions(graph)


def test_dev_passes_its_policy(preview: bool) -> None:
    assert_passes_policy(stack("dev", preview))


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_exports(name: str) -> None:
    graph = stack(name)
    service, group = graph.one(SERVICE), graph.one("aws:cloudwatch/logGroup:LogGroup", "notetaker-logs")
    assert set(graph.outputs) == {"url", "clusterName", "serviceName", "logGroup"}
    assert graph.outputs["serviceName"] == service.outputs["name"]
    assert graph.outputs["logGroup"] == group.outputs["name"]
    assert graph.outputs["clusterName"] == graph.one("aws:ecs/cluster:Cluster").outputs["name"]
    assert graph.outputs["url"].startswith("https://notes.example.com" if name == "prod" else "http://")


def test_dev_is_arm_on_a_spot_mix_and_small() -> None:
    graph = stack("dev")
    task, service = graph.one("aws:ecs/taskDefinition:TaskDefinition").inputs, graph.one(SERVICE).inputs
    assert task["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert (task["cpu"], task["memory"]) == ("256", "512")
    assert [each["capacityProvider"] for each in service["capacityProviderStrategies"]] == [
        "FARGATE",
        "FARGATE_SPOT",
    ]
    assert service["desiredCount"] == 2


def test_prod_is_ec2_in_three_zones_behind_https_and_scaled() -> None:
    graph = stack("prod")
    group = graph.one("aws:autoscaling/group:Group").inputs
    assert (group["minSize"], group["maxSize"], len(group["vpcZoneIdentifiers"])) == (3, 6, 3)
    target = graph.one("aws:appautoscaling/target:Target").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (3, 9)
    assert {listener.inputs["port"] for listener in graph.of_type("aws:lb/listener:Listener")} == {80, 443}
    assert graph.one("aws:dynamodb/table:Table").inputs["deletionProtectionEnabled"] is True


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_table_removes_what_has_expired(name: str, preview: bool) -> None:
    ttl = stack(name, preview).one("aws:dynamodb/table:Table").inputs["ttl"]
    assert ttl == {"attributeName": "expires", "enabled": True}


def test_the_task_may_use_its_table_and_no_other(preview: bool) -> None:
    graph = stack("dev", preview)
    if preview:
        return
    arn = graph.one("aws:dynamodb/table:Table").outputs["arn"]
    statements = policy_statements(graph, graph.one("aws:iam/role:Role", "notetaker-task"))
    tables = [s["Resource"] for s in statements if s["Action"][0].startswith("dynamodb:")]
    assert tables == [[arn, f"{arn}/index/*"]]


def test_a_session_secret_is_stored_and_nowhere_in_plain_text() -> None:
    graph = stack("dev", sessionSecret="hush-hush")
    assert graph.one("aws:secretsmanager/secretVersion:SecretVersion")
    assert "hush-hush" not in repr(graph)
    assert stack("dev").of_type("aws:secretsmanager/secret:Secret") == []


@pytest.mark.parametrize("name", ["dev", "prod"])
@pytest.mark.parametrize("capacity", ["fargate", "fargate_spot", "ec2"])
def test_every_capacity_by_one_value(name: str, capacity: str) -> None:
    arch = {"ec2": '{"instance_types": ["t4g.small"]}'} if name == "dev" and capacity == "ec2" else {}
    assert stack(name, capacity=capacity, **arch).one(SERVICE)


def test_managed_instances_in_a_vpc_with_nat() -> None:
    config = {"capacity": "managed_instances", "network": "new", "natGateways": "single"}
    provider = stack("dev", **config).one("aws:ecs/capacityProvider:CapacityProvider")
    assert "managedInstancesProvider" in provider.inputs


def vpcs(graph: ResourceGraph) -> int:
    return len(graph.of_type("aws:ec2/vpc:Vpc"))


def test_the_default_network() -> None:
    graph = stack("dev")
    assert vpcs(graph) == 0
    assert {"aws:ec2/getVpc:getVpc", "aws:ec2/getSubnets:getSubnets"} <= {
        invoke.token for invoke in graph.invokes
    }


def test_an_existing_network(preview: bool) -> None:
    graph = stack("dev", preview, **EXISTING)
    placed = graph.one(SERVICE).inputs["networkConfiguration"]
    assert placed["subnets"] == ["subnet-c", "subnet-d"]
    assert placed["assignPublicIp"] is False
    public = {key: value for key, value in EXISTING.items() if key != "privateSubnetIds"}
    placed = stack("dev", preview, **public).one(SERVICE).inputs["networkConfiguration"]
    assert (placed["subnets"], placed["assignPublicIp"]) == (["subnet-a", "subnet-b"], True)


@pytest.mark.parametrize(
    ("nat", "gateways", "public"), [("none", 0, True), ("single", 1, False), ("one_per_zone", 3, False)]
)
def test_a_new_network_and_its_gateways(preview: bool, nat: str, gateways: int, public: bool) -> None:
    graph = stack("dev", preview, network="new", natGateways=nat, zones="3")
    assert vpcs(graph) == 1
    assert len(graph.of_type("aws:ec2/natGateway:NatGateway")) == gateways
    assert graph.one(SERVICE).inputs["networkConfiguration"]["assignPublicIp"] is public


def test_flow_logs_of_this_account_only_may_assume_their_role() -> None:
    """ "IAM role for publishing flow logs to CloudWatch Logs": source account and source ARN."""
    graph = stack("prod")
    role = graph.one("aws:iam/role:Role", "notes-flow")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    logs = graph.one("aws:cloudwatch/logGroup:LogGroup", "notes-flow")
    _, partition, _, region, account, *_ = logs.outputs["arn"].split(":")
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": f"arn:{partition}:ec2:{region}:{account}:vpc-flow-log/*"},
        "StringEquals": {"aws:SourceAccount": account},
    }


def test_address_ranges_of_subnets_do_not_move_when_gateways_come() -> None:
    ranges = [
        {
            subnet.name: subnet.inputs["cidrBlock"]
            for subnet in stack("dev", network="new", natGateways=nat).of_type("aws:ec2/subnet:Subnet")
        }
        for nat in ("none", "single")
    ]
    assert ranges[0] == ranges[1]
    assert len(ranges[0]) == 4


def test_a_new_network_is_in_the_stacks_account_and_has_its_tags() -> None:
    tags = '{"tags": {"Env": "dev"}}'
    config = {"aws:region": "eu-west-1", "aws:profile": "notes", "aws:defaultTags": tags}
    provider = evaluate(ROOT, stack="dev", config={"network": "new", **config}).one("pulumi:providers:aws")
    assert (provider.inputs["region"], provider.inputs["profile"]) == ("eu-west-1", "notes")
    assert json.loads(provider.inputs["defaultTags"]) == json.loads(tags)


@pytest.mark.parametrize(
    ("config", "parts"),
    [
        ({"network": "other"}, ["network", "'other'", "default, existing or new"]),
        ({"network": "new", "natGateways": "two"}, ["natGateways", "'two'", "none, single, one_per_zone"]),
        ({"network": "new", "zones": "1"}, ["zones", "1", "from 2 to 6"]),
        ({"network": "new", "zones": "x"}, ["zones", "'x'", "integer"]),
        ({"network": "existing"}, ["network", "'existing'", "vpcId and publicSubnetIds"]),
        ({"network": "existing", "vpcId": "vpc-1"}, ["network", "'existing'", "publicSubnetIds"]),
        ({"network": "existing", "publicSubnetIds": "x"}, ["publicSubnetIds", "'x'", "array"]),
        ({"capacity": "fargat"}, ["capacity", "'fargat'", "fargate, fargate_spot, ec2, managed_instances"]),
        ({"arch": "arm"}, ["arch", "'arm'", "x86_64, arm64"]),
        ({"preset": "live"}, ["preset", "'live'", "dev, prod"]),
        ({"cpu": "300"}, ["cpu", "300", "Fargate supports 256, 512"]),
        ({"memory": "4096"}, ["memory", "4096", "512, 1024, 2048 MiB"]),
        ({"cpu": "many"}, ["cpu", "'many'", "integer"]),
        ({"count": "-1"}, ["count", "-1", "from 0 to 5000"]),
        (
            {"capacity": "ec2", "ec2": '{"instance_types": ["t3.small"]}'},
            ["ec2.instance_types[0]", "'t3.small'", "arm64"],
        ),
        ({"capacity": "ec2", "ec2": '{"min_sze": 1}'}, ["ec2.min_sze", "did you mean 'min_size'?"]),
        ({"capacity": "ec2", "ec2": '{"min_size": 5, "max_size": 2}'}, ["ec2.min_size", "5", "max_size, 2"]),
        ({"ec2": "[1]"}, ["ec2", "'[1]'", "object"]),
        ({"autoscaling": '{"min": 3}'}, ["autoscaling.max", "is required"]),
        ({"autoscaling": '{"min": 3, "max": 1}'}, ["autoscaling.max", "1", "at least min, 3"]),
        ({"domain": "notes.example.com"}, ["domain", "needs zone_id or certificate_arn"]),
        ({"zoneId": "Z1"}, ["zone_id", "needs domain"]),
        ({"domain": "Notes", "zoneId": "Z1"}, ["domain", "'Notes'", "lower-case domain name"]),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_what_is_allowed(
    config: dict[str, str], parts: list[str]
) -> None:
    with pytest.raises(EvaluationError) as caught:
        stack("dev", **config)
    assert [part for part in parts if part not in str(caught.value)] == []


def source(name: str) -> tuple[str, ast.Module]:
    text = (ROOT / name).read_text()
    return text, parse(text)


def test_the_program_is_short() -> None:
    assert len(source("__main__.py")[0].splitlines()) < 80


def test_only_the_program_reads_the_config() -> None:
    library = (ROOT / "components" / "moorage" / "resources").rglob("*.py")
    readers = [path.name for path in library if "pulumi.Config(" in path.read_text()]
    # Presets are data of the whole program, as the policy's exceptions are.
    assert readers == ["checking.py"]


def keys_read() -> set[str]:
    calls = [
        node
        for name in ("__main__.py", "vpc.py")
        for node in ast.walk(source(name)[1])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    methods = ("get", "get_object", "require", "require_int", "require_object", "require_secret")
    return {
        call.args[0].value
        for call in calls
        if call.func.attr in methods and isinstance(call.args[0], ast.Constant)
    }  # pyright: ignore[reportAttributeAccessIssue]


def test_every_key_of_the_schema_is_read_and_every_key_read_is_in_it() -> None:
    yaml: Any = pytest.importorskip("yaml")
    schema = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    of_the_provider = {"region", "profile", "assumeRoles", "allowedAccountIds", "defaultTags"}
    assert keys_read() - of_the_provider == {key for key in schema if ":" not in key}
    for key, declared in schema.items():
        if ":" not in key:
            assert {"type", "default", "description"} <= set(declared)
