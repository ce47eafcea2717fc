"""Arguments of `ContainerApp` for services of a compose file: by `x-moorage` in it, and by `services`."""

import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest

from moorage.offline import EvaluationError, Secret

from .conftest import SERVICE, TASK, App, containers, names

ARN = "arn:aws:{}:us-east-1:123456789012:{}"

EVERYTHING = """
services:
  web:
    image: web:1
    ports: ["80:80"]
    deploy: {replicas: 3}
    x-moorage:
      grants:
        - {service: sqs, access: write, arn: "arn:aws:sqs:us-east-1:123456789012:jobs"}
      statements:
        - {actions: ["events:PutEvents"], resources: ["arn:aws:events:us-east-1:123456789012:event-bus/b"]}
      autoscaling: {min: 2, max: 6, cpu: 50}
      alarms: {errors: 2}
      deployment: canary
      deployment_options: {canary_percent: 20}
      tracing: true
      pre_deploy: {command: [migrate]}
      rules: [{path: "/shop/*", priority: 7}]
      health_check: {path: /ok}
  api:
    image: api:1
    expose: ["9000"]
"""


def test_a_service_has_everything_that_an_app_has(app: App, preview: bool) -> None:
    graph = app(EVERYTHING, balancer=True, preview=preview)
    service = graph.one(SERVICE, "shop-web").inputs
    assert (service["desiredCount"], service["deploymentConfiguration"]["strategy"]) == (2, "CANARY")
    assert service["deploymentConfiguration"]["canaryConfiguration"]["canaryPercent"] == 20
    scaled = graph.one("aws:appautoscaling/target:Target").inputs
    assert (scaled["minCapacity"], scaled["maxCapacity"]) == (2, 6)
    assert list(containers(graph)) == ["aws-otel-collector", "web"]
    assert "shop-web-errors" in names(graph, "aws:cloudwatch/metricAlarm:MetricAlarm")
    rule = graph.one("aws:lb/listenerRule:ListenerRule", "shop-web-rule-7").inputs
    assert (rule["priority"], rule["conditions"]) == (7, [{"pathPattern": {"values": ["/shop/*"]}}])
    assert graph.one("aws:lb/targetGroup:TargetGroup", "shop-web-tg").inputs["healthCheck"]["path"] == "/ok"
    before = json.loads(graph.one(TASK, "shop-web-pre-deploy-task").inputs["containerDefinitions"])
    assert [container["command"] for container in before if container["name"] == "web"] == [["migrate"]]
    policy = graph.one("aws:iam/rolePolicy:RolePolicy", "shop-web-task-policy").inputs["policy"]
    allowed = {action for entry in json.loads(policy)["Statement"] for action in entry["Action"]}
    assert {"sqs:SendMessage", "events:PutEvents"} <= allowed
    assert graph.one(SERVICE, "shop-api").inputs["desiredCount"] == 1


BUILT = """
services:
  web:
    build: {context: app, args: {A: "1"}}
    ports: ["80:80"]
    x-moorage:
      build: {cache: registry, tags: [latest], scan: {fail_on: HIGH}}
"""


def test_a_service_adds_to_the_build_of_the_file(app: App, preview: bool) -> None:
    graph = app({"compose.yml": BUILT, "app/Dockerfile": "FROM scratch"}, preview=preview)
    image = graph.one("docker-build:index:Image").inputs
    assert image["buildArgs"] == {"A": "1"}
    assert image["cacheTo"][0]["registry"]["mode"] == "max"
    assert len(image["tags"]) == 2


def test_the_program_gives_a_service_outputs_and_goes_before_the_file(app: App, preview: bool) -> None:
    file = """
services:
  web:
    image: i
    environment: {A: file, B: file}
    x-moorage:
      environment: {B: x-moorage, C: x-moorage}
      count: 2
      grants: [{service: sqs, access: read, arn: "arn:aws:sqs:us-east-1:123456789012:one"}]
"""

    def services() -> dict[str, Any]:
        queue = pulumi.Output.from_input(ARN.format("sqs", "two"))
        return {
            "web": {
                "environment": {"C": pulumi.Output.from_input("program")},
                "count": 5,
                "grants": [{"service": "sqs", "access": "write", "arn": queue}],
            }
        }

    graph = app(file, services=services, preview=preview)
    assert containers(graph)["web"]["environment"] == [
        {"name": "A", "value": "file"},
        {"name": "B", "value": "x-moorage"},
        {"name": "C", "value": "program"},
    ]
    assert graph.one(SERVICE).inputs["desiredCount"] == 5
    policy = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy", "shop-web-task-policy").inputs["policy"])
    assert [entry["Resource"] for entry in policy["Statement"][:2]] == [
        [ARN.format("sqs", "one")],
        [ARN.format("sqs", "two")],
    ]


def test_a_variable_may_stand_in_x_moorage(app: App, preview: bool) -> None:
    def values() -> dict[str, pulumi.Input[str]]:
        return {"QUEUE": pulumi.Output.from_input(ARN.format("sqs", "q")), "PW": pulumi.Output.secret("hush")}

    file = """
services:
  web:
    image: i
    x-moorage:
      grants: [{service: sqs, access: read, arn: $QUEUE}]
      secret_values: {PASSWORD: $PW}
"""
    graph = app(file, env=values, preview=preview)
    policy = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy", "shop-web-task-policy").inputs["policy"])
    assert policy["Statement"][0]["Resource"] == [ARN.format("sqs", "q")]
    stored = graph.one("aws:secretsmanager/secretVersion:SecretVersion", "shop-web-secret-PASSWORD-value")
    assert stored.inputs["secretString"] == Secret("hush")
    if not preview:
        assert [entry["name"] for entry in containers(graph)["web"]["secrets"]] == ["PASSWORD"]


def test_the_rules_and_the_target_group_of_a_service(app: App, preview: bool) -> None:
    def values() -> dict[str, Any]:
        return {"SECRET": pulumi.Output.secret("hush")}

    file = """
services:
  web:
    image: i
    ports: [80]
    x-moorage:
      protocol: http2
      algorithm: least_outstanding_requests
      stickiness: {cookie_duration: 60}
      health_check: {path: /healthz}
      rules:
        - headers: {X-Beta: ["1"]}
          methods: [GET]
        - path: /admin/*
  api:
    image: i
    ports: [81]
    x-moorage:
      rules:
        - authenticate:
            oidc:
              issuer: https://id.example
              authorization_endpoint: https://id.example/a
              token_endpoint: https://id.example/t
              user_info_endpoint: https://id.example/u
              client_id: shop
              client_secret: $SECRET
"""
    graph = app(
        file,
        env=values,
        load_balancer={"listener_arn": "arn", "security_group_id": "sg-1", "url": "https://x", "https": True},
        preview=preview,
    )
    group = graph.one("aws:lb/targetGroup:TargetGroup", "shop-web-tg-http2").inputs
    assert (group["protocolVersion"], group["stickiness"]["cookieDuration"]) == ("HTTP2", 60)
    assert group["loadBalancingAlgorithmType"] == "least_outstanding_requests"
    rule = "aws:lb/listenerRule:ListenerRule"
    assert graph.one(rule, "shop-web-rule").inputs["conditions"] == [
        {"httpHeader": {"httpHeaderName": "X-Beta", "values": ["1"]}},
        {"httpRequestMethod": {"values": ["GET"]}},
    ]
    assert graph.one(rule, "shop-web-rule-1").inputs["conditions"] == [
        {"pathPattern": {"values": ["/admin/*"]}}
    ]
    oidc = graph.one(rule, "shop-api-rule").inputs["actions"][0]["authenticateOidc"]
    assert oidc["clientSecret"] == Secret("hush")


def test_services_behind_a_network_load_balancer(app: App, preview: bool) -> None:
    file = """
services:
  cache: {image: i, ports: [6379]}
  mq: {image: i, ports: [1883], x-moorage: {listener_port: 8883, protocol: tls}}
"""
    balancer = {
        **{"type": "network", "arn": ARN.format("elasticloadbalancing", "loadbalancer/net/a/1")},
        **{"listener_arn": "", "security_group_id": "sg-1", "url": "tcp://x.example"},
        "certificate_arn": ARN.format("acm", "certificate/1"),
    }
    rules = [{"service": "cache"}, {"service": "mq"}]
    graph = app(file, load_balancer=balancer, rules=rules, preview=preview)
    listeners = {each.name: each.inputs for each in graph.of_type("aws:lb/listener:Listener")}
    found = {name: (each["protocol"], each["port"]) for name, each in listeners.items()}
    assert found == {"shop-cache-listener": ("TCP", 6379), "shop-mq-listener": ("TLS", 8883)}
    assert graph.of_type("aws:lb/listenerRule:ListenerRule") == []
    with pytest.raises(EvaluationError, match=r"rules: cannot be combined with load_balancer\.type network"):
        app(file, load_balancer=balancer, rules=[{"service": "mq", "path": "/a"}])


def test_in_one_task_a_service_that_is_not_reached_has_what_a_container_has(app: App) -> None:
    file = """
services:
  web: {image: i, ports: [80], x-moorage: {count: 2}}
  log: {image: j, x-moorage: {env_file: ["arn:aws:s3:::b/log.env"]}}
"""
    graph = app(file, task="one", services={"log": {"environment": {"A": "1"}}})
    assert graph.one(SERVICE).inputs["desiredCount"] == 2
    log = containers(graph, "shop-task")["log"]
    assert log["environmentFiles"] == [{"type": "s3", "value": "arn:aws:s3:::b/log.env"}]
    assert log["environment"] == [{"name": "A", "value": "1"}]


@pytest.mark.parametrize(
    ("ours", "problem"),
    [
        ("[]", "compose.yml:4: services.web.x-moorage: []: must be a mapping of ContainerApp's arguments"),
        ("{grant: []}", "compose.yml:4: services.web.x-moorage.grant: unknown argument"),
        (
            "{autoscaling: {min: two, max: 3}}",
            "compose.yml:4: services.web.x-moorage.autoscaling.min: 'two': must be an integer",
        ),
        (
            "\n      autoscaling:\n        min: 4\n        max: 3",
            "compose.yml:7: services.web.x-moorage.autoscaling.max: 3: must be at least min, 4",
        ),
        ("{cluster: {}}", "compose.yml:4: services.web.x-moorage.cluster: unknown argument"),
        ("{rules: [{path: /a}]}", "compose.yml:4: services.web.x-moorage.rules: needs load_balancer"),
        (
            "{environment: {AWS_SECRET_ACCESS_KEY: x}}",
            "compose.yml:4: services.web.x-moorage.environment.AWS_SECRET_ACCESS_KEY: credentials",
        ),
    ],
)
@pytest.mark.parametrize("preview", [False, True])
def test_wrong_arguments_are_said_with_their_line(app: App, ours: str, problem: str, preview: bool) -> None:
    with pytest.raises(EvaluationError) as error:
        app(f"services:\n  web:\n    image: i\n    x-moorage: {ours}\n", preview=preview)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("services", "problem"),
    [
        ({"wep": {}}, "services.wep: is not a service of the compose file; did you mean 'web'?"),
        ({"web": {"cout": 1}}, "services.web.cout: unknown argument; did you mean 'count'?"),
        ({"web": {"count": 5001}}, "services.web.count: 5001: must be from 0 to 5000"),
        ({"web": {"placement": "binpack"}}, "services.web.placement: 'binpack': needs cluster.capacity ec2"),
    ],
)
def test_wrong_arguments_of_the_program_are_named(app: App, services: Any, problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        app("services: {web: {image: i}}", services=services)
    assert problem in str(error.value)


def test_what_was_the_components_own_keeps_its_state(app: App, preview: bool) -> None:
    """A stack that was deployed before services were apps of their own: nothing of it is replaced."""
    file = "services: {web: {image: i, ports: [80]}, api: {image: i, expose: [90]}}"
    graph = app(file, balancer=True, preview=preview)
    shop = graph.one("moorage:index:ComposeApp")
    apps = graph.of_type("moorage:index:ContainerApp")
    assert {found.name: found.parent for found in apps} == {"shop-api": shop.urn, "shop-web": shop.urn}
    children = [resource for found in apps for resource in graph.children(found)]
    assert len(children) > 10
    for child in children:
        former = {"name": child.name, "parentUrn": shop.urn}
        assert former in child.options["aliases"]


@pytest.mark.parametrize(
    ("log", "driver"),
    [
        ("{firelens: {to: cloudwatch}}", "awsfirelens"),
        ("{driver: splunk, options: {splunk-url: u, splunk-token: t}}", "splunk"),
    ],
)
def test_another_log_driver_replaces_the_derived_log_group(
    app: App, log: str, driver: str, preview: bool
) -> None:
    text = f"services:\n  web:\n    image: i\n    x-moorage: {{log: {log}}}\n"
    graph = app(text, preview=preview)
    logs = containers(graph)["web"]["logConfiguration"]
    assert logs["logDriver"] == driver
    assert not [name for name in logs["options"] if name.startswith("awslogs-")]
    assert "shop-logs" not in names(graph, "aws:cloudwatch/logGroup:LogGroup")


def test_the_program_goes_back_to_a_log_group_of_the_file_with_another_driver(app: App) -> None:
    logging = "{driver: splunk, options: {splunk-url: u, splunk-token: t}}"
    text = f"services:\n  web:\n    image: i\n    logging: {logging}\n"
    graph = app(text, services={"web": {"log": {"group": "g"}}})
    logs = containers(graph)["web"]["logConfiguration"]
    assert (logs["logDriver"], logs["options"]["awslogs-group"]) == ("awslogs", "g")
    assert "splunk-url" not in logs["options"]


def test_an_argument_of_the_task_is_named_where_a_further_container_has_it(app: App, preview: bool) -> None:
    file = """
services:
  web:
    image: web:1
    ports: ["80:80"]
  side:
    image: side:1
    x-moorage:
      grants: [{service: s3, access: read, arn: "arn:aws:s3:::files"}]
"""
    with pytest.raises(EvaluationError) as caught:
        app(file, preview=preview, task="one", services={"side": {"tracing": True}})
    assert [line.partition("services.")[2] for line in str(caught.value).splitlines()[1:3]] == [
        "side.x-moorage.grants: belongs to the task, not to one of its containers; set it on service web",
        "side.tracing: belongs to the task, not to one of its containers; set it on service web",
    ]


@pytest.mark.parametrize("further", ["", "volumes: {scratch: {}}, "])
def test_mounts_that_replace_those_of_the_file_are_named(app: App, preview: bool, further: str) -> None:
    volume = "scratch" if further else "tmp"
    file = f"""
services:
  web:
    image: web:1
    volumes: ["data:/data", "tmp:/old"]
    x-moorage: {{{further}mounts: [{{volume: {volume}, path: /tmp}}, {{volume: tmp, path: /old}}]}}
volumes: {{data: {{}}, tmp: {{}}}}
"""
    problem = (
        "compose.yml:6: services.web.x-moorage.mounts: volume data: is not mounted by a container; `mounts` "
        "replaces the mounts of the file"
    )
    with pytest.raises(EvaluationError) as caught:
        app(file, preview=preview)
    assert problem in str(caught.value)
    assert "1 problem" in str(caught.value)


def test_an_extension_at_another_place_is_a_warning(app: App, preview: bool) -> None:
    file = """
x-moorage: {tracing: true}
x-common: &common
  image: web:1
  x-moorage: {tracing: true}
services:
  web:
    <<: *common
    environment: {x-moorage: "1"}
    networks: {inner: {x-moorage: {a: 1}}}
networks:
  inner: {x-moorage: {a: 1}}
"""
    ignored = "is ignored here; moorage reads it in a service and in a volume"
    warned = [entry.message for entry in app(file, preview=preview).log if ignored in entry.message]
    assert warned == [
        f"compose.yml:2: x-moorage: {ignored}",
        f"compose.yml:10: services.web.networks.inner.x-moorage: {ignored}",
        f"compose.yml:12: networks.inner.x-moorage: {ignored}",
    ]


def test_an_unknown_key_of_a_volume_is_refused(app: App, preview: bool) -> None:
    file = """
services:
  web: {image: "web:1", volumes: ["data:/data"]}
volumes:
  data: {x-moorage: {storge: efs}}
"""
    with pytest.raises(EvaluationError, match=r"volumes\.data\.x-moorage\.storge: 'efs': unknown key"):
        app(file, preview=preview)


WORKER = """
services:
  worker:
    image: worker:1
    deploy: {replicas: 3}
    x-moorage:
      queue: {max_receive_count: 2}
      autoscaling:
        min: 0
        max: 4
        schedules: [{schedule: "cron(0 20 * * ? *)", max: 0}, {schedule: "cron(0 7 * * ? *)"}]
"""


def test_a_service_has_a_queue_that_scales_it(app: App, preview: bool) -> None:
    graph = app(WORKER, preview=preview)
    assert graph.one(SERVICE, "shop-worker").inputs["desiredCount"] == 0
    assert names(graph, "aws:sqs/queue:Queue") == ["shop-worker-dead-letters", "shop-worker-queue"]
    assert names(graph, "aws:appautoscaling/policy:Policy") == [
        "shop-worker-scaling-queue-in",
        "shop-worker-scaling-queue-out",
    ]
    actions = graph.of_type("aws:appautoscaling/scheduledAction:ScheduledAction")
    assert [action.inputs["scalableTargetAction"]["maxCapacity"] for action in actions] == [0, 4]
    if not preview:
        url = graph.one("aws:sqs/queue:Queue", "shop-worker-queue").outputs["url"]
        assert {"name": "QUEUE_URL", "value": url} in containers(graph, "shop-worker-task")["worker"][
            "environment"
        ]


def test_a_secret_as_a_file_as_the_documentation_has_it(app: App) -> None:
    page = (Path(__file__).parents[3] / "docs" / "compose.md").read_text()
    (file,) = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.S) if "secrets: SUCCESS" in block]
    graph = app(file)
    db, writer = (containers(graph, "shop-db-task")[name] for name in ("db", "secrets"))
    assert db["dependsOn"] == [{"containerName": "secrets", "condition": "SUCCESS"}]
    assert "secrets" not in db
    assert db["mountPoints"][0]["sourceVolume"] == writer["mountPoints"][0]["sourceVolume"] == "secrets"
    assert (db["mountPoints"][0]["readOnly"], writer["essential"]) == (True, False)
    assert writer["command"][-1] == 'printf %s "$DB_PASSWORD" > /run/secrets/db_password'
    assert [secret["name"] for secret in writer["secrets"]] == ["DB_PASSWORD"]
