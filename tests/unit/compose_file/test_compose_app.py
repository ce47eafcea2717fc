# ruff: noqa: E501 - a row of a table is one line
"""Whole compose files: services that find each other, one task, volumes, secrets, ecs-params, sizes, rules."""

import json
import re
from typing import Any

import pulumi
import pytest

from moorage.offline import UNKNOWN, EvaluationError, Secret

from .conftest import SERVICE, TASK, App, containers, names, said

SHOP = """
services:
  web:
    image: web:1
    ports: ["80:80"]
    depends_on: [api]
  api:
    image: api:1
    expose: ["9000", "9001"]
  worker:
    image: worker:1
    depends_on: {api: {condition: service_started}}
"""

ORDERED = """
services:
  web:
    image: web:1
    ports: ["80:80"]
    depends_on:
      migrate: {condition: service_completed_successfully}
      db: {condition: service_healthy}
      cache: {condition: service_started}
    volumes: ["files:/files:ro"]
  migrate: {image: migrate:1, volumes: ["files:/out"]}
  db:
    image: db:1
    expose: ["5432"]
    healthcheck: {test: ready}
  cache: {image: cache:1}
volumes: {files: {x-moorage: {storage: task}}}
"""


def test_a_service_each_and_they_find_each_other_by_name(app: App, preview: bool) -> None:
    graph = app(SHOP, preview=preview)
    assert names(graph, SERVICE) == ["shop-api", "shop-web", "shop-worker"]
    space = graph.one("aws:servicediscovery/httpNamespace:HttpNamespace")
    connected = {s.name: s.inputs["serviceConnectConfiguration"] for s in graph.of_type(SERVICE)}
    assert {c["namespace"] for c in connected.values()} == {UNKNOWN if preview else space.outputs["arn"]}
    assert connected["shop-api"]["services"] == [
        {"portName": "api-9000", "discoveryName": "api", "clientAlias": [{"port": 9000, "dnsName": "api"}]},
        {
            "portName": "api-9001",
            "discoveryName": "api-9001",
            "clientAlias": [{"port": 9001, "dnsName": "api"}],
        },
    ]
    assert "services" not in connected["shop-worker"]
    ports = containers(graph, "shop-api-task")["api"]["portMappings"]
    assert [port["name"] for port in ports] == ["api-9000", "api-9001"]
    group = graph.one("aws:ec2/securityGroup:SecurityGroup", "shop-services")
    among = graph.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "shop-services-in")
    assert among.dependencies == (group.urn,)
    if not preview:
        for service in graph.of_type(SERVICE):
            assert group.id in service.inputs["networkConfiguration"]["securityGroups"]


def test_a_service_starts_after_those_it_depends_on(app: App) -> None:
    graph = app(SHOP)
    api = graph.one(SERVICE, "shop-api")
    assert api.urn in graph.one(SERVICE, "shop-web").dependencies
    assert api.urn in graph.one(SERVICE, "shop-worker").dependencies


def test_who_is_depended_on_without_a_port_is_warned_of(app: App) -> None:
    graph = app("services: {web: {image: i, depends_on: [db]}, db: {image: d}}")
    assert said(graph) == [
        "1: services.web.depends_on.db: db cannot be reached by its name: add `expose` with its port to it"
    ]


def test_one_task_with_start_order_and_shared_volumes(app: App, preview: bool) -> None:
    graph = app(ORDERED, task="one", preview=preview)
    assert names(graph, SERVICE) == ["shop"]
    assert not graph.of_type("aws:servicediscovery/httpNamespace:HttpNamespace")
    found = containers(graph, "shop-task")
    assert list(found) == ["cache", "db", "migrate", "web"]
    assert found["web"]["dependsOn"] == [
        {"containerName": "cache", "condition": "START"},
        {"containerName": "db", "condition": "HEALTHY"},
        {"containerName": "migrate", "condition": "SUCCESS"},
    ]
    assert {name: c["essential"] for name, c in found.items()} == {
        "cache": True, "db": True, "migrate": False, "web": True}  # fmt: skip
    assert graph.one(TASK).inputs["volumes"] == [{"name": "files"}]
    assert found["web"]["mountPoints"] == [
        {"sourceVolume": "files", "containerPath": "/files", "readOnly": True}
    ]
    assert found["migrate"]["mountPoints"] == [{"sourceVolume": "files", "containerPath": "/out"}]
    assert said(graph) == []


@pytest.mark.parametrize(
    ("services", "problem"),
    [
        ("{a: {image: i, ports: [80]}, b: {image: i, ports: [80]}}", "services.b.ports: port 80 is also a's"),
        (
            "{a: {image: i, scale: 2}, b: {image: i, scale: 3}}",
            "must be 2, as of a: one task has one count",
        ),
        (
            "{a: {image: i, depends_on: {b: {condition: service_healthy}}}, b: {image: i}}",
            "b needs a healthcheck with a test",
        ),
        ("{a: {image: i, depends_on: [b]}, b: {image: i, depends_on: [a]}}", "dependency cycle: a -> b -> a"),
        (
            "{" + ", ".join(f"s{n}: {{image: i}}" for n in range(11)) + "}",
            "a task has at most 10 containers, not 11",
        ),
    ],
)
def test_what_one_task_cannot_hold(app: App, services: str, problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        app(f"services: {services}", task="one")
    assert problem in str(error.value)


def test_ten_containers_fit(app: App) -> None:
    services = ", ".join(f"s{n}: {{image: i}}" for n in range(10))
    assert len(containers(app(f"services: {{{services}}}", task="one"), "shop-task")) == 10


SECRETS = {
    "compose.yml": """
services:
  web:
    image: i
    secrets: [db_password, {source: token, target: /run/secrets/api-token}]
  api: {image: i, secrets: [db_password]}
secrets:
  db_password: {environment: DB_PASSWORD}
  token: {external: true, name: prod/token}
""",
}


def test_secrets_are_variables_from_secrets_manager(app: App) -> None:
    graph = app(SECRETS, env=lambda: {"DB_PASSWORD": pulumi.Output.secret("pa$$")})
    values = {
        v.name: v.inputs["secretString"]
        for v in graph.of_type("aws:secretsmanager/secretVersion:SecretVersion")
    }
    assert values == {
        "shop-secret-db_password-value": Secret("pa$$"),
    }
    stored = graph.one("aws:secretsmanager/secret:Secret", "shop-secret-db_password").outputs["arn"]
    given = {entry["name"]: entry["valueFrom"] for entry in containers(graph)["web"]["secrets"]}
    assert list(given) == ["API_TOKEN", "DB_PASSWORD"]
    assert given["DB_PASSWORD"] == stored
    assert given["API_TOKEN"].endswith(":secret:prod/token")
    assert len([text for text in said(graph) if "environment variable" in text]) == 1
    allowed = json.loads(
        graph.one("aws:iam/rolePolicy:RolePolicy", "shop-api-execution-policy").inputs["policy"]
    )
    assert allowed["Statement"][1]["Resource"] == [stored]


def test_settings_that_refer_to_the_file_of_a_secret_are_named(app: App) -> None:
    file = """
services:
  db:
    image: postgres
    command: [run, --token=/run/secrets/api-token]
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/db
      OTHER_FILE: /run/secrets/db_other
      URL: file:///etc/key
    secrets: [db, {source: token, target: api-token}, {source: key, target: /etc/key}]
  own:
    image: i
    environment: {PASSWORD_FILE: /run/secrets/db}
    secrets: [db]
    x-moorage:
      volumes: {secrets: {}}
      mounts: [{volume: secrets, path: /run/secrets}]
secrets:
  db: {external: true}
  token: {external: true}
  key: {external: true}
"""
    warned = [text.partition(": services.")[2] for text in said(app(file)) if "refers to" in text]
    assert sorted(warned) == [
        f"db.{setting}: refers to {path}, which is not a file on ECS; the value is in the variable {name}"
        for setting, path, name in (
            ("command", "/run/secrets/api-token", "API_TOKEN"),
            ("environment.POSTGRES_PASSWORD_FILE", "/run/secrets/db", "DB"),
            ("environment.URL", "/etc/key", "KEY"),
        )
    ]


@pytest.mark.parametrize("late", [False, True])
def test_a_pulumi_secret_in_the_environment_is_refused(app: App, late: bool) -> None:
    def values() -> dict[str, pulumi.Input[str]]:
        secret = pulumi.Output.secret("x")
        return {"PW": secret.apply(lambda text: text) if late else secret}

    with pytest.raises(
        EvaluationError, match=r"PW.* is a Pulumi secret, and every principal that may describe the task"
    ):
        app("services: {web: {image: i, environment: {A: $PW}}}", env=values)


def test_outputs_stand_in_what_containers_are_given(app: App, preview: bool) -> None:
    def values() -> dict[str, pulumi.Input[str]]:
        return {"TABLE": pulumi.Output.from_input('no"tes'), "TAG": "2"}

    text = "services: {web: {image: 'i:$TAG', environment: {T: 'x-${TABLE:-none}'}}}"
    found = containers(app(text, env=values, preview=preview))["web"]
    assert (found["image"], found["environment"]) == ("i:2", [{"name": "T", "value": 'x-no"tes'}])


PARAMS = """version: 1
task_definition:
  task_execution_role: ecsTaskExecutionRole
  task_role_arn: arn:aws:iam::123456789012:role/app
  task_size: {cpu_limit: .5 vCPU, mem_limit: 1GB, ephemeral_storage: 30}
  services:
    web:
      essential: true
      mem_reservation: 128m
      secrets: [{value_from: /shop/token, name: TOKEN}]
run_params:
  network_configuration:
    awsvpc_configuration:
      subnets: [subnet-x, $SUBNET]
      security_groups: [sg-x]
      assign_public_ip: ENABLED
"""


def test_ecs_params_go_before_what_is_derived(app: App, preview: bool) -> None:
    files = {"compose.yml": "services: {web: {image: i, ports: [80]}}", "ecs-params.yml": PARAMS}
    graph = app(
        files, network=None, ecs_params="ecs-params.yml", env=lambda: {"SUBNET": "subnet-y"}, preview=preview
    )
    task = graph.one(TASK).inputs
    assert (task["cpu"], task["memory"], task["ephemeralStorage"]) == ("512", "1024", {"sizeInGib": 30})
    assert task["taskRoleArn"] == "arn:aws:iam::123456789012:role/app"
    assert not graph.of_type("aws:iam/role:Role")
    assert not graph.of_type("aws:ec2/securityGroup:SecurityGroup")
    assert graph.one(SERVICE).inputs["networkConfiguration"] == {
        "assignPublicIp": True, "securityGroups": ["sg-x"], "subnets": ["subnet-x", "subnet-y"]}  # fmt: skip
    if not preview:
        assert task["executionRoleArn"] == "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
        web = containers(graph)["web"]
        assert web["secrets"] == [{"name": "TOKEN", "valueFrom": "/shop/token"}]
        assert web["memoryReservation"] == 128


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ("version: 2", "p.yml:1: version: 2: must be 1"),
        (
            "version: 1\ntask_definiton: {}",
            "p.yml:2: task_definiton: must be one of version, task_definition, run_params",
        ),
        (
            "version: 1\ntask_definition:\n  ecs_network_mode: host",
            "p.yml:3: task_definition.ecs_network_mode: 'host': must be awsvpc",
        ),
        (
            "version: 1\ntask_definition: {ecs_network_mode: bridge}",
            "network_mode: 'bridge': needs capacity ec2",
        ),
        (
            "version: 1\ntask_definition:\n  task_size: {mem_limit: lots}",
            "p.yml:3: task_definition.task_size.mem_limit: 'lots': must be MiB",
        ),
        (
            "version: 1\ntask_definition:\n  services: {other: {}}",
            "p.yml:3: task_definition.services.other: is not a service of the compose file",
        ),
        (
            "version: 1\ntask_definition:\n  services:\n    web: {firelens_configuration: {}}",
            "p.yml:4: task_definition.services.web.firelens_configuration: must be one of",
        ),
        (
            "version: 1\ntask_definition:\n  pid_mode: host",
            "p.yml:3: task_definition.pid_mode: 'host': is not supported",
        ),
        (
            "version: 1\ntask_definition:\n  runtime_platform: {cpu_architecture: ARM64}",
            "p.yml:3: task_definition.runtime_platform.cpu_architecture: 'ARM64': must be X86_64, the cluster's",
        ),
        ("version: 1\ntask_definition: [web]", "p.yml:2: task_definition: must be a mapping"),
        (
            "version: 1\ntask_definition:\n  services: [web]",
            "p.yml:3: task_definition.services: must be a mapping",
        ),
        (
            "version: 1\ntask_definition:\n  services:\n    web: essential",
            "p.yml:4: task_definition.services.web: must be a mapping",
        ),
        (
            "version: 1\ntask_definition:\n  services:\n    web: {secrets: {A: b}}",
            "p.yml:4: task_definition.services.web.secrets: must be a list",
        ),
        (
            "version: 1\nrun_params: {network_configuration: {awsvpc_configuration: {subnets: subnet-1}}}",
            "p.yml:2: run_params.network_configuration.awsvpc_configuration.subnets: must be a list",
        ),
        (
            "version: 1\ntask_definition:\n  services:\n"
            "    web: {repository_credentials: {credentials_parameter: ''}}",
            "services.web.repository_credentials: '': must be an ARN such as arn:aws:secretsmanager",
        ),
        ("a: {b c: }}", "p.yml:1: is not YAML"),
    ],
)
def test_ecs_params_that_cannot_be(app: App, params: str, problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        app({"compose.yml": "services: {web: {image: i}}", "p.yml": params}, ecs_params="p.yml")
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("deploy", "asked", "given"),
    [
        ("", (256, 512), (256, 512)),
        ("resources: {limits: {memory: 300M}}", (256, 300), (256, 512)),
        ("resources: {limits: {memory: 600M}}", (256, 600), (256, 1024)),
        ("resources: {limits: {memory: 3G}}", (256, 3072), (512, 3072)),
        ("resources: {limits: {cpus: '0.3'}}", (307, 512), (512, 1024)),
        ("resources: {limits: {cpus: '1'}, reservations: {memory: 512M}}", (1024, 512), (1024, 2048)),
        ("resources: {limits: {cpus: '1', memory: 2G}}", (1024, 2048), (1024, 2048)),
        ("resources: {limits: {cpus: '3', memory: 7G}}", (3072, 7168), (4096, 8192)),
    ],
)
def test_sizes_are_rounded_up_to_what_fargate_has(
    app: App, deploy: str, asked: tuple[int, int], given: tuple[int, int]
) -> None:
    graph = app(f"services: {{web: {{image: i, deploy: {{{deploy}}}}}}}")
    assert (graph.one(TASK).inputs["cpu"], graph.one(TASK).inputs["memory"]) == tuple(map(str, given))
    text = f"1: services.web: {asked[0]} CPU units and {asked[1]} MiB become {given[0]} and {given[1]}, a Fargate size"
    assert said(graph, "info") == ([] if asked == given else [text])


@pytest.mark.parametrize(
    ("update", "replicas", "percents"),
    [
        ("order: start-first", 1, (100, 200)),
        ("order: stop-first", 1, (0, 100)),
        ("order: stop-first, parallelism: 1", 4, (75, 100)),
        ("order: start-first, parallelism: 2", 4, (100, 150)),
        ("parallelism: 0, order: start-first", 4, (100, 200)),
    ],
)
def test_update_config(app: App, update: str, replicas: int, percents: tuple[int, int]) -> None:
    text = f"services: {{web: {{image: i, deploy: {{replicas: {replicas}, update_config: {{{update}}}}}}}}}"
    service = app(text).one(SERVICE).inputs
    found = (service["deploymentMinimumHealthyPercent"], service["deploymentMaximumPercent"])
    assert (service["desiredCount"], found) == (replicas, percents)


def test_the_only_open_service_is_behind_the_balancer(app: App) -> None:
    graph = app(SHOP, balancer=True)
    assert graph.one("aws:lb/listenerRule:ListenerRule").name == "shop-web-rule"
    balanced = graph.one(SERVICE, "shop-web").inputs["loadBalancers"]
    assert [(use["containerName"], use["containerPort"]) for use in balanced] == [("web", 80)]
    assert "loadBalancers" not in graph.one(SERVICE, "shop-api").inputs
    assert list(graph.outputs["urls"]) == ["web"]
    assert graph.outputs["urls"]["web"].startswith("http://")


TWO = "services: {web: {image: i, ports: [80]}, api: {image: i, ports: [9000]}}"


def test_rules_by_service(app: App) -> None:
    rules: list[dict[str, Any]] = [
        {"service": "web"},
        {"service": "api", "path": "/api/*", "health_check": {"path": "/ok"}},
    ]
    graph = app(TWO, balancer=True, rules=rules)
    checks = {
        g.name: g.inputs["healthCheck"]["path"] for g in graph.of_type("aws:lb/targetGroup:TargetGroup")
    }
    assert checks == {"shop-web-tg": "/", "shop-api-tg": "/ok"}
    assert graph.outputs["urls"]["api"].endswith("/api")


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"balancer": True}, "rules: is required, because web, api publish ports"),
        (
            {"balancer": True, "rules": [{"service": "unknown"}]},
            "rules[0].service: 'unknown': must be a service that publishes a TCP port",
        ),
        ({"rules": [{"service": "web"}]}, "rules: needs load_balancer"),
        (
            {
                "balancer": True,
                "task": "one",
                "rules": [{"service": "web"}, {"service": "api", "path": "/a"}],
            },
            "the containers of one task are one target",
        ),
        ({"network": None}, "network: is required for awsvpc tasks"),
        ({"task": "each"}, "task: 'each': must be one of per_service, one"),
        ({"folder": "other"}, "there is no compose.yaml"),
        ({"profiles": "x"}, "profiles: 'x': must be a list"),
        ({"ecs_parms": "x"}, "ecs_parms: unknown argument; did you mean 'ecs_params'?"),
    ],
)
def test_arguments_that_cannot_be(app: App, args: dict[str, Any], problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        app(TWO, **args)
    assert problem in str(error.value)


def test_public_services_are_open_on_their_published_ports(app: App) -> None:
    graph = app(
        "services: {web: {image: i, ports: [80, '53:53/udp', '127.0.0.1:9:9'], expose: ['7']}}", public=True
    )
    rules = graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert sorted((r.inputs["fromPort"], r.inputs["ipProtocol"], r.inputs["cidrIpv4"]) for r in rules) == [
        (53, "udp", "0.0.0.0/0"), (80, "tcp", "0.0.0.0/0")]  # fmt: skip
    assert graph.one(SERVICE).inputs["networkConfiguration"]["assignPublicIp"] is True


def test_without_public_nothing_is_open(app: App) -> None:
    assert not app("services: {web: {image: i, ports: [80]}}").of_type(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    )


def test_an_image_is_built_from_its_folder(app: App) -> None:
    files = {
        "compose.yml": "services: {web: {build: {context: src, target: final, args: [A=1, B]}}}",
        "src/Dockerfile": "FROM scratch AS final\n",
    }
    graph = app(files, env=lambda: {"B": "b"})
    image = graph.one("docker-build:index:Image").inputs
    assert (image["target"], image["buildArgs"]) == ("final", {"A": "1", "B": "b"})
    assert containers(graph)["web"]["image"] == image["tags"][0]


def test_a_dockerfile_beside_the_context_of_a_service(app: App) -> None:
    files = {
        "compose.yml": "services: {web: {build: {context: ./src, dockerfile: ../docker/Dockerfile}}}",
        "src/main": "",
        "docker/Dockerfile": "FROM scratch\nCOPY main /\n",
    }
    image = app(files).one("docker-build:index:Image").inputs
    assert image["dockerfile"]["location"] == f"{image['context']['location']}.Dockerfile"
    changed = app({**files, "docker/Dockerfile": "FROM scratch\nCOPY main /other\n"})
    assert changed.one("docker-build:index:Image").inputs["tags"] != image["tags"]


def test_a_dockerfile_that_cannot_be_built_is_named_with_its_line(app: App) -> None:
    files = {"compose.yml": "services:\n  web:\n    build: src\n", "src/Dockerfile": "FROM a\nRUNN x\n"}
    with pytest.raises(EvaluationError) as error:
        app(files)
    line = r"compose\.yml:3: services\.web\.build\.dockerfile: .*src/Dockerfile, line 2: unknown instruction RUNN"
    assert re.search(line, str(error.value))


def test_log_groups_are_made_once_each(app: App) -> None:
    log = "logging: {driver: awslogs, options: {awslogs-group: /shop/all}}"
    other = "logging: {driver: awslogs, options: {awslogs-group: theirs, awslogs-create-group: 'false'}}"
    graph = app(
        f"services: {{a: {{image: i, {log}}}, b: {{image: i, {log}}}, c: {{image: i}}, d: {{image: i, {other}}}}}"
    )
    groups = graph.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert {g.name: g.inputs.get("name") for g in groups} == {
        "shop-logs": None,
        "shop-logs-shop-all": "/shop/all",
    }
    policy = json.loads(
        graph.one("aws:iam/rolePolicy:RolePolicy", "shop-d-execution-policy").inputs["policy"]
    )
    assert policy["Statement"][0]["Resource"] == ["arn:aws:logs:us-east-1:123456789012:log-group:theirs:*"]


def test_equal_files_give_equal_definitions(app: App) -> None:
    one = "services: {web: {image: i, environment: {A: 1, B: 2}, labels: [x=1, y=2], ports: [80]}}"
    other = "services: {web: {ports: ['80:80'], labels: {y: 2, x: 1}, environment: [B=2, A=1], image: i}}"
    assert app(one).one(TASK).inputs == app(other).one(TASK).inputs


def test_names_that_aws_would_not_take(app: App) -> None:
    graph = app("services: {My_App.v1: {image: i, ports: [80]}, x: {image: i}}")
    assert names(graph, SERVICE) == ["shop-My-App-v1", "shop-x"]
    assert list(containers(graph, "shop-My-App-v1-task")) == ["My_App-v1"]
    connect = graph.one(SERVICE, "shop-My-App-v1").inputs["serviceConnectConfiguration"]["services"][0]
    assert connect["clientAlias"] == [{"port": 80, "dnsName": "my_app.v1"}]
