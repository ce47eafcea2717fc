"""A CloudWatch dashboard of one app, as the JSON that CloudWatch takes ("Dashboard body structure and
syntax")."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT = 8, 6
"""Of a widget; a dashboard is 24 wide."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a dashboard is about."""

    region: str
    cluster: str
    service: str
    balancer: str | None
    """The load balancer's `arn_suffix`."""
    groups: Sequence[str]
    """The target groups' `arn_suffix`es."""


def dashboard_body(shown: Shown) -> str:
    """Return the dashboard's JSON: the same text for the same app."""
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


def _of_balancer(shown: Shown) -> list[dict[str, Any]]:
    def each(name: str, stat: str, label: str) -> list[Any]:
        # With two target groups one of them has the requests; which one changes with every deployment.
        return [
            [
                *("AWS/ApplicationELB", name, "LoadBalancer", shown.balancer, "TargetGroup", group),
                {"stat": stat, "label": label if len(shown.groups) == 1 else f"{label}, group {number}"},
            ]
            for number, group in enumerate(shown.groups, 1)
        ]

    return [
        {
            "title": "Requests a minute",
            "metrics": each("RequestCount", "Sum", "Requests"),
        },
        {
            "title": "Failed requests a minute",
            "metrics": [
                *each("HTTPCode_Target_5XX_Count", "Sum", "5xx"),
                *each("TargetConnectionErrorCount", "Sum", "Not reached"),
            ],
        },
        {
            "title": "Latency, seconds",
            "metrics": [
                *each("TargetResponseTime", "p50", "p50"),
                *each("TargetResponseTime", "p95", "p95"),
            ],
        },
        {
            "title": "Targets",
            "metrics": [
                *each("HealthyHostCount", "Minimum", "Healthy"),
                *each("UnHealthyHostCount", "Maximum", "Unhealthy"),
            ],
        },
    ]


def _of_service(shown: Shown) -> list[dict[str, Any]]:
    place = ("ClusterName", shown.cluster, "ServiceName", shown.service)

    def usage(name: str, stat: str, label: str) -> list[Any]:
        return ["AWS/ECS", name, *place, {"stat": stat, "label": label}]

    return [
        {
            "title": f"{what}, percent",
            "metrics": [usage(metric, "Average", "Average"), usage(metric, "Maximum", "Highest")],
            "yAxis": {"left": {"min": 0}},
        }
        for what, metric in (("CPU", "CPUUtilization"), ("Memory", "MemoryUtilization"))
    ] + [
        {
            "title": "Tasks",
            "metrics": [
                # Each running task sends one sample a minute ("Amazon ECS service RUNNING task count").
                usage("CPUUtilization", "SampleCount", "Running"),
                # With Container Insights only.
                [
                    *("ECS/ContainerInsights", "DesiredTaskCount", *place),
                    {"stat": "Average", "label": "Desired"},
                ],
            ],
            "yAxis": {"left": {"min": 0}},
        }
    ]
