"""`moorage import apprunner`: from `apprunner.yaml`, and from a running service (a scripted AWS)."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from support.imported import arguments, evaluated, inputs, members, reported, sample
from support.scripted_aws import ScriptedAws, answering

from moorage.compose_file.nodes import Node, Where
from moorage.errors import MoorageError, UsageError
from moorage.importing.app_runner import Running, import_app_runner_service
from moorage.importing.app_runner_aws import running_service
from moorage.importing.app_runner_file import import_app_runner_file
from moorage.importing.commands import command_line
from moorage.importing.project import Project
from moorage.importing.report import Kind
from moorage.offline import ResourceGraph

FILE = """\
version: 1.0
runtime: python311
build:
  commands:
    pre-build: [apt-get update]
    build: [pip install -r requirements.txt]
  env:
    - {name: MODE, value: prod}
    - {name: NPM_TOKEN, value: npm-abcdefgh12}
run:
  runtime-version: 3.11.4
  pre-run: [python migrate.py]
  command: gunicorn app:app --bind 0.0.0.0:$APP_PORT
  network: {port: 8000, env: APP_PORT}
  env:
    - {name: LEVEL, value: info}
    - {name: DB_PASSWORD, value: hunter2hunter2}
  secrets:
    - {name: KEY, value-from: "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-Ab12Cd"}
    - {name: TOKEN, value-from: token}
"""
ARN = "arn:aws:apprunner:eu-west-1:123456789012"
SERVICE: dict[str, Any] = {
    "ServiceName": "shop",
    "ServiceId": "8fe1e10304f84fd2b0df550fe98a71fa",
    "ServiceArn": f"{ARN}:service/shop/8fe1e10304f84fd2b0df550fe98a71fa",
    "ServiceUrl": "psbqam834h.eu-west-1.awsapprunner.com",
    "CreatedAt": 1767225600,
    "UpdatedAt": 1767225600,
    "Status": "RUNNING",
    "SourceConfiguration": {
        "ImageRepository": {
            "ImageIdentifier": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1",
            "ImageRepositoryType": "ECR",
            "ImageConfiguration": {
                "Port": "3000",
                "StartCommand": "node server.js",
                "RuntimeEnvironmentVariables": {"LEVEL": "info", "API_TOKEN": "hunter2hunter2"},
                "RuntimeEnvironmentSecrets": {"KEY": "arn:aws:ssm:eu-west-1:123456789012:parameter/key"},
            },
        },
        "AutoDeploymentsEnabled": True,
        "AuthenticationConfiguration": {"AccessRoleArn": "arn:aws:iam::123456789012:role/access"},
    },
    "InstanceConfiguration": {
        "Cpu": "1024",
        "Memory": "2048",
        "InstanceRoleArn": "arn:aws:iam::123456789012:role/shop",
    },
    "HealthCheckConfiguration": {
        "Protocol": "HTTP",
        "Path": "/ok",
        "Interval": 1,
        "Timeout": 5,
        "HealthyThreshold": 1,
        "UnhealthyThreshold": 5,
    },
    "AutoScalingConfigurationSummary": {
        "AutoScalingConfigurationArn": f"{ARN}:autoscalingconfiguration/high/1/{1:032}",
        "AutoScalingConfigurationName": "high",
        "AutoScalingConfigurationRevision": 1,
    },
    "NetworkConfiguration": {
        "EgressConfiguration": {
            "EgressType": "VPC",
            "VpcConnectorArn": f"{ARN}:vpcconnector/main/1/00000000000000000000000000000001",
        },
        "IngressConfiguration": {"IsPubliclyAccessible": True},
        "IpAddressType": "IPV4",
    },
    "ObservabilityConfiguration": {"ObservabilityEnabled": True},
}
SUBNETS = (
    '<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><subnetSet><item>'
    "<subnetId>subnet-0123456789abcdef0</subnetId><vpcId>vpc-0123456789abcdef0</vpcId></item></subnetSet>"
    "</DescribeSubnetsResponse>"
)
ANSWERS: dict[str, Any] = {
    "ListServices": {"ServiceSummaryList": [{"ServiceName": "shop", "ServiceArn": SERVICE["ServiceArn"]}]},
    "DescribeService": {"Service": SERVICE},
    "DescribeAutoScalingConfiguration": {
        "AutoScalingConfiguration": {"MinSize": 2, "MaxSize": 8, "MaxConcurrency": 80}
    },
    "DescribeVpcConnector": {
        "VpcConnector": {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroups": ["sg-0123456789abcdef0"]}
    },
    "DescribeSubnets": SUBNETS,
    "DescribeCustomDomains": {
        "DNSTarget": "x",
        "ServiceArn": SERVICE["ServiceArn"],
        "CustomDomains": [
            {"DomainName": "example.com", "EnableWWWSubdomain": True, "Status": "ACTIVE"},
        ],
        "VpcDNSTargets": [],
    },
    "ListTagsForResource": {"Tags": [{"Key": "team", "Value": "shop"}]},
}


def from_file(tmp_path: Path, text: str = FILE) -> Project:
    source = tmp_path / "code"
    source.mkdir()
    (source / "apprunner.yaml").write_text(text)
    return import_app_runner_file(source / "apprunner.yaml", tmp_path / "infra", "shop", "us-east-1")


def running(monkeypatch: pytest.MonkeyPatch, name: str = "shop", **answers: Any) -> Running:
    scripted = ScriptedAws(answers={**ANSWERS, **answers})
    with answering(scripted.handle, monkeypatch):
        return running_service(name, "eu-west-1", None)


def container(graph: ResourceGraph) -> dict[str, Any]:
    (definition,) = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition")
    found = json.loads(definition["containerDefinitions"])
    return next(item for item in found if item["name"] == "shop")


def test_a_managed_runtime_becomes_a_dockerfile(tmp_path: Path) -> None:
    project = from_file(tmp_path)
    app = arguments(project, "shop")
    assert app["build"] == {"context": "../code", "dockerfile": "../infra/Dockerfile"}
    graph = evaluated(project, tmp_path / "infra")["dev"]
    lines = (tmp_path / "infra" / "Dockerfile").read_text().splitlines()
    assert lines == [
        "FROM public.ecr.aws/docker/library/python:3.11",
        *("WORKDIR /app", "COPY . .", "ENV MODE=prod"),
        *("RUN apt-get update", "RUN pip install -r requirements.txt"),
    ]
    made = container(graph)
    assert made["command"] == [
        *("sh", "-ec", "python migrate.py\ngunicorn app:app --bind 0.0.0.0:$APP_PORT"),
    ]
    assert {item["name"]: item["value"] for item in made["environment"]} == {
        "APP_PORT": "8000",
        "LEVEL": "info",
    }
    assert sorted(item["name"] for item in made["secrets"]) == ["DB_PASSWORD", "KEY", "TOKEN"]
    assert made["portMappings"][0]["containerPort"] == 8000
    assert "build.env[1]" in reported(project, Kind.OMITTED)
    for name in ("__main__.py", "Dockerfile", "README.md", "Pulumi.yaml", "Pulumi.dev.yaml"):
        assert "hunter2hunter2" not in (tmp_path / "infra" / name).read_text()
        assert "npm-abcdefgh12" not in (tmp_path / "infra" / name).read_text()


SCRIPT = """\
version: 1.0
runtime: python311
build:
  commands:
    pre-build:
      - |
        echo a
        echo b  # EOF
        EOF
      - "[ -d /app ] && echo c"
    build: ["cat <<X > f", "echo d \\\\", "echo 'e'"]
  env:
    - {name: KEY, value: "it's $HOME"}
    - {name: LINES, value: "one\\ntwo"}
run:
  pre-run: ["python migrate.py # first", "true && echo ok"]
  command: gunicorn "app:create_app()"
"""


def test_commands_of_every_form_are_run_as_they_are_written(tmp_path: Path) -> None:
    project = from_file(tmp_path, SCRIPT)
    lines = project.files["Dockerfile"].splitlines()
    assert lines == [
        *("FROM public.ecr.aws/docker/library/python:3.11", "WORKDIR /app", "COPY . ."),
        """ENV KEY='it'"'"'s $HOME'""",
        *("RUN <<EOFF", "set -e", "echo a", "echo b  # EOF", "EOF", "EOFF"),
        *("RUN <<EOF", "set -e", "[ -d /app ] && echo c", "EOF"),
        *("RUN <<EOF", "set -e", "cat <<X > f", "EOF"),
        *("RUN <<EOF", "set -e", "echo d \\", "EOF"),
        "RUN echo 'e'",
    ]
    assert "build.env[1]" in reported(project, Kind.OMITTED)
    graph = evaluated(project, tmp_path / "infra")["dev"]
    script = "python migrate.py # first\ntrue && echo ok\nexec gunicorn 'app:create_app()'"
    assert container(graph)["command"] == ["sh", "-ec", script]


def test_commands_without_a_phase_are_those_of_the_build(tmp_path: Path) -> None:
    text = "version: 1.0\nruntime: python3\nbuild: {commands: [make]}\nrun: {command: x}\n"
    project = from_file(tmp_path, text)
    assert project.files["Dockerfile"].splitlines()[-1] == "RUN make"
    assert "build.commands" in reported(project, Kind.APPROXIMATED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("node server.js", ["node", "server.js"]),
        ("gunicorn 'app:create_app()'", ["gunicorn", "app:create_app()"]),
        *(
            (text, ["sh", "-c", text])
            for text in (
                *("node a.js; node b.js", "NODE_ENV=production node x", "node x > log", "exec node x"),
                *("echo a\necho b", "node x # comment", "node $FILE", "cd app && node x"),
            )
        ),
    ],
)
def test_a_command_has_a_shell_if_it_needs_one(text: str, expected: list[str]) -> None:
    assert command_line(Node(text, Where("apprunner.yaml", 1))) == expected


def test_the_report_of_a_file_has_all_keys(tmp_path: Path) -> None:
    keys = {entry.key for entry in from_file(tmp_path).report.entries}
    assert {
        *("version", "runtime", "build.commands.pre-build", "build.commands.build", "build.env[0]"),
        *("run.runtime-version", "run.pre-run", "run.command", "run.network.port", "run.network.env"),
        *("run.env[0]", "run.env[1]", "run.secrets[0]", "run.secrets[1]"),
    } <= keys


def test_a_running_service_has_the_same_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = import_app_runner_service(running(monkeypatch), tmp_path / "infra", None, "eu-west-1")
    app = arguments(project, "shop")
    assert (app["cpu"], app["memory"], app["port"], app["command"]) == (
        1024,
        2048,
        3000,
        ["node", "server.js"],
    )
    assert app["autoscaling"] == {"min": 2, "max": 8}
    assert app["health_check"] == {
        **{"path": "/ok", "interval": 6, "timeout": 5},
        **{"healthy_threshold": 2, "unhealthy_threshold": 5},
    }
    assert app["task_role_arn"] == "arn:aws:iam::123456789012:role/shop"
    assert app["security_group_ids"] == ["sg-0123456789abcdef0"]
    assert arguments(project, "network") == {"vpc_id": "vpc-0123456789abcdef0"}
    assert arguments(project, "balancer")["domains"] == ["www.example.com"]
    assert app["rules"] == [{"host": "example.com"}, {"host": "www.example.com"}]
    graph = evaluated(project, tmp_path / "infra")["dev"]
    made = container(graph)
    environment = {item["name"]: item["value"] for item in made["environment"] if item["name"] != "AWS_XRAY"}
    assert (environment["LEVEL"], environment["PORT"]) == ("info", "3000")
    assert sorted(item["name"] for item in made["secrets"]) == ["API_TOKEN", "KEY"]
    assert project.settings["shopApiToken"].secret
    assert (
        "let ecs-tasks.amazonaws.com assume it"
        in reported(project, Kind.APPROXIMATED)["InstanceConfiguration.InstanceRoleArn"]
    )
    assert "AutoScalingConfiguration.MaxConcurrency" in reported(project, Kind.OMITTED)


def test_a_private_service_does_not_become_public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = {"IngressConfiguration": {"IsPubliclyAccessible": False}}
    service = {**SERVICE, "NetworkConfiguration": network}
    found = running(monkeypatch, DescribeService={"Service": service})
    project = import_app_runner_service(found, tmp_path / "infra", None, "eu-west-1")
    assert [item.kind for item in project.declarations] == ["Network", "EcsCluster", "ContainerApp"]
    assert arguments(project, "shop")["connect"] == {}
    graph = evaluated(project, tmp_path / "infra")["dev"]
    assert inputs(graph, "aws:lb/loadBalancer:LoadBalancer") == []


def test_every_member_of_a_service_is_reported(tmp_path: Path) -> None:
    values = {
        **{"Runtime": "PYTHON_311", "Cpu": "1 vCPU", "Memory": "2 GB", "Port": "80"},
        **{"ConfigurationSource": "API", "SourceDirectory": "/"},
    }
    service = sample("apprunner", "Service", values)
    found = Running(service, {"MinSize": 1, "MaxSize": 2, "MaxConcurrency": 3}, {}, [], {})
    project = import_app_runner_service(found, tmp_path / "infra", None, "eu-west-1")
    keys = {entry.key for entry in project.report.entries}

    def is_reported(path: str) -> bool:
        parts = path.split(".")
        return any(".".join(parts[:index]) in keys for index in range(1, len(parts) + 1)) or any(
            key.startswith(f"{path}.") for key in keys
        )

    assert [path for path in members("apprunner", "Service") if not is_reported(path)] == []


def test_the_scripted_answers_are_those_of_the_model() -> None:
    model = botocore.session.get_session().get_service_model("apprunner")
    service = {**SERVICE, "AutoScalingConfigurationSummary": SERVICE["AutoScalingConfigurationSummary"]}
    report = ParamValidator().validate(service, model.shape_for("Service"))
    assert report.generate_report() == ""


def test_an_unknown_service_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="unknown service 'shpo'; did you mean shop"):
        running(monkeypatch, "shpo")


def test_a_configuration_in_the_repository_is_read_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = {
        "RepositoryUrl": "https://github.com/x/y",
        "SourceCodeVersion": {"Type": "BRANCH", "Value": "main"},
        "CodeConfiguration": {"ConfigurationSource": "REPOSITORY"},
    }
    service = {**SERVICE, "SourceConfiguration": {"CodeRepository": code}}
    found = running(monkeypatch, DescribeService={"Service": service})
    with pytest.raises(MoorageError, match=r"moorage import apprunner apprunner\.yaml"):
        import_app_runner_service(found, tmp_path / "infra", None, "eu-west-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b\n", "is not an apprunner.yaml"),
        ("runtime: cobol\nrun: {command: x}\n", "'cobol' must be one of python3"),
        ("runtime: python3\nrun: {command: x, network: {port: http}}\n", "must be an integer"),
        ('runtime: python3\nrun: {command: "sh -c \'a"}\n', "must be a command: No closing quotation"),
    ],
)
def test_what_cannot_be_imported_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MoorageError, match=message):
        from_file(tmp_path, text)
