"""Several containers of one task: what each is given, and what ECS may do to start them."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

import moorage
from moorage.graph import view
from moorage.local.translate.program import translate
from moorage.offline import UNKNOWN, ResourceGraph, evaluate
from moorage.testing import container_definitions

TASK = "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/main"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"


def app(args: dict[str, Any], capacity: str = "fargate", *, preview: bool = False) -> ResourceGraph:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref, "capacity": capacity})
        given = {name: value() if callable(value) else value for name, value in args.items()}
        shared = {"image": "nginx:1", "cluster": cluster.ref, "network": network.ref}
        moorage.ContainerApp("web", {**shared, **given})

    return evaluate(program, preview=preview)


def containers(graph: ResourceGraph) -> dict[str, Any]:
    return container_definitions(graph.one(TASK))


def statements(graph: ResourceGraph, role: str) -> list[dict[str, Any]]:
    policy = graph.one("aws:iam/rolePolicy:RolePolicy", f"web-{role}-policy").inputs["policy"]
    return json.loads(policy)["Statement"]


EVERYTHING: dict[str, Any] = {
    "image": "redis:7",
    "command": ["redis-server"],
    "entry_point": ["/entry"],
    "working_directory": "/data",
    "environment": {"B": "2", "A": "1"},
    "env_file": ["arn:aws:s3:::settings/cache.env"],
    "secrets": {"PASSWORD": f"{SECRET}#password"},
    "essential": False,
    "ports": [{"port": 6379.0, "name": "cache"}, {"port": 53, "protocol": "udp"}],
    "cpu": 128.0,
    "memory": 256,
    "memory_reservation": 128,
    "user": "1000",
    "read_only": True,
    "linux": {
        "init": False,
        "add_capabilities": ["SYS_PTRACE"],
        "drop_capabilities": ["ALL"],
        "tmpfs": [{"path": "/tmp", "size": 64, "options": ["noexec"]}],
    },
    "ulimits": {"nofile": {"soft": 1024, "hard": 2048}},
    "system_controls": {"net.core.somaxconn": "512"},
    "restart": {"ignored_exit_codes": [0], "attempt_period": 60},
    "health_check": {"command": ["CMD", "redis-cli", "ping"]},
    "log": {"options": {"max-buffer-size": "4m"}},
    "labels": {"team": "shop"},
    "stop_timeout": 10,
}


def test_a_further_container_is_given_what_its_arguments_say() -> None:
    graph = app({"containers": {"cache": EVERYTHING}})
    assert containers(graph)["cache"] == {
        "name": "cache",
        "image": "redis:7",
        "command": ["redis-server"],
        "entryPoint": ["/entry"],
        "workingDirectory": "/data",
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::settings/cache.env"}],
        "secrets": [{"name": "PASSWORD", "valueFrom": f"{SECRET}:password::"}],
        "essential": False,
        "portMappings": [
            {"containerPort": 6379, "protocol": "tcp", "name": "cache"},
            {"containerPort": 53, "protocol": "udp"},
        ],
        "cpu": 128,
        "memory": 256,
        "memoryReservation": 128,
        "user": "1000",
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]},
            "tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["noexec"]}],
        },
        "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 2048}],
        "systemControls": [{"namespace": "net.core.somaxconn", "value": "512"}],
        "restartPolicy": {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
        "healthCheck": {
            "command": ["CMD", "redis-cli", "ping"],
            "interval": 30,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 0,
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": graph.one("aws:cloudwatch/logGroup:LogGroup").outputs["name"],
                "awslogs-region": "us-east-1",
                "awslogs-stream-prefix": "cache",
                "max-buffer-size": "4m",
                "mode": "non-blocking",
            },
        },
        "dockerLabels": {"team": "shop"},
        "stopTimeout": 10,
    }
    assert ".0" not in graph.one(TASK).inputs["containerDefinitions"]


def test_the_own_container_takes_the_same() -> None:
    task_wide = ("cpu", "memory", "memory_reservation", "health_check", "stop_timeout")
    own = {name: value for name, value in EVERYTHING.items() if name not in task_wide}
    own |= {"container_cpu": 128, "container_memory": 256, "memory_reservation": 128, "stop_timeout": 10}
    own |= {
        "container_health_check": EVERYTHING["health_check"],
        "container_name": "cache",
        "essential": True,
    }
    other = {"image": "busybox", "command": ["true"]}
    alone = containers(app({**own, "containers": {"other": other}}))["cache"]
    further = containers(app({"containers": {"cache": {**EVERYTHING, "essential": True}}}))["cache"]
    further["logConfiguration"]["options"]["awslogs-stream-prefix"] = "web"
    assert alone == further


def test_what_starts_the_task_is_allowed_for_every_container() -> None:
    graph = app(
        {
            "containers": {
                "cache": EVERYTHING,
                "agent": {
                    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/agent:1",
                    "repository_credentials": SECRET.replace("db", "registry"),
                    "log": {
                        "driver": "splunk",
                        "options": {"splunk-url": "https://splunk"},
                        "secret_options": {"splunk-token": "/splunk/token"},
                    },
                },
            }
        }
    )
    allowed = {
        action: entry["Resource"] for entry in statements(graph, "execution") for action in entry["Action"]
    }
    repository = "arn:aws:ecr:us-east-1:123456789012:repository/agent"
    assert allowed["ecr:BatchGetImage"] == [repository]
    assert allowed["secretsmanager:GetSecretValue"] == [SECRET, SECRET.replace("db", "registry")]
    assert allowed["ssm:GetParameters"] == ["arn:aws:ssm:us-east-1:123456789012:parameter/splunk/token"]
    assert allowed["s3:GetObject"] == ["arn:aws:s3:::settings/cache.env"]
    assert allowed["s3:GetBucketLocation"] == ["arn:aws:s3:::settings"]
    agent = containers(graph)["agent"]
    assert agent["logConfiguration"]["secretOptions"] == [
        {"name": "splunk-token", "valueFrom": "/splunk/token"}
    ]
    assert agent["repositoryCredentials"] == {"credentialsParameter": SECRET.replace("db", "registry")}


def test_containers_start_in_order() -> None:
    migrate = {"image": "app:1", "command": ["migrate"], "essential": False}
    args = {"containers": {"migrate": migrate}, "depends_on": {"migrate": "SUCCESS"}}
    assert containers(app(args))["web"]["dependsOn"] == [{"containerName": "migrate", "condition": "SUCCESS"}]


def test_log_groups_that_exist_are_written_to_and_none_is_made() -> None:
    graph = app({"log": {"group": "/shared/web", "region": "eu-west-1", "prefix": "front"}})
    assert graph.of_type("aws:cloudwatch/logGroup:LogGroup") == []
    options = containers(graph)["web"]["logConfiguration"]["options"]
    assert (options["awslogs-group"], options["awslogs-region"]) == ("/shared/web", "eu-west-1")
    assert options["awslogs-stream-prefix"] == "front"
    (entry,) = statements(graph, "execution")
    assert entry["Resource"] == ["arn:aws:logs:eu-west-1:123456789012:log-group:/shared/web:*"]
    assert graph.one("moorage:index:ContainerApp").outputs["logGroupName"] == "/shared/web"


def test_logs_to_another_driver_need_no_log_group() -> None:
    options = {"splunk-token": "t", "splunk-url": "https://splunk"}
    graph = app({"log": {"driver": "splunk", "options": options}})
    assert graph.of_type("aws:cloudwatch/logGroup:LogGroup") == []
    assert containers(graph)["web"]["logConfiguration"] == {
        "logDriver": "splunk",
        "options": options,
    }
    assert graph.one("moorage:index:ContainerApp").outputs["logGroupName"] == ""


def later(text: str) -> pulumi.Output[str]:
    """Return an Output of a resource, unknown in a preview."""
    return aws.sns.Topic("later").arn.apply(lambda _: text)


def test_values_that_are_known_later(preview: bool) -> None:
    def sidecar() -> Any:
        return {
            "side": {
                "image": later("redis:7"),
                "command": ["run", pulumi.Output.from_input("fast")],
                "labels": {"team": pulumi.Output.from_input("shop")},
                "user": pulumi.Output.from_input("1000"),
            }
        }

    graph = app({"containers": sidecar}, preview=preview)
    if preview:
        assert graph.one(TASK).inputs["containerDefinitions"] is UNKNOWN
        return
    side = containers(graph)["side"]
    assert (side["image"], side["command"]) == ("redis:7", ["run", "fast"])
    assert (side["dockerLabels"], side["user"]) == ({"team": "shop"}, "1000")


@pytest.mark.parametrize(
    ("where", "args"),
    [
        ("containers.side.environment.TOKEN", {"environment": {"TOKEN": "hush"}}),
        ("containers.side.command[0]", {"command": ["hush"]}),
        ("containers.side.labels.token", {"labels": {"token": "hush"}}),
    ],
)
def test_a_secret_that_the_definition_would_show_is_refused(where: str, args: dict[str, Any]) -> None:
    def hidden(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: hidden(item) for key, item in value.items()}
        return [hidden(item) for item in value] if isinstance(value, list) else pulumi.Output.secret(value)

    with pytest.raises(Exception, match="is a Pulumi secret") as caught:
        app({"containers": lambda: {"side": {"image": "redis:7", **hidden(args)}}})
    assert where in str(caught.value)
    assert "hush" not in str(caught.value)


def test_an_image_is_built_for_each_container(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    side = {"build": {"context": str(tmp_path)}}
    graph = app({"containers": {"side": side}, "tags": {"team": "shop"}})
    image = graph.one("moorage:index:ContainerImage")
    assert image.name == "web-side"
    repository = graph.one("aws:ecr/repository:Repository")
    assert repository.inputs["tags"]["moorage:app"] == "web"
    assert containers(graph)["side"]["image"].startswith(repository.outputs["repositoryUrl"] + ":")
    allowed = [entry["Resource"] for entry in statements(graph, "execution")]
    assert [repository.outputs["arn"]] in allowed


def test_bridge_networking_has_names_and_host_ports() -> None:
    side = {
        "image": "redis:7",
        "ports": [{"port": 6379}],
        "hostname": "side",
        "extra_hosts": {"db": "10.0.0.3"},
        "dns": ["10.0.0.2"],
        "dns_search": ["internal"],
        "privileged": True,
        "security_options": ["no-new-privileges"],
        "linux": {"shared_memory": 128, "devices": [{"host_path": "/dev/fuse"}]},
        "ulimits": {"core": {"soft": 0, "hard": 0}},
    }
    graph = app({"containers": {"side": side}, "links": ["side:cache"]}, "ec2")
    made = containers(graph)
    assert made["web"]["links"] == ["side:cache"]
    assert made["side"]["portMappings"] == [{"containerPort": 6379, "hostPort": 0, "protocol": "tcp"}]
    assert (made["side"]["hostname"], made["side"]["privileged"]) == ("side", True)
    assert made["side"]["extraHosts"] == [{"hostname": "db", "ipAddress": "10.0.0.3"}]
    assert made["side"]["linuxParameters"]["sharedMemorySize"] == 128
    fuse = {"hostPath": "/dev/fuse", "containerPath": "/dev/fuse", "permissions": ["read", "write", "mknod"]}
    assert made["side"]["linuxParameters"]["devices"] == [fuse]


def routed(to: str, **more: Any) -> ResourceGraph:
    return app({"log": {"firelens": {"to": to, **more}, "options": {"retry_limit": "2"}}})


@pytest.mark.parametrize(
    ("more", "options", "action", "resource"),
    [
        (
            {"to": "s3", "name": "logs"},
            {"Name": "s3", "region": "us-east-1", "bucket": "logs", "use_put_object": "On"},
            "s3:PutObject",
            "arn:aws:s3:::logs/*",
        ),
        (
            {"to": "firehose", "name": "logs"},
            {"Name": "kinesis_firehose", "region": "us-east-1", "delivery_stream": "logs"},
            "firehose:PutRecordBatch",
            "arn:aws:firehose:us-east-1:123456789012:deliverystream/logs",
        ),
        (
            {"to": "opensearch", "name": "logs", "host": "logs.example.com"},
            {
                "Name": "opensearch",
                "AWS_Region": "us-east-1",
                "AWS_Auth": "On",
                "Host": "logs.example.com",
                "Port": "443",
                "tls": "On",
                "Index": "web",
                "Suppress_Type_Name": "On",
            },
            "es:ESHttpPost",
            "arn:aws:es:us-east-1:123456789012:domain/logs/*",
        ),
    ],
)
def test_a_router_hands_the_output_on(
    more: dict[str, Any], options: dict[str, str], action: str, resource: str
) -> None:
    graph = routed(**more)
    made = containers(graph)
    assert made["web"]["logConfiguration"] == {
        "logDriver": "awsfirelens",
        "options": {**options, "retry_limit": "2"},
    }
    router = made["log_router"]
    assert router["firelensConfiguration"] == {
        "type": "fluentbit",
        "options": {"enable-ecs-log-metadata": "true"},
    }
    assert (router["essential"], router["logConfiguration"]["logDriver"]) == (True, "awslogs")
    statement = next(entry for entry in statements(graph, "task") if action in entry["Action"])
    assert statement["Resource"] == [resource]


def test_a_router_writes_to_the_log_group_of_the_app() -> None:
    graph = routed("cloudwatch")
    group = graph.one("aws:cloudwatch/logGroup:LogGroup")
    options = containers(graph)["web"]["logConfiguration"]["options"]
    assert (options["Name"], options["log_group_name"]) == ("cloudwatch_logs", group.outputs["name"])
    statement = next(entry for entry in statements(graph, "task") if "logs:PutLogEvents" in entry["Action"])
    assert statement["Resource"] == [group.outputs["arn"] + ":*"]


def test_one_router_serves_all_containers_and_a_pre_deploy_job() -> None:
    log = {"firelens": {"to": "s3", "name": "logs"}}
    side = {"image": "redis:7", "log": log}
    graph = app({"log": log, "containers": {"side": side}, "pre_deploy": {"command": ["migrate"]}})
    made = container_definitions(graph.one(TASK, "web-task"))
    assert sorted(made) == ["log_router", "side", "web"]
    job = container_definitions(graph.one(TASK, "web-pre-deploy-task"))
    assert sorted(job) == ["log_router", "web"]


def test_a_local_run_prints_what_a_router_would_hand_on() -> None:
    graph = routed("s3", name="logs")
    (service,) = translate(view(graph), Path("."), {}).services
    assert [container.name for container in service.containers] == ["web"]
