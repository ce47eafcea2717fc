"""Words for capacity, scaling and instances that the summary and the picture share."""

from moorage.graph import Capacity, CapacityKind, Group, Provider, Scaling, ScalingPolicy
from moorage.graph.values import known
from moorage.offline import UNKNOWN

_NOT_KNOWN = "capacity that is not known"
_METRICS = {
    "ECSServiceAverageCPUUtilization": "CPU {} %",
    "ECSServiceAverageMemoryUtilization": "memory {} %",
    "ALBRequestCountPerTarget": "{} requests a minute per task",
}


def shares(capacity: Capacity) -> list[tuple[str, str]]:
    """Return what tasks run on, and which of them, such as `the rest`; that is empty where it is all."""
    if capacity.shares is UNKNOWN:
        return [(_NOT_KNOWN, "")]
    total = sum(share.weight for share in capacity.shares)
    found: list[tuple[str, str]] = []
    for share in capacity.shares:
        parts = [f"first {share.base}"] if share.base else []
        if share.weight:
            parts.append("the rest" if share.weight == total else f"{share.weight} of {total}")
        which = ", ".join(parts) or "none"
        found.append((kind(share.provider), which if len(capacity.shares) > 1 else ""))
    return found


def kind(provider: Provider) -> str:
    """Return what a capacity provider is, or its name where that is not known."""
    return (provider.name or _NOT_KNOWN) if provider.kind is UNKNOWN else provider.kind


def follows(scaling: Scaling | None) -> list[str]:
    """Return what a number of tasks follows, such as `CPU 60 %`."""
    if scaling is None:
        return []
    found = [*map(_metric, scaling.policies), *(f"schedule {each.schedule}" for each in scaling.schedules)]
    return sorted(found)


def _metric(policy: ScalingPolicy) -> str:
    metric = known(policy.metric) or "steps"
    return _METRICS.get(metric, metric).format(policy.target or "?")


def spot(provider: Provider) -> str:
    """Return how much of the instances is Spot; empty for nothing."""
    if provider.kind is CapacityKind.MANAGED_INSTANCES:
        return "all" if provider.only_spot else ""
    return _spot(provider.group) if provider.group else ""


def _spot(group: Group) -> str:
    if group.on_demand_percent >= 100:
        return ""
    share = "all" if group.on_demand_percent == 0 else f"{100 - group.on_demand_percent} %"
    return f"{share} but the first {group.on_demand_base}" if group.on_demand_base else share


def bounds(provider: Provider) -> tuple[int, int | None] | None:
    """Return the fewest and the most instances; None where there are none to count."""
    minimum = known(provider.group.minimum) if provider.group else None
    return None if minimum is None or provider.group is None else (minimum, known(provider.group.maximum))
