"""`moorage import task-definition`: every member of AWS's model has an entry in the report."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.imported import arguments, evaluated, inputs, members, reported, sample

from moorage.importing.project import Call, Project
from moorage.importing.region import settle_region
from moorage.importing.report import Kind
from moorage.importing.tables import SourceError
from moorage.importing.task_definition import import_task_definition
from moorage.importing.writer import files_of

LOG = {"awslogs-group": "/ecs/shop", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}
WEB: dict[str, Any] = {
    "name": "web",
    "image": "nginx:1.27",
    "portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}],
    "essential": True,
    "environment": [{"name": "LEVEL", "value": "info"}, {"name": "DB_PASSWORD", "value": "hunter2hunter2"}],
    "secrets": [{"name": "TOKEN", "valueFrom": "shop-token"}, {"name": "KEY", "valueFrom": "/shop/key"}],
    "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}],
    "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 10},
    "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}],
    "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
    "stopTimeout": 20,
    "dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}],
    "logConfiguration": {"logDriver": "awslogs", "options": LOG},
}
TASK: dict[str, Any] = {
    "family": "shop-web",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "1 vCPU",
    "memory": "2 GB",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "taskRoleArn": "shop-task",
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "pidMode": "task",
    "ephemeralStorage": {"sizeInGiB": 40},
    "volumes": [
        {
            "name": "data",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-0123456789abcdef0",
                "rootDirectory": "/",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0", "iam": "ENABLED"},
            },
        }
    ],
    "containerDefinitions": [
        {"name": "migrate", "image": "shop:1", "essential": False, "command": ["migrate"]},
        WEB,
    ],
    "tags": [{"key": "team", "value": "shop"}],
}


def imported(tmp_path: Path, content: Any) -> Project:
    file = tmp_path / "task.json"
    file.write_text(json.dumps(content, indent=2))
    return import_task_definition(file, None, "eu-west-1")


def test_a_task_has_the_same_values(tmp_path: Path) -> None:
    graph = evaluated(imported(tmp_path, TASK), tmp_path / "out")["dev"]
    (definition,) = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition")
    containers = {item["name"]: item for item in json.loads(definition["containerDefinitions"])}
    assert (definition["family"], definition["cpu"], definition["memory"]) == ("shop-web", "1024", "2048")
    assert definition["pidMode"] == "task"
    assert definition["ephemeralStorage"] == {"sizeInGib": 40}
    assert definition["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert definition["executionRoleArn"] == "arn:aws:iam::123456789012:role/execution"
    assert definition["taskRoleArn"].endswith(":role/shop-task")
    efs = definition["volumes"][0]["efsVolumeConfiguration"]
    assert efs["authorizationConfig"] == {"accessPointId": "fsap-0123456789abcdef0", "iam": "ENABLED"}
    web = containers["web"]
    assert web["portMappings"][0]["containerPort"] == 80
    assert web["environment"] == [{"name": "LEVEL", "value": "info"}]
    sources = {item["name"]: item["valueFrom"] for item in web["secrets"]}
    assert sources["TOKEN"] == "arn:aws:ssm:eu-west-1:123456789012:parameter/shop-token"
    assert sources["KEY"] == "/shop/key"
    assert "secret" in sources["DB_PASSWORD"]
    assert web["dependsOn"] == [{"containerName": "migrate", "condition": "SUCCESS"}]
    assert web["ulimits"] == [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}]
    assert web["logConfiguration"]["options"]["awslogs-group"] == "/ecs/shop"
    assert web["healthCheck"]["interval"] == 10
    assert (web["stopTimeout"], web["mountPoints"][0]["readOnly"]) == (20, True)
    assert containers["migrate"]["essential"] is False


def test_the_report_has_file_and_line(tmp_path: Path) -> None:
    project = imported(tmp_path, TASK)
    entry = next(entry for entry in project.report.entries if entry.key == "ephemeralStorage.sizeInGiB")
    line = json.dumps(TASK, indent=2).splitlines().index('    "sizeInGiB": 40') + 1
    assert (entry.kind, entry.place) == (Kind.TRANSLATED, f"{tmp_path.as_posix()}/task.json:{line}")


def test_no_secret_is_written(tmp_path: Path) -> None:
    command = ["run", "--url=postgres://shop:pa55word@db/shop"]
    web = {**WEB, "command": command, "dependsOn": []}
    project = imported(tmp_path, {**TASK, "containerDefinitions": [web]})
    evaluated(project, tmp_path / "out")
    for file in (tmp_path / "out").rglob("*"):
        if file.is_file():
            assert b"hunter2hunter2" not in file.read_bytes()
            assert b"pa55word" not in file.read_bytes()
    assert {key: setting.secret for key, setting in project.settings.items()} == {
        "shopWebDbPassword": True,
        "shopWebCommand2": False,
    }
    assert "containerDefinitions[0].environment[1].value" in reported(project, Kind.APPROXIMATED)


def test_secrets_of_further_containers_are_stored(tmp_path: Path) -> None:
    sidecar = {
        "name": "agent",
        "image": "agent:1",
        "environment": [{"name": "API_TOKEN", "value": "abcdef12"}],
    }
    project = imported(tmp_path, {**TASK, "containerDefinitions": [{**WEB, "dependsOn": []}, sidecar]})
    graph = evaluated(project, tmp_path / "out")["dev"]
    (version,) = [
        item
        for item in inputs(graph, "aws:secretsmanager/secretVersion:SecretVersion")
        if item["secretId"].find("agent") >= 0
    ]
    assert version["secretString"] == "to-be-set"
    (definition,) = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition")
    (agent,) = [item for item in json.loads(definition["containerDefinitions"]) if item["name"] == "agent"]
    assert [item["name"] for item in agent["secrets"]] == ["API_TOKEN"]
    assert "environment" not in agent


def test_a_task_on_instances_keeps_bridge_ports(tmp_path: Path) -> None:
    container = {
        "name": "web",
        "image": "nginx:1",
        "cpu": 128,
        "memoryReservation": 256,
        "portMappings": [{"containerPort": 80, "hostPort": 0}, {"containerPort": 81, "hostPort": 8081}],
        "links": [],
        "privileged": True,
        "mountPoints": [
            {"sourceVolume": "logs", "containerPath": "/logs"},
            {"sourceVolume": "own", "containerPath": "/own"},
        ],
    }
    volumes = [{"name": "logs", "host": {"sourcePath": "/var/log"}}, {"name": "own", "host": {}}]
    project = imported(tmp_path, {"family": "web", "containerDefinitions": [container], "volumes": volumes})
    assert arguments(project, "cluster")["capacity"] == "ec2"
    app = arguments(project, "web")
    assert (app["network_mode"], app["cpu"], app["memory"]) == ("bridge", 128, 256)
    assert (app["port"], app["ports"]) == (80, [{"port": 81, "host_port": 8081}])
    assert app["volumes"] == {"logs": {"host_path": "/var/log"}, "own": {}}
    evaluated(project, tmp_path / "out")


def test_firelens_to_a_known_destination_has_moorages_router(tmp_path: Path) -> None:
    options = {"Name": "kinesis_firehose", "delivery_stream": "logs", "region": "eu-west-1", "time_key": "t"}
    router = {"name": "router", "image": "fluent-bit", "firelensConfiguration": {"type": "fluentbit"}}
    web = {**WEB, "dependsOn": [{"containerName": "router", "condition": "START"}]}
    web["logConfiguration"] = {"logDriver": "awsfirelens", "options": options}
    project = imported(tmp_path, {**TASK, "containerDefinitions": [router, web]})
    app = arguments(project, "shop_web")
    assert app["log"] == {"firelens": {"to": "firehose", "name": "logs"}, "options": {"time_key": "t"}}
    assert "containers" not in app
    assert "depends_on" not in app
    evaluated(project, tmp_path / "out")


def test_a_firelens_destination_that_is_not_known_is_omitted(tmp_path: Path) -> None:
    web = {
        **WEB,
        "dependsOn": [],
        "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "datadog"}},
    }
    project = imported(tmp_path, {**TASK, "containerDefinitions": [web]})
    assert "datadog" in reported(project, Kind.OMITTED)["containerDefinitions[0].logConfiguration"]


def test_a_parameter_by_name_without_a_known_account(tmp_path: Path) -> None:
    task = {key: value for key, value in TASK.items() if key not in ("executionRoleArn", "taskRoleArn")}
    project = imported(tmp_path, task)
    assert isinstance(arguments(project, "shop_web")["secrets"]["TOKEN"], Call)
    graph = evaluated(project, tmp_path / "out")["dev"]
    (definition,) = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition")
    (web,) = [item for item in json.loads(definition["containerDefinitions"]) if item["name"] == "web"]
    assert ":parameter/shop-token" in json.dumps(web["secrets"])


SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"


def test_references_to_secrets_are_kept(tmp_path: Path) -> None:
    """The ARN of a secret has the word `secret`, and is not one."""
    web = {
        **WEB,
        "dependsOn": [],
        "environment": [{"name": "DB_SECRET", "value": f"{SECRET}db-AbCdEf"}],
        "secrets": [
            {"name": "K", "valueFrom": f"{SECRET}prod/db-AbCdEf:password::"},
            {"name": "L", "valueFrom": "/shop/secret:label"},
        ],
        "repositoryCredentials": {"credentialsParameter": f"{SECRET}registry-AbCdEf"},
        "logConfiguration": {
            "logDriver": "splunk",
            "options": {"splunk-url": "https://splunk.example.com"},
            "secretOptions": [{"name": "splunk-token", "valueFrom": f"{SECRET}splunk-AbCdEf"}],
        },
    }
    sidecar = {"name": "agent", "image": "agent:1", "secrets": web["secrets"][:1]}
    project = imported(tmp_path, {**TASK, "containerDefinitions": [web, sidecar]})
    files_of(project, "moorage[local]")
    assert project.settings == {}
    app = arguments(project, "shop_web")
    assert app["environment"] == {"DB_SECRET": f"{SECRET}db-AbCdEf"}
    assert app["secrets"] == {"K": f"{SECRET}prod/db-AbCdEf:password::", "L": "/shop/secret:label"}
    assert app["repository_credentials"] == f"{SECRET}registry-AbCdEf"
    assert app["log"]["secret_options"] == {"splunk-token": f"{SECRET}splunk-AbCdEf"}
    assert app["containers"]["agent"]["secrets"] == {"K": f"{SECRET}prod/db-AbCdEf:password::"}
    assert "repository_credentials" not in str(reported(project, Kind.APPROXIMATED))


def test_small_containers_on_instances_have_the_smallest_task(tmp_path: Path) -> None:
    container = {"name": "web", "image": "nginx:1", "cpu": 10, "memory": 300}
    project = imported(tmp_path, {"family": "web", "containerDefinitions": [container]})
    app = arguments(project, "web")
    assert (app["cpu"], app["container_cpu"], app["memory"]) == (128, 10, 300)
    assert "is 128, the least" in reported(project, Kind.APPROXIMATED)["containerDefinitions.cpu"]
    (definition,) = inputs(
        evaluated(project, tmp_path / "out")["dev"], "aws:ecs/taskDefinition:TaskDefinition"
    )
    assert json.loads(definition["containerDefinitions"])[0]["cpu"] == 10


def test_a_volume_that_no_container_mounts_is_omitted(tmp_path: Path) -> None:
    volumes = [*TASK["volumes"], {"name": "spare", "host": {}}]
    project = imported(tmp_path, {**TASK, "volumes": volumes})
    assert list(arguments(project, "shop_web")["volumes"]) == ["data"]
    assert reported(project, Kind.OMITTED)["volumes[1]"] == "no container mounts spare"
    alone = {key: value for key, value in WEB.items() if key not in ("mountPoints", "dependsOn")}
    project = imported(tmp_path, {**TASK, "containerDefinitions": [alone]})
    assert "volumes" not in arguments(project, "shop_web")
    assert "volumes[0]" in reported(project, Kind.OMITTED)
    assert not any(key.startswith("volumes[0].") for key in reported(project, Kind.TRANSLATED))


@pytest.mark.parametrize(
    ("container", "text"),
    [
        ({"environment": {"A": "B"}}, "environment: must be a list, not an object"),
        (
            {"environment": [{"name": "A", "value": "B"}, "C=D"]},
            "environment[1]: must be an object, not a string",
        ),
        ({"secrets": {"A": "/b"}}, "secrets: must be a list, not an object"),
        ({"portMappings": {"containerPort": 80}}, "portMappings: must be a list, not an object"),
        ({"logConfiguration": "awslogs"}, "logConfiguration: must be an object, not a string"),
        ({"mountPoints": "data"}, "mountPoints: must be a list, not a string"),
        ({"image": ["nginx"]}, "image: must be a string, not a list"),
        ({"command": {"a": "b"}}, "command: must be a string, not an object"),
        ({"dockerLabels": ["a"]}, "dockerLabels: must be an object, not a list"),
    ],
)
def test_a_container_with_a_value_of_another_type_is_an_error(
    container: dict[str, Any], text: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as failed:
        imported(tmp_path, {**TASK, "containerDefinitions": [{**WEB, **container}]})
    assert f"containerDefinitions[0].{text}" in str(failed.value)
    assert "task.json:" in str(failed.value)


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ({"tags": {"team": "shop"}}, "tags: must be a list, not an object"),
        ({"volumes": "data"}, "volumes: must be a list, not a string"),
        ({"volumes": ["data"]}, "volumes[0]: requires a name"),
        ({"containerDefinitions": {"name": "web"}}, "containerDefinitions: must be a list, not an object"),
        ({"requiresCompatibilities": "FARGATE"}, "requiresCompatibilities: must be a list, not a string"),
        ({"cpu": [256]}, "cpu: must be a string, not a list"),
        ({"pidMode": ["task"]}, "pidMode: must be a string, not a list"),
        ({"ipcMode": {"a": "b"}}, "ipcMode: must be a string, not an object"),
        (
            {"placementConstraints": {"type": "memberOf"}},
            "placementConstraints: must be a list, not an object",
        ),
    ],
)
def test_a_task_with_a_value_of_another_type_is_an_error(
    task: dict[str, Any], text: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=re.escape(text)):
        imported(tmp_path, {**TASK, **task})


def test_every_member_of_the_model_is_reported(tmp_path: Path) -> None:
    values = {
        "operatingSystemFamily": "LINUX",
        "cpu": "256",
        "memory": "512",
        "value": "1",
        "type": "GPU",
        "scope": "shared",
        "logDriver": "awslogs",
        # That of the volume in the sample.
        "sourceVolume": "name",
    }
    content = sample("ecs", "RegisterTaskDefinitionRequest", values)
    # The other one has `firelensConfiguration`: moorage makes routers itself.
    content["containerDefinitions"].append({"name": "web", "image": "nginx"})
    project = imported(tmp_path, content)
    keys = {entry.key for entry in project.report.entries}

    def is_reported(path: str) -> bool:
        parents = [
            path[: index + 1] for index in range(len(path)) if path[index + 1 : index + 2] in (".", "[")
        ]
        return path in keys or any(key.startswith(f"{path}.") for key in keys) or bool(keys & set(parents))

    assert [path for path in members("ecs", "RegisterTaskDefinitionRequest") if not is_reported(path)] == []
    described = members("ecs", "TaskDefinition")
    assert [
        path for path in described if "[" not in path and path not in _TOP_LEVEL and not is_reported(path)
    ] == []


_TOP_LEVEL = frozenset(
    (
        *("taskDefinitionArn", "revision", "status", "compatibilities", "registeredAt", "registeredBy"),
        *("deregisteredAt", "deleteRequestedAt"),
    )
)


def test_parameters_are_in_the_region_of_the_source(tmp_path: Path) -> None:
    """The region of a described task definition is in its ARN."""
    arn = "arn:aws:ecs:il-central-1:123456789012:task-definition/shop-web:7"
    web = {key: value for key, value in WEB.items() if key not in ("logConfiguration", "dependsOn")}
    project = imported(tmp_path, {**TASK, "taskDefinitionArn": arn, "containerDefinitions": [web]})
    secrets = arguments(project, "shop_web")["secrets"]
    assert secrets["TOKEN"] == "arn:aws:ssm:il-central-1:123456789012:parameter/shop-token"
    settle_region(project, None)
    assert project.region == "il-central-1"
    assert "aws:region" not in reported(project, Kind.APPROXIMATED)


def test_what_describe_prints_is_accepted(tmp_path: Path) -> None:
    answer = {**TASK, "revision": 7, "status": "ACTIVE", "requiresAttributes": [{"name": "com.amazonaws.x"}]}
    tags = answer.pop("tags")
    project = imported(tmp_path, {"taskDefinition": answer, "tags": tags})
    assert arguments(project, "shop_web")["tags"] == {"team": "shop"}
    state = reported(project, Kind.TRANSLATED)
    assert (state["revision"], state["status"]) == ("state of the revision, not a setting",) * 2


def test_a_skeleton_with_empty_values_sets_nothing(tmp_path: Path) -> None:
    project = imported(
        tmp_path, {**TASK, "pidMode": "", "placementConstraints": [], "proxyConfiguration": {}}
    )
    keys = {entry.key for entry in project.report.entries}
    assert not keys & {"pidMode", "placementConstraints", "proxyConfiguration"}


def test_an_empty_tag_of_a_skeleton_is_not_one_of_aws(tmp_path: Path) -> None:
    project = imported(tmp_path, {**TASK, "tags": [{"key": "", "value": ""}, {"key": "aws:x", "value": "y"}]})
    assert "tags" not in arguments(project, "shop_web")
    assert set(reported(project, Kind.OMITTED)) == {"tags[1].key", "tags[1].value"}


@pytest.mark.parametrize("driver", [{}, {"logDriver": None}, {"logDriver": ""}])
def test_awslogs_is_the_default_driver(driver: dict[str, Any], tmp_path: Path) -> None:
    web = {**WEB, "logConfiguration": {**driver, "options": LOG}}
    project = imported(tmp_path, {**TASK, "containerDefinitions": [web], "volumes": []})
    log = arguments(project, "shop_web")["log"]
    assert log == {"group": "/ecs/shop", "region": "eu-west-1", "prefix": "web"}


def test_empty_options_of_awslogs_are_not_set(tmp_path: Path) -> None:
    options = {"awslogs-group": "/ecs/shop", "awslogs-stream-prefix": "", "awslogs-datetime-format": ""}
    web = {**WEB, "logConfiguration": {"logDriver": "awslogs", "options": options}}
    project = imported(tmp_path, {**TASK, "containerDefinitions": [web], "volumes": []})
    assert arguments(project, "shop_web")["log"] == {"group": "/ecs/shop"}


def test_the_report_has_the_order_of_the_file(tmp_path: Path) -> None:
    web = {**WEB, "resourceRequirements": [{"value": "1", "type": "GPU"}]}
    project = imported(tmp_path, {**TASK, "requiresCompatibilities": ["EC2"], "containerDefinitions": [web]})
    keys = [entry.key for entry in project.report.of(Kind.TRANSLATED) if entry.text == "`gpu`"]
    path = "containerDefinitions[0].resourceRequirements[0]"
    assert keys == [f"{path}.value", f"{path}.type"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"family": "x"}, "is not a task definition"),
        (
            {**TASK, "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}},
            "Linux containers",
        ),
        ({**TASK, "cpu": "many"}, "task.json:7: cpu: 'many' must be a number"),
        ({**TASK, "containerDefinitions": ["web"]}, "containerDefinitions[0] must be an object"),
        ({**TASK, "ephemeralStorage": {"sizeInGiB": "x"}}, "must be an integer"),
    ],
)
def test_what_cannot_be_imported_is_an_error(content: Any, text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as failed:
        imported(tmp_path, content)
    assert text in str(failed.value)
