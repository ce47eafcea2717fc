"""Scaling of services by Application Auto Scaling."""

from dataclasses import dataclass
from enum import StrEnum

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, entries, mapping, text

from . import values
from .links import Links
from .types import ALARM, SCALABLE_TARGET, SCALING_POLICY, SCHEDULED_ACTION, SERVICE


class PolicyKind(StrEnum):
    """The type of a scaling policy."""

    TRACKING = "TargetTrackingScaling"
    STEPS = "StepScaling"
    PREDICTIVE = "PredictiveScaling"


@dataclass(frozen=True, slots=True)
class ScalingAlarm:
    """An alarm that invokes a step scaling policy."""

    resource: Resource
    metrics: tuple[Json, ...]
    """The metric, or those of its queries, with `namespace`, `metricName` and `dimensions`."""
    expression: str
    """The expression of its queries; empty for a plain metric."""


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """A policy that changes a service's desired count."""

    resource: Resource
    kind: PolicyKind | Unknown
    metric: str | Unknown | None
    """The metric that it tracks, such as `ECSServiceAverageCPUUtilization` or a custom one; None for others
    and for metric math."""
    target: str
    """The target value; empty if it is unknown or there is none."""
    alarms: tuple[ScalingAlarm, ...]
    """The alarms that invoke its steps."""


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """A scheduled change of a service's bounds."""

    resource: Resource
    schedule: str
    """The schedule expression; empty if unknown."""
    timezone: str
    minimum: int | Unknown | None
    """The new minimum; None if it stays."""
    maximum: int | Unknown | None


@dataclass(frozen=True, slots=True)
class Scaling:
    """The bounds of a service's desired count, with policies and schedules."""

    resource: Resource
    """The scalable target."""
    minimum: int | Unknown
    maximum: int | Unknown
    policies: tuple[ScalingPolicy, ...]
    schedules: tuple[ScheduledAction, ...]

    @property
    def fewest(self) -> int | Unknown:
        """Return the lowest minimum at any time."""
        bounds = [
            self.minimum,
            *(schedule.minimum for schedule in self.schedules if schedule.minimum is not None),
        ]
        integers = [bound for bound in bounds if bound is not UNKNOWN]
        return min(integers) if len(integers) == len(bounds) else UNKNOWN

    @property
    def most(self) -> int | Unknown:
        """Return the highest maximum at any time."""
        bounds = [
            self.maximum,
            *(schedule.maximum for schedule in self.schedules if schedule.maximum is not None),
        ]
        integers = [bound for bound in bounds if bound is not UNKNOWN]
        return max(integers) if len(integers) == len(bounds) else UNKNOWN


def scaling(links: Links) -> dict[str, Scaling]:
    """Return the scaling of each service, by URN."""
    targets = _by_service(links, SCALABLE_TARGET)
    policies = _by_service(links, SCALING_POLICY)
    schedules = _by_service(links, SCHEDULED_ACTION)
    return {
        urn: Scaling(
            resource=resources[0],
            minimum=values.number(links.inputs(resources[0]).get("minCapacity"), UNKNOWN),
            maximum=values.number(links.inputs(resources[0]).get("maxCapacity"), UNKNOWN),
            policies=tuple(_policy(links, policy) for policy in policies.get(urn, ())),
            schedules=tuple(_action(links, action) for action in schedules.get(urn, ())),
        )
        for urn, resources in targets.items()
    }


def _action(links: Links, action: Resource) -> ScheduledAction:
    inputs = links.inputs(action)
    return ScheduledAction(
        action,
        values.plain(inputs.get("schedule")),
        values.plain(inputs.get("timezone")) or "UTC",
        values.number(values.within(inputs, "scalableTargetAction", "minCapacity"), None),
        values.number(values.within(inputs, "scalableTargetAction", "maxCapacity"), None),
    )


def _policy(links: Links, policy: Resource) -> ScalingPolicy:
    inputs = links.inputs(policy)
    tracking = inputs.get("targetTrackingScalingPolicyConfiguration")
    metric = values.within(tracking, "predefinedMetricSpecification", "predefinedMetricType")
    if metric is None:
        metric = values.within(tracking, "customizedMetricSpecification", "metricName")
    return ScalingPolicy(
        policy,
        values.member(PolicyKind, inputs.get("policyType"), PolicyKind.STEPS),
        values.text(metric, None),
        values.plain(values.within(tracking, "targetValue")),
        tuple(_alarm(links, alarm) for alarm in links.users(policy, "alarmActions", ALARM)),
    )


def _alarm(links: Links, alarm: Resource) -> ScalingAlarm:
    inputs = links.inputs(alarm)
    queries = entries(inputs.get("metricQueries"))
    metrics = [mapping(query["metric"]) for query in queries if query.get("metric")]
    expression = next((values.plain(query["expression"]) for query in queries if query.get("expression")), "")
    return ScalingAlarm(alarm, tuple(dict(metric) for metric in metrics or [inputs]), expression)


def _by_service(links: Links, type_: str) -> dict[str, list[Resource]]:
    """Return the resources of a type by the URN of the service that their resource id names.

    The dependencies of a resource id tell the service; a plain string is `service/<cluster>/<service>`
    ("RegisterScalableTarget", Application Auto Scaling API Reference).
    """
    named: dict[str, list[Resource]] = {}
    for service in links.of_type(SERVICE):
        arn = text(service.outputs.get("arn")) or ""
        # Only the name is compared when the cluster is an ARN or unknown.
        for name in ("/".join(arn.rsplit("/", 2)[1:]), text(service.outputs.get("name"))):
            if name:
                named.setdefault(name, []).append(service)
    by_service: dict[str, list[Resource]] = {}
    for resource in links.of_type(type_):
        path = (text(links.inputs(resource).get("resourceId")) or "").partition("service/")[2]
        service = links.first(resource, "resourceId", SERVICE)
        if service is None:
            # A policy can name the target instead, by an unknown value.
            target = links.first(resource, "resourceId", SCALABLE_TARGET)
            service = links.first(target, "resourceId", SERVICE)
        candidates = named.get(path) or named.get(path.rpartition("/")[2]) or []
        if service is None and len(candidates) == 1:
            service = candidates[0]
        if service is not None:
            by_service.setdefault(service.urn, []).append(resource)
    return by_service
