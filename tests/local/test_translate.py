"""From an evaluated program to what runs locally."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest
from multidict import CIMultiDict
from support.plain_ecs import cluster_with_default, service

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network
from moorage.errors import LocalError
from moorage.graph import View, view
from moorage.local.balancer.model import ListenerSpec
from moorage.local.balancer.rules import Fixed, Redirect, RequestView, Rules
from moorage.local.model import LocalStack, decode
from moorage.local.runner import ImageSpec
from moorage.local.translate.outputs import local_outputs
from moorage.local.translate.program import translate
from moorage.model.tracing import COLLECTOR
from moorage.offline import evaluate
from moorage.offline.graph import UNKNOWN, Resource, ResourceGraph, Secret

ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
TASK, CLUSTER = ARN.format("ecs", "task-definition/web:7"), ARN.format("ecs", "cluster/main")
LISTENER, GROUP = ARN.format("elasticloadbalancing", "listener/1"), ARN.format("elasticloadbalancing", "tg/1")
SECRET = ARN.format("secretsmanager", "secret:db-AbCdEf")


def resource(type_: str, name: str, inputs: Any, outputs: Any = None, parent: str | None = None) -> Resource:
    custom = not type_.startswith("moorage:")
    urn = f"urn:pulumi:dev::demo::{type_}::{name}"
    return Resource(
        urn, type_, name, parent, custom, f"{name}-id", inputs, {**inputs, **(outputs or {})}, (), {}, {}
    )


def stack_of(*resources: Resource) -> View:
    return view(ResourceGraph("demo", "dev", resources, {}, (), ()))


def container(**more: Any) -> dict[str, Any]:
    return {"name": "web", "image": "public.example/web:1", "portMappings": [{"containerPort": 80}], **more}


def program(containers: Any = None, task: Any = None, service: Any = None) -> list[Resource]:
    definitions = json.dumps([container()] if containers is None else containers)
    return [
        resource(
            "aws:ecs/taskDefinition:TaskDefinition",
            "web",
            {"family": "web", "containerDefinitions": definitions, "networkMode": "awsvpc", **(task or {})},
            {"arn": TASK},
        ),
        resource(
            "aws:ecs/service:Service",
            "web",
            {"taskDefinition": TASK, "cluster": CLUSTER, "desiredCount": 2.0, **(service or {})},
            {"arn": ARN.format("ecs", "service/main/web-1"), "name": "web-1"},
        ),
    ]


def translated(*resources: Resource, secrets: dict[str, str] | None = None) -> LocalStack:
    return translate(stack_of(*resources), Path("/project"), secrets or {})


def test_a_service_has_what_its_definition_says() -> None:
    definition = container(
        command=["serve"],
        environment=[{"name": "A", "value": "1"}],
        stopTimeout=7,
        dependsOn=[{"containerName": "init", "condition": "SUCCESS"}],
        healthCheck={"command": ["CMD-SHELL", "true"], "interval": 5, "retries": 2},
        portMappings=[{"containerPort": 8080.0}, {"containerPort": 9090}],
    )
    stack = translated(
        *program(
            [definition, {"name": "init", "image": "public.example/init:1", "essential": False}],
            {"cpu": ".5 vCPU", "memory": "1024"},
            {
                "deploymentMinimumHealthyPercent": 50,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "healthCheckGracePeriodSeconds": 9,
                "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "web", "containerPort": 8080}],
            },
        )
    )
    (service,) = stack.services
    web, init = service.containers
    assert (service.app, service.name, service.desired_count) == ("web", "web-1", 2)
    assert (service.minimum_healthy_percent, service.maximum_percent, service.grace) == (50, 200, 9)
    assert (service.circuit_breaker, service.rollback) == (True, True)
    assert (service.cpu, service.memory) == (512, 1024)
    assert (web.command, web.stop_timeout, web.depends_on) == (("serve",), 7, {"init": "SUCCESS"})
    assert web.health_check is not None
    assert (web.health_check.interval, web.health_check.retries, web.health_check.timeout) == (5, 2, 5)
    assert [port.container_port for port in web.ports] == [8080, 9090]
    assert (init.essential, init.ports) == (False, ())
    assert (stack.region, stack.account) == ("eu-west-1", "111122223333")


def test_it_travels_as_json() -> None:
    stack = translated(
        *program([container(healthCheck={"command": ["CMD", "true"]}, dependsOn=[])]),
        resource("aws:sqs/queue:Queue", "jobs", {}, {"arn": ARN.format("sqs", "jobs"), "name": "jobs"}),
        resource("aws:cloudfront/distribution:Distribution", "cdn", {}),
    )
    values = json.loads(json.dumps(stack))
    assert decode(LocalStack, values) == stack
    for other in (values[:-1], [*values, []]):
        with pytest.raises(ValueError, match="zip"):
            decode(LocalStack, other)


def test_an_autoscaled_service_runs_at_its_minimum() -> None:
    target = resource(
        "aws:appautoscaling/target:Target",
        "web",
        {"resourceId": "service/main/web-1", "minCapacity": 3, "maxCapacity": 9},
    )
    assert translated(*program(), target).services[0].desired_count == 3


@pytest.mark.parametrize(("count", "tasks"), [(None, 0), (2, 2)])
def test_capacity_and_count_default_to_those_of_the_cluster_and_the_provider(
    count: int | None, tasks: int
) -> None:
    """Sources: CreateService, capacityProviderStrategy; aws.ecs.Service, desiredCount."""

    def program() -> None:
        strategy = [{"capacity_provider": "FARGATE_SPOT", "weight": 1}]
        cluster = cluster_with_default("c", ["FARGATE", "FARGATE_SPOT"], strategy)
        service(cluster=cluster.arn, desired_count=count)

    (web,) = translate(view(evaluate(program)), Path(), {}).services
    assert (web.desired_count, web.launch_type) == (tasks, "FARGATE")


@pytest.mark.parametrize("module", [aws.lb, aws.alb], ids=["lb", "alb"])
def test_both_names_of_the_load_balancers_module_run_locally(module: Any) -> None:
    def program() -> None:
        balancer = module.LoadBalancer("front", subnets=["subnet-1", "subnet-2"])
        group = module.TargetGroup("web", port=80, protocol="HTTP", target_type="ip", vpc_id="vpc-1")
        forward: Any = [{"type": "forward", "target_group_arn": group.arn}]
        listener = module.Listener("http", load_balancer_arn=balancer.arn, port=80, default_actions=forward)
        path: Any = [{"path_pattern": {"values": ["/a"]}}]
        for priority in (20, 10):
            args: Any = {"priority": priority, "conditions": path, "actions": forward}
            module.ListenerRule(f"rule-{priority}", listener_arn=listener.arn, **args)
        uses: Any = [{"target_group_arn": group.arn, "container_name": "web", "container_port": 80}]
        service(cluster=aws.ecs.Cluster("c").arn, launch_type="FARGATE", desired_count=1, load_balancers=uses)

    stack = translate(view(evaluate(program)), Path(), {})
    assert stack.not_run == ()
    (listener,), (group,), (web,) = stack.listeners, stack.target_groups, stack.services
    assert (listener.public_port, listener.tls, len(listener.hosts)) == (80, False, 1)
    assert [rule.priority for rule in listener.rules] == [10, 20]
    assert [action["targetGroupArn"] for action in listener.default_actions] == [group.arn]
    assert [use.target_group_arn for use in web.target_groups] == [group.arn]


@pytest.mark.parametrize(
    ("host", "path", "answer"),
    [
        ("example.com", "/a", ("301", "http://www.example.com/a")),
        ("www.example.com", "/robots.txt", ("200", b"Disallow: /")),
        ("www.example.com", "/a", ("503", b"")),
    ],
)
def test_a_balancers_own_redirects_and_responses(host: str, path: str, answer: tuple[str, Any]) -> None:
    def program() -> None:
        LoadBalancer(
            "front",
            {
                "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]},
                "redirects": [{"host": "example.com", "to": {"host": "www.example.com"}}],
                "fixed_responses": [{"path": "/robots.txt", "status": 200, "body": "Disallow: /"}],
                "default_action": {"status": 503},
            },
        )

    stack = translate(view(evaluate(program)), Path(), {})
    assert stack.not_run == ()
    (plan,) = stack.listeners
    rules = Rules(ListenerSpec(plan.arn, 1, None, plan.default_actions, plan.rules, plan.public_port))
    request = RequestView("GET", host, path, "", CIMultiDict[str](), "127.0.0.1")
    action = rules.match(request)
    assert isinstance(action, Redirect | Fixed)
    url = action.location(request, False, 80, lambda _: None) if isinstance(action, Redirect) else action.body
    assert (str(action.status), url) == (answer[0], answer[1])


def test_rules_of_a_listener_that_exists_already_get_a_listener_here() -> None:
    def program() -> None:
        group = aws.lb.TargetGroup("web", port=80, protocol="HTTP", target_type="ip", vpc_id="vpc-1")
        args: Any = {
            "conditions": [{"path_pattern": {"values": ["/a"]}}],
            "actions": [{"type": "forward", "target_group_arn": group.arn}],
        }
        aws.lb.ListenerRule("a", listener_arn=LISTENER, priority=1, **args)

    (listener,) = translate(view(evaluate(program)), Path(), {}).listeners
    assert (listener.arn, listener.public_port, len(listener.rules)) == (LISTENER, 80, 1)


def test_a_daemon_service_runs_once_in_every_zone() -> None:
    service = {"schedulingStrategy": "DAEMON", "networkConfiguration": {"subnets": ["a", "b"]}}
    (daemon,) = translated(*program(service=service)).services
    assert (daemon.daemon, daemon.desired_count, daemon.zones) == (True, 2, ("eu-west-1a", "eu-west-1b"))
    assert (daemon.minimum_healthy_percent, daemon.maximum_percent) == (0, 100)


@pytest.mark.parametrize(
    ("mode", "host", "wanted"), [("bridge", 80, 80), ("bridge", 0, None), ("awsvpc", 80, None)]
)
def test_fixed_host_ports_are_for_bridge_and_host_networks(mode: str, host: int, wanted: int | None) -> None:
    mapping = [{"containerPort": 80, "hostPort": host}]
    stack = translated(*program([container(portMappings=mapping)], {"networkMode": mode}))
    assert stack.services[0].containers[0].ports[0].host_port == wanted


def test_secrets_come_from_the_program_then_from_what_is_given() -> None:
    made = [
        resource("aws:secretsmanager/secret:Secret", "db", {}, {"arn": SECRET, "name": "db"}),
        resource(
            "aws:secretsmanager/secretVersion:SecretVersion",
            "db",
            {"secretId": SECRET, "secretString": Secret('{"user": "me", "port": 5432}')},
        ),
        resource(
            "aws:ssm/parameter:Parameter",
            "p",
            {"value": Secret("v")},
            {"arn": ARN.format("ssm", "parameter/a/b"), "name": "/a/b"},
        ),
    ]
    secrets = [
        {"name": "USER", "valueFrom": f"{SECRET}:user::"},
        {"name": "PORT_OF_DB", "valueFrom": f"{SECRET}:port::"},
        {"name": "P", "valueFrom": ARN.format("ssm", "parameter/a/b")},
        {"name": "Q", "valueFrom": "/a/b"},
    ]
    stack = translated(*made, *program([container(secrets=secrets)]))
    env = stack.services[0].containers[0].environment
    assert env == {"USER": "me", "PORT_OF_DB": "5432", "P": "v", "Q": "v"}

    elsewhere = program([container(secrets=[{"name": "KEY", "valueFrom": SECRET}])])
    with pytest.raises(LocalError, match=r"container web, secret KEY: .*db-AbCdEf.*\.moorage/config\.yaml"):
        translated(*elsewhere)
    for name in (SECRET, "db-AbCdEf", "db"):
        given = translated(*elsewhere, secrets={name: "x"})
        assert given.services[0].containers[0].environment == {"KEY": "x"}
    with pytest.raises(LocalError, match="no JSON key 'nope'"):
        translated(*made, *program([container(secrets=[{"name": "K", "valueFrom": f"{SECRET}:nope::"}])]))


def test_a_build_that_must_fail_is_refused_before_it(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker/Dockerfile").write_text("FROM x AS final\nCOPY gone /\n")
    inputs = {
        "tags": ["r/web:1"],
        "context": {"location": "app"},
        "dockerfile": {"location": "docker/Dockerfile"},
    }

    def refused(**more: Any) -> str:
        image = resource("docker-build:index:Image", "web", inputs | more)
        with pytest.raises(LocalError) as error:
            translate(stack_of(image, *program([container(image="r/web:1")])), tmp_path, {})
        return str(error.value)

    first = f"image web: {tmp_path}/docker/Dockerfile cannot be built:\n"
    assert refused().startswith(f"{first}line 2: COPY gone: not in the build context; ")
    assert refused(target="last").startswith(f"{first}target 'last' is not a stage of the Dockerfile; ")
    (tmp_path / "docker/Dockerfile").write_text("FROM x\nRUNN y\n")
    assert refused().startswith(f"{first}line 2: unknown instruction RUNN; did you mean RUN?")


def test_images_are_matched_by_their_tag_and_named_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/Dockerfile").write_text("FROM x AS final\n")
    image = resource(
        "docker-build:index:Image",
        "web",
        {
            "tags": ["r/web:1"],
            "context": {"location": "app"},
            "target": "final",
            "buildArgs": {"A": "1"},
            "ssh": [{"id": "default"}],
        },
        {"digest": "sha256:abc"},
    )
    built = translate(stack_of(image, *program([container(image="r/web:1")])), tmp_path, {}).services[0]
    spec = built.containers[0].image
    assert spec.build is not None
    assert (spec.build.context, spec.build.target, spec.build.args) == (
        str(tmp_path / "app"),
        "final",
        {"A": "1"},
    )
    assert spec.build.ssh == ("default",)
    by_digest = stack_of(image, *program([container(image="r/web@sha256:abc")]))
    pinned = translate(by_digest, tmp_path, {}).services[0]
    assert pinned.containers[0].image.key == spec.key
    (tmp_path / "app/new.py").write_text("1")
    changed = translate(stack_of(image, *program([container(image="r/web:1")])), tmp_path, {}).services[0]
    assert changed.containers[0].image.key != spec.key
    assert changed.fingerprint() != built.fingerprint()
    assert translated(*program()).services[0].containers[0].image.build is None


def test_an_image_with_files_of_the_project_is_named_by_them_too(tmp_path: Path) -> None:
    for name in ("app/Dockerfile", "files/0"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("FROM x\n")
    context = {"location": "app", "named": {"moorage-files": {"location": "files"}}}
    image = resource("docker-build:index:Image", "web", {"tags": ["r/web:1"], "context": context})

    def spec() -> ImageSpec:
        stack = stack_of(image, *program([container(image="r/web:1")]))
        return translate(stack, tmp_path, {}).services[0].containers[0].image

    built = spec()
    assert built.build is not None
    assert built.build.named == {"moorage-files": str(tmp_path / "files")}
    assert not built.build.only_files
    (tmp_path / "files/0").write_text("other")
    assert spec().key != built.key
    (tmp_path / "app/Dockerfile").write_text("# Files of the project in an image.\nFROM x\n")
    only = spec().build
    assert only is not None
    assert only.only_files


def test_the_component_names_the_app_and_gives_the_local_command() -> None:
    component = resource(
        "moorage:index:ContainerApp", "shop", {"local": {"command": ["serve", "--port", "$PORT"]}}
    )
    task, service = program([container(), {"name": "sidecar", "image": "x"}])
    child = replace(service, parent=component.urn)
    (app,) = translated(component, task, child).services
    assert app.app == "shop"
    assert [c.image.local_command for c in app.containers] == [("serve", "--port", "$PORT"), None]


@pytest.mark.parametrize(
    ("of_file", "of_app", "command"),
    [
        ({"local": [{"service": "web", "command": ["serve"]}]}, {}, ("serve",)),
        ({}, {"local": {"command": ["serve"]}}, ("serve",)),
        ({}, {}, None),
    ],
)
def test_a_service_of_a_compose_file_has_its_name_in_the_file(
    of_file: Any, of_app: Any, command: Any
) -> None:
    compose = resource("moorage:index:ComposeApp", "shop", of_file)
    inner = resource("moorage:index:ContainerApp", "shop-web", of_app, parent=compose.urn)
    task, service = program()
    child = replace(service, parent=inner.urn, name="shop-web")
    (app,) = translated(compose, inner, task, child).services
    assert app.app == "web"
    assert [c.image.local_command for c in app.containers] == [command]


def test_the_scan_of_an_image_is_not_run() -> None:
    component = resource("moorage:index:ContainerImage", "web", {"build": {"context": "a", "scan": {}}})
    other = resource("moorage:index:ContainerImage", "api", {"build": {"context": "a"}})
    stack = translated(component, other, *program())
    assert stack.not_run == (("moorage:index:ContainerImage", "web (the scan of its image)"),)


def test_what_is_not_run_is_listed_and_what_needs_nothing_is_not() -> None:
    stack = translated(
        *program(),
        resource("aws:cloudfront/distribution:Distribution", "cdn", {}),
        resource("aws:wafv2/webAcl:WebAcl", "waf", {}),
        resource("aws:ec2/instance:Instance", "bastion", {}),
        resource("aws:lb/listener:Listener", "dns", {"protocol": "UDP", "port": 53}, {"arn": LISTENER}),
        resource("aws:iam/role:Role", "r", {}),
        resource("aws:ec2/securityGroup:SecurityGroup", "sg", {}),
        resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in", {}),
        resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "b", {}),
        resource("pulumi:providers:aws", "p", {}),
        resource("moorage:index:Network", "n", {}),
    )
    assert [name for _, name in stack.not_run] == ["cdn", "waf", "bastion", "dns (a UDP listener)"]


def test_settings_that_nothing_here_honours_are_named_once_for_each_service() -> None:
    definition = container(
        environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::b/a.env"}],
        resourceRequirements=[{"type": "GPU", "value": "1"}],
        linuxParameters={"maxSwap": 64, "swappiness": 10},
        restartPolicy={"enabled": True},
    )
    router = {"name": "router", "image": "r", "firelensConfiguration": {"type": "fluentbit"}, "privileged": 1}
    ebs = {"name": "data", "managedEbsVolume": {"snapshotId": "snap-1"}}
    stack = translated(
        *program(
            [definition, {**definition, "name": "second"}, router, {"name": COLLECTOR, "image": "c"}],
            {"volumes": [{"name": "data"}, {"name": "etc", "hostPath": "/etc"}]},
            {"volumeConfiguration": ebs},
        )
    )
    assert stack.not_run == (
        (
            "aws:ecs/service:Service",
            "web (its FireLens log router, trace collector, GPUs, environment files, restart policy, swap, "
            "volumes of the instance, except as empty ones, EBS snapshot)",
        ),
    )
    assert stack.not_as_process == ()


def test_settings_that_only_containers_have() -> None:
    definition = container(
        mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}],
        readonlyRootFilesystem=True,
        user="1000",
        ulimits=[{"name": "nofile", "softLimit": 512, "hardLimit": 1024}],
        linuxParameters={
            "initProcessEnabled": True,
            "capabilities": {"add": [], "drop": ["ALL"]},
            "sharedMemorySize": 64,
        },
    )
    names = {"serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "web"}]}}
    stack = translated(*program([definition], {"volumes": [{"name": "data"}]}, names))
    assert stack.not_run == ()
    assert stack.not_as_process == (
        (
            "aws:ecs/service:Service",
            "web (its Service Connect names, volumes, read-only root file system, ulimits, "
            "capabilities, size of /dev/shm)",
        ),
    )


def test_the_same_directory_of_a_file_system_is_shared_by_services() -> None:
    def program() -> None:
        network = Network("net", {})
        cluster = EcsCluster("main", {"network": network.ref})
        shared: Any = {"cluster": cluster.ref, "network": network.ref, "image": "i", "port": 80}
        efs = {"file_system_id": "fs-0123456789abcdef0"}
        mounts = [{"volume": "files", "path": "/files"}]
        ContainerApp("one", {**shared, "volumes": {"files": {"efs": efs}}, "mounts": mounts})
        other = {"files": {"efs": {**efs, "root_directory": "/a"}}, "scratch": {}}
        more = [{"volume": name, "path": f"/{name}"} for name in ("same", "scratch")]
        volumes = {**other, "same": {"efs": efs}}
        ContainerApp("two", {**shared, "volumes": volumes, "mounts": [*mounts, *more]})
        ContainerApp("own", {**shared, "volumes": {"files": {"efs": {}}}, "mounts": mounts})

    def translation() -> LocalStack:
        return translate(view(evaluate(program)), Path(), {})

    stack = translation()
    one, two, own = (
        next(each.file_systems for each in stack.services if each.app == app) for app in ("one", "two", "own")
    )
    assert one == {"files": "fs-0123456789abcdef0::/"}
    assert two == {"files": "fs-0123456789abcdef0::/a", "same": one["files"]}
    assert own.keys() == {"files"}
    assert own["files"] not in (*one.values(), *two.values())
    # The next run mounts the same ones.
    assert [each.file_systems for each in translation().services] == [
        each.file_systems for each in stack.services
    ]
    assert stack.not_run == ()
    assert sorted(name for _, name in stack.not_as_process) == [
        f"{app} (its volumes)" for app in ("one", "own", "two")
    ]
    changed = stack.services[0]._replace(file_systems={"files": "fs-1::/"})
    assert changed.fingerprint() != stack.services[0].fingerprint()


def test_mutual_tls_is_not_run() -> None:
    def program() -> None:
        args: Any = {
            "network": Network("net", {}).ref,
            **{"domain": "shop.example.com", "zone_id": "Z1"},
            "mutual_authentication": {"mode": "passthrough"},
        }
        LoadBalancer("web", args)

    names = [name for _, name in translate(view(evaluate(program)), Path(), {}).not_run]
    assert names == ["web-https (mutual TLS)"]


@pytest.mark.parametrize(
    ("inputs", "alpn"), [({}, ("h2", "http/1.1")), ({"enableHttp2": False}, ("http/1.1",))]
)
def test_http2_is_for_clients_unless_the_load_balancer_has_none(
    inputs: dict[str, Any], alpn: tuple[str, ...]
) -> None:
    arn = LISTENER.rpartition("/")[0].replace(":listener/", ":loadbalancer/")
    listener = {"protocol": "HTTPS", "port": 443.0, "loadBalancerArn": arn}
    stack = translated(
        *program(),
        resource("aws:lb/loadBalancer:LoadBalancer", "lb", inputs, {"arn": arn}),
        resource("aws:lb/listener:Listener", "web", listener, {"arn": LISTENER}),
    )
    assert [each.alpn for each in stack.listeners if each.tls] == [alpn]


def test_apps_behind_a_network_load_balancer() -> None:
    def app() -> None:
        network = Network("net", {})
        cluster = EcsCluster("main", {"network": network.ref})
        of_balancer: Any = {"domain": "mq.example.com", "zone_id": "Z1", "type": "network"}
        balancer = LoadBalancer("edge", {**of_balancer, "network": network.ref})
        shared: Any = {
            **{"cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref},
            **{"image": "mq:1", "port": 1883},
        }
        ContainerApp("mq", {**shared, "protocol": "tls", "listener_port": 8883})
        ContainerApp("plain", {**shared, "stickiness": {}, "health_check": {"path": "/up"}})
        checked: Any = {"ports": [{"port": 80}], "health_check": {"port": 80}}
        ContainerApp("dns", {**shared, "port": 53, "protocol": "udp", **checked})

    stack = translate(view(evaluate(app)), Path(), {})
    listeners = {(each.scheme, each.public_port): each for each in stack.listeners}
    assert {*listeners} == {("tls", 8883), ("tcp", 1883)}
    assert all(each.connections and each.alpn == () for each in listeners.values())
    assert [each.tls for each in listeners.values()].count(True) == 1
    services = {each.app: [use.container_port for use in each.target_groups] for each in stack.services}
    assert services == {"mq": [1883], "plain": [1883], "dns": []}
    checks = {group.name: group.health_check for group in stack.target_groups}
    assert (checks["mq-tg-tcp"].protocol, checks["plain-tg-tcp"].protocol) == ("TCP", "HTTP")
    assert checks["plain-tg-tcp"].path == "/up"
    assert all(group.stickiness_seconds is None for group in stack.target_groups)
    assert [name for _, name in stack.not_run] == [
        "dns-listener (a UDP listener)",
        "plain-tg-tcp (stickiness by address: all clients have 127.0.0.1)",
    ]
    ports = {each.arn: 9000 + index for index, each in enumerate(stack.listeners)}
    shown = local_outputs({"mq": "tls://mq.example.com:8883"}, stack.listeners, ports)
    assert shown == [("mq", f"tls://127.0.0.1:{ports[listeners[('tls', 8883)].arn]}")]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"taskDefinition": "t:1"}, "its task definition t:1 is not part of this program"),
        ({"taskDefinition": UNKNOWN}, "its task definition is not part of this program"),
        (
            {"deploymentController": {"type": "EXTERNAL"}},
            "its task sets run the tasks: its deployment controller is EXTERNAL",
        ),
        ({}, "it has no task definition"),
    ],
)
def test_a_service_without_a_task_definition_is_listed_beside_those_that_run(
    inputs: dict[str, Any], reason: str
) -> None:
    names = {"serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "web"}]}}
    given = resource("aws:ecs/service:Service", "given", {"cluster": CLUSTER, **names, **inputs})
    stack = translated(*program(), given)

    assert [service.app for service in stack.services] == ["web"]
    assert stack.not_run == (("aws:ecs/service:Service", f"given ({reason})"),)
    assert stack.not_as_process == ()


@pytest.mark.parametrize(
    ("containers", "reason"),
    [(UNKNOWN, "its container definitions are not known"), ("[]", "its task definition has no container")],
)
def test_a_service_or_job_without_known_containers_is_listed(containers: Any, reason: str) -> None:
    task, service = program(task={"containerDefinitions": containers})
    app = resource("moorage:index:ContainerApp", "shop", {"pre_deploy": {"command": ["a"]}})
    job = resource("moorage:index:Job", "nightly", {"image": "i", "command": ["report"]})
    of_job = replace(task, urn=f"{task.urn}-job", name="nightly", parent=job.urn, outputs={"arn": f"{TASK}1"})
    stack = translated(task, service, app, job, of_job)

    assert (stack.services, stack.jobs) == ((), ())
    assert stack.not_run == (
        ("aws:ecs/service:Service", f"web ({reason})"),
        ("aws:ecs/taskDefinition:TaskDefinition", f"nightly ({reason})"),
    )


def test_the_default_action_of_an_existing_listener_is_not_run() -> None:
    rule = resource(
        "aws:lb/listenerRule:ListenerRule",
        "web",
        {
            "listenerArn": LISTENER,
            "priority": 1,
            "actions": [{"type": "forward", "targetGroupArn": GROUP}],
            "conditions": [{"pathPattern": {"values": ["/*"]}}],
        },
    )
    assert translated(*program(), rule).not_run == (
        (
            "aws:lb/listener:Listener",
            f"{LISTENER} (default action: the action is declared outside this program)",
        ),
    )


def test_two_services_of_one_name_are_refused() -> None:
    with pytest.raises(LocalError, match="several services are called web"):
        translated(*program(), program()[1])


def test_outputs_show_where_things_are_here() -> None:
    balancer = ARN.format("elasticloadbalancing", "lb/1")
    dns = "lb-1.elb.amazonaws.com"
    http = {"loadBalancerArn": balancer, "port": 80, "protocol": "HTTP"}
    https = {"loadBalancerArn": balancer, "port": 443, "protocol": "HTTPS"}
    record = {"name": "www.example.com", "aliases": [{"name": dns}]}
    stack = translated(
        resource("aws:lb/loadBalancer:LoadBalancer", "lb", {}, {"arn": balancer, "dnsName": dns}),
        resource("aws:lb/listener:Listener", "http", http, {"arn": LISTENER}),
        resource("aws:alb/listener:Listener", "https", https, {"arn": "s"}),
        resource("aws:route53/record:Record", "www", record),
    )
    exports = {
        "plain": "http://lb-1.elb.amazonaws.com/a",
        "tls": "https://www.example.com:443",
        "other": "https://www.example.com.evil.org",
        "list": ["http://lb-1.elb.amazonaws.com"],
        "secret": Secret("hush"),
        "unknown": UNKNOWN,
    }
    shown = dict(local_outputs(exports, stack.listeners, {LISTENER: 8080, "s": 8443}))
    assert shown == {
        "plain": "http://127.0.0.1:8080/a",
        "tls": "https://127.0.0.1:8443",
        "other": "https://www.example.com.evil.org",
        "list": '["http://127.0.0.1:8080"]',
        "secret": "[secret]",
        "unknown": "[unknown]",
    }


def test_settings_of_a_balanced_app_that_are_not_run() -> None:
    oidc = {"clientSecret": Secret("hush"), "issuer": "https://id.example"}
    actions = [
        {"type": "authenticate-oidc", "order": 1.0, "authenticateOidc": oidc},
        {"type": "forward", "order": 2.0, "targetGroupArn": GROUP},
    ]
    group = {"protocolVersion": "GRPC", "slowStart": 30.0, "loadBalancingAnomalyMitigation": "on"}
    stack = translated(
        *program(),
        resource(
            "aws:lb/listener:Listener",
            "web",
            {"protocol": "HTTPS", "port": 443.0, "defaultActions": actions[1:]},
            {"arn": LISTENER},
        ),
        resource(
            "aws:lb/listenerRule:ListenerRule",
            "login",
            {"listenerArn": LISTENER, "priority": 7.0, "actions": actions, "conditions": []},
        ),
        resource("aws:lb/targetGroup:TargetGroup", "web-tg", group, {"arn": GROUP}),
    )
    assert [name for _, name in stack.not_run] == [
        "web (rule 7: action authenticate-oidc is not run locally)",
        "web-tg (slow start)",
        "web-tg (anomaly mitigation)",
    ]
    assert "hush" not in str(stack)
    # The defaults of a health check of gRPC (AWS: "Health checks for ALB target groups").
    (spec,) = stack.target_groups
    check = spec.health_check
    assert (spec.version, check.version, check.protocol) == ("GRPC", "GRPC", "HTTP")
    assert (check.path, check.matcher) == ("/AWS.ALB/healthcheck", "12")


@pytest.mark.parametrize(
    ("mode", "checked", "port"),
    [("awsvpc", "9000", 9000), ("bridge", "9100", 9000), ("awsvpc", "traffic-port", None)],
)
def test_the_port_of_health_checks(mode: str, checked: str, port: int | None) -> None:
    mappings = [
        {"containerPort": 80},
        {"containerPort": 9000, **({"hostPort": 9100} if mode == "bridge" else {})},
    ]
    balancers = [{"targetGroupArn": GROUP, "containerName": "web", "containerPort": 80.0}]
    stack = translated(
        *program([container(portMappings=mappings)], {"networkMode": mode}, {"loadBalancers": balancers}),
        resource("aws:lb/targetGroup:TargetGroup", "tg", {"healthCheck": {"port": checked}}, {"arn": GROUP}),
    )
    (use,) = stack.services[0].target_groups
    assert (use.container_port, use.check_port) == (80, port)
