"""`moorage import compose` and `ecs-cli`: services as apps, and every key in the report."""

import json
from pathlib import Path

import pytest
from support.imported import arguments, evaluated, findings, inputs, reported, written

from moorage.errors import EvaluationError, MoorageError
from moorage.importing.compose import import_compose
from moorage.importing.compose_source import ComposeSource
from moorage.importing.ecs_cli import import_ecs_cli
from moorage.importing.project import Code, Project
from moorage.importing.report import Kind
from moorage.offline import evaluate

SHOP = """\
name: shop
services:
  web:
    build: ./web
    ports: ["80:3000"]
    depends_on: [db]
    environment:
      DATABASE_URL: postgres://shop:${DB_PASSWORD}@db:5432/shop
      LOG_LEVEL: info
      SESSION_SECRET: from-the-file
    deploy: {replicas: 2}
  db:
    image: postgres:${TAG}
    environment: {POSTGRES_PASSWORD: "${DB_PASSWORD}"}
    ports: ["5432:5432"]
    volumes: ["data:/var/lib/postgresql/data"]
    container_name: db
  cache:
    image: redis:7
    command: redis-server --requirepass ${DB_PASSWORD}
    pid: host
    x-moorage: {cpu: 512, memory: 1024}
volumes:
  data:
    x-moorage: {storage: efs}
networks:
  front:
"""
SERVICE = "aws:ecs/service:Service"
DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"


def imported(tmp_path: Path, text: str, env: str = "DB_PASSWORD=top1secret\nTAG=16\n") -> Project:
    (tmp_path / "web").mkdir(exist_ok=True)
    (tmp_path / "web" / "Dockerfile").write_text("FROM node:20\nEXPOSE 3000\n")
    (tmp_path / "compose.yaml").write_text(text)
    (tmp_path / ".env").write_text(env)
    return import_compose(ComposeSource(tmp_path, None, tmp_path / "infra"))


def test_each_service_is_an_app(tmp_path: Path) -> None:
    project = imported(tmp_path, SHOP)
    assert project.name == "shop"
    assert [item.variable for item in project.declarations] == [
        *("network", "cluster", "balancer", "db", "cache", "web"),
    ]
    web = arguments(project, "web")
    assert web["build"] == {"context": "../web", "dockerfile": "Dockerfile"}
    assert (web["port"], web["count"], web["connect"]) == (3000, 2, {})
    assert web["load_balancer"] == Code("balancer.ref")
    assert web["after"] == [Code("db.service_name")]
    db = arguments(project, "db")
    assert (db["image"], db["port"], db["volumes"]) == ("postgres:16", 5432, {"data": {"efs": {}}})
    assert "load_balancer" not in db
    assert (arguments(project, "cache")["cpu"], arguments(project, "cache")["memory"]) == (512, 1024)
    graph = evaluated(project, tmp_path / "infra")["dev"]
    assert len(inputs(graph, SERVICE)) == 3
    assert [item["desiredCount"] for item in inputs(graph, SERVICE)].count(2) == 1
    assert len(inputs(graph, "aws:efs/fileSystem:FileSystem")) == 1


def test_secrets_of_the_environment_and_of_the_file_are_not_written(tmp_path: Path) -> None:
    project = imported(tmp_path, SHOP)
    evaluated(project, tmp_path / "infra")
    for file in (tmp_path / "infra").rglob("*"):
        if file.is_file():
            assert b"top1secret" not in file.read_bytes()
            assert b"from-the-file" not in file.read_bytes()
    program = (tmp_path / "infra" / "__main__.py").read_text()
    assert '"postgres://shop:{0}@db:5432/shop"' in program
    assert '"POSTGRES_PASSWORD": config.require_secret("dbPassword")' in program
    assert '"redis-server", "--requirepass", config.require("dbPasswordShown")' in program
    assert {key for key, setting in project.settings.items() if setting.secret} == {
        *("dbPassword", "webSessionSecret"),
    }
    readme = (tmp_path / "infra" / "README.md").read_text()
    assert "pulumi config set --secret dbPassword" in readme


def test_every_key_of_the_file_is_reported(tmp_path: Path) -> None:
    project = imported(tmp_path, SHOP)
    keys = {entry.key for entry in project.report.entries}
    assert {
        *("services.web.build", "services.web.ports", "services.web.depends_on", "services.web.deploy"),
        *("services.web.environment.LOG_LEVEL", "services.web.environment.DATABASE_URL"),
        *("services.db.image", "services.db.volumes", "services.db.ports", "services.db.container_name"),
        *("services.cache.image", "services.cache.command", "services.cache.pid"),
        *("name", "networks", "volumes.data"),
    } <= keys
    assert "services.cache.pid" in reported(project, Kind.OMITTED)
    assert "services.db.container_name" in reported(project, Kind.OMITTED)
    assert "not reachable from outside" in reported(project, Kind.APPROXIMATED)["services.db.ports"]
    lines = {entry.key: entry.where.line for entry in project.report.entries}
    assert SHOP.splitlines()[lines["services.cache.command"] - 1].strip().startswith("command:")
    assert SHOP.splitlines()[lines["services.cache.pid"] - 1].strip() == "pid: host"


def test_the_plan_finds_nothing_that_the_source_does_not_have(tmp_path: Path) -> None:
    text = SHOP.replace("    deploy:", "    stop_grace_period: 40s\n    deploy:")
    project = imported(tmp_path, text)
    web = arguments(project, "web")
    assert (web["stop_timeout"], web["deregistration_delay"]) == (40, 40)
    assert "stop_timeout" not in arguments(project, "db")
    # Images run as root.
    assert findings(written(project, tmp_path / "infra"), "dev") == {"ECS.20"}


def test_a_declared_secret_is_a_setting(tmp_path: Path) -> None:
    text = """\
services:
  api:
    image: api:1
    ports: ["8080:8080"]
    secrets: [token]
secrets:
  token: {environment: API_TOKEN}
"""
    project = imported(tmp_path, text, "API_TOKEN=very-secret-1\n")
    graph = evaluated(project, tmp_path / "infra")["dev"]
    (definition,) = inputs(graph, DEFINITION)
    secrets = json.loads(definition["containerDefinitions"])[0]["secrets"]
    assert len(secrets) == 1
    assert not any(b"very-secret-1" in f.read_bytes() for f in (tmp_path / "infra").rglob("*") if f.is_file())


def test_log_groups_and_their_regions_are_kept(tmp_path: Path) -> None:
    text = """\
services:
  web: {image: "web:1", logging: {driver: awslogs, options: {awslogs-group: /x, awslogs-region: eu-west-1}}}
  api: {image: "api:1", logging: {driver: awslogs, options: {awslogs-group: /x, awslogs-region: eu-west-1}}}
  far: {image: "far:1", logging: {driver: awslogs, options: {awslogs-region: eu-west-2}}}
  old:
    image: old:1
    logging: {driver: awslogs, options: {awslogs-group: /old, awslogs-create-group: "false"}}
  plain: {image: "plain:1"}
"""
    project = imported(tmp_path, text)
    graph = evaluated(project, tmp_path / "infra")["dev"]
    made = inputs(graph, "aws:cloudwatch/logGroup:LogGroup")
    named = {(item.get("name"), item.get("region")) for item in made}
    assert {("/x", "eu-west-1"), (None, "eu-west-2")} <= named
    assert ("/old", None) not in named
    places = {
        item["family"].rpartition("-")[2]: json.loads(item["containerDefinitions"])[0]["logConfiguration"][
            "options"
        ]
        for item in inputs(graph, DEFINITION)
    }
    for service in ("web", "api"):
        assert (places[service]["awslogs-group"], places[service]["awslogs-region"]) == ("/x", "eu-west-1")
    assert places["far"]["awslogs-region"] == "eu-west-2"
    assert places["old"]["awslogs-group"] == "/old"
    assert arguments(project, "plain").get("log") is None
    rows = reported(project, Kind.APPROXIMATED)
    assert "makes log group /x" in rows["services.web.logging"]
    assert "/old must exist" in rows["services.old.logging"]


def test_own_arguments_replace_those_of_the_file(tmp_path: Path) -> None:
    text = """\
services:
  web:
    image: web:1
    x-moorage: {autoscaling: {min: 1, max: 3}, environment: {API_TOKEN: abcdef123}}
"""
    project = imported(tmp_path, text)
    web = arguments(project, "web")
    assert web["autoscaling"] == {"min": 1, "max": 3}
    assert "services.web.x-moorage.environment.API_TOKEN" in reported(project, Kind.APPROXIMATED)
    assert "count" not in web
    folder = written(project, tmp_path / "infra")
    assert not any("abcdef123" in file.read_text() for file in folder.rglob("*") if file.is_file())


def test_a_volume_that_apps_share_is_a_file_system_of_the_user(tmp_path: Path) -> None:
    text = """\
services:
  a: {image: "a:1", volumes: ["files:/files"]}
  b: {image: "b:1", volumes: ["files:/files"]}
volumes: {files: {}}
"""
    project = imported(tmp_path, text)
    assert list(project.settings) == ["filesFileSystemId"]
    assert "volumes.files" in reported(project, Kind.APPROXIMATED)
    evaluated(project, tmp_path / "infra")


def test_a_volume_that_no_service_mounts_is_omitted(tmp_path: Path) -> None:
    text = "services:\n  a: {image: 'a:1', volumes: ['files:/files']}\nvolumes: {files: {}, spare: {}}\n"
    project = imported(tmp_path, text)
    assert reported(project, Kind.OMITTED)["volumes.spare"] == "no service mounts it"
    assert "volumes.spare" not in reported(project, Kind.TRANSLATED)
    assert list(arguments(project, "a")["volumes"]) == ["files"]


def test_an_external_volume_is_a_file_system_of_the_user(tmp_path: Path) -> None:
    text = """\
services:
  a: {image: "a:1", volumes: ["files:/files", "known:/known"]}
volumes:
  files: {external: true}
  known: {external: true, name: fs-0123456789abcdef1}
"""
    project = imported(tmp_path, text)
    assert list(project.settings) == ["filesFileSystemId"]
    volumes = arguments(project, "a")["volumes"]
    assert volumes["known"] == {"efs": {"file_system_id": "fs-0123456789abcdef1"}}
    evaluated(project, tmp_path / "infra")


def test_a_secret_build_argument_is_omitted(tmp_path: Path) -> None:
    text = "services:\n  web:\n    build: {context: web, args: {NPM_TOKEN: npm-1234567890ab, MODE: prod}}\n"
    project = imported(tmp_path, text)
    assert arguments(project, "web")["build"]["args"] == {"MODE": "prod"}
    assert "build.args.NPM_TOKEN" in reported(project, Kind.OMITTED)


def test_a_service_that_must_end_first_is_in_the_task_of_its_dependant(tmp_path: Path) -> None:
    text = """\
services:
  migrate: {image: "web:1", command: migrate}
  web:
    image: web:1
    ports: ["8080:8080"]
    depends_on: {migrate: {condition: service_completed_successfully}}
"""
    project = imported(tmp_path, text)
    web = arguments(project, "web")
    assert web["depends_on"] == {"migrate": "SUCCESS"}
    assert web["containers"]["migrate"]["essential"] is False
    evaluated(project, tmp_path / "infra")


def test_the_report_does_not_quote_a_secret(tmp_path: Path) -> None:
    text = "services:\n  web: {image: 'web:1', pid: 'password=hunter2hunter2'}\n"
    project = imported(tmp_path, text)
    assert reported(project, Kind.OMITTED)["services.web.pid"].startswith("'***")
    folder = written(project, tmp_path / "infra")
    assert "hunter2hunter2" not in (folder / "README.md").read_text()


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MoorageError, match=r"compose\.yaml:2"):
        imported(tmp_path, "services: [\n")
    with pytest.raises(MoorageError, match="services"):
        imported(tmp_path, "services: {}\n")


def plan_problems(project: Project, folder: Path) -> str:
    """Return why a program cannot be evaluated; an empty string if it can."""
    try:
        evaluate(written(project, folder), stack="dev")
    except EvaluationError as error:
        return str(error)
    return ""


def test_a_capability_that_fargate_refuses_is_omitted(tmp_path: Path) -> None:
    text = """\
services:
  pihole:
    image: pihole/pihole:1
    ports: ["53:53/tcp", "53:53/udp", "80:80/tcp"]
    cap_add: [NET_ADMIN]
    cap_drop: [MKNOD]
  tracer:
    image: tracer:1
    cap_add: [SYS_PTRACE, SYS_ADMIN]
    sysctls: {kernel.unknown: 1, net.core.somaxconn: 1024}
"""
    project = imported(tmp_path, text)
    app = arguments(project, "pihole")
    assert app["port"] == 80
    assert app["ports"] == [{"port": 53}, {"port": 53, "protocol": "udp"}]
    assert app["linux"]["drop_capabilities"] == ["MKNOD"]
    assert "add_capabilities" not in app["linux"]
    assert arguments(project, "tracer")["linux"]["add_capabilities"] == ["SYS_PTRACE"]
    omitted = reported(project, Kind.OMITTED)
    assert "must be SYS_PTRACE on Fargate" in omitted["services.pihole.cap_add"]
    assert "namespaced kernel parameter" in omitted["services.tracer.sysctls.kernel.unknown"]
    assert arguments(project, "tracer")["system_controls"] == {"net.core.somaxconn": "1024"}
    assert omitted["services.tracer.cap_add"].startswith("'SYS_ADMIN': ")
    translated = reported(project, Kind.TRANSLATED)
    assert "services.pihole.cap_add" not in translated
    assert "services.pihole.cap_drop" in translated
    assert plan_problems(project, tmp_path / "infra") == ""


def test_the_second_protocol_of_the_balanced_port_is_omitted(tmp_path: Path) -> None:
    text = """\
services:
  logstash: {image: "logstash:7", ports: ["5000:5000/udp", "5000:5000/tcp", "5044:5044"]}
"""
    project = imported(tmp_path, text)
    app = arguments(project, "logstash")
    assert (app["port"], app["ports"]) == (5000, [{"port": 5044}])
    assert "takes one protocol" in reported(project, Kind.OMITTED)["services.logstash.ports[0]"]
    assert plan_problems(project, tmp_path / "infra") == ""


def test_containers_of_one_task_share_its_ports_and_capacity(tmp_path: Path) -> None:
    text = """\
version: "3"
services:
  hub: {image: "hub:1", ports: ["4444:4444"], expose: ["5555"]}
  chrome:
    image: chrome:1
    privileged: true
    expose: ["5555", "5900"]
"""
    file = tmp_path / "docker-compose.yml"
    file.write_text(text)
    project = import_ecs_cli(file, None, "FARGATE", tmp_path / "infra", "grid", "us-east-1")
    chrome = arguments(project, "grid")["containers"]["chrome"]
    assert chrome["ports"] == [{"port": 5900}]
    assert "privileged" not in chrome
    omitted = reported(project, Kind.OMITTED)
    assert (
        omitted["services.chrome.expose[0]"] == "5555 is also hub's; the containers of a task share its ports"
    )
    assert "Fargate" in omitted["services.chrome.privileged"]
    assert "services.chrome.privileged" not in reported(project, Kind.TRANSLATED)
    lines = {entry.key: entry.where.line for entry in project.report.entries}
    assert lines["services.chrome.privileged"] == 6
    assert plan_problems(project, tmp_path / "infra") == ""
    on_instances = import_ecs_cli(file, None, "EC2", tmp_path / "other", "grid", "us-east-1")
    assert arguments(on_instances, "grid")["containers"]["chrome"]["privileged"] is True
    assert "to decide" not in str(reported(on_instances, Kind.APPROXIMATED))
    assert plan_problems(on_instances, tmp_path / "other") == ""


def test_what_cannot_be_omitted_is_to_be_decided(tmp_path: Path) -> None:
    project = imported(tmp_path, "services:\n  web: {image: 'web:1', x-moorage: {cpu: 256, memory: 9000}}\n")
    decided = reported(project, Kind.APPROXIMATED)["services.web.x-moorage.memory"]
    assert decided.startswith("to decide: 9000: ")
    assert arguments(project, "web")["memory"] == 9000
    assert "9000" in plan_problems(project, tmp_path / "infra")


ECS_PARAMS = """\
version: 1
task_definition:
  task_execution_role: ecsTaskExecutionRole
  ecs_network_mode: awsvpc
  task_size: {cpu_limit: 512, mem_limit: 1GB}
  services:
    web: {essential: true, cpu_shares: 256}
run_params:
  network_configuration:
    awsvpc_configuration:
      subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
      security_groups: [sg-0123456789abcdef0]
      assign_public_ip: ENABLED
"""


def ecs_cli(tmp_path: Path, params: str, launch_type: str) -> Project:
    text = """\
version: "3"
services:
  web:
    image: nginx:1
    ports: ["80:80"]
    logging: {driver: awslogs, options: {awslogs-group: shop, awslogs-region: us-east-1}}
  agent:
    image: agent:1
"""
    (tmp_path / "docker-compose.yml").write_text(text)
    (tmp_path / "ecs-params.yml").write_text(params)
    file, out = tmp_path / "docker-compose.yml", tmp_path / "infra"
    return import_ecs_cli(file, None, launch_type, out, "shop", "us-east-1")


def test_an_ecs_cli_project_is_one_task(tmp_path: Path) -> None:
    project = ecs_cli(tmp_path, ECS_PARAMS, "FARGATE")
    app = arguments(project, "shop")
    assert (app["cpu"], app["memory"], app["container_cpu"]) == (512, 1024, 256)
    assert list(app["containers"]) == ["agent"]
    assert (app["log"]["group"], app["log"]["region"]) == ("shop", "us-east-1")
    assert "log" not in app["containers"]["agent"]
    assert project.settings == {}
    assert "shop must exist" in reported(project, Kind.APPROXIMATED)["services.web.logging"]
    assert app["security_group_ids"] == ["sg-0123456789abcdef0"]
    graph = evaluated(project, tmp_path / "infra")["dev"]
    (definition,) = inputs(graph, DEFINITION)
    assert definition["executionRoleArn"].endswith(":role/ecsTaskExecutionRole")
    (service,) = inputs(graph, SERVICE)
    assert service["networkConfiguration"]["subnets"] == [
        "subnet-0123456789abcdef0",
        "subnet-0123456789abcdef1",
    ]
    assert service["networkConfiguration"]["assignPublicIp"] is True


def test_an_ecs_cli_project_on_instances_uses_bridge(tmp_path: Path) -> None:
    project = ecs_cli(tmp_path, "version: 1\ntask_definition:\n  services: {web: {mem_limit: 256m}}\n", "EC2")
    assert arguments(project, "cluster")["capacity"] == "ec2"
    assert arguments(project, "shop")["network_mode"] == "bridge"
    assert reported(project, Kind.OMITTED) == {}
    assert "to decide" not in str(reported(project, Kind.APPROXIMATED))
    graph = evaluated(project, tmp_path / "infra")["dev"]
    (definition,) = inputs(graph, DEFINITION)
    assert definition["networkMode"] == "bridge"
