"""The examples: every value of their scenarios in the evaluated programs, and what a person may rely on.

The values stand in `examples/*.md`, one file per scenario, with a table for each `## example: stacks`:

- Resource: one of TYPES, and the logical name where there are several;
- Path: in its inputs, through JSON texts; a number is an item of a list;
- Value: JSON (`null` is not set), `=RESOURCE.PATH` for an output of another resource, `count N` of a list, or
  `begins TEXT`.
"""

import ast
import base64
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import stacks
from support.compatibility.record import record_of
from support.compatibility.upgrade import faults
from support.syntax import parse

import moorage
from moorage.offline import EvaluationError, ResourceGraph, evaluate, reveal

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SCENARIOS = (
    *("notetaker-ec2", "ec2-then-fargate", "three-zones", "jwt-pizza", "postgres", "two-regions"),
    *("gpu", "grpc", "two-services", "monitoring"),
)
STACKS = [
    (example, stack)
    for example in SCENARIOS
    for stack in sorted(file.name[7:-5] for file in (EXAMPLES / example).glob("Pulumi.*.yaml"))
]
NAMES = sorted({example for example, _ in STACKS})

Config = tuple[tuple[str, str], ...]

TYPES = {
    "alarm": "aws:cloudwatch/metricAlarm:MetricAlarm",
    "bucket": "aws:s3/bucket:Bucket",
    "certificate": "aws:acm/certificate:Certificate",
    "cluster": "aws:ecs/cluster:Cluster",
    "dashboard": "aws:cloudwatch/dashboard:Dashboard",
    "database": "aws:rds/instance:Instance",
    "group": "aws:autoscaling/group:Group",
    "image": "docker-build:index:Image",
    "ingress": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "listener": "aws:lb/listener:Listener",
    "load balancer": "aws:lb/loadBalancer:LoadBalancer",
    "namespace": "aws:servicediscovery/httpNamespace:HttpNamespace",
    "policy": "aws:iam/rolePolicy:RolePolicy",
    "policy attachment": "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "provider": "aws:ecs/capacityProvider:CapacityProvider",
    "record": "aws:route53/record:Record",
    "repository": "aws:ecr/repository:Repository",
    "role": "aws:iam/role:Role",
    "rule": "aws:lb/listenerRule:ListenerRule",
    "security group": "aws:ec2/securityGroup:SecurityGroup",
    "service": "aws:ecs/service:Service",
    "table": "aws:dynamodb/table:Table",
    "target group": "aws:lb/targetGroup:TargetGroup",
    "task": "aws:ecs/taskDefinition:TaskDefinition",
    "template": "aws:ec2/launchTemplate:LaunchTemplate",
}

Graph = Callable[..., ResourceGraph]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the examples, as evaluating one stages its build context in its folder."""
    ignored = shutil.ignore_patterns("__pycache__", ".moorage", ".build", ".venv")
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(EXAMPLES, folder / "examples", ignore=ignored)
    shutil.copytree(ROOT / "app", folder / "app", ignore=ignored)
    return folder / "examples"


@pytest.fixture(scope="module")
def graph(copies: Path) -> Graph:
    """Evaluate a stack of an example, with further configuration; once for all tests."""

    @cache
    def run(example: str, stack: str, config: Config = (), preview: bool = False) -> ResourceGraph:
        if not config:
            return stacks.stack(f"{example} {stack}", preview)
        return evaluate(copies / example, stack=stack, config=dict(config), preview=preview)

    return run


def configured(example: str, stack: str) -> Config:
    """Return what a stack's file says, as `evaluate` takes it."""
    content: Any = yaml.safe_load((EXAMPLES / example / f"Pulumi.{stack}.yaml").read_text())
    values = {key.partition(":")[2]: value for key, value in content["config"].items()}
    return tuple((k, v if isinstance(v, str) else json.dumps(v)) for k, v in values.items())


def look(found: ResourceGraph, resource: str, path: str, where: str = "inputs") -> Any:
    """Return what is at `path` in a resource, None where nothing is."""
    short = max((name for name in TYPES if resource.startswith(name)), key=len)
    entry = found.one(TYPES[short], resource.removeprefix(short).strip() or None)
    value = reveal(entry.inputs if where == "inputs" else {**entry.outputs, "id": entry.id})
    for step in path.split("."):
        value = json.loads(value) if isinstance(value, str) else value
        value = value[int(step)] if isinstance(value, list) else value.get(step)
        if value is None:
            return None
    return json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{") else value


def tables() -> list[Any]:
    """Return every row for every stack it is for."""
    rows: list[Any] = []
    for file in sorted((Path(__file__).parent / "examples").glob("S*.md")):
        example, stacks = "", []
        for line in file.read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            if line.startswith("## "):
                example, _, names = line[3:].partition(": ")
                stacks = names.split(", ")
            elif len(cells) == 4 and cells[0] != "What":
                rows += [
                    pytest.param(example, stack, *cells[1:], id=f"{file.stem} {stack}: {cells[0]}")
                    for stack in stacks
                ]
    return rows


@pytest.mark.parametrize(("example", "stack", "resource", "path", "value"), tables())
def test_value(graph: Graph, example: str, stack: str, resource: str, path: str, value: str) -> None:
    evaluated = graph(example, stack)
    found = look(evaluated, resource, path)
    word, _, rest = value.partition(" ")
    if value.startswith("="):
        assert found == look(evaluated, *value[1:].split(".", 1), "outputs")
    elif word == "count":
        assert len(found) == int(rest)
    elif word == "begins":
        assert found.startswith(rest)
    else:
        assert found == json.loads(value)


def test_every_scenario_has_its_table() -> None:
    told = {(row.values[0], row.values[1]) for row in tables()}
    assert told == set(STACKS)


@pytest.mark.parametrize(("example", "stack"), STACKS)
def test_previews_and_runs_without_a_word_of_warning(graph: Graph, example: str, stack: str) -> None:
    preview = graph(example, stack, preview=True)
    evaluated = graph(example, stack)
    assert {r.urn for r in preview} == {r.urn for r in evaluated}
    assert [entry.message for entry in (*preview.log, *evaluated.log) if entry.severity != "debug"] == []


@pytest.mark.parametrize("example", NAMES)
def test_form(example: str) -> None:
    folder = EXAMPLES / example
    source = (folder / "__main__.py").read_text()
    assert len(source.splitlines()) < 60
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.module == "moorage"
            assert all(hasattr(moorage, alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= {"pulumi", "pulumi_aws"}
    assert "-e ../../components" in (folder / "requirements.txt").read_text()
    declared: Any = yaml.safe_load((folder / "Pulumi.yaml").read_text())["config"]
    assert all("description" in entry for key, entry in declared.items() if key != "aws:region")
    readme = (folder / "README.md").read_text()
    assert len(readme.splitlines()) < 90
    for heading in ("## Instead of", "## On your machine", "## On AWS", "## Remove"):
        assert heading in readme


def test_readmes_name_what_is_not_good_practice_today() -> None:
    readme = (EXAMPLES / "notetaker-ec2" / "README.md").read_text().partition("## Not today's practice")[2]
    assert "host port 80" in readme
    assert "50 %" in readme


# S0


@pytest.mark.parametrize("example", ["notetaker-ec2", "three-zones", "jwt-pizza"])
def test_no_managed_policy_is_attached(graph: Graph, example: str) -> None:
    for name, stack in STACKS:
        if name == example:
            assert graph(name, stack).of_type(TYPES["policy attachment"]) == []


def test_notetaker_another_template_is_another_image_and_an_unchanged_folder_is_not(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", ".moorage", ".build")
    folder = tmp_path / "examples" / "notetaker-ec2"
    shutil.copytree(EXAMPLES / "notetaker-ec2", folder, ignore=ignored)
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=ignored)
    first, second = evaluate(folder), evaluate(folder)
    assert first.resources == second.resources
    page = tmp_path / "app" / "notetaker" / "templates" / "welcome.html"
    page.write_text(page.read_text().replace("Write it down.", "Write it up."))
    changed = evaluate(folder)
    differ = {r.urn for r in changed} - {r.urn for r in changed if r.inputs == first.by_urn(r.urn).inputs}
    assert {urn.rsplit("::", 1)[-1] for urn in differ} == {"notetaker-build", "notetaker-task"}
    assert look(changed, "image", "tags.0") != look(first, "image", "tags.0")


def test_notetaker_is_forced_by_a_key_with_the_same_image_and_definition(graph: Graph) -> None:
    before, after = graph("notetaker-ec2", "dev"), graph("notetaker-ec2", "dev", (("redeploy", "monday"),))
    assert look(before, "service", "triggers") is None
    assert look(after, "service", "triggers") == {"redeploy": "monday"}
    assert look(after, "service", "forceNewDeployment") is True
    assert look(after, "task", "containerDefinitions") == look(before, "task", "containerDefinitions")


# S1


def test_httpd_a_second_task_needs_a_second_instance_and_the_preflight_says_so(graph: Graph) -> None:
    two = (("count", "2"),)
    assert look(graph("ec2-then-fargate", "a-httpd", two), "service", "desiredCount") == 2
    with pytest.raises(
        EvaluationError, match="with host port 8080 one fits on each instance, and there are at"
    ):
        graph("ec2-then-fargate", "a-httpd", (*two, ("maxInstances", "1")))


@pytest.mark.parametrize("stack", ["a-httpd", "b-dynamic", "c-own-image", "d-daemon"])
def test_instances_join_the_cluster_by_their_user_data(graph: Graph, stack: str) -> None:
    found = graph("ec2-then-fargate", stack)
    script = base64.b64decode(look(found, "template", "userData")).decode()
    assert f"ECS_CLUSTER={look(found, 'cluster', 'name', 'outputs')}\n" in script


@pytest.mark.parametrize("stack", ["b-dynamic", "c-own-image", "d-daemon"])
def test_instances_take_nothing_but_the_balancer(graph: Graph, stack: str) -> None:
    found = graph("ec2-then-fargate", stack)
    instances = look(found, "security group site-instances", "id", "outputs")
    rules = [r.inputs for r in found.of_type(TYPES["ingress"]) if r.inputs["securityGroupId"] == instances]
    ports = [(rule["fromPort"], rule["toPort"], rule.get("cidrIpv4")) for rule in rules]
    assert ports == [(32768, 65535, None)]


@pytest.mark.parametrize(("example", "stack"), STACKS)
def test_destroy_takes_the_service_before_its_capacity(graph: Graph, example: str, stack: str) -> None:
    """The engine deletes in the reverse order of dependencies."""
    found = graph(example, stack)
    expected = {"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"}
    expected |= {TYPES["group"]} if found.of_type(TYPES["group"]) else set()
    for service in found.of_type(TYPES["service"]):
        balanced = {"aws:lb/listenerRule:ListenerRule"} if service.inputs.get("loadBalancers") else set()
        seen, ahead = set[str](), [service.urn]
        while ahead:
            seen.add(urn := ahead.pop())
            ahead += [dependency for dependency in found.by_urn(urn).dependencies if dependency not in seen]
        assert expected | balanced <= {found.by_urn(urn).type for urn in seen}


def test_from_instances_to_fargate_by_configuration_keeps_the_address(graph: Graph) -> None:
    to = (*configured("ec2-then-fargate", "e-fargate"), ("keepInstances", "true"))
    before, after = graph("ec2-then-fargate", "c-own-image"), graph("ec2-then-fargate", "c-own-image", to)
    assert after.outputs["url"] == before.outputs["url"]
    assert look(after, "load balancer", "subnets") == look(before, "load balancer", "subnets")
    assert look(after, "task", "requiresCompatibilities") == ["FARGATE"]
    # The old service's capacity is there until it is gone.
    assert after.of_type(TYPES["group"]) != []


# S2


def test_three_zones_hold_three_tasks_and_no_autoscaling(graph: Graph) -> None:
    found = graph("three-zones", "dev", (("count", "3"),))
    assert look(found, "service", "desiredCount") == 3
    assert found.of_type("aws:appautoscaling/target:Target") == []
    assert {r.name for r in found.of_type(TYPES["role"])} == {"zones-instance-role", "server-execution"}


# S4


def test_pizza_moves_behind_the_balancer_without_replacing_its_service(graph: Graph) -> None:
    before = graph("jwt-pizza", "public-ip")
    after = graph("jwt-pizza", "public-ip", configured("jwt-pizza", "alb"))
    # The rule that opens the tasks to the internet goes, after all else is done, and nothing else.
    (fault,) = faults(record_of(before), after)
    assert "jwt-pizza-service-tasks-in-public-tcp-80: would be deleted" in str(fault)
    service = {
        key for key in after.one(TYPES["service"]).inputs
        if look(after, "service", key) != look(before, "service", key)
    }  # fmt: skip
    assert service == {"healthCheckGracePeriodSeconds", "loadBalancers", "networkConfiguration"}


def test_pizza_a_release_keeps_the_address(tmp_path: Path) -> None:
    folder = tmp_path / "jwt-pizza"
    shutil.copytree(EXAMPLES / "jwt-pizza", folder, ignore=shutil.ignore_patterns(".moorage", ".build"))
    before = evaluate(folder, stack="alb")
    page = folder / "app" / "page.html"
    page.write_text(page.read_text().replace("An API for pizza", "The API for pizza"))
    after = evaluate(folder, stack="alb")
    assert after.outputs["url"] == before.outputs["url"] == "https://pizza-service.example.com"
    differ = {r.name for r in after if r.custom and r.inputs != before.by_urn(r.urn).inputs}
    assert differ == {"jwt-pizza-service-build", "jwt-pizza-service-task"}


def test_pizza_has_a_cname_on_request(graph: Graph) -> None:
    found = graph("jwt-pizza", "alb", (("recordType", "cname"),))
    assert look(found, "record pizza-record", "type") == "CNAME"
    assert look(found, "record pizza-record", "records.0") == look(
        found, "load balancer", "dnsName", "outputs"
    )


def test_pizza_takes_a_certificate_that_exists(graph: Graph) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
    found = graph("jwt-pizza", "alb", (("certificateArn", arn),))
    assert look(found, "listener pizza-https", "certificateArn") == arn
    assert found.of_type(TYPES["certificate"]) == []


# S6


def test_two_regions_have_nothing_of_each_other(graph: Graph) -> None:
    found = graph("two-regions", "dev")
    for resource in found:
        arn = resource.outputs.get("arn")
        if isinstance(arn, str) and "us-east-1" in resource.name and ":iam:" not in arn:
            assert "eu-west-1" not in arn, resource.name
