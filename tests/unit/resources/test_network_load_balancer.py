"""A network load balancer, and apps behind it."""

import json
from typing import Any

import pytest
from support.fixtures import GraphOf

import moorage
from moorage.graph import view
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.values import Values
from moorage.offline import EvaluationError, ResourceGraph, evaluate
from moorage.plan.preflight import check
from moorage.plan.wording import entry_points

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SERVICE = "aws:ecs/service:Service"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/one"
NETWORK: dict[str, Any] = {"type": "network"}
TLS: dict[str, Any] = {**NETWORK, "domain": "mq.example.com", "certificate_arn": CERTIFICATE}
UDP: dict[str, Any] = {
    "protocol": "udp",
    "port": 53,
    "ports": [{"port": 8080}],
    "health_check": {"port": 8080},
}


def opened(graph: ResourceGraph) -> dict[str, tuple[Any, ...]]:
    """Return protocol, first and last port and the range of clients of each ingress rule."""
    keys = ("ipProtocol", "fromPort", "toPort", "cidrIpv4")
    return {rule.name: tuple(map(rule.inputs.get, keys)) for rule in graph.of_type(INGRESS)}


def refused(graph_of: GraphOf, app: dict[str, Any], balancer: dict[str, Any] = NETWORK, **rest: Any) -> str:
    with pytest.raises(EvaluationError) as error:
        graph_of(balancer=balancer, apps={"web": app}, **rest)
    return str(error.value)


def test_an_app_has_a_listener_of_its_own(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(balancer=NETWORK, apps={"web": {"port": 6379}}, preview=preview)
    balancer = graph.one(BALANCER).inputs
    assert {key: balancer.get(key) for key in ("loadBalancerType", "enableCrossZoneLoadBalancing")} == {
        "loadBalancerType": "network",
        "enableCrossZoneLoadBalancing": True,
    }
    assert not {"idleTimeout", "dropInvalidHeaderFields", "desyncMitigationMode"} & {*balancer}
    assert len(balancer["securityGroups"]) == 1
    listener = graph.one(LISTENER)
    assert (listener.name, listener.inputs["port"], listener.inputs["protocol"]) == (
        "web-listener",
        6379,
        "TCP",
    )
    assert "certificateArn" not in listener.inputs
    assert [action["type"] for action in listener.inputs["defaultActions"]] == ["forward"]
    assert graph.of_type(RULE) == []
    group = graph.one(TARGET_GROUP)
    assert (group.name, group.inputs["protocol"], group.inputs["targetType"]) == ("web-tg-tcp", "TCP", "ip")
    assert group.inputs["healthCheck"] == {
        "protocol": "TCP",
        "port": "traffic-port",
        "interval": 5,
        "timeout": 4,
        "healthyThreshold": 2,
        "unhealthyThreshold": 2,
    }
    assert opened(graph) == {
        "web-listener-in-6379": ("tcp", 6379, 6379, "0.0.0.0/0"),
        "web-tasks-in-6379": ("tcp", 6379, 6379, None),
    }
    service = graph.one(SERVICE)
    assert listener.urn in service.dependencies
    assert [entry["containerPort"] for entry in service.inputs["loadBalancers"]] == [6379]
    assert not [each for each in check(view(graph)) if each.rule.startswith("preflight/")]


def test_the_listener_port_and_the_addresses_of_clients(graph_of: GraphOf, preview: bool) -> None:
    balancer = {**NETWORK, "allowed_cidrs": ["203.0.113.0/24"], "cross_zone": False}
    graph = graph_of(balancer=balancer, apps={"web": {"listener_port": 5000}}, preview=preview)
    assert graph.one(BALANCER).inputs["enableCrossZoneLoadBalancing"] is False
    assert graph.one(LISTENER).inputs["port"] == 5000
    assert opened(graph) == {
        "web-listener-in-5000-203.0.113.0-24": ("tcp", 5000, 5000, "203.0.113.0/24"),
        "web-tasks-in-8080": ("tcp", 8080, 8080, None),
    }


def test_tls_ends_at_the_load_balancer(graph_of: GraphOf, preview: bool) -> None:
    app = {"protocol": "tls", "port": 1883, "listener_port": 8883, "health_check": {"path": "/up"}}
    graph = graph_of(balancer=TLS, apps={"web": app}, preview=preview)
    listener = graph.one(LISTENER).inputs
    assert (listener["protocol"], listener["certificateArn"]) == ("TLS", CERTIFICATE)
    assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    group = graph.one(TARGET_GROUP)
    # The same as with tcp: the change is one of the listener.
    assert (group.name, group.inputs["protocol"]) == ("web-tg-tcp", "TCP")
    check = group.inputs["healthCheck"]
    assert (check["protocol"], check["path"], check["matcher"]) == ("HTTP", "/up", "200-399")
    assert entry_points(view(graph)) == ["tls://(alb-nlb DNS name):8883 -> web:1883"]


def test_udp_is_checked_on_a_tcp_port(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(balancer=NETWORK, apps={"web": {**UDP, "stickiness": {}}}, preview=preview)
    assert graph.one(LISTENER).inputs["protocol"] == "UDP"
    group = graph.one(TARGET_GROUP).inputs
    assert (group["protocol"], group["healthCheck"]["protocol"], group["healthCheck"]["port"]) == (
        *("UDP", "TCP", "8080"),
    )
    assert group["stickiness"] == {"type": "source_ip", "enabled": True}
    assert opened(graph) == {
        "web-listener-in-53": ("udp", 53, 53, "0.0.0.0/0"),
        "web-tasks-in-udp-53": ("udp", 53, 53, None),
        "web-tasks-in-8080": ("tcp", 8080, 8080, None),
    }
    definition = graph.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    if not preview:
        (container,) = json.loads(definition)
        mapped = {(port["containerPort"], port["protocol"]) for port in container["portMappings"]}
        assert mapped == {(53, "udp"), (8080, "tcp")}
    assert not [each for each in check(view(graph)) if each.rule.startswith("preflight/")]


@pytest.mark.parametrize(
    ("type_", "addresses", "expected"),
    [
        ("network", "dualstack", "on"),
        ("network", "ipv4", None),
        ("network", None, None),
        ("application", "dualstack", None),
    ],
)
def test_udp_of_ipv6_clients_has_a_prefix_for_source_nat(
    graph_of: GraphOf, preview: bool, type_: str, addresses: str | None, expected: str | None
) -> None:
    chosen = {"ip_address_type": addresses} if addresses else {}
    udp = {"protocol": "udp", "ports": [{"port": 8081}], "health_check": {"port": 8081}}
    app = udp if type_ == "network" else {}
    graph = graph_of(balancer={"type": type_, **chosen}, apps={"web": app}, preview=preview)
    made = graph.one("aws:lb/loadBalancer:LoadBalancer").inputs
    assert made.get("enablePrefixForIpv6SourceNat") == expected


def test_dynamic_ports_of_instances(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of("ec2", balancer=NETWORK, preview=preview)
    assert graph.one(TARGET_GROUP).inputs["targetType"] == "instance"
    to_instances = {name: rule for name, rule in opened(graph).items() if "to-instances" in name}
    assert to_instances == {
        "alb-nlb-to-instances": ("tcp", 32768, 65535, None),
        "alb-nlb-to-instances-udp": ("udp", 32768, 65535, None),
    }


def test_deployments_move_the_listener(graph_of: GraphOf, preview: bool) -> None:
    app = {"deployment": "blue_green", "deployment_options": {"test_port": 9000}}
    graph = graph_of(balancer=NETWORK, apps={"web": app}, preview=preview)
    listeners = {each.name: each for each in graph.of_type(LISTENER)}
    assert {name: each.inputs["port"] for name, each in listeners.items()} == {
        "web-listener": 8080,
        "web-test-listener": 9000,
    }
    service = graph.one(SERVICE)
    moving = service.inputs["loadBalancers"][0]["advancedConfiguration"]
    if not preview:
        assert moving["productionListenerRule"] == listeners["web-listener"].outputs["arn"]
        assert moving["testListenerRule"] == listeners["web-test-listener"].outputs["arn"]
        groups = {each.name: each.outputs["arn"] for each in graph.of_type(TARGET_GROUP)}
        assert moving["alternateTargetGroupArn"] == groups["web-tg2-tcp"]
        actions = [each.inputs["defaultActions"][0]["targetGroupArn"] for each in listeners.values()]
        assert {*actions} == {*groups.values()}
    assert {each.urn for each in listeners.values()} <= {*service.dependencies}
    assert all("defaultActions" in each.options["ignoreChanges"] for each in listeners.values())


def test_the_metrics_of_a_network_load_balancer(graph_of: GraphOf, preview: bool) -> None:
    app = {"alarms": {"cpu": 0, "memory": 0}, "dashboard": True}
    graph = graph_of(balancer=NETWORK, apps={"web": app}, preview=preview)
    alarm = graph.one("aws:cloudwatch/metricAlarm:MetricAlarm")
    metric = alarm.inputs["metricQueries"][0]["metric"]
    assert (metric["namespace"], metric["metricName"]) == ("AWS/NetworkELB", "UnHealthyHostCount")
    assert "alarms" not in graph.one(SERVICE).inputs
    if not preview:
        body = graph.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]
        widgets = {each["properties"]["title"] for each in json.loads(body)["widgets"]}
        assert {"Targets", "Connections to the load balancer"} < widgets
        assert "AWS/ApplicationELB" not in body


def test_outputs() -> None:
    found: dict[str, Any] = {}

    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        of_balancer: Any = {**TLS, "network": network.ref}
        balancer = moorage.LoadBalancer("edge", of_balancer)
        shared: Any = {"cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref}
        of_app: Any = {**shared, "image": "mq:1", "protocol": "tls", "port": 8883}
        app = moorage.ContainerApp("mq", of_app)
        outputs = {"url": balancer.url, "listener": balancer.listener_arn, "app": app.address}
        for name, output in outputs.items():
            output.apply(lambda value, name=name: found.setdefault(name, value))

    evaluate(program)
    assert found == {
        "url": "tcp://mq.example.com",
        "listener": "",
        "app": "tls://mq.example.com:8883",
    }


@pytest.mark.parametrize(
    ("app", "problem"),
    [
        ({"protocol": "http"}, "protocol: 'http': must be tcp, udp or tls behind a network load balancer"),
        ({"protocol": "tcp_udp"}, "protocol: 'tcp_udp': must be one of http, http2, grpc, https, tcp, udp"),
        ({"protocol": "tls"}, "protocol: 'tls': needs the certificate of the LoadBalancer"),
        ({"protocol": "udp"}, "health_check.port: is required with protocol udp"),
        ({**UDP, "ports": [{"port": 53}]}, "ports: 53 is mapped for tcp too; behind a load balancer ECS"),
        ({"health_check": {"matcher": "200"}}, "health_check.matcher: '200': needs path"),
        ({"rules": [{"path": "/a"}]}, "rules: cannot be combined with load_balancer.type network, which"),
        (
            {"algorithm": "round_robin"},
            "algorithm: 'round_robin': cannot be combined with load_balancer.type",
        ),
        ({"slow_start": 30}, "slow_start: 30: cannot be combined with load_balancer.type network"),
        ({"stickiness": {"type": "lb_cookie"}}, "stickiness.type: 'lb_cookie': must be source_ip behind"),
        (
            {"stickiness": {"cookie_duration": 60}},
            "stickiness.cookie_duration: 60: cannot be combined with type source_ip, which has no cookie",
        ),
        ({"alarms": {"errors": 5}}, "alarms.errors: 5: cannot be combined with load_balancer.type network"),
        ({"alarms": {"latency": 1.5}}, "alarms.latency: 1.5: cannot be combined with load_balancer.type"),
        (
            {"autoscaling": {"min": 1, "max": 2, "requests": 100}},
            "autoscaling.requests: 100: cannot be combined with load_balancer.type network",
        ),
        (
            {"autoscaling": {"min": 1, "max": 2, "predictive": {"metric": "requests", "target": 9}}},
            "autoscaling.predictive.metric: 'requests': cannot be counted by a network load balancer",
        ),
        ({"deployment": "canary"}, "deployment_options.test_port: is required with canary behind a network"),
        (
            {"deployment": "canary", "deployment_options": {"test_port": 8080}},
            "deployment_options.test_port: 8080: is the app's listener_port",
        ),
        (
            {"deployment_options": {"test_port": 80}},
            "deployment_options.test_port: 80: needs a second target",
        ),
        (
            {"deployment": "canary", "deployment_options": {"test_port": 81, "test_header": "X-A"}},
            "deployment_options.test_header: cannot be combined with load_balancer.type network",
        ),
    ],
)
def test_what_is_refused(graph_of: GraphOf, app: dict[str, Any], problem: str) -> None:
    assert f"- {problem}" in refused(graph_of, app)


def test_tls_has_no_stickiness(graph_of: GraphOf) -> None:
    text = refused(graph_of, {"protocol": "tls", "stickiness": {}}, TLS)
    assert "- stickiness: is not supported with protocol tls" in text


@pytest.mark.parametrize(
    ("app", "problem"),
    [
        ({"listener_port": 80}, "listener_port: 80: is not one of the `ports` of the LoadBalancer"),
        (
            {"deployment": "canary", "deployment_options": {"test_port": 80}},
            "deployment_options.test_port: 80: needs load_balancer.type network",
        ),
        ({"stickiness": {"type": "source_ip"}}, "stickiness.type: 'source_ip': must be lb_cookie or app_co"),
    ],
)
def test_what_an_application_load_balancer_refuses(
    graph_of: GraphOf, app: dict[str, Any], problem: str
) -> None:
    assert f"- {problem}" in refused(graph_of, app, {})


@pytest.mark.parametrize(
    ("balancer", "problem"),
    [
        ({"redirects": [{"path": "/a", "to": {"path": "/b"}}]}, "redirects: cannot be combined with type"),
        ({"default_action": {"status": 200}}, "default_action: cannot be combined with type network, which"),
        ({"ports": [8443]}, "ports: cannot be combined with type network, which forwards connections"),
        ({"waf": True}, "waf: True: cannot be combined with type network, which forwards connections"),
        ({"idle_timeout": 60}, "idle_timeout: 60: cannot be combined with type network"),
        ({"access_logs": True}, "access_logs: True: cannot be combined with type network, which logs TLS"),
        ({"ip_address_type": "dualstack-without-public-ipv4"}, "ip_address_type: 'dualstack-without-public"),
    ],
)
def test_what_a_network_load_balancer_lacks(
    graph_of: GraphOf, balancer: dict[str, Any], problem: str
) -> None:
    assert f"- {problem}" in refused(graph_of, {}, {**NETWORK, **balancer})


@pytest.mark.parametrize(
    ("second", "field"),
    [
        ({"listener_port": 8080}, "listener_port: 8080"),
        (
            {"port": 9, "deployment": "canary", "deployment_options": {"test_port": 8080}},
            "deployment_options.test_port: 8080",
        ),
    ],
)
def test_two_apps_on_one_port(graph_of: GraphOf, second: dict[str, Any], field: str) -> None:
    with pytest.raises(EvaluationError) as error:
        graph_of(balancer=NETWORK, apps={"web": {}, "api": second})
    assert f"- {field}: is already taken by 'web'; a network load balancer has one app per" in str(
        error.value
    )


def test_a_production_balancer_is_protected_and_has_no_bucket(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(balancer={**NETWORK, "preset": "prod"}, apps={}, preview=preview)
    balancer = graph.one(BALANCER)
    assert balancer.inputs["enableDeletionProtection"] is True
    assert balancer.options["protect"] is True
    assert graph.of_type("aws:s3/bucket:Bucket") == []


@pytest.mark.parametrize(("type_", "delay"), [("application", 0), ("network", 30)])
def test_a_rollout_waits_for_the_stages_that_ecs_delays(type_: str, delay: int) -> None:
    args = {"deployment": "blue_green", "load_balancer": {"type": type_}}
    assert Values(CONTAINER_APP, args)["rollout_timeout"] == 900 + 60 * (5 + delay)
