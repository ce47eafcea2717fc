"""What is watched on an app, and when it is told: CloudWatch alarms as plain data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .arguments import mapping
from .fields.field import Lookup
from .problems import Problems

FEWEST_REQUESTS = 10
"""Requests of a minute below which its errors do not count: one of two is no trend."""

PERIOD = 60
"""Seconds of a data point."""

REQUEST_METRICS = 3
"""Minutes in a row that errors, latency or unhealthy targets must be above their threshold."""

TASK_METRICS = 5
"""Minutes in a row that CPU or memory must be above its threshold."""

_BAKE = 5
"""Minutes that ECS goes on watching the alarms of a rolling deployment ("How CloudWatch alarms detect Amazon
ECS deployment failures": less than 5 by default)."""

_OF_BALANCER = ("errors", "unhealthy_targets", "latency")

Query = dict[str, Any]
"""One metric query of an alarm, with the names of `aws.cloudwatch.MetricAlarm`; the dimensions' values may be
known later."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """Thresholds; 0 where nothing is watched."""

    errors: int
    """Percent of requests that fail."""
    unhealthy_targets: int
    latency: float
    """Seconds that 95 of 100 requests stay below."""
    cpu: int
    """Percent, as `memory`."""
    memory: int
    rollback: bool
    """Whether errors and latency roll a deployment back."""
    topic_arn: str | None
    """A topic that exists; None for one that is made."""
    email: str | None
    """Who is subscribed to the topic that is made."""

    @property
    def rolls_back(self) -> bool:
        """Whether a deployment is watched by an alarm."""
        return self.rollback and bool(self.errors or self.latency)

    @property
    def bake_minutes(self) -> int:
        """How long a deployment is watched after its tasks run."""
        return _BAKE if self.rolls_back else 0


def alarms(values: Lookup) -> Alarms | None:
    """Return the alarms that an app's arguments ask for."""
    if values.given("alarms") is None:
        return None
    balanced = bool(values.given("load_balancer"))
    return Alarms(
        errors=values["alarms.errors"] if balanced else 0,
        unhealthy_targets=values["alarms.unhealthy_targets"] if balanced else 0,
        latency=float(values["alarms.latency"]) if balanced else 0,
        cpu=values["alarms.cpu"],
        memory=values["alarms.memory"],
        rollback=values["alarms.rollback"],
        topic_arn=values["alarms.topic_arn"],
        email=values["alarms.email"],
    )


def check_alarms(chosen: Alarms | None, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the alarms mean together with the app's other arguments."""
    if chosen is None:
        return
    given = mapping(args["alarms"])
    balancer = mapping(args.get("load_balancer"))
    for name in _OF_BALANCER:
        if given.get(name) and not balancer:
            problems.say(f"alarms.{name}", "needs load_balancer, which measures it")
    if given.get("rollback") and not chosen.rolls_back:
        problems.say("alarms.rollback", "needs errors or latency: they are what a deployment is judged by")
    if balancer and "arn_suffix" not in balancer:
        problems.say("alarms", "needs the load_balancer's arn_suffix, which its metrics are found by")


def error_queries(balancer: Any, groups: Sequence[Any]) -> list[Query]:
    """Return the percent of requests that the targets answered with 5xx, or that reached none.

    `HTTPCode_ELB_5XX_Count` is of the whole load balancer, which apps share; what it counts for one app is in
    `TargetConnectionErrorCount`.

    Args:
        balancer: the load balancer's `arn_suffix`.
        groups: those of the target groups, of which one may hold no targets.
    """
    failed = ("HTTPCode_Target_5XX_Count", "TargetConnectionErrorCount")
    queries: list[Query] = []
    for number, group in enumerate(groups):
        for letter, name in zip("ec", failed, strict=True):
            queries.append(_metric(f"{letter}{number}", name, "Sum", balancer, group))
        queries.append(_metric(f"r{number}", "RequestCount", "Sum", balancer, group))
    requests = _sum(f"r{number}" for number in range(len(groups)))
    errors = _sum(f"{letter}{number}" for number in range(len(groups)) for letter in "ec")
    return [
        *queries,
        {
            "id": "percent",
            "expression": f"IF({requests} >= {FEWEST_REQUESTS}, 100 * ({errors}) / ({requests}), 0)",
            "label": "Failed requests, percent",
            "return_data": True,
        },
    ]


def unhealthy_queries(balancer: Any, groups: Sequence[Any]) -> list[Query]:
    """Return how many targets fail their health check."""
    return _combined("UnHealthyHostCount", "Maximum", balancer, groups, "SUM", "Unhealthy targets")


def latency_queries(balancer: Any, groups: Sequence[Any]) -> list[Query]:
    """Return the seconds that 95 of 100 requests stay below."""
    return _combined("TargetResponseTime", "p95", balancer, groups, "MAX", "Latency, p95, seconds")


def _combined(
    name: str, stat: str, balancer: Any, groups: Sequence[Any], function: str, label: str
) -> list[Query]:
    queries = [_metric(f"m{number}", name, stat, balancer, group) for number, group in enumerate(groups)]
    each = ", ".join(f"FILL(m{number}, 0)" for number in range(len(groups)))
    # A group without targets has no data: it must not hide the other one's.
    result = {"id": "value", "expression": f"{function}([{each}])", "label": label, "return_data": True}
    return [*queries, result]


def _metric(query: str, name: str, stat: str, balancer: Any, group: Any) -> Query:
    return {
        "id": query,
        "metric": {
            "namespace": "AWS/ApplicationELB",
            "metric_name": name,
            "dimensions": {"LoadBalancer": balancer, "TargetGroup": group},
            "period": PERIOD,
            "stat": stat,
        },
    }


def _sum(queries: Any) -> str:
    return " + ".join(f"FILL({query}, 0)" for query in queries)


def topic_policy(topic_arn: str) -> str:
    """Return who may publish to the topic: the alarms of the own account and region ("Using Amazon SNS topics
    for alarm notifications"), and over TLS only."""
    _, partition, _, region, account, _ = topic_arn.split(":", 5)
    statements = [
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {
                "ArnLike": {"aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:{account}:alarm:*"},
                "StringEquals": {"aws:SourceAccount": account},
            },
        },
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True)
