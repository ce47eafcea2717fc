"""`moorage plan --explain` of a `ComposeApp`: each service, and the lines that its arguments come from."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Planned = Callable[..., tuple[int, str, str]]
Project = Callable[..., Path]
Row = tuple[Any, str]
Explain = Callable[..., dict[str, dict[str, Row]]]

DECLARED = """config:
  max: {type: integer, default: 6}
  token: {type: string, default: hunter2hunter2}
"""

PROGRAM = """
import pulumi
import pulumi_aws as aws
from moorage import ComposeApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
network = Network("net", {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]})
cluster = EcsCluster("main", {})
balancer = LoadBalancer("main", {"network": network.ref})
bucket = aws.s3.Bucket("files")
args = {"cluster": cluster.ref, "network": network.ref}
"""

OF_TWO = """
ComposeApp("c", {
    **args,
    "load_balancer": balancer.ref,
    "rules": [
        {"service": "web", "path": "/shop/*", "health_check": {"path": "/healthy"}},
    ],
    "tags": {"team": "a"},
    "services": {"web": {
        "grants": [{"service": "s3", "access": "read", "arn": bucket.arn}],
        "autoscaling": {"min": 3, "max": config.require_int("max")},
        "environment": {"BUCKET": bucket.bucket},
    }},
})
"""

TWO = """services:
  web:
    image: httpd:2.4
    ports:
      - "80-81:80-81"
      - "8443:8443"
    environment:
      COLOR: blue
      BUCKET: none
    env_file: web.env
    depends_on: [db]
    deploy:
      labels: {tier: front}
      resources:
        limits:
          cpus: '0.5'
          memory: 1G
    healthcheck:
      test: curl -f localhost
      timeout: 3s
    x-moorage:
      autoscaling: {min: 2, max: 10, cpu: 50}
      alarms: {errors: 2}
      deployment: canary
      grants:
        - {service: sns, access: write, arn: "arn:aws:sns:us-east-1:123456789012:orders"}
      statements:
        - actions: ["sqs:ListQueues"]
          resources: ["*"]
  db:
    image: postgres:17
    environment: {POSTGRES_PASSWORD: x}
    volumes:
      - data:/var/lib/postgresql/data
volumes:
  data:
"""


@pytest.fixture
def explained(project: Project, planned: Planned, monkeypatch: pytest.MonkeyPatch) -> Explain:
    """Explain a program with files: value, or where it is from, and source, by component and argument."""

    def run(program: str, files: dict[str, str], *options: str) -> dict[str, dict[str, Row]]:
        folder = project(PROGRAM + program, DECLARED, dev="")
        for name, text in files.items():
            (folder / name).write_text(text)
        code, out, err = planned(folder, "--explain", "--json", *options)
        assert (code, err) == (0, ""), err
        return {
            f"{item['name']} {item['component']}": {
                row["argument"]: (
                    row["from"] or row["value"],
                    f"{row['source']} {row['of'] or ''}".strip(),
                )
                for row in item["arguments"]
            }
            for item in json.loads(out)["arguments"]
        }

    return run


def of_two(explained: Explain, *options: str) -> dict[str, dict[str, Row]]:
    return explained(OF_TWO, {"compose.yaml": TWO, "web.env": "LEVEL=debug\nCOLOR=red\n"}, *options)


def test_each_service_is_explained_as_an_app(explained: Explain) -> None:
    found = of_two(explained)
    assert [*found] == [
        *("net Network", "main EcsCluster", "main LoadBalancer"),
        *("c ComposeApp", "c-db ContainerApp", "c-web ContainerApp"),
    ]
    assert found["c ComposeApp"]["task"] == ("per_service", "default")


OF_WEB: dict[str, Row] = {
    # The line of each key and each item.
    "image": ("httpd:2.4", "compose.yaml:3"),
    "container_name": ("web", "compose.yaml:2"),
    "ports[1].port": (81, "compose.yaml:5"),
    "ports[2].port": (8443, "compose.yaml:6"),
    "port": (80, "compose.yaml:5"),
    "environment.COLOR": ("blue", "compose.yaml:8"),
    "environment.LEVEL": ("debug", "compose.yaml:10"),
    "after[0]": ("c-db.service_name (ContainerApp)", "compose.yaml:11"),
    "tags.tier": ("front", "compose.yaml:13"),
    "container_cpu": (512, "compose.yaml:16"),
    "cpu": (512, "compose.yaml:16"),
    "container_memory": (1024, "compose.yaml:17"),
    "memory": (1024, "compose.yaml:17"),
    "container_health_check.command": (["CMD-SHELL", "curl -f localhost"], "compose.yaml:19"),
    "container_health_check.timeout": (3, "compose.yaml:20"),
    # Of x-moorage too.
    "autoscaling.cpu": (50, "compose.yaml:22"),
    "alarms.errors": (2, "compose.yaml:23"),
    "deployment": ("canary", "compose.yaml:24"),
    "grants[0].access": ("write", "compose.yaml:26"),
    "statements[0].resources": (["*"], "compose.yaml:29"),
    # What `services` overrides and adds.
    "environment.BUCKET": ("files.bucket (s3 Bucket)", "services"),
    "grants[1].arn": ("files.arn (s3 Bucket)", "services"),
    "autoscaling.min": (3, "services"),
    "autoscaling.max": (6, "project default max"),
    # The component's own arguments.
    "cluster": ("main.ref (EcsCluster)", "argument"),
    "network": ("net.ref (Network)", "argument"),
    "load_balancer": ("main.ref (LoadBalancer)", "argument"),
    "rules[0].path": ("/shop/*", "argument"),
    "health_check.path": ("/healthy", "argument"),
    "tags.team": ("a", "argument"),
    # The rest is by default, or of the preset.
    "tags.moorage:app": ("c", "default"),
    "container_health_check.retries": (3, "default"),
    "stop_timeout": (0, "default"),
    "log.group": ("c-logs.name (cloudwatch LogGroup)", "default"),
    "execute_command": (True, "preset dev"),
    "alarms.cpu": (90, "default"),
    "daemon": (False, "default"),
    "gpu": (None, "default"),
}


def test_the_sources_of_a_service(explained: Explain) -> None:
    web = of_two(explained)["c-web ContainerApp"]
    assert {name: web.get(name) for name in OF_WEB} == OF_WEB


def test_the_sources_of_a_service_of_few_keys(explained: Explain) -> None:
    db = of_two(explained)["c-db ContainerApp"]
    expected: dict[str, Row] = {
        # Its image exposes the port.
        "ports[0].port": (5432, "compose.yaml:31"),
        "mounts[0].path": ("/var/lib/postgresql/data", "compose.yaml:34"),
        "volumes.data": ({}, "compose.yaml:36"),
        "cpu": (256, "default"),
        "memory": (512, "default"),
        "count": (1, "default"),
    }
    assert {name: db.get(name) for name in expected} == expected


def test_lines_of_two_files_and_of_an_ecs_params_file(explained: Explain) -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    image: i\n    environment: {A: 1}\n    scale: 2\n"
        "    volumes: [data:/data, /cache]\n    expose: ['81', 82-83]\nvolumes:\n  data:\n",
        "compose.override.yaml": (
            "services:\n  a:\n    environment:\n      B: 2\n    user: '5'\n"
            "    x-moorage: {security_group_ids: [sg-2]}\n"
        ),
        "ecs.yml": (
            "version: 1\ntask_definition:\n  efs_volumes: [{name: data, filesystem_id: fs-12345678}]\n"
            "  task_role_arn: arn:aws:iam::123456789012:role/a\n  task_size:\n"
            "    cpu_limit: 1024\nrun_params:\n  network_configuration:\n    awsvpc_configuration:\n"
            "      security_groups: [sg-1]\n      assign_public_ip: ENABLED\n"
            "      subnets: [subnet-x, subnet-y]\n"
        ),
    }
    program = """
timeout = config.require_int("max") * 100
ComposeApp("c", {**args, "ecs_params": "ecs.yml", "rollout_timeout": timeout})
"""
    found = explained(program, files)["c-a ContainerApp"]
    expected: dict[str, Row] = {
        "environment.A": ("1", "compose.yaml:4"),
        "environment.B": ("2", "compose.override.yaml:4"),
        "user": ("5", "compose.override.yaml:5"),
        "count": (2, "compose.yaml:5"),
        "mounts[0].path": ("/data", "compose.yaml:6"),
        "volumes.data.efs.file_system_id": ("fs-12345678", "ecs.yml:3"),
        "volumes.a-anonymous-1": ({}, "compose.yaml:6"),
        "ports[2].port": (83, "compose.yaml:7"),
        "task_role_arn": ("arn:aws:iam::123456789012:role/a", "ecs.yml:4"),
        "cpu": (1024, "ecs.yml:6"),
        # Fargate has no smaller one with this CPU.
        "memory": (2048, "ecs.yml:6"),
        # Lists that are added to have a line of each part.
        "security_group_ids": (["sg-1", "sg-2"], "ecs.yml:10, compose.override.yaml:6"),
        "security_group": (False, "ecs.yml:10"),
        "subnets": ("public", "ecs.yml:11"),
        "network": ("net.ref (Network)", "argument"),
        "network.public_subnet_ids": (["subnet-x", "subnet-y"], "ecs.yml:12"),
        "rollout_timeout": (600, "argument"),
    }
    assert {name: found.get(name) for name in expected} == expected


ONE = """services:
  web:
    image: httpd:2.4
    ports: ["80:80"]
    cpus: 0.25
    depends_on:
      setup: {condition: service_completed_successfully}
      cache: {condition: service_started}
    x-moorage:
      containers:
        extra: {image: busybox}
  cache:
    image: redis:8
    cpus: 0.25
    mem_limit: 256m
    healthcheck: {test: redis-cli ping}
    x-moorage:
      environment: {A: x, B: x}
  setup:
    image: busybox
    command: ["true"]
"""


def test_one_task_of_all_services(explained: Explain) -> None:
    program = """
ComposeApp("c", {**args, "task": "one", "services": {"cache": {"environment": {"B": "y"}}}})
"""
    found = explained(program, {"compose.yaml": ONE})
    assert [name for name in found if name.endswith("App")] == ["c ComposeApp", "c ContainerApp"]
    one = found["c ContainerApp"]
    expected: dict[str, Row] = {
        "cpu": (512, "compose.yaml:5, compose.yaml:14"),
        "image": ("httpd:2.4", "compose.yaml:3"),
        "depends_on.setup": ("SUCCESS", "compose.yaml:7"),
        "depends_on.cache": ("START", "compose.yaml:8"),
        "containers.extra.image": ("busybox", "compose.yaml:11"),
        "containers.cache.image": ("redis:8", "compose.yaml:13"),
        "containers.cache.cpu": (256, "compose.yaml:14"),
        "containers.cache.memory": (256, "compose.yaml:15"),
        "containers.cache.health_check.command": (["CMD-SHELL", "redis-cli ping"], "compose.yaml:16"),
        "containers.cache.health_check.retries": (3, "default"),
        "containers.cache.environment.A": ("x", "compose.yaml:18"),
        "containers.cache.environment.B": ("y", "services"),
        "containers.setup.command": (["true"], "compose.yaml:21"),
        "containers.setup.essential": (False, "compose.yaml:7"),
    }
    assert {name: one.get(name) for name in expected} == expected


def test_one_container_is_not_essential_by_an_ecs_params_file(explained: Explain) -> None:
    files = {
        "compose.yaml": ONE.replace("_completed_successfully", "_started"),
        "ecs.yml": "version: 1\ntask_definition:\n  services:\n    setup:\n      essential: false\n",
    }
    one = explained('ComposeApp("c", {**args, "task": "one", "ecs_params": "ecs.yml"})\n', files)
    assert one["c ContainerApp"]["containers.setup.essential"] == (False, "ecs.yml:5")


def test_secrets_of_services_are_not_told(explained: Explain) -> None:
    program = """
token = "a plain value that is secret"
ComposeApp("c", {
    **args, "env": {"TOKEN": config.require_secret("token")},
    "services": {"web": {"secret_values": {"KEY": token}}},
})
"""
    files = {
        "compose.yaml": (
            "services:\n  web:\n    image: i\n    secrets: [token]\nsecrets:\n  token: {environment: TOKEN}\n"
        )
    }
    found = explained(program, files)
    assert found["c-web ContainerApp"]["secret_values.KEY"] == ("[secret]", "services")
    assert found["c-web ContainerApp"]["secrets.TOKEN"][1] == "compose.yaml:4"
    assert found["c ComposeApp"]["services.web.secret_values.KEY"] == ("[secret]", "argument")
    assert "hunter2" not in str(found)
    assert "a plain value" not in str(found)


def test_images_of_services_are_not_explained_as_of_an_app(explained: Explain) -> None:
    program = """
from moorage import ContainerApp
ComposeApp("c", args)
ContainerApp("own", {**args, "build": {"context": "."}})
"""
    files = {"compose.yaml": "services:\n  web:\n    build: .\n", "Dockerfile": "FROM scratch\n"}
    found = explained(program, files)
    apps = [name for name in found if name.split()[0] not in ("net", "main")]
    assert apps == ["c ComposeApp", "c-web ContainerApp", "own ContainerApp"]
    assert found["c-web ContainerApp"]["build.context"] == (".", "compose.yaml:3")
    assert found["c-web ContainerApp"]["build.dockerfile"] == ("Dockerfile", "default")


def test_text_for_people(project: Project, planned: Planned) -> None:
    folder = project(PROGRAM + OF_TWO, DECLARED, dev="")
    (folder / "compose.yaml").write_text(TWO)
    (folder / "web.env").write_text("")
    code, out, err = planned(folder, "--explain")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines.index("c ComposeApp") < lines.index("c-db ContainerApp") < lines.index("c-web ContainerApp")
    assert "autoscaling.cpu 50 compose.yaml:22" in lines
    assert "environment.BUCKET files.bucket (s3 Bucket) services" in lines


def test_the_output_in_the_guide(
    project: Project, planned: Planned, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (root / "docs" / "compose.md").read_text().split("## Everything a `ContainerApp` has")[1]
    yaml, _, shown = (
        block.split("```")[0] for block in re.split(r"```(?:yaml|python|console)\n", guide)[1:4]
    )
    program = """
ComposeApp("files", {
    **args, "load_balancer": balancer.ref,
    "services": {"web": {"grants": [{"service": "s3", "access": "read", "arn": bucket.arn}]}},
})
"""
    folder = project(PROGRAM + program, DECLARED, dev="")
    (folder / "compose.yaml").write_text(yaml)
    monkeypatch.setenv("ORDERS_ARN", "arn:aws:dynamodb:us-east-1:123456789012:table/orders")
    printed = planned(folder, "--explain")[1].splitlines()
    lines = [line for line in shown.splitlines()[1:] if line != "..."]
    assert len(lines) == 10
    assert [line for line in printed if line in lines] == lines


def test_a_difference_of_a_service_is_its_arguments(project: Project, planned: Planned) -> None:
    folder = project(PROGRAM + OF_TWO, DECLARED, dev="", prod="  shop:max: 9\n")
    (folder / "compose.yaml").write_text(TWO)
    (folder / "web.env").write_text("")
    code, out, err = planned(folder, "--stack", "dev", "--diff", "prod", "--json")
    assert (code, err) == (0, "")
    changed = {(row["name"], row["argument"]): row for row in json.loads(out)["arguments"]}
    assert [*changed] == [("c", "services.web.autoscaling.max"), ("c-web", "autoscaling.max")]
