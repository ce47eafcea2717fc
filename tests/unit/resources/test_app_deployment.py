"""Deployment strategies of an app: what ECS receives, what it moves requests by, and what is refused."""

import json
from typing import Any

import pytest
from support.fixtures import GraphOf, Lines

import moorage
from moorage.offline import UNKNOWN, ResourceGraph, evaluate

SERVICE = "aws:ecs/service:Service"
RULE = "aws:lb/listenerRule:ListenerRule"
GROUP = "aws:lb/targetGroup:TargetGroup"
ROLE = "aws:iam/role:Role"
SHIFTING = ["blue_green", "canary", "linear"]
CHECK = "arn:aws:lambda:us-east-1:123456789012:function:check"

NETWORK = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}
BALANCER = {"listener_arn": "arn", "security_group_id": "sg-2", "url": "http://x", "arn_suffix": "app/x"}
FARGATE = {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"}
EC2 = {
    **FARGATE,
    "capacity": "ec2",
    "capacity_provider": "p",
    "security_group_id": "sg-1",
    "max_instances": 3,
}
APP = {"cluster": FARGATE, "network": NETWORK, "image": "nginx:1", "load_balancer": BALANCER}


def service(graph: ResourceGraph) -> dict[str, Any]:
    return graph.one(SERVICE).inputs


@pytest.mark.parametrize("balancer", [None, {}], ids=["alone", "balanced"])
def test_rolling_is_said_and_needs_nothing(
    graph_of: GraphOf, preview: bool, balancer: dict[str, Any] | None
) -> None:
    graph = graph_of(balancer=balancer, preview=preview)
    # If it were omitted, the provider would keep the strategy that the service had.
    assert service(graph)["deploymentConfiguration"] == {"strategy": "ROLLING"}
    assert "alarms" not in service(graph)
    for balancing in service(graph).get("loadBalancers", []):
        assert "advancedConfiguration" not in balancing


@pytest.mark.parametrize(
    ("strategy", "options", "expected"),
    [
        ("blue_green", {}, {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "5"}),
        ("blue_green", {"bake_minutes": 0}, {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "0"}),
        (
            "canary",
            {},
            {
                "strategy": "CANARY",
                "bakeTimeInMinutes": "5",
                "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": "10"},
            },
        ),
        (
            "canary",
            {"canary_percent": 20.0, "canary_minutes": 30.0, "bake_minutes": 60.0},
            {
                "strategy": "CANARY",
                "bakeTimeInMinutes": "60",
                "canaryConfiguration": {"canaryPercent": 20, "canaryBakeTimeInMinutes": "30"},
            },
        ),
        (
            "linear",
            {"step_percent": 25, "step_minutes": 2},
            {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": "5",
                "linearConfiguration": {"stepPercent": 25, "stepBakeTimeInMinutes": "2"},
            },
        ),
    ],
    ids=str,
)
def test_what_ecs_is_told(
    graph_of: GraphOf, preview: bool, strategy: str, options: Any, expected: dict[str, Any]
) -> None:
    app = {"deployment": strategy, "deployment_options": options}
    told = service(graph_of(balancer={}, apps={"web": app}, preview=preview))
    assert told["deploymentConfiguration"] == expected
    assert told["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


@pytest.mark.parametrize("strategy", SHIFTING)
@pytest.mark.parametrize("capacity", ["fargate", "fargate_spot", "ec2", "managed_instances"])
def test_requests_move_between_two_groups(graph_of: GraphOf, strategy: str, capacity: str) -> None:
    graph = graph_of(capacity, balancer={}, apps={"web": {"deployment": strategy}})
    first, second = graph.one(GROUP, "web-tg"), graph.one(GROUP, "web-tg2")
    assert {k: v for k, v in first.inputs.items() if k != "name"} == {
        k: v for k, v in second.inputs.items() if k != "name"
    }
    (balancing,) = service(graph)["loadBalancers"]
    assert balancing["targetGroupArn"] == first.outputs["arn"]
    assert balancing["advancedConfiguration"] == {
        "alternateTargetGroupArn": second.outputs["arn"],
        "productionListenerRule": graph.one(RULE, "web-rule").outputs["arn"],
        "testListenerRule": graph.one(RULE, "web-test-rule").outputs["arn"],
        "roleArn": graph.one(ROLE, "web-load-balancing-role").outputs["arn"],
    }
    weights = [{"arn": first.outputs["arn"], "weight": 100}, {"arn": second.outputs["arn"], "weight": 0}]
    for name in ("web-rule", "web-test-rule"):
        rule = graph.one(RULE, name)
        assert rule.inputs["actions"] == [{"type": "forward", "forward": {"targetGroups": weights}}]
        assert rule.options["ignoreChanges"] == ["actions"]
        assert rule.urn in graph.one(SERVICE).dependencies


@pytest.mark.parametrize("strategy", SHIFTING)
def test_a_preview_knows_how_but_not_what(graph_of: GraphOf, strategy: str) -> None:
    graph = graph_of(balancer={}, apps={"web": {"deployment": strategy}}, preview=True)
    (balancing,) = service(graph)["loadBalancers"]
    assert set(balancing["advancedConfiguration"].values()) == {UNKNOWN}
    (action,) = graph.one(RULE, "web-rule").inputs["actions"]
    assert [group["weight"] for group in action["forward"]["targetGroups"]] == [100, 0]


@pytest.mark.parametrize(("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn")])
def test_the_role_that_moves_requests(graph_of: GraphOf, region: str, partition: str) -> None:
    graph = graph_of(balancer={}, apps={"web": {"deployment": "blue_green"}}, region=region)
    role = graph.one(ROLE, "web-load-balancing-role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "ecs.amazonaws.com"}
    # "Amazon ECS infrastructure IAM role for load balancers" does not say that ECS names the source.
    assert statement["Condition"] == {
        "ArnLikeIfExists": {"aws:SourceArn": f"arn:{partition}:ecs:{region}:123456789012:*"},
        "StringEqualsIfExists": {"aws:SourceAccount": "123456789012"},
    }
    attachment = graph.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "web-load-balancing-policy")
    assert attachment.inputs["policyArn"] == (
        f"arn:{partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
    )
    # ECS moves requests as soon as it has the role: its rights must be there.
    assert attachment.urn in graph.one(SERVICE).dependencies


def test_lifecycle_hooks_may_call_their_functions_and_no_other(graph_of: GraphOf, preview: bool) -> None:
    other = CHECK.replace("check", "smoke")
    hooks = [
        {"lambda_arn": CHECK, "stages": ["pre_scale_up", "post_test_traffic_shift"]},
        {"lambda_arn": other, "stages": ["production_traffic_shift"], "details": '{"path": "/"}'},
    ]
    app = {"deployment": "blue_green", "deployment_options": {"hooks": hooks}}
    graph = graph_of(balancer={}, apps={"web": app}, preview=preview)
    told = service(graph)["deploymentConfiguration"]["lifecycleHooks"]
    assert [(hook["hookTargetArn"], hook["lifecycleStages"], hook.get("hookDetails")) for hook in told] == [
        (CHECK, ["PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"], None),
        (other, ["PRODUCTION_TRAFFIC_SHIFT"], '{"path": "/"}'),
    ]
    role = UNKNOWN if preview else graph.one(ROLE, "web-hooks").outputs["arn"]
    assert {hook["roleArn"] for hook in told} == {role}
    (statement,) = json.loads(
        graph.one("aws:iam/rolePolicy:RolePolicy", "web-hooks-policy").inputs["policy"]
    )["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["lambda:InvokeFunction"], [CHECK, other])


@pytest.mark.parametrize(
    ("header", "condition"),
    [
        (None, {"sourceIp": {"values": ["192.0.2.1/32"]}}),
        ("X-Preview", {"httpHeader": {"httpHeaderName": "X-Preview", "values": ["*"]}}),
        ("X-Preview: green", {"httpHeader": {"httpHeaderName": "X-Preview", "values": ["green"]}}),
    ],
)
def test_the_rule_for_test_requests(
    graph_of: GraphOf, preview: bool, header: str | None, condition: Any
) -> None:
    options = {} if header is None else {"test_header": header}
    app = {"deployment": "blue_green", "deployment_options": options, "rules": [{"path": "/shop/*"}]}
    graph = graph_of(balancer={}, apps={"web": app}, preview=preview)
    rule, test = graph.one(RULE, "web-rule").inputs, graph.one(RULE, "web-test-rule").inputs
    assert test["conditions"] == [*rule["conditions"], condition]
    assert test["priority"] == rule["priority"] - 1


def test_the_same_names_whatever_the_strategy(graph_of: GraphOf) -> None:
    # So a live app that changes its strategy is updated: nothing of it is replaced.
    names = {
        strategy: {r.urn for r in graph_of(balancer={}, apps={"web": {"deployment": strategy}})}
        for strategy in ["rolling", *SHIFTING]
    }
    assert names["rolling"] < names["blue_green"] == names["canary"] == names["linear"]


def test_the_step_between(graph_of: GraphOf, preview: bool) -> None:
    app = {"deployment": "rolling", "deployment_options": {"second_target_group": True}}
    graph = graph_of(balancer={}, apps={"web": app}, preview=preview)
    there = graph_of(balancer={}, apps={"web": {"deployment": "blue_green"}}, preview=preview)
    assert service(graph)["deploymentConfiguration"] == {"strategy": "ROLLING"}
    assert service(graph)["loadBalancers"] == service(there)["loadBalancers"]
    assert {r.urn for r in graph} == {r.urn for r in there}


def test_long_names_fit(graph_of: GraphOf) -> None:
    name = "a-service-with-a-name-that-is-longer-than-what-fits"
    graph = graph_of(balancer={}, apps={name: {"deployment": "blue_green"}})
    made = [group.outputs["name"] for group in graph.of_type(GROUP)]
    assert len(set(made)) == 2
    assert all(len(one) <= 32 for one in made)


def test_a_place_that_another_app_needs_is_refused() -> None:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        balancer = moorage.LoadBalancer("alb", {"network": network.ref})
        shared: Any = {"cluster": cluster.ref, "network": network.ref, "load_balancer": balancer.ref}
        moorage.ContainerApp("a", {**shared, "image": "x", "rules": [{"path": "/a", "priority": 10}]})
        moorage.ContainerApp(
            "b",
            {
                **shared,
                "image": "x",
                "rules": [{"path": "/b", "priority": 11}],
                "deployment": "blue_green",
            },
        )

    with pytest.raises(Exception, match="needs priority 10 for tests, which any host/a of 'a'"):
        evaluate(program)


@pytest.mark.parametrize(
    ("args", "starts"),
    [
        ({"deployment": "bluegreen"}, ["deployment: 'bluegreen': must be one of rolling, blue_green"]),
        ({"deployment": "canary", "load_balancer": None}, ["deployment: 'canary': needs load_balancer"]),
        (
            {"deployment": "blue_green", "cluster": EC2, "daemon": True, "network_mode": "awsvpc"},
            [
                "network_mode: 'awsvpc': on instances",
                "deployment: 'blue_green': cannot be combined with daemon",
            ],
        ),
        (
            {"deployment": "blue_green", "rules": [{"path": "/a"}, {"path": "/b"}]},
            ["rules: 2: with blue_green there can be one"],
        ),
        (
            {"deployment": "linear", "autoscaling": {"min": 1, "max": 2, "requests": 100}},
            ["autoscaling.requests: counts the requests of one target group"],
        ),
        (
            {"deployment": "canary", "autoscaling": {"min": 1, "max": 2, "latency": 0.5}},
            ["autoscaling.latency: measures the requests of one target group"],
        ),
        (
            {
                "deployment": "canary",
                "autoscaling": {"min": 1, "max": 2, "predictive": {"metric": "requests", "target": 9}},
            },
            ["autoscaling.predictive.metric: must be cpu or memory"],
        ),
        (
            {"deployment": "canary", "minimum_healthy_percent": 50, "maximum_percent": 150},
            [
                "minimum_healthy_percent: 50: needs deployment rolling",
                "maximum_percent: 150: needs deployment rolling",
            ],
        ),
        (
            {
                "deployment": "blue_green",
                "cluster": EC2,
                "host_port": 80,
                "count": 2,
                "load_balancer": {**BALANCER, "reaches_instances": True},
            },
            ["deployment: 'blue_green': starts a second set of 2 tasks beside the first"],
        ),
        (
            {"deployment": "blue_green", "deployment_options": {"canary_percent": 5, "step_minutes": 1}},
            [
                "deployment_options.canary_percent: 5: needs deployment canary",
                "deployment_options.step_minutes: 1: needs deployment linear",
            ],
        ),
        (
            {"deployment_options": {"bake_minutes": 5, "test_header": "X-A"}},
            [
                "deployment_options.bake_minutes: 5: needs deployment blue_green, canary or linear",
                "deployment_options.test_header: needs deployment blue_green, canary or linear",
            ],
        ),
        (
            {"deployment": "canary", "deployment_options": {"second_target_group": True}},
            ["deployment_options.second_target_group: True: needs deployment rolling"],
        ),
        (
            {"deployment": "canary", "deployment_options": {"bake_minutes": 1441, "canary_percent": 0}},
            [
                "deployment_options.bake_minutes: 1441: must be from 0 to 1440 minutes",
                "deployment_options.canary_percent: 0: must be from 1 to 100 percent",
            ],
        ),
        (
            {"deployment": "linear", "deployment_options": {"step_percent": 2}},
            ["deployment_options.step_percent: 2: must be from 3 to 100 percent"],
        ),
        (
            {"deployment": "blue_green", "deployment_options": {"test_header": "X Preview"}},
            ["deployment_options.test_header: 'X Preview': must be a header other than Host"],
        ),
        (
            {"deployment": "blue_green", "deployment_options": {"test_header": "Host: a"}},
            ["deployment_options.test_header: 'Host: a': must be a header other than Host"],
        ),
        (
            {
                "deployment": "blue_green",
                "deployment_options": {
                    "hooks": [{"lambda_arn": "check", "stages": ["scale_up"]}, {"lambda_arn": CHECK}]
                },
            },
            ["deployment_options.hooks[1].stages: is required"],
        ),
        (
            {
                "deployment": "blue_green",
                "deployment_options": {
                    "hooks": [
                        {"lambda_arn": "check", "stages": ["scale_up"]},
                        {"lambda_arn": CHECK, "stages": []},
                    ]
                },
            },
            [
                "deployment_options.hooks[0].lambda_arn: 'check': must be the ARN of a Lambda function",
                "deployment_options.hooks[0].stages[0]: 'scale_up': must be one of",
                "deployment_options.hooks[1].stages: []: must not be empty; name at least one stage",
            ],
        ),
        (
            {
                "deployment": "blue_green",
                "deployment_options": {
                    "hooks": [{"lambda_arn": CHECK, "stages": ["pre_scale_up"]} for _ in range(11)]
                },
            },
            ["deployment_options.hooks: 11: must be at most 10"],
        ),
        (
            {"deployment": "blue_green", "rollout_timeout": 300},
            ["rollout_timeout: 300: must be above 300, the time that blue_green waits"],
        ),
        (
            {"deployment": "blue_green", "rules": [{"path": "/a", "priority": 1}]},
            ["rules: 'any host/a': needs a priority of 2 or more"],
        ),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(refused: Lines, preview: bool, args: Any, starts: list[str]) -> None:
    lines = refused("ContainerApp", {**APP, **args}, preview=preview)
    assert len(lines) == len(starts), lines
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(start)
