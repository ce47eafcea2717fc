"""What an app's autoscaling and its queue emit."""

import json
from typing import Any

import pytest
from support.fixtures import GraphOf

from moorage.offline import UNKNOWN, ResourceGraph
from moorage.testing import container_definitions

POLICY = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
QUEUE = "aws:sqs/queue:Queue"
TARGET = "aws:appautoscaling/target:Target"
METRIC = {"namespace": "Shop", "name": "Orders"}


def inputs(graph: ResourceGraph, type_: str) -> dict[str, dict[str, Any]]:
    return {resource.name: resource.inputs for resource in graph.of_type(type_)}


def test_targets_of_requests_and_of_a_metric(graph_of: GraphOf, preview: bool) -> None:
    scaling = {
        "min": 1,
        "max": 4,
        "latency": 0.25,
        "metric": {**METRIC, "dimensions": {"Shard": "a"}, "statistic": "Sum", "target": 40.0},
        "scale_in_cooldown": 600,
        "scale_out_cooldown": 0,
    }
    graph = graph_of(balancer={}, apps={"web": {"autoscaling": scaling}}, preview=preview)
    policies = inputs(graph, POLICY)
    assert sorted(policies) == ["web-scaling-latency", "web-scaling-metric"]
    latency = policies["web-scaling-latency"]["targetTrackingScalingPolicyConfiguration"]
    assert (latency["targetValue"], latency["scaleInCooldown"], latency["scaleOutCooldown"]) == (0.25, 600, 0)
    measured = latency["customizedMetricSpecification"]
    assert (measured["metricName"], measured["statistic"]) == ("TargetResponseTime", "Average")
    names = [dimension["name"] for dimension in measured["dimensions"]]
    values = [dimension["value"] for dimension in measured["dimensions"]]
    assert names == ["LoadBalancer", "TargetGroup"]
    if preview:
        assert values == [UNKNOWN, UNKNOWN]
    else:
        assert values[0].startswith("app/")
        assert values[1].startswith("targetgroup/")
    custom = policies["web-scaling-metric"]["targetTrackingScalingPolicyConfiguration"]
    assert custom["customizedMetricSpecification"] == {
        "namespace": "Shop",
        "metricName": "Orders",
        "dimensions": [{"name": "Shard", "value": "a"}],
        "statistic": "Sum",
    }


def test_steps_have_an_alarm_each(graph_of: GraphOf, preview: bool) -> None:
    scaling = {
        "min": 0,
        "max": 9,
        "steps": {
            "metric": METRIC,
            "above": [{"value": 500, "change": 5}, {"value": 100, "change": 1}],
            "below": [{"value": 10, "change": -1}],
            "minutes": 3,
        },
    }
    graph = graph_of(apps={"web": {"autoscaling": scaling}}, preview=preview)
    assert graph.one("aws:ecs/service:Service").inputs["desiredCount"] == 0
    policies = inputs(graph, POLICY)
    assert sorted(policies) == ["web-scaling-steps-in", "web-scaling-steps-out"]
    out = policies["web-scaling-steps-out"]["stepScalingPolicyConfiguration"]
    assert (out["adjustmentType"], out["cooldown"]) == ("ChangeInCapacity", 30)
    assert out["stepAdjustments"] == [
        {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "400", "scalingAdjustment": 1},
        {"metricIntervalLowerBound": "400", "scalingAdjustment": 5},
    ]
    back = policies["web-scaling-steps-in"]["stepScalingPolicyConfiguration"]
    assert back["stepAdjustments"] == [{"metricIntervalUpperBound": "0", "scalingAdjustment": -1}]
    alarms = inputs(graph, ALARM)
    found = alarms["web-scaling-steps-out"]
    assert (found["threshold"], found["evaluationPeriods"], found["statistic"]) == (100, 3, "Average")
    assert (found["comparisonOperator"], found["treatMissingData"]) == (
        "GreaterThanOrEqualToThreshold",
        "ignore",
    )
    assert found["alarmActions"] == [UNKNOWN if preview else policy_arn(graph, "web-scaling-steps-out")]
    assert alarms["web-scaling-steps-in"]["comparisonOperator"] == "LessThanOrEqualToThreshold"


def policy_arn(graph: ResourceGraph, name: str) -> str:
    return graph.one(POLICY, name).outputs["arn"]


def test_predictive_scaling_is_beside_cpu(graph_of: GraphOf, preview: bool) -> None:
    scaling = {"min": 1, "max": 9, "predictive": {"metric": "memory", "target": 70, "above_max": 20}}
    policies = inputs(graph_of(apps={"web": {"autoscaling": scaling}}, preview=preview), POLICY)
    assert sorted(policies) == ["web-scaling-cpu", "web-scaling-predictive"]
    assert policies["web-scaling-predictive"]["predictiveScalingPolicyConfiguration"] == {
        "metricSpecifications": [
            {
                "targetValue": "70",
                "predefinedMetricPairSpecification": {"predefinedMetricType": "ECSServiceMemoryUtilization"},
            }
        ],
        "mode": "ForecastAndScale",
        "schedulingBufferTime": 300,
        "maxCapacityBreachBehavior": "IncreaseMaxCapacity",
        "maxCapacityBuffer": 20,
    }


def test_schedules_set_both_bounds_one_after_the_other(graph_of: GraphOf, preview: bool) -> None:
    zone = {"timezone": "Europe/Vienna"}
    scaling = {
        "min": 2,
        "max": 6,
        "schedules": [
            {"schedule": "cron(0 20 ? * MON-FRI *)", **zone, "min": 0, "max": 0},
            {"schedule": "cron(0 7 ? * MON-FRI *)", **zone},
        ],
    }
    graph = graph_of(apps={"web": {"autoscaling": scaling}}, preview=preview)
    night, morning = graph.of_type(ACTION)
    assert (night.inputs["schedule"], night.inputs["timezone"]) == (
        "cron(0 20 ? * MON-FRI *)",
        "Europe/Vienna",
    )
    assert night.inputs["scalableTargetAction"] == {"minCapacity": 0, "maxCapacity": 0}
    assert morning.inputs["scalableTargetAction"] == {"minCapacity": 2, "maxCapacity": 6}
    assert night.urn in morning.dependencies
    assert night.inputs["resourceId"] == graph.one(TARGET).inputs["resourceId"]


def test_queues_of_an_app_with_the_longest_name(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(apps={"a" * 64: {"queue": {}}, "b" * 59: {"queue": {}}}, preview=preview)
    automatic = {queue.name: len(str(queue.outputs["name"])) for queue in graph.of_type(QUEUE)}
    assert automatic == {
        f"{'a' * 52}-ffe054-dead-letters": 80,
        f"{'a' * 64}-queue": 78,
        f"{'b' * 59}-dead-letters": 80,
        f"{'b' * 59}-queue": 73,
    }


@pytest.mark.parametrize("preset", ["dev", "prod"])
def test_a_queue(graph_of: GraphOf, preview: bool, preset: str) -> None:
    apps = {"work": {"queue": {"retention_days": 2, "max_receive_count": 3}, "alarms": {"dead_letters": 2}}}
    graph = graph_of(apps=apps, preset=preset, preview=preview)
    made, dead = graph.one(QUEUE, "work-queue"), graph.one(QUEUE, "work-dead-letters")
    assert made.inputs["visibilityTimeoutSeconds"] == 120
    assert (made.inputs["messageRetentionSeconds"], dead.inputs["messageRetentionSeconds"]) == (
        172800,
        1209600,
    )
    assert {queue.inputs["sqsManagedSseEnabled"] for queue in (made, dead)} == {True}
    assert {bool(queue.options.get("protect")) for queue in (made, dead)} == {preset == "prod"}
    definition = graph.one("aws:ecs/taskDefinition:TaskDefinition")
    policies = inputs(graph, "aws:sqs/queuePolicy:QueuePolicy")
    assert sorted(policies) == ["work-dead-letters-policy", "work-queue-policy"]
    alarm = graph.one(ALARM, "work-dead-letters-alarm").inputs
    assert (alarm["threshold"], alarm["metricName"]) == (2, "ApproximateNumberOfMessagesVisible")
    component = graph.one("moorage:index:ContainerApp").outputs
    if preview:
        assert made.inputs["redrivePolicy"] is UNKNOWN
        assert component["queueArn"] is UNKNOWN
        return
    assert json.loads(made.inputs["redrivePolicy"]) == {
        "deadLetterTargetArn": dead.outputs["arn"],
        "maxReceiveCount": 3,
    }
    (statement,) = json.loads(policies["work-queue-policy"]["policy"])["Statement"]
    assert (statement["Effect"], statement["Resource"]) == ("Deny", made.outputs["arn"])
    assert alarm["dimensions"] == {"QueueName": dead.outputs["name"]}
    variables = {
        item["name"]: item["value"] for item in container_definitions(definition)["work"]["environment"]
    }
    assert variables["QUEUE_URL"] == made.outputs["url"]
    rights = json.loads(graph.one("aws:iam/rolePolicy:RolePolicy", "work-task-policy").inputs["policy"])
    allowed = [item for item in rights["Statement"] if item["Resource"] == [made.outputs["arn"]]]
    assert allowed[0]["Action"] == [
        *("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
        "sqs:ReceiveMessage",
    ]
    named = ("queueUrl", "queueArn", "deadLetterQueueUrl", "deadLetterQueueArn")
    outputs = [made.outputs["url"], made.outputs["arn"], dead.outputs["url"], dead.outputs["arn"]]
    assert [component[name] for name in named] == outputs


def test_a_queue_sets_the_count_from_zero(graph_of: GraphOf, preview: bool) -> None:
    apps = {"work": {"queue": {}, "autoscaling": {"min": 0, "max": 2, "queue": {"messages_per_task": 5}}}}
    graph = graph_of(apps=apps, preview=preview)
    policies = inputs(graph, POLICY)
    assert sorted(policies) == ["work-scaling-queue-in", "work-scaling-queue-out"]
    out = policies["work-scaling-queue-out"]["stepScalingPolicyConfiguration"]
    assert out["adjustmentType"] == "ExactCapacity"
    assert out["stepAdjustments"] == [
        {"metricIntervalLowerBound": "0", "metricIntervalUpperBound": "5", "scalingAdjustment": 1},
        {"metricIntervalLowerBound": "5", "scalingAdjustment": 2},
    ]
    back = policies["work-scaling-queue-in"]["stepScalingPolicyConfiguration"]
    assert back["stepAdjustments"] == [{"metricIntervalUpperBound": "0", "scalingAdjustment": 0}]
    alarms = inputs(graph, ALARM)
    assert (alarms["work-scaling-queue-out"]["threshold"], alarms["work-scaling-queue-in"]["threshold"]) == (
        1,
        0,
    )
    assert alarms["work-scaling-queue-in"]["evaluationPeriods"] == 5
    *metrics, total = alarms["work-scaling-queue-out"]["metricQueries"]
    assert [query["metric"]["metricName"] for query in metrics] == [
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
    ]
    name = graph.one(QUEUE, "work-queue").outputs["name"]
    assert [query["metric"]["dimensions"] for query in metrics] == [{"QueueName": name}] * 2
    assert total["expression"] == "m0 + FILL(m1, 0)"


def test_an_app_without_a_queue_has_empty_outputs(graph_of: GraphOf) -> None:
    graph = graph_of()
    assert graph.one("moorage:index:ContainerApp").outputs["queueUrl"] == ""
    assert not graph.of_type(QUEUE)
