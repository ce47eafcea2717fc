"""Scaling of services by Application Auto Scaling."""

from dataclasses import dataclass

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import mapping, text

from . import values
from .links import Links
from .types import SCALABLE_TARGET, SCALING_POLICY, SCHEDULED_ACTION, SERVICE


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """A policy that changes a service's desired count."""

    resource: Resource
    metric: str | Unknown | None
    """The predefined metric that it tracks, such as `ECSServiceAverageCPUUtilization`; None for steps and
    custom metrics."""
    target: str
    """The target value; empty if it is unknown or there is none."""


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """A scheduled change of a service's bounds."""

    resource: Resource
    schedule: str
    """The schedule expression; empty if unknown."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """The bounds of a service's desired count, with policies and schedules."""

    resource: Resource
    """The scalable target."""
    minimum: int | Unknown
    maximum: int | Unknown
    policies: tuple[ScalingPolicy, ...]
    schedules: tuple[ScheduledAction, ...]


def scaling(links: Links) -> dict[str, Scaling]:
    """Return the scaling of each service, by URN."""
    targets = _by_service(links, SCALABLE_TARGET)
    policies = _by_service(links, SCALING_POLICY)
    schedules = _by_service(links, SCHEDULED_ACTION)
    return {
        urn: Scaling(
            resource=found[0],
            minimum=values.number(links.inputs(found[0]).get("minCapacity"), UNKNOWN),
            maximum=values.number(links.inputs(found[0]).get("maxCapacity"), UNKNOWN),
            policies=tuple(_policy(links, each) for each in policies.get(urn, ())),
            schedules=tuple(
                ScheduledAction(each, values.plain(each.inputs.get("schedule")))
                for each in schedules.get(urn, ())
            ),
        )
        for urn, found in targets.items()
    }


def _policy(links: Links, policy: Resource) -> ScalingPolicy:
    given = links.inputs(policy).get("targetTrackingScalingPolicyConfiguration")
    tracking = mapping(given)
    metric = mapping(tracking.get("predefinedMetricSpecification")).get("predefinedMetricType")
    return ScalingPolicy(
        policy,
        UNKNOWN if given is UNKNOWN else values.text(metric, None),
        values.plain(tracking.get("targetValue")),
    )


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
    found: dict[str, list[Resource]] = {}
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
            found.setdefault(service.urn, []).append(resource)
    return found
