"""Alarms of an app: what is watched, who is notified, and what fails a deployment."""

import json
from typing import Any

import pytest
from support.fixtures import GraphOf, Lines

from moorage.model.app import app_spec
from moorage.offline import UNKNOWN

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
SERVICE = "aws:ecs/service:Service"
TOPIC = "aws:sns/topic:Topic"
KINDS = ["web-cpu", "web-errors", "web-memory", "web-unhealthy"]

NETWORK = {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}
BALANCER = {"listener_arn": "arn", "security_group_id": "sg-2", "url": "http://x", "arn_suffix": "app/x"}
CLUSTER = {"arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "name": "main"}
APP = {"cluster": CLUSTER, "network": NETWORK, "image": "nginx:1"}


def metrics(alarm: Any) -> dict[str, tuple[str, str, Any]]:
    """The metrics of an alarm by id: name, statistic, target group."""
    return {
        query["id"]: (
            query["metric"]["metricName"],
            query["metric"]["stat"],
            query["metric"]["dimensions"]["TargetGroup"],
        )
        for query in alarm.inputs["metricQueries"]
        if "metric" in query
    }


def expression(alarm: Any) -> str:
    (query,) = [query for query in alarm.inputs["metricQueries"] if query.get("returnData")]
    return query["expression"]


def test_without_the_argument_nothing_is_made(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(balancer={}, preview=preview)
    assert [r.name for r in graph if r.type in (ALARM, DASHBOARD, TOPIC)] == []


@pytest.mark.parametrize(
    ("balancer", "alarms", "expected"),
    [
        ({}, {}, KINDS),
        (None, {}, ["web-cpu", "web-memory"]),
        ({}, {"latency": 0.5}, sorted([*KINDS, "web-latency"])),
        ({}, {"errors": 0, "cpu": 0}, ["web-memory", "web-unhealthy"]),
        ({}, {"errors": 0, "unhealthy_targets": 0, "cpu": 0, "memory": 0}, []),
    ],
    ids=str,
)
def test_what_is_watched(
    graph_of: GraphOf, preview: bool, balancer: dict[str, Any] | None, alarms: Any, expected: Any
) -> None:
    graph = graph_of(balancer=balancer, apps={"web": {"alarms": alarms}}, preview=preview)
    assert sorted(alarm.name for alarm in graph.of_type(ALARM)) == expected


def test_thresholds(graph_of: GraphOf, preview: bool) -> None:
    given = {"errors": 2.0, "unhealthy_targets": 3.0, "latency": 0.25, "cpu": 70.0, "memory": 80.0}
    graph = graph_of(balancer={}, apps={"web": {"alarms": given}}, preview=preview)
    told = {alarm.name: alarm.inputs for alarm in graph.of_type(ALARM)}
    assert {name: inputs["threshold"] for name, inputs in told.items()} == {
        "web-errors": 2,
        "web-unhealthy": 3,
        "web-latency": 0.25,
        "web-cpu": 70,
        "web-memory": 80,
    }
    assert {name: inputs["evaluationPeriods"] for name, inputs in told.items()} == {
        "web-errors": 3,
        "web-unhealthy": 3,
        "web-latency": 3,
        "web-cpu": 5,
        "web-memory": 5,
    }
    assert {inputs["treatMissingData"] for inputs in told.values()} == {"notBreaching"}
    assert {inputs["comparisonOperator"] for inputs in told.values()} == {"GreaterThanOrEqualToThreshold"}
    assert told["web-errors"]["alarmDescription"] == "web: at least 2% of requests failed for 3 minutes"


def test_errors_are_a_part_of_the_apps_own_requests(graph_of: GraphOf) -> None:
    graph = graph_of(balancer={}, apps={"web": {"alarms": {}}})
    group = graph.one("aws:lb/targetGroup:TargetGroup").outputs["arnSuffix"]
    alarm = graph.one(ALARM, "web-errors")
    assert metrics(alarm) == {
        "e0": ("HTTPCode_Target_5XX_Count", "Sum", group),
        "c0": ("TargetConnectionErrorCount", "Sum", group),
        "r0": ("RequestCount", "Sum", group),
    }
    assert expression(alarm) == (
        "IF(FILL(r0, 0) >= 10, 100 * (FILL(e0, 0) + FILL(c0, 0)) / (FILL(r0, 0)), 0)"
    )


@pytest.mark.parametrize("strategy", ["blue_green", "canary", "linear"])
def test_both_groups_are_watched(graph_of: GraphOf, preview: bool, strategy: str) -> None:
    app = {"alarms": {"latency": 1}, "deployment": strategy}
    graph = graph_of(balancer={}, apps={"web": app}, preview=preview)
    for name, function, number in (
        ("web-errors", "IF", 6),
        ("web-unhealthy", "SUM", 2),
        ("web-latency", "MAX", 2),
    ):
        alarm = graph.one(ALARM, name)
        assert len(metrics(alarm)) == number
        assert expression(alarm).startswith(f"{function}(")
        if not preview:
            groups = {g.outputs["arnSuffix"] for g in graph.of_type("aws:lb/targetGroup:TargetGroup")}
            assert {group for _, _, group in metrics(alarm).values()} == groups


def test_a_deployment_is_judged_by_what_the_balancer_measures(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(balancer={}, apps={"web": {"alarms": {"latency": 1}}}, preview=preview)
    service = graph.one(SERVICE)
    names = [graph.one(ALARM, name).outputs["name"] for name in ("web-errors", "web-latency")]
    assert service.inputs["alarms"] == {"alarmNames": names, "enable": True, "rollback": True}
    for name in ("web-errors", "web-latency"):
        assert graph.one(ALARM, name).urn in service.dependencies
    # Those of the service's own name come after it: no circle.
    for name in ("web-cpu", "web-memory"):
        assert service.urn in graph.one(ALARM, name).dependencies


@pytest.mark.parametrize(
    ("balancer", "alarms"),
    [({}, {"rollback": False}), (None, {}), ({}, {"errors": 0})],
    ids=str,
)
def test_nothing_judges_a_deployment(
    graph_of: GraphOf, preview: bool, balancer: dict[str, Any] | None, alarms: Any
) -> None:
    graph = graph_of(balancer=balancer, apps={"web": {"alarms": alarms}}, preview=preview)
    assert "alarms" not in graph.one(SERVICE).inputs


def test_a_topic_is_made_that_cloudwatch_may_publish_to(graph_of: GraphOf) -> None:
    graph = graph_of(balancer={}, apps={"web": {"alarms": {"email": "ops@example.com"}}})
    topic = graph.one(TOPIC)
    arn = topic.outputs["arn"]
    for alarm in graph.of_type(ALARM):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [arn]
    assert "kmsMasterKeyId" not in topic.inputs
    policy = json.loads(graph.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    allow, deny = policy["Statement"]
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Resource"] == deny["Resource"] == arn
    assert allow["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }
    subscription = graph.one("aws:sns/topicSubscription:TopicSubscription").inputs
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "ops@example.com")


def test_a_given_topic_is_used(graph_of: GraphOf, preview: bool) -> None:
    arn = "arn:aws:sns:us-east-1:123456789012:ops"
    graph = graph_of(balancer={}, apps={"web": {"alarms": {"topic_arn": arn}}}, preview=preview)
    assert list(graph.of_type(TOPIC)) == []
    assert graph.one(ALARM, "web-errors").inputs["alarmActions"] == [arn]
    assert graph.one("moorage:index:ContainerApp").outputs["alarmTopicArn"] == arn


def test_the_topic_is_an_output(graph_of: GraphOf, preview: bool) -> None:
    app = graph_of(balancer={}, apps={"web": {"alarms": {}}}, preview=preview)
    arn = app.one("moorage:index:ContainerApp").outputs["alarmTopicArn"]
    assert arn == (UNKNOWN if preview else app.one(TOPIC).outputs["arn"])
    without = graph_of(balancer={}, preview=preview).one("moorage:index:ContainerApp")
    assert without.outputs["alarmTopicArn"] == ""


def test_a_rollout_is_waited_for_as_long_as_it_takes_on_purpose() -> None:
    def timeout(**args: Any) -> int:
        return app_spec("web", {**APP, "load_balancer": BALANCER, **args}, "family").rollout_timeout

    assert timeout() == 900
    assert timeout(alarms={}) == 900 + 5 * 60
    assert timeout(deployment="blue_green") == 900 + 5 * 60
    assert timeout(deployment="canary") == 900 + (10 + 5) * 60
    assert timeout(deployment="linear") == 900 + (9 * 6 + 5) * 60
    linear = {"step_percent": 30, "step_minutes": 10, "bake_minutes": 0}
    assert timeout(deployment="linear", deployment_options=linear) == 900 + 3 * 10 * 60
    assert timeout(deployment="blue_green", rollout_timeout=600) == 600


def test_the_dashboard(graph_of: GraphOf) -> None:
    graph = graph_of(balancer={}, apps={"web": {"dashboard": True}})
    dashboard = graph.one(DASHBOARD).inputs
    assert dashboard["dashboardName"] == "project-dev-web"
    body = json.loads(dashboard["dashboardBody"])
    used = {metric[1] for widget in body["widgets"] for metric in widget["properties"]["metrics"]}
    assert {"RequestCount", "TargetResponseTime", "HealthyHostCount", "CPUUtilization"} <= used
    group = graph.one("aws:lb/targetGroup:TargetGroup").outputs["arnSuffix"]
    assert group in dashboard["dashboardBody"]


def test_a_dashboard_that_is_not_known_yet(graph_of: GraphOf) -> None:
    graph = graph_of(balancer={}, apps={"web": {"dashboard": True}}, preview=True)
    assert graph.one(DASHBOARD).inputs["dashboardBody"] is UNKNOWN


def test_a_dashboard_without_a_load_balancer(graph_of: GraphOf) -> None:
    graph = graph_of(apps={"web": {"dashboard": True}})
    body = json.loads(graph.one(DASHBOARD).inputs["dashboardBody"])
    titles = [widget["properties"]["title"] for widget in body["widgets"]]
    assert titles == ["CPU, percent", "Memory, percent", "Tasks"]


@pytest.mark.parametrize(
    ("args", "starts"),
    [
        ({"alarms": {"errors": 101}}, ["alarms.errors: 101: must be from 0 to 100 percent"]),
        ({"alarms": {"cpu": -1}}, ["alarms.cpu: -1: must be from 0 to 100 percent"]),
        ({"alarms": {"latency": "1s"}}, ["alarms.latency: '1s': must be a number"]),
        ({"alarms": {"latency": 4001}}, ["alarms.latency: 4001: must be from 0 to 4000 seconds"]),
        ({"alarms": {"email": "ops"}}, ["alarms.email: 'ops': must be an address"]),
        ({"alarms": {"topic_arn": "ops"}}, ["alarms.topic_arn: 'ops': must be an ARN"]),
        (
            {"alarms": {"topic_arn": "arn:aws:sns:us-east-1:1:x", "email": "ops@example.com"}},
            ["alarms.topic_arn: cannot be combined with email"],
        ),
        ({"alarms": {"rollback": True, "errors": 0}}, ["alarms.rollback: needs errors or latency"]),
        (
            {"alarms": {"errors": 5, "latency": 1}, "load_balancer": None},
            ["alarms.errors: needs load_balancer", "alarms.latency: needs load_balancer"],
        ),
        (
            {"alarms": {}, "load_balancer": {**BALANCER, "arn_suffix": None}},
            ["alarms: needs the load_balancer's arn_suffix"],
        ),
        ({"dashboard": "yes"}, ["dashboard: 'yes': must be true or false"]),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(refused: Lines, preview: bool, args: Any, starts: list[str]) -> None:
    lines = refused("ContainerApp", {**APP, "load_balancer": BALANCER, **args}, preview=preview)
    assert len(lines) == len(starts), lines
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(start)
