"""The body of an app's CloudWatch dashboard ("Dashboard body structure and syntax")."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

METRICS = {False: "AWS/ApplicationELB", True: "AWS/NetworkELB"}
"""The namespace of a load balancer's metrics, by whether it is a network load balancer."""

_WIDTH, _HEIGHT = 8, 6
"""Of a widget; a dashboard is 24 wide."""


class Shown(NamedTuple):
    """The app of a dashboard."""

    region: str
    cluster: str
    service: str
    balancer: str | None
    """The load balancer's `arn_suffix`."""
    groups: Sequence[str]
    """The target groups' `arn_suffix`es."""
    network: bool
    """True if it is a network load balancer."""


def dashboard_body(shown: Shown) -> str:
    """Return the dashboard's JSON, the same text for the same app."""
    widgets = [*(_of_balancer(shown) if shown.balancer else []), *_of_service(shown)]
    per_row = 24 // _WIDTH
    placed = [
        {
            "type": "metric",
            "x": number % per_row * _WIDTH,
            "y": number // per_row * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            "properties": {"region": shown.region, "view": "timeSeries", "period": 60, **properties},
        }
        for number, properties in enumerate(widgets)
    ]
    return json.dumps({"widgets": placed}, sort_keys=True)


_Lines = tuple[tuple[str, str, str], ...]
"""Metric, statistic and label of each line."""

_WIDGETS: dict[str, _Lines] = {
    "Requests a minute": (("RequestCount", "Sum", "Requests"),),
    "Failed requests a minute": (
        ("HTTPCode_Target_5XX_Count", "Sum", "5xx"),
        ("TargetConnectionErrorCount", "Sum", "Not reached"),
    ),
    "Latency, seconds": (("TargetResponseTime", "p50", "p50"), ("TargetResponseTime", "p95", "p95")),
}
_TARGETS: _Lines = (
    ("HealthyHostCount", "Minimum", "Healthy"),
    ("UnHealthyHostCount", "Maximum", "Unhealthy"),
)
# Of a target group it measures health only ("CloudWatch metrics for your Network Load Balancer").
_NETWORK_WIDGETS: dict[str, _Lines] = {
    "Connections to the load balancer": (
        ("NewFlowCount", "Sum", "New a minute"),
        ("ActiveFlowCount", "Average", "Open"),
    ),
    "Resets a minute, of the load balancer": (
        ("TCP_Target_Reset_Count", "Sum", "By targets"),
        ("TCP_Client_Reset_Count", "Sum", "By clients"),
    ),
}


def _of_balancer(shown: Shown) -> list[dict[str, Any]]:
    place = (METRICS[shown.network], "LoadBalancer", shown.balancer)

    def lines(name: str, stat: str, label: str) -> list[Any]:
        # With two target groups one of them has the requests; each deployment swaps them.
        return [
            [
                *(place[0], name, *place[1:], "TargetGroup", group),
                {"stat": stat, "label": label if len(shown.groups) == 1 else f"{label}, group {number}"},
            ]
            for number, group in enumerate(shown.groups, 1)
        ]

    def whole(name: str, stat: str, label: str) -> list[Any]:
        return [[place[0], name, *place[1:], {"stat": stat, "label": label}]]

    widgets, of = (_NETWORK_WIDGETS, whole) if shown.network else (_WIDGETS, lines)
    return [
        *(
            {"title": title, "metrics": [line for metric in metrics for line in of(*metric)]}
            for title, metrics in widgets.items()
        ),
        {"title": "Targets", "metrics": [line for metric in _TARGETS for line in lines(*metric)]},
    ]


def _of_service(shown: Shown) -> list[dict[str, Any]]:
    place = ("ClusterName", shown.cluster, "ServiceName", shown.service)

    def usage(name: str, stat: str, label: str) -> list[Any]:
        return ["AWS/ECS", name, *place, {"stat": stat, "label": label}]

    desired = ("ECS/ContainerInsights", "DesiredTaskCount", *place, {"stat": "Average", "label": "Desired"})
    lines = {
        f"{title}, percent": [usage(metric, "Average", "Average"), usage(metric, "Maximum", "Highest")]
        for title, metric in (("CPU", "CPUUtilization"), ("Memory", "MemoryUtilization"))
    }
    # Each running task sends one sample a minute ("Amazon ECS service RUNNING task count"); the desired count
    # is there with Container Insights only.
    lines["Tasks"] = [usage("CPUUtilization", "SampleCount", "Running"), [*desired]]
    axis = {"left": {"min": 0}}
    return [{"title": title, "metrics": metrics, "yAxis": axis} for title, metrics in lines.items()]
