"""How apps find each other without a load balancer: Service Connect, Cloud Map DNS, security groups."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

import moorage
from moorage.offline import UNKNOWN, ResourceGraph, evaluate
from moorage.testing import container_definitions

TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
NAMESPACE = "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-abc"
AUTHORITY = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/one"
PRIVATE: Any = {
    "vpc_id": "vpc-1",
    "public_subnet_ids": ["a", "b"],
    "private_subnet_ids": ["c", "d"],
    "private_egress": True,
}
PAIRS = ("services-in-instances", "instances-in-services", "instances-in")
ROLE = "arn:aws:iam::123456789012:role/tls"


def apps(
    named: dict[str, dict[str, Any]],
    cluster: dict[str, Any] | None = None,
    capacity: str = "fargate",
    *,
    preview: bool = False,
) -> ResourceGraph:
    def program() -> None:
        network = moorage.Network("net", {})
        main = moorage.EcsCluster("main", {"network": network.ref, "capacity": capacity})
        for name, args in named.items():
            given = {key: value() if callable(value) else value for key, value in args.items()}
            shared = {"image": "nginx:1", "cluster": {**main.ref, **(cluster or {})}, "network": network.ref}
            moorage.ContainerApp(name, {**shared, **given})

    return evaluate(program, preview=preview)


def test_an_app_offers_its_port_under_its_name_in_the_namespace_of_the_cluster(preview: bool) -> None:
    graph = apps({"Web": {"connect": {}}}, {"namespace_arn": NAMESPACE}, preview=preview)
    assert graph.one(SERVICE).inputs["serviceConnectConfiguration"] == {
        "enabled": True,
        "namespace": NAMESPACE,
        "services": [
            {
                "portName": "web-8080",
                "discoveryName": "web",
                "clientAlias": [{"port": 8080, "dnsName": "web"}],
            }
        ],
    }
    if not preview:
        (mapping,) = container_definitions(graph.one(TASK))["Web"]["portMappings"]
        assert mapping == {"containerPort": 8080, "protocol": "tcp", "name": "web-8080"}


def test_an_app_that_only_calls_others_offers_nothing() -> None:
    graph = apps({"web": {"connect": {"namespace": NAMESPACE, "services": []}}})
    assert graph.one(SERVICE).inputs["serviceConnectConfiguration"] == {
        "enabled": True,
        "namespace": NAMESPACE,
    }
    assert "portMappings" not in container_definitions(graph.one(TASK))["web"]


def test_everything_that_can_be_said_of_what_is_offered() -> None:
    offered = {
        "port": 9000.0,
        "name": "api",
        "aliases": [{"dns_name": "api.shop", "port": 80}],
        "ingress_port": 15000,
        "tls": {"certificate_authority_arn": AUTHORITY, "role_arn": ROLE, "kms_key": "alias/tls"},
        "idle_timeout": 0,
        "request_timeout": 30,
    }
    side = {"image": "envoy:1", "ports": [{"port": 9000, "name": "front", "app_protocol": "http2"}]}
    connect = {"namespace": NAMESPACE, "services": [offered], "clients": ["sg-0123"]}
    graph = apps({"web": {"connect": connect, "containers": {"side": side}}})
    (service,) = graph.one(SERVICE).inputs["serviceConnectConfiguration"]["services"]
    assert service == {
        "portName": "front",
        "discoveryName": "api",
        "clientAlias": [{"port": 80, "dnsName": "api.shop"}],
        "ingressPortOverride": 15000,
        "tls": {
            "issuerCertAuthority": {"awsPcaAuthorityArn": AUTHORITY},
            "roleArn": ROLE,
            "kmsKey": "alias/tls",
        },
        "timeout": {"idleTimeoutSeconds": 0, "perRequestTimeoutSeconds": 30},
    }
    (rule,) = graph.of_type(INGRESS)
    assert (rule.inputs["fromPort"], rule.inputs["referencedSecurityGroupId"]) == (15000, "sg-0123")
    assert rule.urn in graph.one(SERVICE).dependencies


@pytest.mark.parametrize(("capacity", "record"), [("fargate", "A"), ("ec2", "SRV")])
def test_a_name_in_dns(preview: bool, capacity: str, record: str) -> None:
    def discovery() -> Any:
        space = aws.servicediscovery.PrivateDnsNamespace("shop", name="shop.internal", vpc="vpc-1")
        return {"namespace_id": space.id, "name": "api", "ttl": 30}

    graph = apps({"web": {"port": 80, "discovery": discovery}}, capacity=capacity, preview=preview)
    made = graph.one("aws:servicediscovery/service:Service")
    space = graph.one("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace")
    assert made.inputs["name"] == "api"
    config = made.inputs["dnsConfig"]
    assert config["dnsRecords"] == [{"type": record, "ttl": 30}]
    assert config["namespaceId"] == (UNKNOWN if preview else space.id)
    registry = dict(graph.one(SERVICE).inputs["serviceRegistries"])
    assert registry.pop("registryArn") == (UNKNOWN if preview else made.outputs["arn"])
    assert registry == ({"containerName": "web", "containerPort": 80} if record == "SRV" else {})


def test_clients_of_a_name_in_dns_reach_each_port(preview: bool) -> None:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        shared: Any = {"image": "nginx:1", "cluster": cluster.ref, "network": network.ref}
        caller = moorage.ContainerApp("caller", shared)
        clients = [caller.security_group_id, "sg-0123"]
        moorage.ContainerApp(
            "web",
            {
                **shared,
                "port": 80,
                "ports": [{"port": 53, "protocol": "udp"}],
                "containers": {"side": {"image": "envoy:1", "ports": [{"port": 53}]}},
                "discovery": {"namespace_id": "ns-abc", "clients": clients},
                # The same clients and port again: EC2 would refuse a second rule.
                "connect": {"namespace": NAMESPACE, "clients": clients[:1]},
            },
        )

    graph = evaluate(program, preview=preview)
    caller = UNKNOWN if preview else graph.one(GROUP, "caller-tasks").id
    rules = {
        rule.name.removeprefix("web-tasks-in-"): (
            rule.inputs["ipProtocol"],
            rule.inputs["fromPort"],
            rule.inputs["toPort"],
            rule.inputs["referencedSecurityGroupId"],
        )
        for rule in graph.of_type(INGRESS)
    }
    assert rules == {
        "connect-1-80": ("tcp", 80, 80, caller),
        "discovery-1-53": ("tcp", 53, 53, caller),
        "discovery-1-udp-53": ("udp", 53, 53, caller),
        "from-sg-0123-53": ("tcp", 53, 53, "sg-0123"),
        "from-sg-0123-udp-53": ("udp", 53, 53, "sg-0123"),
        "from-sg-0123-80": ("tcp", 80, 80, "sg-0123"),
    }
    renamed = graph.one(INGRESS, "web-tasks-in-from-sg-0123-80")
    assert [alias["name"] for alias in renamed.options["aliases"]] == ["web-tasks-in-discovery-2-80"]
    group = UNKNOWN if preview else graph.one(GROUP, "web-tasks").id
    for rule in graph.of_type(INGRESS):
        assert rule.inputs["securityGroupId"] == group
        assert rule.urn in graph.one(SERVICE, "web").dependencies


def test_the_rule_of_a_client_stays_when_another_is_removed() -> None:
    """It is created before the other is deleted: EC2 would refuse it while one for its port is there."""

    def rules(connect: list[str], discovery: list[str]) -> dict[str, str]:
        asked: dict[str, Any] = {"port": 80, "discovery": {"namespace_id": "ns-abc", "clients": discovery}}
        if connect:
            asked["connect"] = {"namespace": NAMESPACE, "clients": connect}
        made = apps({"web": asked}).of_type(INGRESS)
        return {rule.name: rule.inputs["referencedSecurityGroupId"] for rule in made}

    before, kept = rules(["sg-1", "sg-2"], []), "web-tasks-in-from-sg-2-80"
    assert before == {"web-tasks-in-from-sg-1-80": "sg-1", kept: "sg-2"}
    assert rules(["sg-2"], []) == rules([], ["sg-2"]) == {kept: "sg-2"}


def test_security_groups_that_exist() -> None:
    beside = apps({"web": {"security_group_ids": ["sg-1"]}}).one(SERVICE).inputs["networkConfiguration"]
    assert beside["securityGroups"][1:] == ["sg-1"]
    graph = apps({"web": {"security_group": False, "security_group_ids": ["sg-1", "sg-2"]}})
    assert graph.one(SERVICE).inputs["networkConfiguration"]["securityGroups"] == ["sg-1", "sg-2"]
    assert graph.of_type(GROUP) == []
    assert graph.one("moorage:index:ContainerApp").outputs["securityGroupId"] == "sg-1"
    none = apps({"web": {"security_group": False}})
    assert none.one(SERVICE).inputs["networkConfiguration"]["securityGroups"] == []


def test_further_ports_are_open_where_they_are_to_be() -> None:
    ports = [{"port": 53, "protocol": "udp", "public": True}, {"port": 9000}]
    graph = apps({"web": {"port": 80, "public": True, "ports": ports}})
    open_ports = {(rule.inputs["ipProtocol"], rule.inputs["fromPort"]) for rule in graph.of_type(INGRESS)}
    assert open_ports == {("tcp", 80), ("udp", 53)}
    mapped = container_definitions(graph.one(TASK))["web"]["portMappings"]
    assert [port["containerPort"] for port in mapped] == [80, 53, 9000]


def test_the_own_port_keeps_its_place_in_the_list() -> None:
    ports = [{"port": 53, "protocol": "udp"}, {"port": 80, "name": "http"}]
    graph = apps({"web": {"port": 80, "ports": ports}})
    mapped = container_definitions(graph.one(TASK))["web"]["portMappings"]
    assert [port["containerPort"] for port in mapped] == [53, 80]


def test_a_service_comes_after_what_it_is_told(preview: bool) -> None:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        shared: Any = {"image": "nginx:1", "cluster": cluster.ref, "network": network.ref}
        topic = aws.sns.Topic("first")
        db = moorage.ContainerApp("db", shared)
        after = [db.service_name, topic.arn, pulumi.Output.from_input("x"), "y"]
        moorage.ContainerApp("web", {**shared, "after": after})

    graph = evaluate(program, preview=preview)
    web = graph.one(SERVICE, "web")
    assert {graph.one(SERVICE, "db").urn, graph.one("aws:sns/topic:Topic").urn} <= {*web.dependencies}
    assert web.inputs["desiredCount"] == 1


def test_apps_of_a_cluster_with_a_namespace_call_each_other(preview: bool) -> None:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref, "namespace": True})
        shared: Any = {"image": "nginx:1", "cluster": cluster.ref, "network": network.ref}
        moorage.ContainerApp("db", {**shared, "port": 5432, "connect": {}})
        moorage.ContainerApp("web", {**shared, "connect": {"services": []}})
        moorage.ContainerApp("alone", shared)

    graph = evaluate(program, preview=preview)
    space = graph.one("aws:servicediscovery/httpNamespace:HttpNamespace")
    group = graph.one(GROUP, "main-services")
    rule = graph.one(INGRESS, "main-services-in")
    assert (rule.inputs["ipProtocol"], rule.inputs["referencedSecurityGroupId"]) == (
        "-1",
        UNKNOWN if preview else group.id,
    )
    for name in ("db", "web"):
        inputs = graph.one(SERVICE, name).inputs
        expected = UNKNOWN if preview else space.outputs["arn"]
        assert inputs["serviceConnectConfiguration"]["namespace"] == expected
        assert len(inputs["networkConfiguration"]["securityGroups"]) == 2
        if not preview:
            assert inputs["networkConfiguration"]["securityGroups"][1] == group.id
    alone = graph.one(SERVICE, "alone").inputs
    assert "serviceConnectConfiguration" not in alone
    assert len(alone["networkConfiguration"]["securityGroups"]) == 1


def test_apps_with_names_in_dns_reach_each_other_in_a_cluster_with_a_namespace(preview: bool) -> None:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref, "namespace": True})
        shared: Any = {"image": "nginx:1", "cluster": cluster.ref, "network": network.ref}
        moorage.ContainerApp("db", {**shared, "port": 5432, "discovery": {"namespace_id": "ns-abc"}})
        moorage.ContainerApp("web", {**shared, "connect": {"services": []}})

    graph = evaluate(program, preview=preview)
    for name in ("db", "web"):
        groups = graph.one(SERVICE, name).inputs["networkConfiguration"]["securityGroups"]
        made = [graph.one(GROUP, f"{name}-tasks").id, graph.one(GROUP, "main-services").id]
        assert groups == ([UNKNOWN] * 2 if preview else made)


@pytest.mark.parametrize("capacity", ["ec2", "managed_instances"])
def test_bridge_tasks_are_reached_in_a_cluster_with_a_namespace(preview: bool, capacity: str) -> None:
    def program() -> None:
        network = moorage.Network("net", PRIVATE)
        moorage.EcsCluster("main", {"network": network.ref, "namespace": True, "capacity": capacity})

    graph = evaluate(program, preview=preview)
    assert {rule.name: rule.inputs["ipProtocol"] for rule in graph.of_type(INGRESS)} == {
        "main-services-in": "-1",
        "main-services-in-instances": "-1",
        "main-instances-in-services": "-1",
        "main-instances-in": "-1",
    }
    if not preview:
        services, instances = (graph.one(GROUP, f"main-{name}").id for name in ("services", "instances"))
        rules = [graph.one(INGRESS, f"main-{name}").inputs for name in PAIRS]
        pairs = [(rule["securityGroupId"], rule["referencedSecurityGroupId"]) for rule in rules]
        assert pairs == [(services, instances), (instances, services), (instances, instances)]


def test_a_namespace_needs_a_network() -> None:
    with pytest.raises(Exception, match="namespace: True: needs network"):
        evaluate(lambda: moorage.EcsCluster("main", {"namespace": True}) and None)
