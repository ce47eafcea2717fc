"""The components as an engine has them made: children and outputs from arguments over the wire."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime.proto import resource_pb2
from support.engine import StartEngine
from support.plugin_engine import Construct, Made, Out, PluginEngine, Refused

from moorage.offline.graph import UNKNOWN, Secret
from moorage.plugin import COMPONENTS, Plugin
from moorage.resources.app.verification import verify_rollout
from moorage.rollout.ask import Denied

VPC = "urn:pulumi:dev::shop::aws:ec2/vpc:Vpc::vpc"


@pytest.fixture
def network() -> dict[str, Any]:
    """A network given field by field, its ids outputs of a VPC of the program."""

    def of_vpc(value: Any) -> Any:
        return Out(value, dependencies=(VPC,))

    return {
        "vpcId": of_vpc("vpc-1"),
        "publicSubnetIds": of_vpc(["subnet-1", "subnet-2"]),
        "privateSubnetIds": [of_vpc("subnet-3"), of_vpc("subnet-4")],
        "privateEgress": True,
    }


def _cluster(made: Made, **choices: Any) -> dict[str, Any]:
    names = ("arn", "name", "capacityProvider", "securityGroupId")
    return {name: made.out(name) for name in names} | choices


def _balancer(made: Made, **choices: Any) -> dict[str, Any]:
    names = ("listenerArn", "securityGroupId", "url", "arnSuffix")
    return {name: made.out(name) for name in names} | choices


def _types(engine: PluginEngine, component: str) -> set[str]:
    """Return the types of what a component made, without the package."""
    resources = engine.monitor.resources.values()
    return {one.type.rpartition(":")[2] for one in resources if one.parent and f":{component}" in one.parent}


def _container(engine: PluginEngine) -> dict[str, Any]:
    return json.loads(engine.resource(":TaskDefinition").inputs["containerDefinitions"])[0]


def test_a_network_without_arguments_is_the_default_vpc(engine: PluginEngine, construct: Construct) -> None:
    made = construct(engine, "Network", "net", {})

    assert made.urn == "urn:pulumi:dev::shop::moorage:index:Network::net"
    assert made.state["vpcId"].startswith("vpc-")
    assert len(made.state["publicSubnetIds"]) == 3
    assert made.state["privateSubnetIds"] == []


def test_a_given_network_comes_back_with_its_dependencies(
    engine: PluginEngine, construct: Construct, network: dict[str, Any]
) -> None:
    made = construct(engine, "Network", "net", network)

    assert made.state["vpcId"] == "vpc-1"
    assert made.state["privateSubnetIds"] == ["subnet-3", "subnet-4"]
    assert {name: set(urns) for name, urns in made.dependencies.items()} == {
        name: {VPC} for name in ("vpcId", "publicSubnetIds", "privateSubnetIds")
    }
    assert not engine.monitor.invokes


def test_a_fargate_cluster(engine: PluginEngine, construct: Construct) -> None:
    made = construct(engine, "EcsCluster", "main", {"capacity": "fargate_spot", "tags": {"team": "shop"}})

    assert _types(engine, "EcsCluster") == {"Cluster", "ClusterCapacityProviders"}
    assert engine.resource(":Cluster").inputs["tags"]["team"] == "shop"
    assert made.state["capacityProvider"] == made.state["securityGroupId"] == ""
    # Who uses the ARN waits for the capacity too.
    assert {urn.rpartition("::")[2] for urn in made.dependencies["arn"]} == {"main", "main-capacity"}
    assert (made.state["arn"] is UNKNOWN) == engine.preview


def test_a_preset_of_the_configuration(engine: PluginEngine, construct: Construct) -> None:
    config = {"moorage:presets": '{"calm": {"container_insights": true}}'}
    made = construct(engine, "EcsCluster", "main", {"preset": "calm"}, config=config)

    assert engine.resource(":Cluster").inputs["settings"] == [
        {"name": "containerInsights", "value": "enabled"}
    ]
    assert made.state["preset"] == "calm"


def test_a_cluster_of_instances(engine: PluginEngine, construct: Construct, network: dict[str, Any]) -> None:
    arguments = {
        "network": network,
        "capacity": "ec2",
        "arch": "arm64",
        "ec2": {"instanceTypes": ["t4g.small"], "minSize": 1, "maxSize": 4, "volumeSize": 40},
    }
    made = construct(engine, "EcsCluster", "main", arguments)

    group = engine.resource(":Group")
    assert (group.inputs["minSize"], group.inputs["maxSize"]) == (1, 4)
    assert group.inputs["vpcZoneIdentifiers"] == ["subnet-3", "subnet-4"]
    assert group.property_dependencies["vpcZoneIdentifiers"] == (VPC,)
    assert made.dependencies["capacityProvider"]
    assert made.dependencies["securityGroupId"]


def test_overrides_have_the_names_of_pulumi_aws(
    engine: PluginEngine, construct: Construct, network: dict[str, Any], rollouts: list[str]
) -> None:
    overrides = {
        "service": {"deployment_circuit_breaker": {"rollback": False}, "desired_count": 3.0},
        "log_group": {"tags": {"team": "shop"}},
    }
    cluster = construct(engine, "EcsCluster", "main", {})
    arguments = {"cluster": _cluster(cluster), "network": network, "image": "registry.example/notes:1"}
    construct(engine, "ContainerApp", "notes", {**arguments, "overrides": overrides})

    service = engine.resource(":Service").inputs
    assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": False}
    assert service["desiredCount"] == 3
    assert engine.resource(":LogGroup").inputs["tags"] == {
        "moorage:app": "notes",
        "moorage:stack": "dev",
        "team": "shop",
    }


def test_an_app_behind_a_balancer(
    engine: PluginEngine, construct: Construct, network: dict[str, Any], rollouts: list[str]
) -> None:
    cluster = construct(engine, "EcsCluster", "main", {})
    balancer = construct(engine, "LoadBalancer", "web", {"network": network, "idleTimeout": 120})
    arguments = {
        "cluster": _cluster(cluster),
        "network": network,
        "loadBalancer": _balancer(balancer, name="web"),
        "image": Out("registry.example/notes:1"),
        "port": 3000,
        "cpu": 512,
        "memory": 1024,
        "memoryReservation": 256,
        "stopTimeout": 20,
        "rules": [{"path": "/notes/*", "priority": 7}],
        "containerHealthCheck": {"command": ["CMD", "true"], "interval": 10, "retries": 2},
        "autoscaling": {"min": 2, "max": 6, "requests": 600},
        "environment": {"LEVEL": "info", "VPC": network["vpcId"]},
    }
    made = construct(engine, "ContainerApp", "notes", arguments)

    assert _types(engine, "LoadBalancer") >= {"LoadBalancer", "Listener", "SecurityGroup"}
    assert _types(engine, "ContainerApp") >= {"Service", "TaskDefinition", "TargetGroup", "ListenerRule"}
    assert engine.resource(":ListenerRule").inputs["priority"] == 7
    task = engine.resource(":TaskDefinition").inputs
    assert (task["cpu"], task["memory"]) == ("512", "1024")
    service = engine.resource(":Service")
    assert set(service.property_dependencies["cluster"]) == set(cluster.dependencies["arn"])
    assert service.inputs["networkConfiguration"]["subnets"] == ["subnet-3", "subnet-4"]
    assert set(balancer.dependencies["url"]) < set(made.dependencies["url"])
    assert service.urn in made.dependencies["url"]
    container = _container(engine)
    assert container["environment"] == [
        {"name": "LEVEL", "value": "info"},
        {"name": "VPC", "value": "vpc-1"},
    ]
    assert container["portMappings"] == [{"containerPort": 3000, "protocol": "tcp"}]
    url = UNKNOWN if engine.preview else f"{balancer.state['url']}/notes"
    assert made.state["url"] == url
    # In a preview nothing is asked. The address waits for the load balancer only.
    assert rollouts == ([] if engine.preview else [made.state["taskDefinitionArn"]])
    assert set(made.dependencies["address"]) == set(balancer.dependencies["url"])
    assert made.state["address"] == url


def test_a_job_on_a_schedule(engine: PluginEngine, construct: Construct, network: dict[str, Any]) -> None:
    cluster = construct(engine, "EcsCluster", "main", {})
    arguments = {
        "cluster": _cluster(cluster),
        "network": network,
        "image": "registry.example/notes:1",
        "command": ["report"],
        "schedule": "cron(0 3 * * ? *)",
        "retries": 2,
        "timeout": 600,
        "user": "1000",
        "readOnly": True,
    }
    made = construct(engine, "Job", "nightly", arguments)

    assert _types(engine, "Job") >= {"TaskDefinition", "LogGroup", "StateMachine", "Schedule"}
    container = _container(engine)
    assert (container["user"], container["readonlyRootFilesystem"]) == ("1000", True)
    assert made.state["timeout"] == "600"
    machine = engine.resource(":StateMachine")
    assert machine.urn in made.dependencies["stateMachineArn"]
    definition = machine.inputs["definition"]
    if engine.preview:
        assert definition is UNKNOWN
    else:
        assert '"MaxAttempts": 2' in definition
        assert ".0" not in definition


def test_a_failed_rollout_fails_the_app(
    start_engine: StartEngine[PluginEngine],
    construct: Construct,
    network: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class NoAnswers:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def service(self) -> Any:
            raise Denied("no identity-based policy allows it", "ecs:DescribeServices")

    # The plugin's own verification, unlike in the other tests.
    monkeypatch.setattr("moorage.resources.app.verification.verify_rollout", verify_rollout)
    monkeypatch.setattr("moorage.rollout.aws.AwsEcs", NoAnswers)
    engine = start_engine()
    cluster = construct(engine, "EcsCluster", "main", {})
    arguments = {"cluster": _cluster(cluster), "network": network, "image": "registry.example/notes:1"}
    with pytest.raises(pulumi.RunError, match=r"^notes: rollout failed$"):
        construct(engine, "ContainerApp", "notes", arguments)

    (message,) = [line.text for line in engine.log if "is not known" in line.text]
    assert "ecs:DescribeServices is not allowed" in message


def test_an_app_on_instances(
    start_engine: StartEngine[PluginEngine], construct: Construct, network: dict[str, Any]
) -> None:
    engine = start_engine()
    network["privateEgress"] = False
    cluster = construct(engine, "EcsCluster", "main", {"capacity": "ec2", "network": network})
    arguments = {
        "cluster": _cluster(cluster, capacity="ec2", maxInstances=3),
        "image": "registry.example/notes:1",
        "hostPort": 80,
        "public": True,
        "network": network,
        "count": 2,
    }
    made = construct(engine, "ContainerApp", "notes", arguments)

    assert _container(engine)["portMappings"] == [{"containerPort": 8080, "hostPort": 80, "protocol": "tcp"}]
    strategy = {"base": 0, "capacityProvider": cluster.state["capacityProvider"], "weight": 1}
    assert engine.resource(":Service").inputs["capacityProviderStrategies"] == [strategy]
    assert made.state["securityGroupId"] == cluster.state["securityGroupId"]


def test_whole_numbers_stay_whole(
    start_engine: StartEngine[PluginEngine], construct: Construct, network: dict[str, Any]
) -> None:
    engine = start_engine()
    cluster = construct(engine, "EcsCluster", "main", {"capacity": "ec2", "network": network})
    arguments = {
        "cluster": _cluster(cluster, capacity="ec2", maxInstances=3),
        "network": network,
        "networkMode": "awsvpc",
        "image": "registry.example/notes:1",
        "port": 3000,
        "memoryReservation": 128,
        "stopTimeout": 10,
        "containerHealthCheck": {
            "command": ["CMD", "true"],
            "interval": 10,
            "timeout": 3,
            "retries": 2,
            "startPeriod": 1,
        },
        "logRetentionDays": 7,
    }
    construct(engine, "ContainerApp", "notes", arguments)
    (folder := Path("app")).mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    construct(engine, "ContainerImage", "image", {"build": {"context": "app"}, "keepImages": 5})

    texts = [
        f"{one.type}.{key}: {value}"
        for one in engine.monitor.resources.values()
        for key, value in one.inputs.items()
        if isinstance(value, str)
    ]
    assert any('"countNumber": 5' in text for text in texts)
    assert any('"startPeriod":1' in text for text in texts)
    assert [text for text in texts if ".0," in text or ".0}" in text] == []


def test_a_secret_stays_secret(engine: PluginEngine, construct: Construct, network: dict[str, Any]) -> None:
    cluster = construct(engine, "EcsCluster", "main", {})
    arguments = {
        "cluster": _cluster(cluster),
        "network": network,
        "image": Secret("registry.example/hush:1"),
        "secretValues": {"TOKEN": Out("hush", secret=True)},
        "tags": {"owner": Out("hush", secret=True)},
    }
    construct(engine, "ContainerApp", "notes", arguments)

    assert engine.resource(":SecretVersion").inputs["secretString"] == Secret("hush")
    if not engine.preview:
        assert isinstance(engine.resource(":TaskDefinition").inputs["containerDefinitions"], Secret)
    # The graph hides what is in an envelope: what is left is what would be stored in plain text.
    plain = [str((one.inputs, one.outputs)) for one in engine.monitor.resources.values()]
    assert [text for text in plain if "hush" in text] == []


def test_a_secret_output_comes_back_secret(engine: PluginEngine, construct: Construct) -> None:
    arguments = {"vpcId": Out("vpc-1", secret=True), "publicSubnetIds": ["subnet-1"]}
    made = construct(engine, "Network", "net", arguments)

    assert made.state["vpcId"] == Secret("vpc-1")
    assert made.state["publicSubnetIds"] == ["subnet-1"]


@pytest.mark.parametrize("sentinel", [False, True], ids=["output value", "plain unknown"])
def test_what_is_unknown_in_a_preview(
    start_engine: StartEngine[PluginEngine], construct: Construct, sentinel: bool
) -> None:
    engine = start_engine(preview=True)
    unknown = UNKNOWN if sentinel else Out()
    network = {"vpcId": unknown, "publicSubnetIds": unknown, "privateSubnetIds": [unknown]}
    made = construct(engine, "Network", "net", network)
    cluster = {"arn": unknown, "name": unknown}
    arguments = {"cluster": cluster, "network": network, "image": unknown, "environment": {"A": unknown}}
    app = construct(engine, "ContainerApp", "notes", arguments)

    assert set(made.state.values()) <= {UNKNOWN} or made.state["privateSubnetIds"] == [UNKNOWN]
    assert engine.resource(":TaskDefinition").inputs["containerDefinitions"] is UNKNOWN
    assert engine.resource(":Service").inputs["networkConfiguration"]["subnets"] is UNKNOWN
    assert app.state["taskDefinitionArn"] is UNKNOWN


def test_every_declared_output_is_given(
    engine: PluginEngine, construct: Construct, plugin: Plugin, network: dict[str, Any]
) -> None:
    Path("Dockerfile").write_text("FROM scratch\n")
    made = {
        "Network": construct(engine, "Network", "net", network),
        "EcsCluster": construct(engine, "EcsCluster", "main", {}),
        "LoadBalancer": construct(engine, "LoadBalancer", "web", {"network": network}),
        "ContainerImage": construct(engine, "ContainerImage", "image", {"build": {"context": "."}}),
    }
    arguments = {"cluster": _cluster(made["EcsCluster"]), "network": network, "image": "example/notes:1"}
    made["ContainerApp"] = construct(engine, "ContainerApp", "notes", arguments)
    Path("compose.yaml").write_text("services: {web: {image: example/web:1}}\n")
    on_cluster = {"cluster": arguments["cluster"], "network": network}
    nightly = {**arguments, "schedule": "cron(0 3 * * ? *)", "retries": 2, "timeout": 600, "readOnly": True}
    made["Job"] = construct(engine, "Job", "nightly", nightly)
    made["ComposeApp"] = construct(engine, "ComposeApp", "shop", on_cluster)

    assert list(made) == [component.__name__ for component in COMPONENTS]
    for component, one in made.items():
        declared = json.loads(plugin.schema or "")["resources"][f"moorage:index:{component}"]["properties"]
        assert set(one.state) == set(declared), component
        assert engine.monitor.resources[one.urn].outputs.keys() == set(declared), component


def test_a_service_of_a_compose_file_is_given_arguments(
    engine: PluginEngine, construct: Construct, network: dict[str, Any]
) -> None:
    cluster = _cluster(construct(engine, "EcsCluster", "main", {}))
    Path("compose.yaml").write_text("services: {web: {image: example/web:1}}\n")
    services = {"web": {"autoscaling": {"min": 2.0, "max": 4.0}, "containerMemory": 128.0}}
    construct(engine, "ComposeApp", "shop", {"cluster": cluster, "network": network, "services": services})
    assert engine.resource(":Service").inputs["desiredCount"] == 2
    (web,) = json.loads(engine.resource(":TaskDefinition").inputs["containerDefinitions"])
    assert web["memory"] == 128


@pytest.mark.parametrize("together", [False, True], ids=["in turn", "at once"])
def test_apps_of_one_process_do_not_meet(
    engine: PluginEngine, construct: Construct, network: dict[str, Any], together: bool
) -> None:
    cluster = construct(engine, "EcsCluster", "main", {})
    balancer = construct(engine, "LoadBalancer", "web", {"network": network})
    Path("Dockerfile").write_text("FROM scratch\n")

    def app(name: str) -> tuple[str, str, dict[str, Any]]:
        arguments = {
            "cluster": _cluster(cluster),
            "network": network,
            "loadBalancer": _balancer(balancer, name="web"),
            "rules": [{"path": f"/{name}/*"}],
            "build": {"context": "."},
            "environment": {"CLUSTER": cluster.out("name")},
        }
        return "ContainerApp", name, arguments

    if together:
        construct.together(engine, app("notes"), app("todo"))
    else:
        construct(engine, *app("notes"))
        construct(engine, *app("todo"))

    # A URN that comes twice is an error of the monitor.
    assert {one.name for one in engine.resources(":Service")} == {"notes", "todo"}
    images = {one.name: one for one in engine.resources(":Image")}
    assert set(images) == {"notes-build", "todo-build"}
    for name in ("notes", "todo"):
        # A component may use no provider, and no call's answer, of another one: that one may be deleted.
        (provider,) = (one for one in engine.resources(":docker-build") if one.name == f"{name}-docker-build")
        parents = (provider.parent, images[f"{name}-build"].parent)
        assert {urn.rpartition("::")[2] for urn in parents} == {name}
        assert images[f"{name}-build"].options["provider"] == provider.urn


@pytest.mark.parametrize("together", [False, True], ids=["in turn", "at once"])
def test_apps_of_one_deployment_with_the_same_rule_are_refused(
    engine: PluginEngine, construct: Construct, network: dict[str, Any], together: bool
) -> None:
    cluster = construct(engine, "EcsCluster", "main", {})
    balancer = construct(engine, "LoadBalancer", "web", {"network": network})

    def app(name: str, path: str, priority: float) -> tuple[str, str, dict[str, Any]]:
        arguments = {
            "cluster": _cluster(cluster),
            "network": network,
            "loadBalancer": _balancer(balancer, name="web"),
            "rules": [{"path": path, "priority": priority}],
            "image": "example/app:1",
        }
        return "ContainerApp", name, arguments

    construct(engine, *app("notes", "/notes/*", 7.0))
    more, other = ([app("todo", "/todo/*", 8.0)], "todo") if together else ([], "notes")
    with pytest.raises(Refused) as caught:
        construct.together(engine, *more, app("wiki", "/wiki/*", 8.0 if together else 7.0))

    # Of components made at once either may be the first.
    ((path, (reason,)),) = caught.value.properties.items()
    assert path == "rules"
    refused = caught.value.message.split("'")[1]
    assert (refused in {"wiki", "todo"}) if together else (refused == "wiki")
    assert f"of '{({'wiki', other} - {refused}).pop()}'" in reason
    # What is refused is not registered.
    assert refused not in {one.name for one in engine.resources(":ContainerApp")}


def test_listeners_of_a_network_load_balancer_are_told_apart_in_one_deployment(
    engine: PluginEngine, construct: Construct, network: dict[str, Any]
) -> None:
    cluster = construct(engine, "EcsCluster", "main", {})
    balancer = construct(engine, "LoadBalancer", "tcp", {"network": network, "type": "network"})
    arguments = {
        "cluster": _cluster(cluster),
        "network": network,
        "loadBalancer": _balancer(balancer, arn=balancer.out("arn"), type="network", name="tcp"),
        "image": "example/app:1",
    }
    construct(engine, "ContainerApp", "mqtt", {**arguments, "listenerPort": 1883})
    construct(engine, "ContainerApp", "amqp", {**arguments, "listenerPort": 5672})
    with pytest.raises(Refused) as caught:
        construct(engine, "ContainerApp", "other", {**arguments, "listenerPort": 1883})

    assert "'mqtt'" in caught.value.properties["listenerPort"][0]


def test_engines_of_one_process_do_not_meet(
    start_engine: StartEngine[PluginEngine], construct: Construct, network: dict[str, Any]
) -> None:
    Path("Dockerfile").write_text("FROM scratch\n")
    engines = [start_engine(preview=True), start_engine(), start_engine()]
    for engine in engines:
        cluster = construct(engine, "EcsCluster", "main", {})
        balancer = construct(engine, "LoadBalancer", "web", {"network": network})
        arguments = {
            "cluster": _cluster(cluster),
            "network": network,
            "loadBalancer": _balancer(balancer, name="web"),
            "build": {"context": "."},
        }
        construct(engine, "ContainerApp", "notes", arguments)

    first, *others = (set(engine.monitor.resources) for engine in engines)
    assert len(first) > 20
    assert all(urns == first for urns in others)


def test_options_reach_the_component(engine: PluginEngine, construct: Construct) -> None:
    request = resource_pb2.RegisterResourceRequest(type="pulumi:providers:aws", name="west", custom=True)
    provider = engine.monitor.RegisterResource(request)
    parent = construct(engine, "Network", "net", {})
    more = {"parent": parent.urn, "protect": True, "providers": {"aws": f"{provider.urn}::{provider.id}"}}
    made = construct(engine, "EcsCluster", "main", {}, **more)

    assert engine.monitor.resources[made.urn].parent == parent.urn
    cluster = engine.resource(":Cluster")
    assert cluster.options["provider"] == provider.urn
    assert cluster.options["protect"] is True


STACK = "urn:pulumi:dev::shop::pulumi:pulumi:StackReference::acme/base/dev"


def test_values_as_users_have_them(engine: PluginEngine, construct: Construct) -> None:
    network = {"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1", "subnet-2"]}
    cluster = {
        "arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/shared",
        "name": "shared",
        "arch": "arm64",
    }
    made = construct(
        engine,
        "ContainerApp",
        "notes",
        {
            # The whole output of another stack, and a number that a resource computes.
            "cluster": Out(cluster, dependencies=(STACK,)),
            "network": Out(network, dependencies=(STACK,)),
            "count": Out(3.0, dependencies=(VPC,)),
            "image": "nginx:1",
            "port": "8080",
            "readOnly": "true",
            "environment": {"PORT": 8080.0, "RATE": 0.5, "DEBUG": True, "N": Out(2.0, dependencies=(VPC,))},
            "tags": Out({"cost": 12.0}, dependencies=(VPC,)),
        },
    )
    container, service = _container(engine), engine.resource(":Service").inputs
    assert {pair["name"]: pair["value"] for pair in container["environment"]} == {
        "DEBUG": "true",
        "N": "2",
        "PORT": "8080",
        "RATE": "0.5",
    }
    assert container["portMappings"] == [{"containerPort": 8080, "protocol": "tcp"}]
    assert container["readonlyRootFilesystem"] is True
    assert service["desiredCount"] == 3
    assert service["cluster"] == cluster["arn"]
    assert service["tags"] == {"moorage:app": "notes", "moorage:stack": "dev", "cost": "12"}
    assert service["networkConfiguration"]["subnets"] == network["publicSubnetIds"]
    platform = engine.resource(":TaskDefinition").inputs["runtimePlatform"]
    assert platform["cpuArchitecture"] == "ARM64"
    assert made.state["address"] == ""


def test_an_environment_that_is_an_output(engine: PluginEngine, construct: Construct) -> None:
    arguments = {
        "cluster": {"arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/shared", "name": "shared"},
        "network": {"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1", "subnet-2"]},
        "image": "nginx:1",
        "environment": Out({"PORT": 8080.0, "DEBUG": True}, dependencies=(VPC,)),
    }
    construct(engine, "ContainerApp", "notes", arguments)
    assert _container(engine)["environment"] == [
        {"name": "DEBUG", "value": "true"},
        {"name": "PORT", "value": "8080"},
    ]


def test_a_reference_that_a_resource_computes(engine: PluginEngine, construct: Construct) -> None:
    network = {"vpcId": "vpc-1", "publicSubnetIds": ["subnet-1", "subnet-2"]}
    with pytest.raises(Refused) as refused:
        construct(
            engine, "EcsCluster", "main", {"capacity": Out("ec2", dependencies=(VPC,)), "network": network}
        )
    assert "or an output of a StackReference" in str(refused.value)
