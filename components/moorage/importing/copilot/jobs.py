"""Scheduled jobs of Copilot as the arguments of a `Job`, and services that were on App Runner."""

from typing import Any

from moorage.compose_file.values import pairs
from moorage.importing.bounds import bounded
from moorage.importing.readers import flag
from moorage.importing.tables import As, Inside, SourceNode, Table, Target, Without, apply
from moorage.model.fields.job import JOB

from .containers import ContainerTarget
from .routes import http
from .values import schedule, whole_seconds
from .workload import NETWORK, OBSERVABILITY, TASK, placement, settle_port


def _schedule(node: SourceNode) -> str | None:
    """Return the schedule of `on`, if it has one."""
    expression = node.get("schedule")
    return schedule(expression) if expression is not None else None


_bounded_retries = bounded("retries", "a `Job`", fields=JOB)


def _retries(target: ContainerTarget, node: SourceNode) -> None:
    trigger = target.manifest.get("on")
    if trigger is None or _schedule(trigger) is None:
        target.omitted(node, "only scheduled runs are retried, and there is no schedule")
    else:
        _bounded_retries(target, node)


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
    "on": As("schedule", _schedule),
    "retries": _retries,
    "timeout": bounded("timeout", "a `Job`", whole_seconds, JOB),
    "storage": Inside(_JOB_STORAGE),
    "network": Inside(_JOB_NETWORK),
    "sidecars": Without(_NO_JOB),
    "logging": Without("a `Job` has a log group of its own with the preset's retention"),
    "observability": Without("a `Job` is not traced"),
    "count": Without("a `Job` runs one task"),
    "exec": Without("ECS Exec is not for jobs"),
}
_OF_JOBS = ("labels", "depends_on", "repository_credentials", "container_health_check", "ports")


def job(one: ContainerTarget) -> dict[str, Any]:
    """Return the arguments of a scheduled job."""
    apply(_JOB, one.manifest, one)
    image = one.manifest.get("image") or one.manifest
    for argument in _OF_JOBS:
        if one.args.pop(argument, None) is not None:
            one.report.omitted(image, f"image ({argument})", _NO_JOB)
    return one.args


_INSTANCES = "App Runner's own configuration of scaling: from 1 to 25 tasks, at 60 percent CPU"


def _configuration(target: Target, node: SourceNode) -> None:
    target.put("autoscaling", {"min": 1, "max": 25})
    target.approximated(node, f"`autoscaling`: {node.text()} is {_INSTANCES}")


def _http(target: ContainerTarget, node: SourceNode) -> None:
    if (private := node.get("private")) is not None:
        target.omitted(private, "the service is behind the load balancer; see `internal`")
    http(target, node.with_value({key: item for key, item in node.entries().items() if key != "private"}))


_REQUEST_DRIVEN: Table[ContainerTarget] = {
    **TASK,
    "http": _http,
    "tags": As("tags", pairs),
    "count": _configuration,
    "network": Inside(NETWORK),
    "observability": OBSERVABILITY,
}


def request_driven(one: ContainerTarget) -> dict[str, Any]:
    """Return the arguments of a service that was on App Runner."""
    node = one.manifest
    one.args |= {"autoscaling": {"min": 1, "max": 25}, "http_target": {}}
    apply(_REQUEST_DRIVEN, node, one)
    text = "behind the load balancer, instead of at a URL of App Runner"
    one.report.approximated(node.get("type") or node, "type", text)
    if node.get("count") is None:
        one.report.approximated(node, "count", f"`autoscaling`: {_INSTANCES}")
    settle_port(one.args)
    return one.args
