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
    """The predefined metric that it tracks, such as `ECSServiceAverageCPUUtilization`; None for steps, and
    for a metric of its own."""
    target: str
    """The value that it keeps to; empty where it is not known, or there is none."""


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """An action that changes a service's bounds at a time."""

    resource: Resource
    schedule: str
    """The schedule expression; empty when it is not known."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """The bounds of a service's desired count, and what it follows."""

    resource: Resource
    """The scalable target."""
    minimum: int | Unknown
    maximum: int | Unknown
    policies: tuple[ScalingPolicy, ...]
    schedules: tuple[ScheduledAction, ...]


def scaling(links: Links) -> dict[str, Scaling]:
    """Return the scaling of each service, by the service's URN."""
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
    """Return the resources of a type that name a service by its resource id, by the service's URN.

    What a resource id is made from tells the service; that of a plain text is `service/<cluster>/<service>`
    ("RegisterScalableTarget", Application Auto Scaling API Reference).
    """
    named: dict[str, list[Resource]] = {}
    for service in links.of_type(SERVICE):
        arn = text(service.outputs.get("arn")) or ""
        # The name alone has to do where a cluster is given in other words, or not known yet.
        for name in ("/".join(arn.rsplit("/", 2)[1:]), text(service.outputs.get("name"))):
            if name:
                named.setdefault(name, []).append(service)
    found: dict[str, list[Resource]] = {}
    for resource in links.of_type(type_):
        path = (text(links.inputs(resource).get("resourceId")) or "").partition("service/")[2]
        service = links.first(resource, "resourceId", SERVICE)
        if service is None:
            # A policy may name the target instead, in words that are not known yet.
            target = links.first(resource, "resourceId", SCALABLE_TARGET)
            service = links.first(target, "resourceId", SERVICE)
        candidates = named.get(path) or named.get(path.rpartition("/")[2]) or []
        if service is None and len(candidates) == 1:
            service = candidates[0]
        if service is not None:
            found.setdefault(service.urn, []).append(resource)
    return found
