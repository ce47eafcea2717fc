"""`count` of Copilot's manifests: a number of tasks, Spot, or autoscaling."""

from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.tables import As, Inside, SourceError, Table, Target, apply, whole

from .containers import ContainerTarget
from .values import seconds, whole_seconds

_RANGE_COOLDOWN = "autoscaling has one cooldown for all of its targets"


def count(target: ContainerTarget, node: Node, path: str) -> None:
    """`count`: a number, or an object."""
    if not isinstance(node.value, dict):
        target.put("count", whole(node))
        target.report.translated(node, path, "`count`")
        return
    apply(_COUNT, node, path, target)
    scaling = target.args.get("autoscaling")
    if scaling is not None and "queue" in scaling:
        for name in [key for key in scaling if key in ("cpu", "memory", "requests", "latency")]:
            del scaling[name]
            target.report.omitted(node, f"{path}.{name}", "a queue is not combined with other targets")


def _spot(target: ContainerTarget, node: Node, path: str) -> None:
    target.put("count", whole(node))
    _on_spot(target, 0)
    target.report.approximated(
        node, path, "`count`; `capacity` fargate_spot is that of all apps of the cluster"
    )


def _on_spot(target: ContainerTarget, base: int) -> None:
    cluster = target.place.capacity
    cluster["capacity"] = "fargate_spot"
    cluster["on_demand_base"] = max(base, cluster.get("on_demand_base", 0))


def _range(target: ContainerTarget, node: Node, path: str) -> None:
    if isinstance(node.value, dict):
        apply(_RANGE, node, path, target)
        return
    low, _, high = node.text().partition("-")
    if not low.strip().isdigit() or not high.strip().isdigit():
        raise SourceError(f"{node.where}: {path}: {node.text()!r} must be a range such as 1-10")
    target.put("autoscaling.min", int(low))
    target.put("autoscaling.max", int(high))
    target.report.translated(node, path, "`autoscaling.min` and `max`")


def _spot_from(target: ContainerTarget, node: Node, path: str) -> None:
    _on_spot(target, whole(node) - 1)
    text_ = "`capacity` fargate_spot with `on_demand_base`, which is that of all apps of the cluster"
    target.report.approximated(node, path, text_)


def _scaled(argument: str, read: Any) -> Any:
    """Return a function for a target of autoscaling: a value, or an object with a cooldown."""

    def function(target: Target, node: Node, path: str) -> None:
        value = node.get("value") if isinstance(node.value, dict) else node
        if value is None:
            raise SourceError(f"{node.where}: {path}: requires a value")
        target.put(f"autoscaling.{argument}", read(value))
        inner = path if value is node else f"{path}.value"
        target.report.translated(value, inner, f"`autoscaling.{argument}`")
        cooldown = node.get("cooldown") if isinstance(node.value, dict) else None
        if cooldown is not None:
            apply(_COOLDOWN, cooldown, f"{path}.cooldown", target)

    return function


def _balanced(argument: str, read: Any) -> Any:
    """Return a function for a target that only an Application Load Balancer measures."""
    translated = _scaled(argument, read)

    def function(target: ContainerTarget, node: Node, path: str) -> None:
        if target.has_http:
            translated(target, node, path)
        else:
            text = "needs an Application Load Balancer; without another target tasks hold 60 percent CPU"
            target.report.omitted(node, path, text)

    return function


def _cooldown(argument: str) -> Any:
    def function(target: Target, node: Node, path: str) -> None:
        held: dict[str, Any] = target.args.setdefault("autoscaling", {})
        value = whole_seconds(node)
        if held.setdefault(argument, value) != value:
            target.report.omitted(node, path, _RANGE_COOLDOWN)
        else:
            target.report.translated(node, path, f"`autoscaling.{argument}`")

    return function


_COOLDOWN: Table[Target] = {"in": _cooldown("scale_in_cooldown"), "out": _cooldown("scale_out_cooldown")}


def _queue_delay(target: Target, node: Node, path: str) -> None:
    latency, processing = node.get("acceptable_latency"), node.get("msg_processing_time")
    if latency is None or processing is None:
        raise SourceError(f"{node.where}: {path}: requires acceptable_latency and msg_processing_time")
    backlog = max(1, int(seconds(latency) / seconds(processing)))
    target.put("autoscaling.queue", {"messages_per_task": backlog})
    for key, item in (("acceptable_latency", latency), ("msg_processing_time", processing)):
        target.report.translated(item, f"{path}.{key}", "`autoscaling.queue.messages_per_task`")
    cooldown = node.get("cooldown")
    if cooldown is not None:
        apply(_COOLDOWN, cooldown, f"{path}.cooldown", target)


_RANGE: Table[ContainerTarget] = {
    "min": As("autoscaling.min", whole),
    "max": As("autoscaling.max", whole),
    "spot_from": _spot_from,
}
_COUNT: Table[ContainerTarget] = {
    "spot": _spot,
    "range": _range,
    "cooldown": Inside(_COOLDOWN),
    "cpu_percentage": _scaled("cpu", whole),
    "memory_percentage": _scaled("memory", whole),
    "requests": _balanced("requests", whole),
    "response_time": _balanced("latency", seconds),
    "queue_delay": _queue_delay,
}
