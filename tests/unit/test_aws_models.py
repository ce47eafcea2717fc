"""The judge itself: it finds what AWS's models forbid, and nothing of a resource escapes it."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import botocore.session
import pulumi
import pytest
from support.aws_models import made_by_components, violations
from support.aws_models.limits import LIMITS
from support.aws_models.requests import NOT_CHECKED, REQUESTS
from support.aws_models.shapes import compiled, input_shape

from moorage.offline import ResourceGraph, evaluate

CLUSTER = "aws:ecs/cluster:Cluster"
SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]}],
}


def graph_of(type_: str, inputs: dict[str, Any], preview: bool = False) -> ResourceGraph:
    def program() -> None:
        pulumi.CustomResource(type_, "it", inputs)

    return evaluate(program, preview=preview)


def task(**container: Any) -> dict[str, Any]:
    definitions = [{"name": "web", "image": "nginx:1", **container}]
    return {"family": "web", "containerDefinitions": json.dumps(definitions)}


def awaits(condition: str) -> dict[str, Any]:
    return task(dependsOn=[{"containerName": "web", "condition": condition}])


def ulimit(soft: int, hard: int) -> dict[str, Any]:
    return task(ulimits=[{"name": "core", "softLimit": soft, "hardLimit": hard}])


def alarm(**inputs: Any) -> dict[str, Any]:
    required = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "threshold": 1}
    return {"metricName": "CPUUtilization", "namespace": "AWS/ECS", "period": 60, **required, **inputs}


def statement(**changed: Any) -> dict[str, Any]:
    statements = [{**POLICY["Statement"][0], **changed}]  # type: ignore[index]
    kept = [{key: value for key, value in one.items() if value is not None} for one in statements]
    return {"role": "web", "policy": json.dumps({**POLICY, "Statement": kept})}


GOOD: list[tuple[str, dict[str, Any]]] = [
    (CLUSTER, {"name": "main", "settings": [{"name": "containerInsights", "value": "enabled"}]}),
    (TASK, task(portMappings=[{"containerPort": 80}], stopTimeout=30)),
    (ALARM, alarm(dimensions={"ClusterName": "main"})),
    ("aws:iam/rolePolicy:RolePolicy", statement()),
    ("aws:lb/targetGroup:TargetGroup", {"port": 80, "protocol": "HTTP", "deregistrationDelay": 30}),
    ("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": "web", "secretString": "x" * 65536}),
]

WRONG_INPUTS: list[tuple[str, str, dict[str, Any], str]] = [
    # Required
    ("a member that is missing", TASK, task(logConfiguration={"options": {}}), "logDriver: is required"),
    (
        "a whole input",
        SERVICE,
        {"networkConfiguration": {"securityGroups": ["sg-1"]}},
        "subnets: is required",
    ),
    # Lengths
    ("a text too long", ALARM, alarm(alarmDescription="x" * 1025), "length 1025 is above 1024"),
    ("a text too short", ALARM, alarm(metricName=""), "length 0 is below 1"),
    ("a list too long", ALARM, alarm(alarmActions=["arn"] * 6), "length 6 is above 5"),
    (
        "a secret value",
        "aws:secretsmanager/secretVersion:SecretVersion",
        {"secretId": "web", "secretString": "x" * 65537},
        "length 65537 is above 65536",
    ),
    # Ranges
    ("a number too high", "aws:lb/targetGroup:TargetGroup", {"port": 65536}, "65536 is above 65535"),
    (
        "a number deep inside",
        "aws:lb/targetGroup:TargetGroup",
        {"port": 80, "healthCheck": {"interval": 4}},
        "HealthCheckIntervalSeconds: 4 is below 5",
    ),
    (
        "an attribute beside the resource",
        "aws:lb/targetGroup:TargetGroup",
        {"port": 80, "deregistrationDelay": 3601},
        "Attributes[0].Value: 3601 is not from 0 to 3600",
    ),
    # Patterns
    (
        "a pattern",
        "aws:ecr/repository:Repository",
        {"name": "Web"},
        "repositoryName: 'Web' does not match",
    ),
    (
        "a pattern of letters in any script",
        "aws:iam/role:Role",
        {"assumeRolePolicy": None, "tags": {"Größe": "1!"}},
        "'1!' does not match",
    ),
    # Enums
    ("one of a few", SERVICE, {"schedulingStrategy": "REPLICAS"}, "'REPLICAS' is not one of"),
    ("one of a few in JSON", TASK, task(portMappings=[{"protocol": "sctp"}]), "'sctp' is not one of"),
    # Types and members of JSON texts
    ("a text for a number", TASK, task(stopTimeout="30"), "stopTimeout: is a str, not a integer"),
    ("a member that is none", TASK, task(port=80), "port: is not a member of ContainerDefinition"),
    # Maps
    (
        "a map's key",
        "aws:cloudwatch/logGroup:LogGroup",
        {"tags": {"a!": "b"}},
        "'a!' does not match",
    ),
    ("tags of all", CLUSTER, {"tags": {f"k{n}": "v" for n in range(51)}}, "length 51 is above 50"),
    ("tags of AWS", CLUSTER, {"tags": {"aws:owner": "me"}}, "'aws:owner' does not match"),
    # What is documented
    ("a name of ECS", CLUSTER, {"name": "a b"}, "'a b' does not match"),
    (
        "a provider's name",
        "aws:ecs/capacityProvider:CapacityProvider",
        {"name": "Fargate-x"},
        "does not match",
    ),
    ("a name of a load balancer", "aws:lb/loadBalancer:LoadBalancer", {"name": "a" * 33}, "does not match"),
    ("a health check", TASK, task(healthCheck={"command": ["CMD", "x"], "interval": 1}), "1 is below 5"),
    ("a task's size", TASK, task(command=["x" * 65536]), "bytes of JSON are above 65536"),
    ("a log's days", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 2}, "2 is not one of"),
    (
        "a rule's description",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"securityGroupId": "sg-1", "ipProtocol": "tcp", "cidrIpv4": "0.0.0.0/0", "description": "é"},
        "Description: 'é' does not match",
    ),
    (
        "a range of addresses",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"securityGroupId": "sg-1", "ipProtocol": "tcp", "cidrIpv4": "10.0.0.1/8"},
        "has host bits set",
    ),
    # Containers together
    ("no essential one", TASK, task(essential=False), "no container is essential"),
    ("a link", TASK, task(links=["db"]), "names db, which is not in the task"),
    ("a link's form", TASK, task(links=["web:a.b"]), "the link web:a.b has other characters"),
    ("volumes", TASK, task(volumesFrom=[{"sourceContainer": "db"}]), "names db, which is not in the task"),
    ("itself", TASK, awaits("START"), "dependsOn is cyclic"),
    ("a health", TASK, awaits("HEALTHY"), "web, which has no health check"),
    ("an end", TASK, awaits("SUCCESS"), "waits for the end of web, which is essential"),
    ("a variable twice", TASK, task(environment=[{"name": "A", "value": ""}] * 2), "variable A is there 2"),
    ("a port's name", TASK, task(portMappings=[{"name": "a"}] * 2), "the port name a is there 2 times"),
    ("a ulimit", TASK, ulimit(2, 1), "the ulimit core of 2 is above 1"),
    ("no ulimit", TASK, ulimit(-1, 1), "the ulimit core of -1 is above 1"),
    ("a number of 32 bits", TASK, ulimit(1, 2**31), "2147483648 is above 2147483647"),
    ("a host", TASK, task(extraHosts=[{"hostname": "a", "ipAddress": ""}]), "has no name or address"),
    # Policies
    ("no statement", "aws:iam/rolePolicy:RolePolicy", {"policy": '{"Version": "2012-10-17"}'}, "is empty"),
    ("no resource", "aws:iam/rolePolicy:RolePolicy", statement(Resource=[]), "Resource is empty"),
    ("no ARN", "aws:iam/rolePolicy:RolePolicy", statement(Resource="notes"), "'notes' is malformed"),
    ("a principal", "aws:iam/rolePolicy:RolePolicy", statement(Principal="*"), "Principal is not allowed"),
    ("an action", "aws:iam/rolePolicy:RolePolicy", statement(Action="GetObject"), "'GetObject' is malformed"),
    ("too much", "aws:iam/rolePolicy:RolePolicy", statement(Sid="a" * 10240), "are above 10240"),
    # Nothing escapes
    ("an input without a member", CLUSTER, {"colour": "red"}, "no request has a member for this input"),
    (
        "an input deep inside",
        SERVICE,
        {"networkConfiguration": {"subnets": ["subnet-1"], "colour": "red"}},
        "networkConfiguration.awsvpcConfiguration.colour: no request has a member",
    ),
    ("a type without a row", "aws:sqs/redrivePolicy:RedrivePolicy", {}, "has no row"),
]


@pytest.mark.parametrize(("type_", "inputs"), GOOD)
@pytest.mark.parametrize("preview", [False, True])
def test_accepts(type_: str, inputs: dict[str, Any], preview: bool) -> None:
    assert violations(graph_of(type_, inputs, preview)) == []


@pytest.mark.parametrize(
    ("type_", "inputs", "text"), [pytest.param(*row[1:], id=row[0]) for row in WRONG_INPUTS]
)
@pytest.mark.parametrize("preview", [False, True])
def test_refuses(type_: str, inputs: dict[str, Any], text: str, preview: bool) -> None:
    def program() -> None:
        pulumi.CustomResource(type_, "it", inputs)

    found = [str(violation) for violation in violations(evaluate(program, preview=preview))]
    assert [line for line in found if text in line] != [], found


def test_what_is_not_known_can_be_anything() -> None:
    def program() -> None:
        source = pulumi.CustomResource(CLUSTER, "source", {})
        pulumi.CustomResource(
            CLUSTER, "it", {"name": source.id.apply(lambda _: "a b"), "tags": {"a": source.id}}
        )

    assert violations(evaluate(program, preview=True)) == []
    assert [violation.where for violation in violations(evaluate(program))] == ["clusterName"]


def test_a_secret_is_judged_by_what_it_holds() -> None:
    def program() -> None:
        value = pulumi.Output.secret("")
        inputs = {"secretId": "web", "secretString": value}
        pulumi.CustomResource("aws:secretsmanager/secretVersion:SecretVersion", "it", inputs)

    (found,) = violations(evaluate(program))
    assert (found.where, found.text) == ("SecretString", "length 0 is below 1 (model of SecretStringType)")


def test_a_name_that_pulumi_gives_is_judged() -> None:
    def program() -> None:
        pulumi.CustomResource("aws:lb/targetGroup:TargetGroup", "a_b", {"port": 80})

    (found,) = violations(evaluate(program))
    assert found.where == "Name"


def test_what_components_made_is_apart_from_what_the_program_made() -> None:
    def program() -> None:
        component = pulumi.ComponentResource("moorage:index:EcsCluster", "main")
        inner = pulumi.ComponentResource(
            "other:index:Part", "part", opts=pulumi.ResourceOptions(parent=component)
        )
        pulumi.CustomResource(CLUSTER, "inside", {}, pulumi.ResourceOptions(parent=inner))
        pulumi.CustomResource(CLUSTER, "outside", {})

    assert [resource.name for resource in made_by_components(evaluate(program))] == ["part", "inside"]


CALLS = [call for row in REQUESTS.values() for call in row.calls]


def test_every_pattern_of_the_models_can_be_checked() -> None:
    session = botocore.session.get_session()
    patterns: set[str] = set()
    for service in {call.service for call in CALLS}:
        model = session.get_service_model(service)
        patterns |= {model.shape_for(name).metadata.get("pattern", "") for name in model.shape_names}
    assert len(patterns) > 150
    assert all(compiled(pattern) for pattern in patterns)


def test_every_limit_is_of_a_member_that_there_is() -> None:
    known = {str(call): input_shape(call.service, call.operation) for call in CALLS}
    assert LIMITS.keys() <= known.keys()
    for request, limits in LIMITS.items():
        for path, limit in limits.items():
            shape: Any = known[request]
            for step in re.findall(r"\[[^]]*\]|\{key\}|\w+", path):
                if step == "{key}":
                    shape = shape.key
                else:
                    shape = shape.member if step.startswith("[") else shape.members[step]
            assert limit.source, path


def test_a_type_is_judged_or_not_and_not_both() -> None:
    assert REQUESTS.keys() & NOT_CHECKED.keys() == set()
    assert all(NOT_CHECKED.values())


@pytest.mark.parametrize("name", ["bridge", "container", "everything", "fargate"])
def test_golden_containers(root: Path, name: str) -> None:
    golden = json.loads((root / "tests" / "unit" / "model" / "golden" / f"{name}.json").read_text())
    others = [
        {"name": "db", "image": "db:1", "healthCheck": {"command": ["CMD", "true"]}},
        {"name": "cache", "image": "cache:1"},
    ]
    definitions = json.dumps([*golden, *others])
    assert violations(graph_of(TASK, {"family": "web", "containerDefinitions": definitions})) == []


@pytest.mark.parametrize("preview", [False, True])
def test_the_program_of_the_benchmarks(root: Path, preview: bool) -> None:
    program = runpy.run_path(str(root / "benchmarks" / "programs" / "moorage_apps.py"))["program"]
    graph = evaluate(lambda: program(2), preview=preview)
    assert len(graph.of_type(SERVICE)) == 2
    assert violations(graph) == []
