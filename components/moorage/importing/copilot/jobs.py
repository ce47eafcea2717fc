"""Scheduled jobs of Copilot as the arguments of a `Job`, and services that were on App Runner."""

from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.bounds import bounded
from moorage.importing.tables import As, Inside, Table, Target, Without, apply, flag, pairs

from .containers import ContainerTarget, Place
from .routes import http
from .values import schedule, whole_seconds
from .workload import NETWORK, OBSERVABILITY, TASK, placement, settle_port


def _trigger(target: Target, node: Node, path: str) -> None:
    found = node.get("schedule")
    when = schedule(found) if found is not None else None
    if when is not None:
        target.put("schedule", when)
    target.report.translated(node, path, "`schedule`")


def _retries(target: ContainerTarget, node: Node, path: str) -> None:
    trigger = target.manifest.get("on")
    found = trigger.get("schedule") if trigger else None
    if found is None or schedule(found) is None:
        target.report.omitted(node, path, "only scheduled runs are retried, and there is no schedule")
    else:
        bounded("retries", 0, 10, "a `Job`")(target, node, path)


_NO_JOB = "a `Job` has one container and no volumes; run it as a service, or do it in the image"
_JOB_STORAGE: Table[ContainerTarget] = {
    "readonly_fs": As("read_only", flag),
    "ephemeral": Without("a `Job` has the 20 GiB that are free"),
    "volumes": Without(_NO_JOB),
}
_JOB_NETWORK: Table[ContainerTarget] = {
    "vpc": Inside(
        {
            "placement": placement,
            "security_groups": Without("a `Job` has a group of its own; use `connections`"),
        }
    ),
    "connect": Without("tasks of jobs are not in Service Connect"),
}
_JOB: Table[ContainerTarget] = {
    **TASK,
    "on": _trigger,
    "retries": _retries,
    "timeout": bounded("timeout", 60, 31536000, "a `Job`", whole_seconds),
    "storage": Inside(_JOB_STORAGE),
    "network": Inside(_JOB_NETWORK),
    "sidecars": Without(_NO_JOB),
    "logging": Without("a `Job` has a log group of its own with the preset's retention"),
    "observability": Without("a `Job` is not traced"),
    "count": Without("a `Job` runs one task"),
    "exec": Without("ECS Exec is not for jobs"),
}
_OF_JOBS = ("labels", "depends_on", "repository_credentials", "container_health_check", "ports")


def job(node: Node, name: str, place: Place, target: Target) -> dict[str, Any]:
    """Return the arguments of a scheduled job."""
    one = ContainerTarget(target.report, {}, place, name, node)
    apply(_JOB, node, "", one)
    image = node.get("image") or node
    for argument in _OF_JOBS:
        if one.args.pop(argument, None) is not None:
            target.report.omitted(image, f"image ({argument})", _NO_JOB)
    return one.args


_INSTANCES = "App Runner's own configuration of scaling: from 1 to 25 tasks, at 60 percent CPU"


def _configuration(target: Target, node: Node, path: str) -> None:
    target.put("autoscaling", {"min": 1, "max": 25})
    target.report.approximated(node, path, f"`autoscaling`: {node.text()} is {_INSTANCES}")


def _runner_http(target: ContainerTarget, node: Node, path: str) -> None:
    private = node.get("private")
    if private is not None:
        target.report.omitted(
            private, f"{path}.private", "the service is behind the load balancer; see `internal`"
        )
    rest = node.with_value({key: item for key, item in node.entries().items() if key != "private"})
    target.args["http_target"] = http(target, rest, path)


_REQUEST_DRIVEN: Table[ContainerTarget] = {
    **TASK,
    "http": _runner_http,
    "tags": As("tags", pairs),
    "count": _configuration,
    "network": Inside(NETWORK),
    "observability": OBSERVABILITY,
}


def request_driven(node: Node, name: str, place: Place, target: Target) -> dict[str, Any]:
    """Return the arguments of a service that was on App Runner."""
    args: dict[str, Any] = {"autoscaling": {"min": 1, "max": 25}, "http_target": {}}
    one = ContainerTarget(target.report, args, place, name, node)
    apply(_REQUEST_DRIVEN, node, "", one)
    kind = node.get("type") or node
    target.report.approximated(kind, "type", "behind the load balancer, instead of at a URL of App Runner")
    if node.get("count") is None:
        target.report.approximated(node, "count", f"`autoscaling`: {_INSTANCES}")
    settle_port(one.args)
    return one.args
