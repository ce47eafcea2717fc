"""What is watched on an app, and when it is told: CloudWatch alarms as plain data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from .arguments import in_range, whole
from .names import check_pattern
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


def alarms(args: Mapping[str, Any]) -> Alarms | None:
    """Return the alarms that an app's arguments ask for, which were checked before."""
    if args.get("alarms") is None:
        return None
    given = _mapping(args["alarms"])
    balanced = bool(args.get("load_balancer"))
    return Alarms(
        errors=whole(given.get("errors"), 5) if balanced else 0,
        unhealthy_targets=whole(given.get("unhealthy_targets"), 1) if balanced else 0,
        latency=float(given.get("latency") or 0) if balanced else 0,
        cpu=whole(given.get("cpu"), 90),
        memory=whole(given.get("memory"), 90),
        rollback=bool(given.get("rollback", True)),
        topic_arn=given.get("topic_arn"),
        email=given.get("email"),
    )


def check_alarm_values(args: Mapping[str, Any], problems: Problems) -> None:
    """Check each threshold by itself."""
    given = _mapping(args.get("alarms"))
    for name in ("errors", "cpu", "memory"):
        in_range(f"alarms.{name}", given.get(name), 0, 100, problems, "percent, 0 for no alarm")
    in_range("alarms.unhealthy_targets", given.get("unhealthy_targets"), 0, 5000, problems, "targets")
    in_range("alarms.latency", given.get("latency"), 0, 4000, problems, "seconds, 0 for no alarm")
    check_pattern("alarms.email", given.get("email"), r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address", problems)
    check_pattern("alarms.topic_arn", given.get("topic_arn"), r"arn:aws[a-z-]*:sns:.+", "an ARN", problems)


def check_alarms(args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the alarms mean together with the app's other arguments."""
    if args.get("alarms") is None:
        return
    given = _mapping(args["alarms"])
    balancer = _mapping(args.get("load_balancer"))
    for name in _OF_BALANCER:
        if given.get(name) and not balancer:
            problems.say(f"alarms.{name}", "needs load_balancer, which measures it")
    chosen = alarms(args)
    if chosen and given.get("rollback") and not chosen.rolls_back:
        problems.say("alarms.rollback", "needs errors or latency: they are what a deployment is judged by")
    if balancer and "arn_suffix" not in balancer:
        problems.say("alarms", "needs the load_balancer's arn_suffix, which its metrics are found by")
    if "email" in given and "topic_arn" in given:
        problems.say("alarms.email", "give email or topic_arn, not both: subscribe it to your own topic")


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


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
