"""An app's alarms, the topic they are sent to, and its dashboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model import alarms as model
from moorage.model.app import AppSpec
from moorage.model.dashboard import METRICS, Shown, dashboard_body
from moorage.model.names import shorten
from moorage.resources.inputs import after, computed
from moorage.resources.wiring import Tags

from .target_groups import Targets
from .wiring import Wiring


def topic(wiring: Wiring, app: AppSpec) -> pulumi.Input[str] | None:
    """Return the ARN of the topic of the alarms, made unless one is given; None without alarms.

    It is not encrypted: with the AWS managed key CloudWatch could not publish to it ("How do I configure a
    CloudWatch alarm with an encrypted SNS topic?"), and a message only names an alarm.
    """
    watched, child = app.alarms, wiring.child
    if watched is None:
        return None
    if watched.topic_arn is not None:
        return wiring.input(watched.topic_arn)
    made = aws.sns.Topic(f"{app.name}-alarms", tags=wiring.tags, opts=child)
    rights = aws.sns.TopicPolicy(
        f"{app.name}-alarms-policy", arn=made.arn, policy=made.arn.apply(model.topic_policy), opts=child
    )
    if watched.email is not None:
        aws.sns.TopicSubscription(
            f"{app.name}-alarms-email", topic=made.arn, protocol="email", endpoint=watched.email, opts=child
        )
    return after([rights], made.arn)


def request_alarms(
    wiring: Wiring, app: AppSpec, targets: Targets | None, topic_arn: pulumi.Input[str] | None
) -> list[pulumi.Output[str]]:
    """Make the alarms on the load balancer's metrics; return the names of those that roll back.

    They need the target groups only, so they exist before the service, which takes their names.
    """
    watched, balancer = app.alarms, wiring.load_balancer
    if watched is None or targets is None or balancer is None or topic_arn is None:
        return []
    measured = model.Measured(
        METRICS[app.target_group.is_network],
        balancer.get("arn_suffix", ""),
        [group.arn_suffix for group in targets.groups],
    )
    kinds: list[tuple[str, float, Callable[[model.Measured], list[Any]], str, bool]] = [
        ("errors", watched.errors, model.error_queries, "at least {:g}% of requests failed", True),
        (
            "unhealthy",
            watched.unhealthy_targets,
            model.unhealthy_queries,
            "at least {:g} unhealthy targets",
            False,
        ),
        ("latency", watched.latency, model.latency_queries, "p95 latency was at least {:g} s", True),
    ]
    names: list[pulumi.Output[str]] = []
    minutes = model.REQUEST_METRICS
    for kind, threshold, queries, description, rolls_back in kinds:
        if not threshold:
            continue
        alarm = aws.cloudwatch.MetricAlarm(
            f"{app.name}-{kind}",
            alarm_description=f"{app.name}: {description.format(threshold)} for {minutes} minutes",
            metric_queries=queries(measured),
            **alarm_settings(threshold, minutes, topic_arn, wiring.tags),
            opts=wiring.child,
        )
        if rolls_back and watched.rollback:
            names.append(alarm.name)
    return names


def task_alarms(
    wiring: Wiring, app: AppSpec, service: aws.ecs.Service, topic_arn: pulumi.Input[str] | None
) -> None:
    """Make the alarms on the service's metrics.

    They need the service's name, so they do not roll deployments back; a starting task is busy anyway.
    """
    watched = app.alarms
    if watched is None or topic_arn is None:
        return
    minutes = model.TASK_METRICS
    for kind, text, metric, threshold in (
        ("cpu", "average CPU", "CPUUtilization", watched.cpu),
        ("memory", "average memory", "MemoryUtilization", watched.memory),
    ):
        if not threshold:
            continue
        aws.cloudwatch.MetricAlarm(
            f"{app.name}-{kind}",
            alarm_description=f"{app.name}: {text} was at least {threshold}% for {minutes} minutes",
            namespace="AWS/ECS",
            metric_name=metric,
            dimensions={"ClusterName": wiring.cluster["name"], "ServiceName": service.name},
            statistic="Average",
            period=model.PERIOD,
            **alarm_settings(threshold, minutes, topic_arn, wiring.tags),
            opts=wiring.child,
        )


def alarm_settings(threshold: float, minutes: int, topic_arn: pulumi.Input[str], tags: Tags) -> Any:
    """Return the arguments that all alarms of an app share."""
    return {
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "threshold": threshold,
        "evaluation_periods": minutes,
        # No requests, or no task: that is the subject of another alarm.
        "treat_missing_data": "notBreaching",
        "alarm_actions": [topic_arn],
        "ok_actions": [topic_arn],
        "tags": tags,
    }


def dashboard(wiring: Wiring, app: AppSpec, service: aws.ecs.Service, targets: Targets | None) -> None:
    """Make the app's dashboard, if it is enabled."""
    if not app.dashboard:
        return
    balancer = wiring.load_balancer

    def body(cluster_arn: str, cluster: str, name: str, suffix: str | None, groups: Sequence[str]) -> str:
        network = app.target_group.is_network
        return dashboard_body(Shown(cluster_arn.split(":")[3], cluster, name, suffix, groups, network))

    logical = f"{pulumi.get_project()}-{pulumi.get_stack()}-{app.name}".replace(".", "-")
    aws.cloudwatch.Dashboard(
        f"{app.name}-dashboard",
        dashboard_name=shorten(logical, 255),
        dashboard_body=computed(
            body,
            wiring.cluster["arn"],
            wiring.cluster["name"],
            service.name,
            balancer.get("arn_suffix") if balancer else None,
            [group.arn_suffix for group in targets.groups] if targets else [],
        ),
        opts=wiring.child,
    )
