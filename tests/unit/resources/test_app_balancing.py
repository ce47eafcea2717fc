"""The rules, the target group and the health check of an app behind a load balancer."""

from typing import Any

import pulumi
import pytest
from support.fixtures import GraphOf

import moorage
from moorage.graph import view
from moorage.offline import EvaluationError, ResourceGraph, Secret, evaluate
from moorage.plan.finding import Finding
from moorage.plan.preflight import check

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/one"
HTTPS: dict[str, Any] = {"domain": "shop.example", "certificate_arn": CERTIFICATE}
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
RULE = "aws:lb/listenerRule:ListenerRule"
GROUP_ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/other/0123456789abcdef"
SERVICE = "aws:ecs/service:Service"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OIDC: dict[str, Any] = {
    "issuer": "https://id.example",
    "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token",
    "user_info_endpoint": "https://id.example/user",
    "client_id": "shop",
}


def preflight(graph: ResourceGraph) -> list[Finding]:
    return check(view(graph))


def refused(
    graph_of: GraphOf, app: dict[str, Any], balancer: dict[str, Any] | None = None, **rest: Any
) -> str:
    with pytest.raises(EvaluationError) as error:
        graph_of(balancer=balancer or {}, apps={"web": app}, **rest)
    return str(error.value)


def test_without_an_argument_nothing_is_emitted(graph_of: GraphOf, preview: bool) -> None:
    inputs = graph_of(balancer={}, preview=preview).one(TARGET_GROUP).inputs
    assert {*inputs} == {
        *("port", "protocol", "targetType", "vpcId", "deregistrationDelay", "healthCheck", "tags"),
    }
    assert inputs["healthCheck"]["port"] == "traffic-port"


def test_every_condition_of_a_rule(graph_of: GraphOf, preview: bool) -> None:
    rule = {
        "path": "/api/*",
        "headers": {"X-Beta": ["yes"]},
        "methods": ["GET"],
        "query": {"v": ["1"]},
        "source_ips": ["10.0.0.0/8"],
    }
    rule = graph_of(balancer={}, apps={"web": {"rules": [rule]}}, preview=preview).one(RULE).inputs
    assert rule["conditions"] == [
        {"pathPattern": {"values": ["/api/*"]}},
        {"httpHeader": {"httpHeaderName": "X-Beta", "values": ["yes"]}},
        {"queryStrings": [{"key": "v", "value": "1"}]},
        {"httpRequestMethod": {"values": ["GET"]}},
        {"sourceIp": {"values": ["10.0.0.0/8"]}},
    ]
    assert [action["type"] for action in rule["actions"]] == ["forward"]


def test_a_rule_of_many_values_is_several_listener_rules(graph_of: GraphOf, preview: bool) -> None:
    ranges = [f"10.{number}.0.0/16" for number in range(5)]
    rules = [{"path": "/a"}, {"source_ips": ranges}]
    graph: ResourceGraph = graph_of(balancer={}, apps={"web": {"rules": rules}}, preview=preview)
    made = {rule.name: rule.inputs for rule in graph.of_type(RULE)}
    assert {*made} == {"web-rule", "web-rule-1", "web-rule-1-part-1"}
    assert made["web-rule-1"]["conditions"] == [{"sourceIp": {"values": ranges[:3]}}]
    assert made["web-rule-1-part-1"]["conditions"] == [{"sourceIp": {"values": ranges[3:]}}]
    groups = {str(rule["actions"]) for rule in made.values()}
    assert len(groups) == 1
    assert len({rule["priority"] for rule in made.values()}) == 3
    assert not [each for each in preflight(graph) if each.rule == "preflight/rule-never-matches"]


def test_the_rule_for_tests_has_one_condition_of_addresses(graph_of: GraphOf, preview: bool) -> None:
    app = {"deployment": "blue_green", "rules": [{"methods": ["GET"], "source_ips": ["10.0.0.0/8"]}]}
    graph = graph_of(balancer={}, apps={"web": app}, preview=preview)
    assert graph.one(RULE, "web-test-rule").inputs["conditions"] == [
        {"httpRequestMethod": {"values": ["GET"]}},
        {"sourceIp": {"values": ["192.0.2.1/32"]}},
    ]


def test_a_rule_shares_its_requests_with_another_app(preview: bool) -> None:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        balancer = moorage.LoadBalancer("alb", {"network": network.ref})
        shared: Any = {
            **{"image": "nginx:1", "cluster": cluster.ref, "network": network.ref},
            "load_balancer": balancer.ref,
        }
        beta_args: Any = {**shared, "rules": [{"headers": {"X-Beta": ["yes"]}}]}
        beta = moorage.ContainerApp("beta", beta_args)
        other = {"arn": beta.target_group_arn, "weight": 10}
        web_args: Any = {**shared, "rules": [{"path": "/*", "weight": 90, "target_groups": [other]}]}
        moorage.ContainerApp("web", web_args)

    graph = evaluate(program, preview=preview)
    (action,) = graph.one(RULE, "web-rule").inputs["actions"]
    weights = action["forward"]["targetGroups"]
    assert [group["weight"] for group in weights] == [90, 10]
    if not preview:
        arns = {group.name: group.outputs["arn"] for group in graph.of_type(TARGET_GROUP)}
        assert [group["arn"] for group in weights] == [arns["web-tg"], arns["beta-tg"]]
        routes = {service.name: len(service.routes) for service in view(graph).services}
        assert routes == {"beta": 2, "web": 1}
    assert not [each for each in preflight(graph) if each.rule.startswith("preflight/")]


@pytest.mark.parametrize(
    ("protocol", "emitted", "suffix"),
    [
        ("http", {"protocol": "HTTP"}, ""),
        ("http2", {"protocol": "HTTP", "protocolVersion": "HTTP2"}, "-http2"),
        ("grpc", {"protocol": "HTTP", "protocolVersion": "GRPC"}, "-grpc"),
        ("https", {"protocol": "HTTPS"}, "-https"),
    ],
)
def test_protocols(graph_of: GraphOf, preview: bool, protocol: str, emitted: Any, suffix: str) -> None:
    graph = graph_of(balancer=HTTPS, apps={"web": {"protocol": protocol}}, preview=preview)
    group = graph.one(TARGET_GROUP)
    assert group.name == f"web-tg{suffix}"
    assert {key: group.inputs.get(key) for key in ("protocol", "protocolVersion")} == {
        "protocolVersion": None,
        **emitted,
    }
    check = group.inputs["healthCheck"]
    assert check["protocol"] == emitted["protocol"]
    grpc = ("/AWS.ALB/healthcheck", "12")
    assert (check["path"], check["matcher"]) == (grpc if protocol == "grpc" else ("/", "200-399"))
    assert not preflight(graph)


def test_routing_to_targets(graph_of: GraphOf, preview: bool) -> None:
    app: dict[str, Any] = {
        "algorithm": "weighted_random",
        "anomaly_mitigation": True,
        "stickiness": {"type": "app_cookie", "cookie_name": "session", "cookie_duration": 60},
    }
    group = graph_of(balancer={}, apps={"web": app}, preview=preview).one(TARGET_GROUP).inputs
    assert group["loadBalancingAlgorithmType"] == "weighted_random"
    assert group["loadBalancingAnomalyMitigation"] == "on"
    assert group["stickiness"] == {
        "type": "app_cookie",
        "enabled": True,
        "cookieDuration": 60,
        "cookieName": "session",
    }
    app = {"slow_start": 30, "stickiness": {"enabled": False}, "algorithm": "round_robin"}
    group = graph_of(balancer={}, apps={"web": app}, preview=preview).one(TARGET_GROUP).inputs
    assert (group["slowStart"], group["loadBalancingAlgorithmType"]) == (30, "round_robin")
    assert group["stickiness"] == {"type": "lb_cookie", "enabled": False, "cookieDuration": 86400}


def test_the_port_of_health_checks_is_open_to_the_load_balancer(graph_of: GraphOf, preview: bool) -> None:
    app = {"ports": [{"port": 9000}], "health_check": {"port": 9000}}
    graph = graph_of(balancer={}, apps={"web": app}, preview=preview)
    assert graph.one(TARGET_GROUP).inputs["healthCheck"]["port"] == "9000"
    ports = {
        rule.name: rule.inputs["fromPort"] for rule in graph.of_type(INGRESS) if "-tasks-in" in rule.name
    }
    assert ports == {"web-tasks-in-8080": 8080, "web-tasks-in-9000": 9000}
    assert not preflight(graph)


def test_the_port_of_health_checks_with_bridge_networking(graph_of: GraphOf, preview: bool) -> None:
    app = {"ports": [{"port": 9000, "host_port": 9100}], "health_check": {"port": 9100}}
    graph = graph_of("ec2", balancer={}, apps={"web": app}, preview=preview)
    ports = {
        rule.name: rule.inputs["fromPort"] for rule in graph.of_type(INGRESS) if "-tasks-in" in rule.name
    }
    assert ports == {"web-tasks-in-9100": 9100}
    assert not [each for each in preflight(graph) if each.rule == "preflight/health-check-port"]


def signed_in(preview: bool, rule: dict[str, Any], **more: Any) -> ResourceGraph:
    def program() -> None:
        network, cluster = moorage.Network("net", {}), moorage.EcsCluster("main", {})
        place: Any = {"network": network.ref, **HTTPS}
        if "oidc" in rule["authenticate"]:
            rule["authenticate"]["oidc"]["client_secret"] = pulumi.Config().require_secret("clientSecret")
        app: Any = {
            "cluster": cluster.ref,
            "network": network.ref,
            "load_balancer": moorage.LoadBalancer("alb", place).ref,
            "image": "nginx:1",
            "rules": [rule],
            **more,
        }
        moorage.ContainerApp("web", app)

    return evaluate(program, preview=preview, config={"project:clientSecret": "hush"})


def test_a_sign_in_is_the_first_action_and_its_secret_stays_one(preview: bool) -> None:
    oidc = {**OIDC, "session_timeout": 3600, "on_unauthenticated_request": "deny"}
    graph = signed_in(preview, {"path": "/admin/*", "authenticate": {"oidc": oidc}})
    first, second = graph.one(RULE).inputs["actions"]
    assert (first["type"], first["order"], second["type"], second["order"]) == (
        *("authenticate-oidc", 1),
        *("forward", 2),
    )
    assert first["authenticateOidc"] == {
        "issuer": "https://id.example",
        "authorizationEndpoint": "https://id.example/authorize",
        "tokenEndpoint": "https://id.example/token",
        "userInfoEndpoint": "https://id.example/user",
        "clientId": "shop",
        "clientSecret": Secret("hush"),
        "sessionTimeout": 3600,
        "onUnauthenticatedRequest": "deny",
    }
    assert "rules" not in graph.one("moorage:index:ContainerApp").inputs


def test_a_sign_in_with_cognito(preview: bool) -> None:
    pool = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"
    cognito = {"user_pool_arn": pool, "user_pool_client_id": "c", "user_pool_domain": "shop"}
    graph = signed_in(preview, {"authenticate": {"cognito": cognito}})
    first = graph.one(RULE).inputs["actions"][0]
    assert first["type"] == "authenticate-cognito"
    assert first["authenticateCognito"] == {
        "userPoolArn": pool,
        "userPoolClientId": "c",
        "userPoolDomain": "shop",
    }


@pytest.mark.parametrize(
    ("app", "problem"),
    [
        ({"protocol": "grpc"}, "protocol: needs an HTTPS listener: give the LoadBalancer a `domain`"),
        ({"protocol": "http2"}, "protocol: needs an HTTPS listener"),
        ({"protocol": "tcp"}, "protocol: 'tcp': needs a LoadBalancer of type network"),
        ({"rules": [{"weight": 10}]}, "rules[0].weight: 10: needs target_groups"),
        (
            {"rules": [{"weight": 0, "target_groups": [{"arn": GROUP_ARN, "weight": 0}]}]},
            "rules[0].weight: 0: must be above 0: all weights of the rule are 0",
        ),
        (
            {"rules": [{"target_groups": [{"arn": "tg", "weight": 1000}]}]},
            "rules[0].target_groups[0].weight: 1000: must be from 0 to 999",
        ),
        (
            {"rules": [{"target_groups": [{"arn": GROUP_ARN, "weight": 1}]}], "deployment": "linear"},
            "rules[0].target_groups: cannot be combined with deployment linear: ECS writes the actions",
        ),
        ({"slow_start": 10}, "slow_start: 10: must be from 30 to 900 seconds"),
        (
            {"slow_start": 30, "algorithm": "weighted_random"},
            "slow_start: 30: needs algorithm round_robin",
        ),
        ({"anomaly_mitigation": True}, "anomaly_mitigation: True: needs algorithm weighted_random"),
        ({"stickiness": {"type": "app_cookie"}}, "stickiness.cookie_name: is required with type app_cookie"),
        ({"stickiness": {"cookie_name": "a"}}, "stickiness.cookie_name: needs type app_cookie"),
        ({"stickiness": {"cookie_duration": 0}}, "stickiness.cookie_duration: 0: must be from 1 to 604800"),
        (
            {"stickiness": {}, "deployment": "canary"},
            "stickiness: cannot be combined with deployment canary",
        ),
        ({"health_check": {"port": 9000}}, "health_check.port: 9000: must be a TCP port of one of the"),
        ({"health_check": {"matcher": "12"}}, "health_check.matcher: '12': must be codes from 200 to 499"),
        (
            {"health_check": {"matcher": "200"}, "protocol": "grpc"},
            "health_check.matcher: '200': must be gRPC codes from 0 to 99",
        ),
        (
            {"deployment": "canary", "rules": [{"methods": ["A", "B", "C", "D"]}]},
            "rules: 2: with canary there can be one",
        ),
        ({"rules": [{"authenticate": {}}]}, "rules[0].authenticate: needs oidc or cognito"),
        (
            {"rules": [{"authenticate": {"oidc": {**OIDC, "client_secret": "x"}}}]},
            "rules[0].authenticate.oidc.client_secret: must be a Pulumi secret",
        ),
        (
            {"rules": [{"authenticate": {"oidc": {**OIDC, "client_secret": "x"}}}]},
            "rules[0].authenticate: needs an HTTPS listener",
        ),
        (
            {"rules": [{"authenticate": {"oidc": {**OIDC, "issuer": "http://id", "client_secret": "x"}}}]},
            "rules[0].authenticate.oidc.issuer: 'http://id': must be a URL that begins with https://",
        ),
    ],
)
def test_what_is_refused(graph_of: GraphOf, app: dict[str, Any], problem: str) -> None:
    assert f"- {problem}" in refused(graph_of, app)


@pytest.mark.parametrize(
    ("app", "problem"),
    [
        ({"protocol": "grpc"}, "cannot be combined with protocol grpc, which supports forward actions only"),
        ({"deployment": "canary"}, "cannot be combined with deployment canary: ECS writes the actions"),
    ],
)
def test_a_sign_in_beside_others(preview: bool, app: dict[str, Any], problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        signed_in(preview, {"authenticate": {"oidc": {**OIDC}}}, **app)
    assert f"rules[0].authenticate: {problem}" in str(error.value)


def test_two_apps_by_a_header(graph_of: GraphOf, preview: bool) -> None:
    apps = {"notes": {}, "notes-beta": {"rules": [{"headers": {"X-Beta": ["*"]}}]}}
    graph = graph_of(balancer={}, apps=apps, preview=preview)
    priorities = {rule.name: rule.inputs["priority"] for rule in graph.of_type(RULE)}
    assert priorities["notes-beta-rule"] < priorities["notes-rule"] == 47387
