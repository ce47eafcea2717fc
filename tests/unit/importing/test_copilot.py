"""`moorage import copilot`: environments as stacks, each type of manifest, and every key in the report."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.imported import arguments, evaluated, findings, inputs, reported, written

from moorage.compose_file.nodes import Node, Where
from moorage.errors import EvaluationError, MoorageError
from moorage.importing.copilot.values import schedule, seconds
from moorage.importing.copilot.workspace import import_copilot
from moorage.importing.project import Call, Code, Project
from moorage.importing.report import Kind
from moorage.offline import ResourceGraph, evaluate

WEB = """\
name: web
type: Load Balanced Web Service
image:
  build: {dockerfile: web/Dockerfile, context: web, target: run, args: {MODE: prod}}
  port: 8080
  depends_on: {init: success}
  healthcheck: {command: [CMD-SHELL, "true"], interval: 20s}
http:
  path: shop
  alias: [shop.example.com, www.example.com]
  hosted_zone: Z0873220N255IR3MTNR4
  healthcheck: {path: /healthz, success_codes: "200", interval: 15s, grace_period: 2m}
  deregistration_delay: 50s
  stickiness: true
  allowed_source_ips: [10.24.34.0/23]
  additional_rules:
    - path: more
    - {path: admin, target_port: 9090}
cpu: 256
memory: 512
count:
  range: 1-4
  cooldown: {in: 60s, out: 30s}
  cpu_percentage: 70
  response_time: 2s
exec: true
entrypoint: /bin/sh -c
command: [serve, --all]
variables:
  LEVEL: info
  ENVIRONMENT: ${COPILOT_ENVIRONMENT_NAME}
  API_TOKEN: abcdef123456
secrets:
  GITHUB: GITHUB_TOKEN
  KEY: /copilot/shop/test/secrets/key
  DB: {secretsmanager: demo/mysql}
storage:
  ephemeral: 40
  volumes:
    files: {path: /files, read_only: false, efs: {uid: 1000, gid: 1000}}
    scratch: {path: /scratch}
network:
  vpc: {placement: private, security_groups: [sg-0123456789abcdef0]}
logging: {retention: 14}
observability: {tracing: awsxray}
deployment: {rolling: recreate, rollback_alarms: [errors]}
sidecars:
  init: {image: "init:1", essential: false}
taskdef_overrides:
  - {path: "ContainerDefinitions[0].Cpu", value: 1}
environments:
  prod:
    count: 5
    variables: {LEVEL: warn}
"""
API = """\
name: api
type: Backend Service
image: {location: "api:${TAG}", port: 9000}
cpu: 256
memory: 512
count: 1
"""
WORKER = """\
name: worker
type: Worker Service
image: {build: Dockerfile}
cpu: 256
memory: 512
count:
  range: {min: 1, max: 8, spot_from: 3}
  queue_delay: {acceptable_latency: 10m, msg_processing_time: 250ms}
subscribe:
  topics: [{name: orders, service: api, filter_policy: {store: [x]}}, {name: other, service: elsewhere}]
  queue: {retention: 96h, timeout: 45s, dead_letter: {tries: 5}}
"""
JOB = """\
name: report
type: Scheduled Job
image: {location: "report:1"}
on: {schedule: "0 12 * * MON"}
retries: 3
timeout: 1h
cpu: 256
memory: 512
sidecars: {nginx: {image: "nginx:1"}}
"""
RUNNER = """\
name: front
type: Request-Driven Web Service
image: {location: "public.ecr.aws/x/front:1", port: 80}
http: {healthcheck: /ok, alias: front.example.com}
cpu: 1024
memory: 2048
"""
SITE = "name: site\ntype: Static Site\nfiles: [{source: dist}]\n"
PROD = """\
name: prod
type: Environment
network:
  vpc:
    id: vpc-0123456789abcdef0
    subnets:
      public: [{id: subnet-0123456789abcdef0}, {id: subnet-0123456789abcdef1}]
      private: [{id: subnet-0123456789abcdef2}, {id: subnet-0123456789abcdef3}]
observability: {container_insights: true}
http: {public: {ssl_policy: ELBSecurityPolicy-TLS13-1-2-2021-06, access_logs: true}}
"""
TEST = "name: test\ntype: Environment\n"


def workspace(tmp_path: Path, *manifests: str, environments: tuple[str, ...] = (TEST, PROD)) -> Path:
    root = tmp_path / "shop"
    for text in manifests:
        folder = root / "copilot" / str(yaml.safe_load(text)["name"])
        folder.mkdir(parents=True)
        (folder / "manifest.yml").write_text(text)
    for text in environments:
        folder = root / "copilot" / "environments" / str(yaml.safe_load(text)["name"])
        folder.mkdir(parents=True)
        (folder / "manifest.yml").write_text(text)
    (root / "copilot" / ".workspace").write_text("application: shop\n")
    (root / "web").mkdir()
    for folder in (root, root / "web"):
        (folder / "Dockerfile").write_text("FROM alpine AS run\n")
    return root


def imported(tmp_path: Path, *manifests: str, environments: tuple[str, ...] = (TEST, PROD)) -> Project:
    root = workspace(tmp_path, *manifests, environments=environments)
    return import_copilot(root, root / "infra", None, "eu-west-1")


def definition(graph: ResourceGraph, family: str) -> dict[str, Any]:
    found = inputs(graph, "aws:ecs/taskDefinition:TaskDefinition")
    return next(item for item in found if item["family"].endswith(f"-{family}"))


def container(graph: ResourceGraph, family: str) -> dict[str, Any]:
    found = json.loads(definition(graph, family)["containerDefinitions"])
    return next(item for item in found if item["name"] == family)


def test_environments_are_stacks(tmp_path: Path) -> None:
    project = imported(tmp_path, WEB, API)
    assert (project.name, sorted(project.stacks)) == ("shop", ["prod", "test"])
    test, prod = arguments(project, "web", "test"), arguments(project, "web", "prod")
    assert test["autoscaling"] == {
        **{"min": 1, "max": 4, "scale_in_cooldown": 60, "scale_out_cooldown": 30},
        **{"cpu": 70, "latency": 2},
    }
    assert ("count" in test, prod["count"], "autoscaling" in prod) == (False, 5, False)
    assert (test["environment"]["LEVEL"], prod["environment"]["LEVEL"]) == ("info", "warn")
    assert (test["environment"]["ENVIRONMENT"], prod["environment"]["ENVIRONMENT"]) == ("test", "prod")
    assert ("subnets" in test, prod["subnets"]) == (False, "private")
    graphs = evaluated(project, tmp_path / "shop" / "infra")
    values = {item["name"]: item["value"] for item in container(graphs["prod"], "web")["environment"]}
    assert (values["LEVEL"], values["ENVIRONMENT"]) == ("warn", "prod")
    (cluster,) = inputs(graphs["prod"], "aws:ecs/cluster:Cluster")
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enabled"}]


def test_a_load_balanced_web_service_has_the_same_values(tmp_path: Path) -> None:
    project = imported(tmp_path, WEB)
    web = arguments(project, "web", "prod")
    assert web["build"] == {"context": "../web", "args": {"MODE": "prod"}, "target": "run"}
    assert (web["port"], web["entry_point"], web["command"]) == (8080, ["/bin/sh", "-c"], ["serve", "--all"])
    assert web["health_check"] == {"path": "/healthz", "matcher": "200", "interval": 15, "grace_period": 120}
    assert web["container_health_check"] == {"command": ["CMD-SHELL", "true"], "interval": 20, "retries": 2}
    assert web["rules"][:2] == [
        {"host": "shop.example.com", "path": "/shop", "source_ips": ["10.24.34.0/23"]},
        {"host": "shop.example.com", "path": "/shop/*", "source_ips": ["10.24.34.0/23"]},
    ]
    assert web["rules"][4:] == [{"path": "/more"}, {"path": "/more/*"}]
    assert (web["deregistration_delay"], web["stickiness"], web["execute_command"]) == (50, {}, True)
    assert web["secrets"]["KEY"] == "/copilot/shop/test/secrets/key"
    assert web["secrets"]["DB"] == "demo/mysql"
    assert web["volumes"] == {"files": {"efs": {"user": "1000:1000"}}, "scratch": {}}
    assert web["mounts"] == [
        {"volume": "files", "path": "/files"},
        {"volume": "scratch", "path": "/scratch", "read_only": True},
    ]
    assert (web["log_retention_days"], web["tracing"], web["alarm_names"]) == (14, True, ["errors"])
    assert (web["minimum_healthy_percent"], web["maximum_percent"]) == (0, 100)
    assert web["depends_on"] == {"init": "SUCCESS"}
    balancer = arguments(project, "balancer", "prod")
    assert (balancer["domain"], balancer["domains"]) == ("shop.example.com", ["www.example.com"])
    assert (balancer["zone_id"], balancer["access_logs"]) == ("Z0873220N255IR3MTNR4", True)
    graph = evaluated(project, tmp_path / "shop" / "infra")["test"]
    secrets = {item["name"]: item["valueFrom"] for item in container(graph, "web")["secrets"]}
    assert secrets["GITHUB"].startswith("arn:aws:ssm:eu-west-1:")
    assert secrets["GITHUB"].endswith(":parameter/GITHUB_TOKEN")
    left = reported(project, Kind.OMITTED)
    assert "http.additional_rules[1]" in left
    assert "taskdef_overrides[0] (ContainerDefinitions[0].Cpu)" in left
    assert not any(
        b"abcdef123456" in file.read_bytes()
        for file in (tmp_path / "shop" / "infra").rglob("*")
        if file.is_file()
    )
    assert project.settings["webApiToken"].secret


def test_services_call_each_other_by_name(tmp_path: Path) -> None:
    project = imported(tmp_path, WEB, API, WORKER)
    assert arguments(project, "cluster")["namespace"] is True
    assert (arguments(project, "api")["connect"], arguments(project, "web")["connect"]) == ({}, {})
    assert arguments(project, "worker")["connect"] == {"services": []}
    assert "tag" in project.settings
    evaluated(project, tmp_path / "shop" / "infra")


def test_a_worker_has_its_queue_and_subscriptions(tmp_path: Path) -> None:
    publisher = f"{API}publish: {{topics: [{{name: orders}}]}}\n"
    project = imported(tmp_path, publisher, WORKER)
    graph = evaluated(project, tmp_path / "shop" / "infra")["test"]
    queues = inputs(graph, "aws:sqs/queue:Queue")
    queue = next(item for item in queues if "redrivePolicy" in item)
    assert (queue["visibilityTimeoutSeconds"], queue["messageRetentionSeconds"]) == (45, 345600)
    assert json.loads(queue["redrivePolicy"])["maxReceiveCount"] == 5
    subscriptions = inputs(graph, "aws:sns/topicSubscription:TopicSubscription")
    assert sorted(item.get("filterPolicy", "") for item in subscriptions) == ["", '{"store": ["x"]}']
    (policy,) = inputs(graph, "aws:sqs/queuePolicy:QueuePolicy")
    statement = json.loads(policy["policy"])["Statement"][0]
    assert len(statement["Condition"]["ArnEquals"]["aws:SourceArn"]) == 2
    names = {item["name"] for item in container(graph, "worker")["environment"]}
    assert "COPILOT_QUEUE_URI" in names
    topics = {item["name"]: item["value"] for item in container(graph, "api")["environment"]}
    assert list(json.loads(topics["COPILOT_SNS_TOPIC_ARNS"])) == ["orders"]
    assert arguments(project, "worker")["autoscaling"]["queue"]["messages_per_task"] == 2400
    assert arguments(project, "cluster")["capacity"] == "fargate_spot"
    assert arguments(project, "cluster")["on_demand_base"] == 2


def test_settings_of_one_string_are_in_the_order_of_their_names(tmp_path: Path) -> None:
    project = imported(tmp_path, f"{SMALL}variables: {{LETTERS: '${{F}}${{B}}${{E}}${{A}}${{D}}${{C}}'}}\n")
    assert list(project.settings) == ["a", "b", "c", "d", "e", "f"]


def test_an_unknown_key_of_subscribe_is_omitted(tmp_path: Path) -> None:
    project = imported(tmp_path, WORKER.replace("subscribe:", "subscribe:\n  batch: 10"))
    assert reported(project, Kind.OMITTED)["subscribe.batch"] == "unknown key"


def test_a_queue_differs_by_environment(tmp_path: Path) -> None:
    over = """\
environments:
  prod:
    subscribe:
      topics: [{name: orders, service: api, filter_policy: {store: [y]}}, {name: other, service: elsewhere}]
      queue: {retention: 24h, dead_letter: {tries: 9}}
"""
    project = imported(tmp_path, WORKER + over)
    graphs = evaluated(project, tmp_path / "shop" / "infra")

    def queue(stack: str) -> tuple[int, int]:
        found = inputs(graphs[stack], "aws:sqs/queue:Queue")
        made = next(item for item in found if "redrivePolicy" in item)
        return made["messageRetentionSeconds"], json.loads(made["redrivePolicy"])["maxReceiveCount"]

    def policies(stack: str) -> list[str]:
        found = inputs(graphs[stack], "aws:sns/topicSubscription:TopicSubscription")
        return [item["filterPolicy"] for item in found if item.get("filterPolicy")]

    assert (queue("test"), queue("prod")) == ((345600, 5), (86400, 9))
    assert (policies("test"), policies("prod")) == (['{"store": ["x"]}'], ['{"store": ["y"]}'])


def test_the_plan_finds_nothing_that_the_source_does_not_have(tmp_path: Path) -> None:
    project = imported(tmp_path, WEB, API, WORKER, JOB)
    folder = written(project, tmp_path / "shop" / "infra")
    # Images run as root; in prod the manifest has an older TLS policy.
    assert findings(folder, "test") == {"ECS.20"}
    assert findings(folder, "prod") == {"ECS.20", "ELB.17"}


def test_a_scheduled_job_is_a_job(tmp_path: Path) -> None:
    project = imported(tmp_path, JOB)
    job = arguments(project, "report")
    assert (job["schedule"], job["retries"], job["timeout"]) == ("cron(0 12 ? * MON *)", 3, 3600)
    assert "sidecars" in reported(project, Kind.OMITTED)
    graph = evaluated(project, tmp_path / "shop" / "infra")["test"]
    (found,) = inputs(graph, "aws:scheduler/schedule:Schedule")
    assert found["scheduleExpression"] == "cron(0 12 ? * MON *)"


def test_a_request_driven_web_service_is_behind_the_load_balancer(tmp_path: Path) -> None:
    project = imported(tmp_path, RUNNER)
    front = arguments(project, "front")
    assert front["load_balancer"] == Code("balancer.ref")
    assert front["autoscaling"] == {"min": 1, "max": 25}
    assert (front["rules"], front["health_check"]) == ([{"host": "front.example.com"}], {"path": "/ok"})
    assert "count" in reported(project, Kind.APPROXIMATED)
    assert "hostedZoneId" in project.settings
    evaluated(project, tmp_path / "shop" / "infra")


def test_a_static_site_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(MoorageError, match="CloudFront and S3"):
        imported(tmp_path, SITE)


def test_other_workloads_are_imported_beside_a_static_site(tmp_path: Path) -> None:
    project = imported(tmp_path, SITE, API)
    assert "CloudFront" in reported(project, Kind.OMITTED)["type of site"]
    assert arguments(project, "api")["port"] == 9000


def test_files_beside_manifests_are_reported(tmp_path: Path) -> None:
    root = workspace(tmp_path, API)
    (root / "copilot" / "api" / "addons").mkdir()
    (root / "copilot" / "api" / "addons" / "bucket.yml").write_text("Resources: {}\n")
    (root / "copilot" / "api" / "overrides").mkdir()
    (root / "copilot" / "api" / "overrides" / "cfn.patches.yml").write_text("[]\n")
    (root / "copilot" / "pipelines" / "main").mkdir(parents=True)
    (root / "copilot" / "pipelines" / "main" / "manifest.yml").write_text(
        "name: main\nversion: 1\nstages: []\n"
    )
    left = reported(import_copilot(root, root / "infra", None, "eu-west-1"), Kind.OMITTED)
    assert {"bucket.yml", "cfn.patches.yml", "name", "version", "stages"} <= left.keys()
    assert "`moorage pipeline github`" in left["stages"]


def test_one_manifest_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "manifest.yml"
    file.write_text(API)
    project = import_copilot(file, tmp_path / "infra", "shop", "eu-west-1")
    assert project.stacks == ["dev"]
    evaluated(project, tmp_path / "infra")


def test_an_internal_load_balancer_needs_private_subnets(tmp_path: Path) -> None:
    backend = f"{API}http: {{path: /, healthcheck: /ok}}\n"
    project = imported(tmp_path, backend)
    assert "http" in reported(project, Kind.OMITTED)
    assert "load_balancer" not in arguments(project, "api", "prod")
    private = imported(tmp_path / "second", backend, environments=(PROD,))
    assert arguments(private, "internal")["internal"] is True
    graph = evaluated(private, tmp_path / "second" / "shop" / "infra")["prod"]
    (balancer,) = inputs(graph, "aws:lb/loadBalancer:LoadBalancer")
    assert balancer["internal"] is True


SMALL = """\
name: web
type: Load Balanced Web Service
image: {location: "web:1", port: 80}
cpu: 256
memory: 512
"""


@pytest.mark.parametrize("http", ["{path: /}", "{path: '/', stickiness: false}", "{path: api}"])
def test_every_http_is_behind_the_load_balancer(http: str, tmp_path: Path) -> None:
    project = imported(tmp_path, f"{SMALL}http: {http}\n")
    assert arguments(project, "web")["load_balancer"] == Code("balancer.ref")
    assert project.exports == {"url": "web.url"}
    graph = evaluated(project, tmp_path / "shop" / "infra")["test"]
    (service,) = inputs(graph, "aws:ecs/service:Service")
    assert [item["containerPort"] for item in service["loadBalancers"]] == [80]


def test_what_only_an_application_load_balancer_measures_goes_with_it(tmp_path: Path) -> None:
    scaled = "count: {range: 1-3, requests: 256, response_time: 2s}\n"
    backend = f"{API.replace('count: 1', 'exec: true')}http: {{path: api, alias: api.internal}}\n{scaled}"
    front = f"{SMALL}http: {{path: /}}\n"
    project = imported(tmp_path, backend, front)
    omitted = reported(project, Kind.OMITTED)
    assert {"http", "count.requests", "count.response_time"} <= omitted.keys()
    assert not {"http.alias", "count.requests"} & reported(project, Kind.TRANSLATED).keys()
    assert arguments(project, "api")["autoscaling"] == {"min": 1, "max": 3}
    assert "domain" not in arguments(project, "balancer")
    evaluated(project, tmp_path / "shop" / "infra")
    private = imported(tmp_path / "second", backend, front, environments=(PROD,))
    assert arguments(private, "api")["autoscaling"]["requests"] == 256
    assert arguments(private, "internal")["domain"] == "api.internal"
    assert "domain" not in arguments(private, "balancer")


NETWORK = f"""\
{SMALL}http: false
nlb:
  port: 443/tls
  target_port: 8443
  alias: nlb.example.com
  ssl_policy: ELBSecurityPolicy-TLS13-1-2-2021-06
  healthcheck: {{port: 80, healthy_threshold: 3, interval: 30s, timeout: 10s, grace_period: 70s}}
  deregistration_delay: 40s
  stickiness: true
  additional_listeners: [{{port: 81/tcp}}]
"""


def test_a_network_load_balancer_is_one(tmp_path: Path) -> None:
    project = imported(tmp_path, f"{NETWORK}count: {{range: 1-3, requests: 9}}\n")
    web, balancer = arguments(project, "web"), arguments(project, "web_balancer")
    assert web["load_balancer"] == Code("web_balancer.ref")
    assert (web["port"], web["ports"], web["listener_port"], web["protocol"]) == (
        *(8443, [{"port": 80}], 443, "tls"),
    )
    assert web["health_check"] == {
        **{"port": 80, "healthy_threshold": 3, "interval": 30, "timeout": 10, "grace_period": 70}
    }
    assert web["deregistration_delay"] == 40
    assert (balancer["type"], balancer["domain"]) == ("network", "nlb.example.com")
    assert balancer["tls_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    omitted = reported(project, Kind.OMITTED)
    assert {"nlb.stickiness", "nlb.additional_listeners[0]", "count.requests"} <= omitted.keys()
    graph = evaluated(project, tmp_path / "shop" / "infra")["test"]
    (made,) = inputs(graph, "aws:lb/loadBalancer:LoadBalancer")
    (listener,) = inputs(graph, "aws:lb/listener:Listener")
    (group,) = inputs(graph, "aws:lb/targetGroup:TargetGroup")
    assert (made["loadBalancerType"], listener["port"], listener["protocol"]) == ("network", 443, "TLS")
    (service,) = inputs(graph, "aws:ecs/service:Service")
    assert [item["containerPort"] for item in service["loadBalancers"]] == [8443]
    assert (group["protocol"], group["healthCheck"]["port"]) == ("TCP", "80")


@pytest.mark.parametrize(
    ("nlb", "expected"),
    [
        ("port: 80", {"port": 80, "listener_port": 80, "protocol": "tcp"}),
        ("port: 5000, target_container: proxy", {"port": 9000, "container_name": "proxy"}),
        ("port: 5000, target_port: 9000", {"port": 9000, "container_name": "proxy"}),
        ("port: 5000, stickiness: true", {"port": 5000, "ports": [{"port": 80}], "stickiness": {}}),
        ("port: 53/udp", {"protocol": "udp", "ports": [{"port": 80}], "health_check": {"port": 80}}),
        ("port: 53/udp, healthcheck: {port: 9000}", {"port": 53, "health_check": {"port": 9000}}),
    ],
)
def test_the_container_and_port_of_a_network_load_balancer(
    nlb: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    sidecar = 'sidecars: {proxy: {image: "proxy:1", port: 9000}}\n'
    project = imported(tmp_path, f"{SMALL}{sidecar}nlb: {{{nlb}}}\n")
    web = arguments(project, "web")
    assert {key: web.get(key) for key in expected} == expected
    evaluated(project, tmp_path / "shop" / "infra")


def test_what_a_network_load_balancer_cannot_have_is_omitted(tmp_path: Path) -> None:
    udp = imported(tmp_path, f"{SMALL}nlb: {{port: 80/udp}}\n")
    assert "need another port" in reported(udp, Kind.OMITTED)["nlb"]
    assert "load_balancer" not in arguments(udp, "web")
    both = imported(tmp_path / "both", f"{SMALL}http: {{path: /}}\nnlb: {{port: 81, ssl_policy: x}}\n")
    assert "one load balancer" in reported(both, Kind.OMITTED)["nlb"]
    assert arguments(both, "web")["load_balancer"] == Code("balancer.ref")
    plain = imported(tmp_path / "plain", f"{SMALL}nlb: {{port: 81, ssl_policy: x}}\n")
    assert "nlb.ssl_policy" in reported(plain, Kind.OMITTED)


def test_a_load_balancer_that_a_stack_does_not_use_is_reported(tmp_path: Path) -> None:
    off = "environments: {prod: {http: false, nlb: {port: 81}}}\n"
    project = imported(tmp_path, f"{SMALL}http: {{path: /}}\n{off}")
    assert arguments(project, "web", "test")["load_balancer"] == Code("balancer.ref")
    assert arguments(project, "web", "prod")["load_balancer"] == Code("web_balancer.ref")
    approximated = reported(project, Kind.APPROXIMATED)
    assert "made in prod too" in approximated["http"]
    assert "made in test too" in approximated["nlb"]
    evaluated(project, tmp_path / "shop" / "infra")


def test_tls_without_an_alias_has_a_certificate_that_is_set(tmp_path: Path) -> None:
    project = imported(tmp_path, f"{SMALL}nlb: {{port: 443/tls}}\n")
    assert "webCertificateArn" in project.settings
    evaluated(project, tmp_path / "shop" / "infra")


def test_what_names_no_part_of_the_task_is_omitted(tmp_path: Path) -> None:
    web = """\
name: web
type: Load Balanced Web Service
image: {location: "web:1", port: 80, depends_on: {nowhere: start}}
http: {path: /, target_container: elsewhere}
storage: {volumes: {files: {path: /files}}}
sidecars:
  files: {image: "files:1"}
  tools:
    image: "tools:1"
    depends_on: {web: {condition: START}, files: later, missing: start}
    mount_points: [{source_volume: temporary-fs, path: /tmp}, {source_volume: files, path: /files}]
"""
    project = imported(tmp_path, web)
    omitted = reported(project, Kind.OMITTED)
    assert "declare it in `volumes`" in omitted["sidecars.tools.mount_points[0]"]
    assert {
        *("image.depends_on.nowhere", "sidecars.tools.depends_on.missing", "http.target_container"),
        "sidecars.tools.depends_on.files",
    } <= omitted.keys()
    app = arguments(project, "web")
    assert app["containers"]["tools"]["mounts"] == [{"volume": "files", "path": "/files", "read_only": True}]
    assert ("depends_on" in app, app["containers"]["tools"]["depends_on"]) == (False, {"web": "START"})
    evaluated(project, tmp_path / "shop" / "infra")


def test_a_job_without_a_schedule_in_one_environment(tmp_path: Path) -> None:
    off = f"{JOB}environments: {{test: {{on: {{schedule: none}}, timeout: 5s}}}}\n"
    project = imported(tmp_path, off)
    test, prod = arguments(project, "report", "test"), arguments(project, "report", "prod")
    assert ("schedule" in test, "retries" in test, prod["retries"]) == (False, False, 3)
    assert (test["timeout"], prod["timeout"]) == (60, 3600)
    assert "retries" in reported(project, Kind.OMITTED)
    evaluated(project, tmp_path / "shop" / "infra")


def test_a_further_stack_takes_the_configuration_of_an_environment(tmp_path: Path) -> None:
    differing = f"{SMALL}variables: {{ENVIRONMENT: '${{ENVIRONMENT}}', TAG: '${{TAG}}'}}\n"
    over = "environments: {prod: {variables: {TAG: 'v-${TAG}'}}}\n"
    folder = written(imported(tmp_path, differing + over), tmp_path / "shop" / "infra")
    assert "environmentValues: prod" in (folder / "Pulumi.prod.yaml").read_text()
    (folder / "Pulumi.pr-1.yaml").write_text((folder / "Pulumi.prod.yaml").read_text())
    graph = evaluate(folder, stack="pr-1")
    values = {item["name"]: item["value"] for item in container(graph, "web")["environment"]}
    assert values == {"ENVIRONMENT": "to-be-set", "TAG": "v-to-be-set"}
    (folder / "Pulumi.pr-1.yaml").write_text("config: {}\n")
    with pytest.raises(EvaluationError, match="environmentValues"):
        evaluate(folder, stack="pr-1")


def test_services_with_the_same_path_have_hosts(tmp_path: Path) -> None:
    other = SMALL.replace("name: web", "name: admin")
    own = "environments: {prod: {http: {alias: admin.example.com}}}\n"
    project = imported(tmp_path, f"{SMALL}http: {{path: /}}\n", f"{other}http: {{path: /}}\n{own}")
    host = Call("config.require", ("adminHost",))
    assert arguments(project, "admin", "test")["rules"] == [{"host": host}]
    assert arguments(project, "admin", "prod")["rules"] == [{"host": "admin.example.com"}]
    assert "rules" not in arguments(project, "web", "prod")
    assert "another service has the same path" in reported(project, Kind.APPROXIMATED)["http.alias"]
    evaluated(project, tmp_path / "shop" / "infra")


def test_a_tls_policy_needs_https(tmp_path: Path) -> None:
    project = imported(tmp_path, f"{SMALL}http: {{path: /}}\n")
    assert "tls_policy" not in arguments(project, "balancer", "prod")
    assert "http.public.ssl_policy" in reported(project, Kind.OMITTED)
    assert "http.public.ssl_policy" not in reported(project, Kind.TRANSLATED)
    https = imported(tmp_path / "second", f"{SMALL}http: {{path: /, alias: shop.example.com}}\n")
    assert arguments(https, "balancer", "prod")["tls_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


def test_bounds_of_the_health_check(tmp_path: Path) -> None:
    check = "{path: /ok, healthy_threshold: 1, interval: 2s, timeout: 20s}"
    project = imported(tmp_path, f"{SMALL}http: {{path: /, healthcheck: {check}}}\n")
    assert arguments(project, "web")["health_check"] == {
        **{"path": "/ok", "healthy_threshold": 2, "interval": 21, "timeout": 20}
    }
    approximated = reported(project, Kind.APPROXIMATED)
    assert "allows 2 to 10" in approximated["http.healthcheck.healthy_threshold"]


def test_a_sidecar_that_the_load_balancer_reaches_is_the_apps_own_container(tmp_path: Path) -> None:
    web = """\
name: web
type: Load Balanced Web Service
image: {location: "web:1", port: 8080}
http: {path: /, target_container: envoy}
variables: {LEVEL: info}
sidecars: {envoy: {port: 443, image: "envoy:1"}}
"""
    app = arguments(imported(tmp_path, web), "web")
    assert (app["image"], app["port"], app["protocol"]) == ("envoy:1", 443, "https")
    assert app["containers"]["web"] == {
        "image": "web:1",
        "environment": {"LEVEL": "info"},
        "ports": [{"port": 8080}],
    }


def test_every_key_of_a_manifest_is_reported(tmp_path: Path) -> None:
    project = imported(tmp_path, WEB)
    content: dict[str, Any] = yaml.safe_load(WEB)
    keys = {entry.key for entry in project.report.entries}

    def unreported(value: Any, path: str) -> list[str]:
        if path in keys or any(path.startswith(f"{key}.") or path.startswith(f"{key}[") for key in keys):
            return []
        if any(key.startswith(f"{path} (") for key in keys):
            return []
        if isinstance(value, dict):
            return [
                one for key, item in value.items() for one in unreported(item, f"{path}.{key}".strip("."))
            ]
        if isinstance(value, list):
            return [one for index, item in enumerate(value) for one in unreported(item, f"{path}[{index}]")]
        return [path]

    del content["environments"]
    assert unreported(content, "") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 12 * * MON", "cron(0 12 ? * MON *)"),
        ("@daily", "cron(0 0 * * ? *)"),
        ("@weekly", "cron(0 0 ? * 1 *)"),
        ("*/5 * * * 1-5", "cron(*/5 * ? * 2-6 *)"),
        ("@every 1h30m", "rate(90 minutes)"),
        ("@every 1m", "rate(1 minute)"),
        ("@every 20s", "rate(1 minute)"),
        ("cron(0 8 * * ? *)", "cron(0 8 * * ? *)"),
        ("none", None),
    ],
)
def test_schedules(text: str, expected: str | None) -> None:
    assert schedule(Node(text, Where("manifest.yml", 1))) == expected


@pytest.mark.parametrize("text", ["12", "0 0 * *", "@every soon"])
def test_a_schedule_that_is_not_one(text: str) -> None:
    with pytest.raises(MoorageError, match=r"manifest\.yml:1"):
        schedule(Node(text, Where("manifest.yml", 1)))


@pytest.mark.parametrize(("text", "expected"), [("1m30s", 90), ("250ms", 0.25), ("2h", 7200), (45, 45)])
def test_durations(text: str | int, expected: float) -> None:
    assert seconds(Node(text, Where("manifest.yml", 1))) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: web\n", "requires name and type"),
        ("name: web\ntype: Batch\n", "must be one of"),
        ("name: w\ntype: Backend Service\nplatform: windows/x86_64\n", "Linux containers only"),
        ("name: w\ntype: Backend Service\ncount: {range: many}\n", "must be a range"),
        ('name: w\ntype: Backend Service\nentrypoint: "sh -c \'a"\n', "must be a command: No closing"),
        (
            "name: w\ntype: Load Balanced Web Service\nhttp: {deregistration_delay: soon}\n",
            "must be a duration",
        ),
        (
            "name: w\ntype: Load Balanced Web Service\nnlb: {port: 443/sctp}\n",
            "must be a port such as 443/tls",
        ),
        ("name: w\ntype: Load Balanced Web Service\nnlb: {target_port: 80}\n", "nlb: requires port"),
    ],
)
def test_what_cannot_be_imported_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "manifest.yml"
    file.write_text(text)
    with pytest.raises(MoorageError, match=message):
        import_copilot(file, tmp_path / "infra", None, "eu-west-1")


def test_a_variable_of_the_shell_is_a_setting_wherever_it_stands(tmp_path: Path) -> None:
    web = """\
name: web
type: Load Balanced Web Service
image: {location: "web:${TAG}", port: 80}
http: {path: /, alias: "web.${DOMAIN}"}
secrets: {KEY: "${KEY_NAME}"}
"""
    certificate = 'http: {public: {certificates: ["${CERTIFICATE}"]}}\n'
    project = imported(tmp_path, web, environments=(f"{TEST}{certificate}",))
    folder = written(project, tmp_path / "infra")
    program = (folder / "__main__.py").read_text()
    assert "\ue000" not in "".join(file.read_text() for file in folder.rglob("*") if file.is_file())
    assert """f"web:{config.require('tag')}\"""" in program
    assert """f"web.{config.require('domain')}\"""" in program
    assert """f"arn:aws:ssm:{{0}}:{{1}}:parameter/{config.require('keyName')}\"""" in program
    assert 'config.require("certificate")' in program
    assert project.settings.keys() == {"tag", "certificate", "domain", "keyName"}
    evaluate(folder, stack="test")
