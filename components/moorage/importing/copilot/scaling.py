"""`count` of Copilot's manifests: a number of tasks, Spot, or autoscaling."""

from typing import Any

from moorage.importing.readers import whole
from moorage.importing.tables import As, Function, Inside, Reader, SourceNode, Table, Target, apply

from .containers import ContainerTarget
from .values import seconds, whole_seconds

_RANGE_COOLDOWN = "autoscaling has one cooldown for all of its targets"


def count(target: ContainerTarget, node: SourceNode) -> None:
    """`count`: a number, or an object."""
    if not isinstance(node.value, dict):
        target.put("count", whole(node))
        target.translated(node, "`count`")
        return
    apply(_COUNT, node, target)
    scaling = target.args.get("autoscaling")
    if scaling is not None and "queue" in scaling:
        for name in [key for key in scaling if key in ("cpu", "memory", "requests", "latency")]:
            del scaling[name]
            reason = "a queue is not combined with other targets"
            target.report.omitted(node, f"{node.path}.{name}", reason)


def _spot(target: ContainerTarget, node: SourceNode) -> None:
    target.put("count", whole(node))
    _on_spot(target, 0)
    target.approximated(node, "`count`; `capacity` fargate_spot is that of all apps of the cluster")


def _on_spot(target: ContainerTarget, base: int) -> None:
    cluster = target.place.capacity
    cluster["capacity"] = "fargate_spot"
    cluster["on_demand_base"] = max(base, cluster.get("on_demand_base", 0))


def _range(target: ContainerTarget, node: SourceNode) -> None:
    if isinstance(node.value, dict):
        apply(_RANGE, node, target)
        return
    low, _, high = node.text().partition("-")
    if not low.strip().isdigit() or not high.strip().isdigit():
        raise node.error(f"{node.text()!r} must be a range such as 1-10")
    target.put("autoscaling.min", int(low))
    target.put("autoscaling.max", int(high))
    target.translated(node, "`autoscaling.min` and `max`")


def _spot_from(target: ContainerTarget, node: SourceNode) -> None:
    _on_spot(target, whole(node) - 1)
    target.approximated(
        node, "`capacity` fargate_spot with `on_demand_base`, which is that of all apps of the cluster"
    )


def _scaled(argument: str, read: Reader = whole) -> Function[Target]:
    """Return a function for a target of autoscaling: a value, or an object with a cooldown."""

    def function(target: Target, node: SourceNode) -> None:
        value = node.get("value") if isinstance(node.value, dict) else node
        if value is None:
            raise node.error("requires a value")
        target.put(f"autoscaling.{argument}", read(value))
        target.translated(value, f"`autoscaling.{argument}`")
        _cooldowns(target, node)

    return function


def _balanced(argument: str, read: Reader = whole) -> Function[ContainerTarget]:
    """Return a function for a target that only an Application Load Balancer measures."""
    translated = _scaled(argument, read)

    def function(target: ContainerTarget, node: SourceNode) -> None:
        if target.has_http:
            translated(target, node)
        else:
            text = "needs an Application Load Balancer; without another target tasks hold 60 percent CPU"
            target.omitted(node, text)

    return function


def _cooldown(argument: str) -> Function[Target]:
    def function(target: Target, node: SourceNode) -> None:
        held: dict[str, Any] = target.args.setdefault("autoscaling", {})
        value = whole_seconds(node)
        if held.setdefault(argument, value) != value:
            target.omitted(node, _RANGE_COOLDOWN)
        else:
            target.translated(node, f"`autoscaling.{argument}`")

    return function


_COOLDOWN: Table[Target] = {"in": _cooldown("scale_in_cooldown"), "out": _cooldown("scale_out_cooldown")}


def _cooldowns(target: Target, node: SourceNode) -> None:
    """Apply the cooldown of a target of autoscaling, if it has one."""
    if (cooldown := node.get("cooldown")) is not None:
        apply(_COOLDOWN, cooldown, target)


def _queue_delay(target: Target, node: SourceNode) -> None:
    latency, processing = node.get("acceptable_latency"), node.get("msg_processing_time")
    if latency is None or processing is None:
        raise node.error("requires acceptable_latency and msg_processing_time")
    backlog = max(1, int(seconds(latency) / seconds(processing)))
    target.put("autoscaling.queue", {"messages_per_task": backlog})
    for item in (latency, processing):
        target.translated(item, "`autoscaling.queue.messages_per_task`")
    _cooldowns(target, node)


_RANGE: Table[ContainerTarget] = {
    "min": As("autoscaling.min", whole),
    "max": As("autoscaling.max", whole),
    "spot_from": _spot_from,
}
_COUNT: Table[ContainerTarget] = {
    "spot": _spot,
    "range": _range,
    "cooldown": Inside(_COOLDOWN),
    "cpu_percentage": _scaled("cpu"),
    "memory_percentage": _scaled("memory"),
    "requests": _balanced("requests"),
    "response_time": _balanced("latency", seconds),
    "queue_delay": _queue_delay,
}
