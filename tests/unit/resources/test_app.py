"""What an app emits, for each capacity and exposure."""

from typing import Any

import pytest
from support.fixtures import GraphOf

from moorage.offline import UNKNOWN, Resource, ResourceGraph
from moorage.testing import assert_unique_urns, container_definitions

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/one"
APP = "moorage:index:ContainerApp"
SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
RULE = "aws:lb/listenerRule:ListenerRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
CAPACITIES = ["fargate", "fargate_spot", "ec2", "managed_instances"]


def inside(graph: ResourceGraph, name: str = "web") -> list[Resource]:
    return graph.children(graph.one(APP, name))


def container(graph: ResourceGraph) -> dict[str, Any]:
    return container_definitions(graph.one(TASK))["web"]


@pytest.mark.parametrize("capacity", CAPACITIES)
@pytest.mark.parametrize("balancer", [None, {}], ids=["alone", "balanced"])
def test_what_an_app_consists_of(
    graph_of: GraphOf, preview: bool, capacity: str, balancer: dict[str, Any] | None
) -> None:
    graph = graph_of(capacity, balancer=balancer, preview=preview)
    expected = ["LogGroup", "Role", "Role", "RolePolicy", "RolePolicy", "Service", "TaskDefinition"]
    if capacity != "ec2":
        expected += ["SecurityGroup", "SecurityGroupEgressRule"]
    if balancer is not None:
        expected += ["ListenerRule", "TargetGroup"]
        if capacity != "ec2":
            expected.append("SecurityGroupIngressRule")
    assert sorted(resource.type.split(":")[-1] for resource in inside(graph)) == sorted(expected)
    assert_unique_urns(graph)


@pytest.mark.parametrize(
    ("capacity", "compatibility", "mode"),
    [
        ("fargate", "FARGATE", "awsvpc"),
        ("fargate_spot", "FARGATE", "awsvpc"),
        ("ec2", "EC2", "bridge"),
        ("managed_instances", "MANAGED_INSTANCES", "awsvpc"),
    ],
)
def test_the_task_definition(
    graph_of: GraphOf, preview: bool, capacity: str, compatibility: str, mode: str
) -> None:
    task = graph_of(capacity, arch="arm64", preview=preview).one(TASK)
    assert task.inputs["requiresCompatibilities"] == [compatibility]
    assert task.inputs["networkMode"] == mode
    assert (task.inputs["cpu"], task.inputs["memory"]) == ("256", "512")
    assert task.inputs["runtimePlatform"] == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    assert task.inputs["family"] == "project-dev-web"
    assert task.inputs["skipDestroy"] is True
    assert task.options["protect"] is False


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_the_service_always_redeploys_and_names_its_strategy(
    graph_of: GraphOf, preview: bool, capacity: str
) -> None:
    graph = graph_of(capacity, preview=preview)
    service = graph.one(SERVICE).inputs
    provider = {"base": 0, "weight": 1}
    if capacity in ("ec2", "managed_instances"):
        provider["capacityProvider"] = graph.one("aws:ecs/capacityProvider:CapacityProvider").outputs["name"]
    expected = {
        "fargate": [{"capacityProvider": "FARGATE", "base": 0, "weight": 1}],
        "fargate_spot": [
            {"capacityProvider": "FARGATE", "base": 1, "weight": 0},
            {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 1},
        ],
    }
    assert service["capacityProviderStrategies"] == expected.get(capacity, [provider])
    assert service["forceNewDeployment"] is True
    assert "launchType" not in service
    assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert (service["deploymentMinimumHealthyPercent"], service["deploymentMaximumPercent"]) == (100, 200)
    assert service["propagateTags"] == "SERVICE"


def test_the_weights_of_the_spot_mix(graph_of: GraphOf) -> None:
    graph = graph_of("fargate_spot", on_demand_base=2.0, on_demand_weight=1.0, spot_weight=3.0)
    assert graph.one(SERVICE).inputs["capacityProviderStrategies"] == [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
    ]


def test_a_daemon_has_a_launch_type_and_no_strategy(graph_of: GraphOf, preview: bool) -> None:
    # AWS: "Specifying a capacity provider strategy is not supported when you create a service using the
    # DAEMON scheduling strategy".
    service = graph_of("ec2", apps={"web": {"daemon": True}}, preview=preview).one(SERVICE).inputs
    assert service["launchType"] == "EC2"
    assert service["schedulingStrategy"] == "DAEMON"
    for absent in ("capacityProviderStrategies", "desiredCount", "orderedPlacementStrategies"):
        assert absent not in service
    assert (service["deploymentMinimumHealthyPercent"], service["deploymentMaximumPercent"]) == (0, 100)


@pytest.mark.parametrize(
    ("placement", "strategies", "constraints"),
    [
        (None, [("spread", "attribute:ecs.availability-zone"), ("spread", "instanceId")], None),
        ("az_binpack", [("spread", "attribute:ecs.availability-zone"), ("binpack", "memory")], None),
        ("binpack", [("binpack", "memory")], None),
        ("one_per_host", None, [{"type": "distinctInstance"}]),
    ],
)
def test_placement_on_instances(
    graph_of: GraphOf, placement: str | None, strategies: Any, constraints: Any
) -> None:
    args = {} if placement is None else {"placement": placement}
    service = graph_of("ec2", apps={"web": args}).one(SERVICE).inputs
    found = service.get("orderedPlacementStrategies")
    assert (found and [(each["type"], each["field"]) for each in found]) == strategies
    assert service.get("placementConstraints") == constraints


@pytest.mark.parametrize("capacity", ["fargate", "managed_instances"])
def test_no_placement_where_ecs_refuses_it(graph_of: GraphOf, capacity: str) -> None:
    service = graph_of(capacity).one(SERVICE).inputs
    assert not {"orderedPlacementStrategies", "placementConstraints"} & set(service)


PUBLIC = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}
PRIVATE = {**PUBLIC, "private_subnet_ids": ["c"], "private_egress": True}


@pytest.mark.parametrize(
    ("capacity", "network", "app", "subnets", "address"),
    [
        ("fargate", PUBLIC, {}, ["a", "b"], True),
        ("fargate", {**PUBLIC, "private_subnet_ids": ["c"]}, {}, ["a", "b"], True),
        ("fargate", PRIVATE, {}, ["c"], False),
        ("fargate", PRIVATE, {"subnets": "public"}, ["a", "b"], True),
        ("managed_instances", PRIVATE, {}, ["c"], False),
        ("ec2", PRIVATE, {"network_mode": "awsvpc"}, ["c"], False),
    ],
)
def test_where_tasks_are(
    graph_of: GraphOf, capacity: str, network: Any, app: Any, subnets: list[str], address: bool
) -> None:
    graph = graph_of(capacity, network=network, apps={"web": app})
    placed = graph.one(SERVICE).inputs["networkConfiguration"]
    assert placed["subnets"] == subnets
    assert placed["assignPublicIp"] is address
    assert placed["securityGroups"] == [graph.one(GROUP, "web-tasks").id]


def test_bridge_tasks_are_where_their_instance_is(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of("ec2", balancer={}, preview=preview)
    service = graph.one(SERVICE)
    assert "networkConfiguration" not in service.inputs
    assert graph.one(TARGET_GROUP).inputs["targetType"] == "instance"
    groups = [resource.name for resource in graph.of_type(GROUP)]
    assert sorted(groups) == ["alb-alb", "main-instances"]
    # A live app that moves between bridge and awsvpc is a new service beside the old one.
    assert service.name != graph_of("fargate").one(SERVICE).name


def test_host_ports(graph_of: GraphOf) -> None:
    dynamic = graph_of("ec2", balancer={})
    assert container(dynamic)["portMappings"] == [{"containerPort": 8080, "hostPort": 0, "protocol": "tcp"}]
    fixed = graph_of("ec2", apps={"web": {"host_port": 80.0, "port": 8080.0, "public": True}})
    assert container(fixed)["portMappings"] == [{"containerPort": 8080, "hostPort": 80, "protocol": "tcp"}]
    assert "hostPort" not in container(graph_of(balancer={}))["portMappings"][0]


def opened(graph: ResourceGraph) -> list[tuple[Any, ...]]:
    """Ports, the group or range that is let in, and the group it is let in to, by name."""
    names = {resource.id: resource.name for resource in graph.of_type(GROUP)}
    return sorted(
        (
            rule.inputs["fromPort"],
            rule.inputs["toPort"],
            names.get(rule.inputs.get("referencedSecurityGroupId"), rule.inputs.get("cidrIpv4")),
            names[rule.inputs["securityGroupId"]],
        )
        for rule in graph.of_type(INGRESS)
        if rule.name != "alb-alb-in-80"
    )


@pytest.mark.parametrize(
    ("capacity", "balancer", "app", "expected"),
    [
        ("fargate", None, {}, []),
        ("fargate", None, {"public": True, "port": 80}, [(80, 80, "0.0.0.0/0", "web-tasks")]),
        ("fargate", {}, {"port": 3000}, [(3000, 3000, "alb-alb", "web-tasks")]),
        ("ec2", None, {}, []),
        ("ec2", {}, {}, [(32768, 65535, "alb-alb", "main-instances")]),
        ("ec2", None, {"host_port": 80, "public": True}, [(80, 80, "0.0.0.0/0", "main-instances")]),
        (
            "ec2",
            {},
            {"host_port": 80},
            [(80, 80, "alb-alb", "main-instances"), (32768, 65535, "alb-alb", "main-instances")],
        ),
        ("managed_instances", {}, {}, [(8080, 8080, "alb-alb", "web-tasks")]),
    ],
)
def test_who_reaches_a_task(
    graph_of: GraphOf, capacity: str, balancer: dict[str, Any] | None, app: dict[str, Any], expected: Any
) -> None:
    assert opened(graph_of(capacity, balancer=balancer, apps={"web": app})) == expected


def test_the_target_group_and_its_check(graph_of: GraphOf, preview: bool) -> None:
    args = {
        "health_check": {"path": "/healthz", "interval": 10.0},
        "deregistration_delay": 15.0,
        "port": 3000,
    }
    graph = graph_of(balancer={}, apps={"web": args}, preview=preview)
    group = graph.one(TARGET_GROUP).inputs
    # Its own port is fixed: a change of the container's makes no new group.
    assert (group["port"], group["protocol"], group["targetType"]) == (80, "HTTP", "ip")
    assert int(group["deregistrationDelay"]) == 15
    assert ".0" not in str(group["deregistrationDelay"])
    assert group["healthCheck"] == {
        "path": "/healthz",
        "port": "traffic-port",
        "protocol": "HTTP",
        "interval": 10,
        "timeout": 4,
        "healthyThreshold": 2,
        "unhealthyThreshold": 2,
        "matcher": "200-399",
    }
    (target,) = graph.one(SERVICE).inputs["loadBalancers"]
    assert (target["containerName"], target["containerPort"]) == ("web", 3000)
    assert graph.one(SERVICE).inputs["healthCheckGracePeriodSeconds"] == 60


def test_no_grace_period_without_a_balancer(graph_of: GraphOf) -> None:
    service = graph_of().one(SERVICE).inputs
    assert not {"healthCheckGracePeriodSeconds", "loadBalancers"} & set(service)


def test_the_service_waits_for_every_rule_the_association_and_the_task(graph_of: GraphOf) -> None:
    rules = [{"path": "/api/*"}, {"host": "a.example.com"}]
    graph = graph_of(balancer={}, apps={"web": {"rules": rules}})
    service = graph.one(SERVICE)
    made = {rule.urn for rule in graph.of_type(RULE)}
    assert len(made) == 2
    assert made <= set(service.dependencies)
    association = graph.one("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders")
    assert association.urn in service.property_dependencies["cluster"]
    assert service.property_dependencies["taskDefinition"] == (graph.one(TASK).urn,)


def test_conditions_of_rules(graph_of: GraphOf) -> None:
    rules = [{"path": "/api/*"}, {"host": "a.example.com"}, {"host": "b.example.com", "path": "/x"}]
    graph = graph_of(balancer={}, apps={"web": {"rules": rules}})
    assert [rule.inputs["conditions"] for rule in graph.of_type(RULE)] == [
        [{"pathPattern": {"values": ["/api/*"]}}],
        [{"hostHeader": {"values": ["a.example.com"]}}],
        [{"hostHeader": {"values": ["b.example.com"]}}, {"pathPattern": {"values": ["/x"]}}],
    ]
    everything = graph_of(balancer={}).one(RULE).inputs
    assert everything["conditions"] == [{"pathPattern": {"values": ["/*"]}}]
    assert everything["actions"][0]["type"] == "forward"


@pytest.mark.parametrize(
    ("rules", "balancer", "url"),
    [
        (None, {"domain": "x.com", "certificate_arn": CERTIFICATE}, "https://x.com"),
        ([{"path": "/api/*"}], {"domain": "x.com", "certificate_arn": CERTIFICATE}, "https://x.com/api"),
        ([{"host": "a.x.com"}], {"domain": "*.x.com", "certificate_arn": CERTIFICATE}, "https://a.x.com"),
        (
            [{"host": "*.x.com", "path": "/y"}],
            {"domain": "x.com", "certificate_arn": CERTIFICATE},
            "https://x.com/y",
        ),
        ([{"path": "*"}], {"domain": "x.com", "certificate_arn": CERTIFICATE}, "https://x.com"),
    ],
)
def test_the_url(graph_of: GraphOf, rules: Any, balancer: dict[str, Any] | None, url: str) -> None:
    args = {} if rules is None else {"rules": rules}
    graph = graph_of(balancer=balancer, apps={"web": args})
    assert graph.one(APP).outputs["url"] == url


def test_without_a_balancer_the_url_is_empty(graph_of: GraphOf) -> None:
    assert graph_of().one(APP).outputs["url"] == ""


def test_autoscaling(graph_of: GraphOf, preview: bool) -> None:
    scaling = {"min": 2.0, "max": 6.0, "cpu": 50.0, "memory": 70.0, "requests": 1000.0}
    graph = graph_of(balancer={}, apps={"web": {"autoscaling": scaling}}, preview=preview)
    service = graph.one(SERVICE)
    assert service.inputs["desiredCount"] == 2
    assert service.options["ignoreChanges"] == ["desiredCount"]
    target = graph.one("aws:appautoscaling/target:Target").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 6)
    names = (graph.one("aws:ecs/cluster:Cluster").outputs["name"], service.outputs["name"])
    assert target["resourceId"] == "service/{}/{}".format(*names)
    policies = {
        p.name: p.inputs["targetTrackingScalingPolicyConfiguration"]
        for p in graph.of_type("aws:appautoscaling/policy:Policy")
    }
    assert {name: policy["targetValue"] for name, policy in policies.items()} == {
        "web-scaling-cpu": 50,
        "web-scaling-memory": 70,
        "web-scaling-requests": 1000,
    }
    label = policies["web-scaling-requests"]["predefinedMetricSpecification"]["resourceLabel"]
    if preview:
        assert label is UNKNOWN
    else:
        assert label.startswith("app/")
        assert "/targetgroup/" in label


def test_only_an_autoscaled_count_is_left_alone(graph_of: GraphOf) -> None:
    service = graph_of(apps={"web": {"count": 3.0}}).one(SERVICE)
    assert service.inputs["desiredCount"] == 3
    assert "ignoreChanges" not in service.options


@pytest.mark.parametrize(("preset", "days", "shell"), [("dev", 30, True), ("prod", 90, False)])
def test_presets(graph_of: GraphOf, preset: str, days: int, shell: bool) -> None:
    graph = graph_of(preset=preset)
    assert graph.one("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == days
    assert graph.one(SERVICE).inputs["enableExecuteCommand"] is shell


def test_tags_on_everything_that_takes_them(graph_of: GraphOf) -> None:
    graph = graph_of(balancer={}, apps={"web": {"tags": {"team": "notes"}}}, stack="live")
    untagged = {"RolePolicy"}
    for resource in inside(graph):
        if resource.type.split(":")[-1] not in untagged:
            expected = {"moorage:app": "web", "moorage:stack": "live", "team": "notes"}
            assert resource.inputs["tags"] == expected, resource.name
