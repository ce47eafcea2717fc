"""CloudWatch alarms on an app, as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .arguments import mapping
from .iam import policy, tls_only
from .lookup import Lookup, described
from .problems import Problems

FEWEST_REQUESTS = 10
"""Requests of a minute below which errors do not count: one of two is not a trend."""

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
"""One metric query, with the names of `aws.cloudwatch.MetricAlarm`; dimensions may be Outputs."""


class Alarms(NamedTuple):
    """Thresholds; 0 for no alarm."""

    errors: int
    """Percent of requests that fail."""
    unhealthy_targets: int
    latency: float
    """Seconds that 95 of 100 requests stay below."""
    cpu: int
    """Percent, as `memory`."""
    memory: int
    dead_letters: int
    """Messages in the dead-letter queue."""
    rollback: bool
    """True if errors and latency roll a deployment back."""
    topic_arn: str | None
    """The topic that exists; None for one that is created."""
    email: str | None
    """The subscriber of the topic that is created."""

    @property
    def rolls_back(self) -> bool:
        """True if an alarm can roll a deployment back."""
        return self.rollback and bool(self.errors or self.latency)

    @property
    def bake_minutes(self) -> int:
        """Minutes that a deployment is watched after its tasks run."""
        return _BAKE if self.rolls_back else 0


def alarms(values: Lookup) -> Alarms | None:
    """Return the alarms that an app's arguments describe; thresholds of metrics that it lacks are 0."""
    if values.given("alarms") is None:
        return None
    balanced = bool(values.given("load_balancer"))
    return described(
        Alarms,
        values,
        "alarms.",
        errors=(values["alarms.errors"] if balanced else 0) or 0,
        unhealthy_targets=values["alarms.unhealthy_targets"] if balanced else 0,
        latency=float(values["alarms.latency"]) if balanced else 0,
        dead_letters=values["alarms.dead_letters"] if values.given("queue") is not None else 0,
    )


def check_alarms(chosen: Alarms | None, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the alarms against the app's other arguments."""
    if chosen is None:
        return
    settings = mapping(args["alarms"])
    balancer = mapping(args.get("load_balancer"))
    for name in _OF_BALANCER:
        if settings.get(name) and not balancer:
            problems.say(f"alarms.{name}", "needs load_balancer, which measures it")
    if settings.get("dead_letters") and "queue" not in args:
        problems.say("alarms.dead_letters", "needs queue, whose dead letters it counts")
    if settings.get("rollback") and not chosen.rolls_back:
        problems.say("alarms.rollback", "needs errors or latency: only their alarms roll back")
    if balancer and "arn_suffix" not in balancer:
        problems.say("alarms", "needs the load_balancer's arn_suffix, a dimension of its metrics")


class Measured(NamedTuple):
    """The namespace and the dimensions of a load balancer's metrics; `arn_suffix`es may be Outputs."""

    namespace: str
    balancer: Any
    groups: Sequence[Any]
    """Of the target groups."""

    def queries(self, letter: str, name: str, stat: str) -> list[Query]:
        """Return the queries of a metric, one for each target group."""
        return [
            {
                "id": f"{letter}{number}",
                "metric": {
                    "namespace": self.namespace,
                    "metric_name": name,
                    "dimensions": {"LoadBalancer": self.balancer, "TargetGroup": group},
                    "period": PERIOD,
                    "stat": stat,
                },
            }
            for number, group in enumerate(self.groups)
        ]


def error_queries(of: Measured) -> list[Query]:
    """Return the percentage of requests that the targets answered with 5xx, or that reached no target.

    `HTTPCode_ELB_5XX_Count` is of the whole load balancer, which apps share; an app's part of it is in
    `TargetConnectionErrorCount`.
    """
    metrics = {"e": "HTTPCode_Target_5XX_Count", "c": "TargetConnectionErrorCount", "r": "RequestCount"}
    by_group = zip(*(of.queries(letter, name, "Sum") for letter, name in metrics.items()), strict=True)
    numbers = range(len(of.groups))
    requests = _sum(f"r{number}" for number in numbers)
    errors = _sum(f"{letter}{number}" for number in numbers for letter in "ec")
    return [
        *(query for queries in by_group for query in queries),
        {
            "id": "percent",
            "expression": f"IF({requests} >= {FEWEST_REQUESTS}, 100 * ({errors}) / ({requests}), 0)",
            "label": "Failed requests, percent",
            "return_data": True,
        },
    ]


def unhealthy_queries(of: Measured) -> list[Query]:
    """Return the number of targets that fail their health check."""
    return _combined(of.queries("m", "UnHealthyHostCount", "Maximum"), "SUM", "Unhealthy targets")


def latency_queries(of: Measured) -> list[Query]:
    """Return the seconds that 95 of 100 requests stay below."""
    return _combined(of.queries("m", "TargetResponseTime", "p95"), "MAX", "Latency, p95, seconds")


def _combined(queries: list[Query], function: str, label: str) -> list[Query]:
    terms = ", ".join(f"FILL({query['id']}, 0)" for query in queries)
    # A group without targets has no data: it must not hide the other's.
    result = {"id": "value", "expression": f"{function}([{terms}])", "label": label, "return_data": True}
    return [*queries, result]


def _sum(queries: Any) -> str:
    return " + ".join(f"FILL({query}, 0)" for query in queries)


def topic_policy(topic_arn: str) -> str:
    """Return the policy of the topic: alarms of its own account and region may publish ("Using Amazon SNS
    topics for alarm notifications"), and only over TLS."""
    _, partition, _, region, account, _ = topic_arn.split(":", 5)
    alarms = {
        "Sid": "Alarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:{account}:alarm:*"},
            "StringEquals": {"aws:SourceAccount": account},
        },
    }
    return policy([alarms, tls_only("sns:Publish", topic_arn)])
