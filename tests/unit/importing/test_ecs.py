"""`moorage import ecs`: a running cluster (a scripted AWS) as a program that adopts it."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from support.imported import arguments, evaluated, inputs, members, reported, sample
from support.scripted_aws import ScriptedAws, answering

from moorage.cli import main
from moorage.errors import MoorageError, UsageError
from moorage.importing.answers import answer
from moorage.importing.ecs import Imported, import_document, import_ecs
from moorage.importing.ecs_aws import RunningCluster, running_cluster
from moorage.importing.ecs_service import SERVICE as SERVICE_TABLE
from moorage.importing.ecs_service import ServiceTarget
from moorage.importing.project import Call, Code
from moorage.importing.report import Kind, Report
from moorage.importing.tables import apply
from moorage.importing.task_definition import TaskTarget
from moorage.offline import ResourceGraph

ARN = "arn:aws:ecs:eu-west-1:123456789012"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"
CLUSTER: dict[str, Any] = {
    "clusterArn": f"{ARN}:cluster/main",
    "clusterName": "main",
    "status": "ACTIVE",
    "settings": [{"name": "containerInsights", "value": "enabled"}],
    "capacityProviders": ["FARGATE"],
    "defaultCapacityProviderStrategy": [],
    "tags": [{"key": "team", "value": "shop"}],
}
WEB: dict[str, Any] = {
    "serviceName": "web",
    "serviceArn": f"{ARN}:service/main/web",
    "clusterArn": CLUSTER["clusterArn"],
    "status": "ACTIVE",
    "desiredCount": 2,
    "runningCount": 2,
    "launchType": "FARGATE",
    "platformVersion": "LATEST",
    "taskDefinition": f"{ARN}:task-definition/web:7",
    "schedulingStrategy": "REPLICA",
    "deploymentController": {"type": "ECS"},
    "deploymentConfiguration": {
        "maximumPercent": 150,
        "minimumHealthyPercent": 50,
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    },
    "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "web", "containerPort": 8080}],
    "networkConfiguration": {
        "awsvpcConfiguration": {
            "subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
            "securityGroups": ["sg-0123456789abcdef0"],
            "assignPublicIp": "ENABLED",
        }
    },
    "healthCheckGracePeriodSeconds": 90,
    "enableExecuteCommand": True,
    "propagateTags": "NONE",
    "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY"}],
}
WORKER: dict[str, Any] = {
    **{key: WEB[key] for key in ("clusterArn", "status", "deploymentController", "networkConfiguration")},
    "serviceName": "worker",
    "serviceArn": f"{ARN}:service/main/worker",
    "desiredCount": 1,
    "capacityProviderStrategy": [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3},
    ],
    "taskDefinition": f"{ARN}:task-definition/worker:3",
    "deployments": [],
}
WEB_TASK: dict[str, Any] = {
    "taskDefinitionArn": WEB["taskDefinition"],
    "family": "web",
    "revision": 7,
    "status": "ACTIVE",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "512",
    "memory": "1024",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "containerDefinitions": [
        {"name": "proxy", "image": "proxy:1", "portMappings": [{"containerPort": 9000}], "essential": True},
        {
            "name": "web",
            "image": "web:7",
            "essential": True,
            "portMappings": [{"containerPort": 9090}, {"containerPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": "API_TOKEN", "value": "hunter2hunter2"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1"},
            },
        },
    ],
}
WORKER_TASK: dict[str, Any] = {
    **{key: WEB_TASK[key] for key in ("networkMode", "requiresCompatibilities", "cpu", "memory")},
    "taskDefinitionArn": WORKER["taskDefinition"],
    "family": "worker",
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "containerDefinitions": [{"name": "worker", "image": "worker:3", "essential": True}],
}
SCALABLE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/main/web",
    "ScalableDimension": "ecs:service:DesiredCount",
    "MinCapacity": 2,
    "MaxCapacity": 10,
    "RoleARN": "arn:aws:iam::123456789012:role/aws-service-role",
    "CreationTime": 1767225600,
}
POLICY = {
    "PolicyARN": "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1",
    "PolicyName": "cpu60",
    "ServiceNamespace": "ecs",
    "ResourceId": "service/main/web",
    "ScalableDimension": "ecs:service:DesiredCount",
    "PolicyType": "TargetTrackingScaling",
    "CreationTime": 1767225600,
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 60.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        "ScaleInCooldown": 120,
    },
}
STEPS = {**POLICY, "PolicyName": "steps", "PolicyType": "StepScaling"}
del STEPS["TargetTrackingScalingPolicyConfiguration"]
SUBNETS = "".join(
    f"<item><subnetId>subnet-0123456789abcdef{number}</subnetId><vpcId>vpc-0123456789abcdef0</vpcId></item>"
    for number in (0, 1)
)


def answers(*services: dict[str, Any]) -> dict[str, Any]:
    by_arn = {WEB["taskDefinition"]: WEB_TASK, WORKER["taskDefinition"]: WORKER_TASK}
    return {
        "DescribeClusters": {"clusters": [CLUSTER], "failures": []},
        "ListServices": {"serviceArns": [item["serviceArn"] for item in services]},
        "DescribeServices": {"services": list(services), "failures": []},
        "DescribeTaskDefinition": lambda asked: {
            "taskDefinition": by_arn[asked["taskDefinition"]],
            "tags": [],
        },
        "DescribeScalableTargets": {"ScalableTargets": [SCALABLE]},
        "DescribeScalingPolicies": {"ScalingPolicies": [POLICY, STEPS]},
        "DescribeScheduledActions": {"ScheduledActions": []},
        "DescribeSubnets": (
            '<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
            f"<subnetSet>{SUBNETS}</subnetSet></DescribeSubnetsResponse>"
        ),
    }


def running(monkeypatch: pytest.MonkeyPatch, scripted: dict[str, Any]) -> RunningCluster:
    with answering(ScriptedAws(answers=scripted).handle, monkeypatch):
        return running_cluster("main", "eu-west-1", None)


def imported(monkeypatch: pytest.MonkeyPatch, *services: dict[str, Any]) -> Imported:
    return import_ecs(running(monkeypatch, answers(*services)), None)


def service_named(graph: ResourceGraph, name: str) -> dict[str, Any]:
    found = inputs(graph, "aws:ecs/service:Service")
    return next(item for item in found if item.get("name") == name)


def test_services_keep_what_would_replace_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = imported(monkeypatch, WEB, WORKER)
    graph = evaluated(made.project, tmp_path / "out")["dev"]
    web, worker = service_named(graph, "web"), service_named(graph, "worker")
    assert web["launchType"] == "FARGATE"
    assert web.get("capacityProviderStrategies") in (None, [])
    assert web["loadBalancers"] == [{"targetGroupArn": GROUP, "containerName": "web", "containerPort": 8080}]
    assert web["networkConfiguration"] == {
        "subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "securityGroups": ["sg-0123456789abcdef0"],
        "assignPublicIp": True,
    }
    assert (web["deploymentMaximumPercent"], web["deploymentMinimumHealthyPercent"]) == (150, 50)
    assert (web["healthCheckGracePeriodSeconds"], web["enableExecuteCommand"]) == (90, True)
    assert worker["capacityProviderStrategies"] == [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
    ]
    assert "launchType" not in worker
    (cluster,) = inputs(graph, "aws:ecs/cluster:Cluster")
    assert (cluster["name"], cluster["tags"]["team"]) == ("main", "shop")
    families = {item["family"]: item for item in inputs(graph, "aws:ecs/taskDefinition:TaskDefinition")}
    assert families["worker"]["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert families["web"]["executionRoleArn"] == "arn:aws:iam::123456789012:role/execution"
    for kind in (
        "lb/targetGroup:TargetGroup",
        "ec2/securityGroup:SecurityGroup",
        "cloudwatch/logGroup:LogGroup",
    ):
        assert [item for item in inputs(graph, f"aws:{kind}") if item.get("name") == "web"] == []
    assert inputs(graph, "aws:lb/targetGroup:TargetGroup") == []
    assert inputs(graph, "aws:ec2/securityGroup:SecurityGroup") == []


def test_the_apps_own_container_is_that_of_the_load_balancer(monkeypatch: pytest.MonkeyPatch) -> None:
    project = imported(monkeypatch, WEB).project
    web = arguments(project, "web")
    assert (web["image"], web["port"], web["ports"]) == ("web:7", 8080, [{"port": 9090}])
    assert list(web["containers"]) == ["proxy"]
    assert web["log"] == {"group": "/ecs/web", "region": "eu-west-1"}


def test_autoscaling_is_adopted_where_an_argument_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = imported(monkeypatch, WEB)
    web = arguments(made.project, "web")
    assert web["autoscaling"] == {
        **{"min": 2, "max": 10, "cpu": 60, "scale_in_cooldown": 120, "scale_out_cooldown": 300},
    }
    assert "count" not in web
    assert "stays as it is at AWS" in reported(made.project, Kind.OMITTED)["policy steps"]
    graph = evaluated(made.project, tmp_path / "out")["dev"]
    (policy,) = inputs(graph, "aws:appautoscaling/policy:Policy")
    assert policy["name"] == "cpu60"


def test_the_file_for_pulumi_import_has_what_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = imported(monkeypatch, WEB)
    graph = evaluated(made.project, tmp_path / "out")["dev"]
    document = import_document(list(graph.resources), made.ids)
    custom = {item["type"]: item for item in document["resources"] if "id" in item}
    scaled = "ecs/service/main/web/ecs:service:DesiredCount"
    assert {kind: item["id"] for kind, item in custom.items()} == {
        "aws:ecs/cluster:Cluster": "main",
        "aws:ecs/service:Service": "main/web",
        "aws:appautoscaling/target:Target": scaled,
        "aws:appautoscaling/policy:Policy": f"{scaled}/cpu60",
    }
    components = {item["name"]: item for item in document["resources"] if item.get("component")}
    assert {item["parent"] for item in custom.values()} == components.keys()
    # Each entry has the URN that the program's resource has.
    urns = {(item.type, item.name): item.urn for item in graph.resources}
    for item in document["resources"]:
        assert (item["type"], item["logicalName"]) in urns
    for item in custom.values():
        parent = components[item["parent"]]
        urn = urns[item["type"], item["logicalName"]]
        assert f"{parent['type']}${item['type']}" in urn
    names = [item["name"] for item in document["resources"]]
    assert len(names) == len(set(names))


def test_no_secret_of_a_task_definition_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = imported(monkeypatch, WEB)
    evaluated(made.project, tmp_path / "out")
    assert made.project.settings["webApiToken"].secret
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file():
            assert b"hunter2hunter2" not in file.read_bytes()


def test_a_service_on_instances_keeps_its_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strategy = [{"capacityProvider": "instances", "weight": 1}]
    placement = [{"type": "binpack", "field": "memory"}]
    awsvpc = {**WEB["networkConfiguration"]["awsvpcConfiguration"], "assignPublicIp": "DISABLED"}
    service = {**WORKER, "capacityProviderStrategy": strategy, "placementStrategy": placement}
    service["networkConfiguration"] = {"awsvpcConfiguration": awsvpc}
    made = imported(monkeypatch, service)
    reference = arguments(made.project, "worker")["cluster"]
    assert reference == {
        **{"**": Code("cluster.ref"), "capacity": "ec2", "capacity_provider": "instances"},
        **{"security_group_id": Call("config.require", ("instancesSecurityGroup",)), "arch": "arm64"},
    }
    graph = evaluated(made.project, tmp_path / "out")["dev"]
    worker = service_named(graph, "worker")
    assert worker["capacityProviderStrategies"] == [{"capacityProvider": "instances", "base": 0, "weight": 1}]
    assert worker["orderedPlacementStrategies"] == placement


def test_a_strategy_has_the_keys_of_the_provider_only() -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 3, "laterKey": "x"}]
    report = Report()
    target = ServiceTarget(report, {}, TaskTarget(report, {}), "web")
    apply(SERVICE_TABLE, answer({"capacityProviderStrategy": strategy}, "service web"), target)
    assert target.args["overrides"]["service"]["capacity_provider_strategies"] == [
        {"capacity_provider": "FARGATE_SPOT", "base": 0, "weight": 3}
    ]


def test_service_connect_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = {
        "enabled": True,
        "namespace": "arn:aws:servicediscovery:eu-west-1:123456789012:namespace/ns-1",
        "services": [
            {
                "portName": "http",
                "discoveryName": "web",
                "clientAliases": [{"port": 80, "dnsName": "web"}],
                "timeout": {"perRequestTimeoutSeconds": 5},
            }
        ],
    }
    service = {**WEB, "deployments": [{"status": "PRIMARY", "serviceConnectConfiguration": connect}]}
    graph = evaluated(imported(monkeypatch, service).project, tmp_path / "out")["dev"]
    assert service_named(graph, "web")["serviceConnectConfiguration"] == {
        **{"enabled": True, "namespace": connect["namespace"]},
        "services": [
            {
                **{"portName": "http", "discoveryName": "web"},
                "clientAlias": [{"port": 80, "dnsName": "web"}],
                "timeout": {"perRequestTimeoutSeconds": 5},
            }
        ],
    }


def test_what_another_tool_deploys_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**WORKER, "deploymentController": {"type": "CODE_DEPLOY"}}
    made = imported(monkeypatch, WEB, other)
    assert [item.variable for item in made.project.declarations if item.kind == "ContainerApp"] == ["web"]
    assert "CODE_DEPLOY deploys it" in reported(made.project, Kind.OMITTED)["deploymentController"]
    with pytest.raises(MoorageError, match="no services that can be imported"):
        imported(monkeypatch, other)


def test_every_member_of_a_service_is_reported() -> None:
    values = {
        "base": 1,
        "type": "ROLLING",
        "strategy": "ROLLING",
        "rollbackAlarms": True,
        "status": "PRIMARY",
    }
    content = sample("ecs", "Service", values)
    report = Report()
    target = ServiceTarget(report, {"volumes": {}}, TaskTarget(report, {}), "web")
    apply(SERVICE_TABLE, answer(content, "service web"), target)
    keys = {entry.key for entry in report.entries}

    def is_reported(path: str) -> bool:
        parents = [path[:at] for at in range(len(path)) if path[at : at + 1] in (".", "[")]
        return bool(keys & {path, *parents}) or any(key.startswith((f"{path}.", f"{path}[")) for key in keys)

    # Of a deployment only what the service itself does not answer is a setting.
    unreported = [path for path in members("ecs", "Service") if not is_reported(path)]
    settings = ("Configuration", "volume", "vpcLattice", "fargateEphemeral")
    assert [path for path in unreported if not path.startswith("deployments[0].")] == []
    assert [
        path
        for path in unreported
        if path.startswith(tuple(f"deployments[0].{name}" for name in settings[1:]))
    ] == []


@pytest.mark.parametrize(
    ("service", "shape", "value"),
    [
        ("ecs", "Service", {**WEB, "createdAt": 1767225600}),
        ("ecs", "Service", WORKER),
        ("ecs", "Cluster", CLUSTER),
        ("ecs", "TaskDefinition", WEB_TASK),
        ("ecs", "TaskDefinition", WORKER_TASK),
        ("application-autoscaling", "ScalableTarget", SCALABLE),
        ("application-autoscaling", "ScalingPolicy", POLICY),
    ],
    ids=["web", "worker", "cluster", "web task", "worker task", "target", "policy"],
)
def test_the_scripted_answers_are_those_of_the_model(service: str, shape: str, value: Any) -> None:
    model = botocore.session.get_session().get_service_model(service)
    found = ParamValidator().validate(value, model.shape_for(shape))
    assert found.generate_report() == ""


def test_an_unknown_cluster_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="there is no cluster 'main' in eu-west-1"):
        running(monkeypatch, {**answers(WEB), "DescribeClusters": {"clusters": [], "failures": []}})


def test_the_command_writes_the_program_and_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with answering(ScriptedAws(answers=answers(WEB, WORKER)).handle, monkeypatch):
        assert main(["import", "ecs", "main", "--region", "eu-west-1"]) == 0
    document = json.loads((tmp_path / "infra" / "import.json").read_text())
    assert len([item for item in document["resources"] if "id" in item]) == 5
    assert "the program needs a change" not in capsys.readouterr().err
    assert "pulumi import --file import.json" in (tmp_path / "infra" / "README.md").read_text()
