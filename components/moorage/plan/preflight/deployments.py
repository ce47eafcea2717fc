"""Rollouts, draining and scaling of services."""

import math
from collections.abc import Iterator

from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import entries, mapping, number
from moorage.plan.finding import Finding
from moorage.plan.types import AUTO_SCALING_GROUP

from .report import error, warning
from .services import Service, Services

_STOP_TIMEOUT = 30
"""Seconds a container has to stop when its definition says nothing ("Container definition parameters")."""


_SCALING_POLICY = "aws:appautoscaling/policy:Policy"
_SCHEDULED_ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"

_OF_TASKS = (
    "ECSServiceAverageCPUUtilization",
    "ECSServiceAverageMemoryUtilization",
    "ALBRequestCountPerTarget",
)
"""Metrics that a service without tasks does not have."""


def check(services: Services) -> Iterator[Finding]:
    """Look at every service, task definition and group of instances."""
    for service in services.all:
        yield from _rolling(service)
        yield from _draining(services, service)
        yield from _scaling(services, service)
        yield from _spot(services, service)
    for group in services.stack.of_type(AUTO_SCALING_GROUP):
        inputs = services.stack.inputs(group)
        fewest, most = number(inputs.get("minSize")), number(inputs.get("maxSize"))
        if fewest is not None and most is not None and fewest > most:
            yield error(
                "group-bounds",
                group,
                f"has at least {fewest} instances and at most {most}",
                "set `ec2.min_size` of the EcsCluster to at most `ec2.max_size`",
            )


def _rolling(service: Service) -> Iterator[Finding]:
    if not service.rolling:
        return
    count = service.count
    minimum = number(service.inputs.get("deploymentMinimumHealthyPercent", 100))
    maximum = number(service.inputs.get("deploymentMaximumPercent", 200))
    if count and minimum is not None and maximum is not None:
        stay, start = math.ceil(count * minimum / 100), math.floor(count * maximum / 100)
        if stay >= count and start <= count:
            yield error(
                "no-rolling-update",
                service.resource,
                f"no deployment can ever finish: of {count} tasks, minimum {minimum} % keeps all, and "
                f"maximum {maximum} % allows no further one",
                "raise `maximum_percent`, or lower `minimum_healthy_percent`",
            )
    breaker = mapping(service.inputs.get("deploymentCircuitBreaker"))
    if breaker.get("enable", False) is False and not service.inputs.get("alarms"):
        yield warning(
            "no-circuit-breaker",
            service.resource,
            "a deployment whose tasks do not start is tried again for ever: there is no circuit breaker",
            "set `deployment_circuit_breaker` with `enable` and `rollback` (a ContainerApp has it)",
        )


def _draining(services: Services, service: Service) -> Iterator[Finding]:
    task = service.task
    if task is None:
        return
    if service.capacity.kind == "fargate":
        for container in task.containers or ():
            timeout = number(container.get("stopTimeout"))
            if timeout is not None and timeout > 120:
                yield error(
                    "stop-timeout",
                    task.resource,
                    f"container {container.get('name')} has {timeout} s to stop: Fargate allows 120",
                    "lower `stop_timeout` to 120 or less",
                )
    for balanced in service.balanced:
        container = task.container(balanced.container)
        if balanced.group is None or container is None:
            continue
        delay = number(services.stack.inputs(balanced.group).get("deregistrationDelay", 300))
        timeout = number(container.get("stopTimeout", _STOP_TIMEOUT))
        if delay is not None and timeout is not None and 0 < delay < timeout:
            yield warning(
                "drain-shorter-than-stop",
                balanced.group,
                f"a target drains for {delay} s, and {container.get('name')} has {timeout} s to stop: its "
                "last requests are cut off",
                f"raise `deregistration_delay` to {timeout} s or more, or lower `stop_timeout`",
            )


def _stays_at_zero(services: Services, target: Resource) -> bool:
    """Return whether a service without tasks stays so: its policies track what only tasks have, and no action
    is scheduled ("Target tracking scaling policies", Considerations)."""
    stack = services.stack
    of_target = stack.inputs(target).get("resourceId")
    policies = [
        stack.inputs(policy)
        for policy in stack.of_type(_SCALING_POLICY)
        if stack.inputs(policy).get("resourceId") == of_target is not UNKNOWN
        or target.urn in policy.property_dependencies.get("resourceId", ())
    ]
    tracked = [
        mapping(
            mapping(inputs.get("targetTrackingScalingPolicyConfiguration")).get(
                "predefinedMetricSpecification"
            )
        )
        for inputs in policies
    ]
    return (
        bool(policies)
        and not stack.of_type(_SCHEDULED_ACTION)
        and all(metric.get("predefinedMetricType") in _OF_TASKS for metric in tracked)
    )


def _scaling(services: Services, service: Service) -> Iterator[Finding]:
    scaling = service.scaling
    if scaling is None or scaling.minimum is None or scaling.maximum is None:
        return
    if scaling.minimum > scaling.maximum:
        yield error(
            "autoscaling-bounds",
            scaling.resource,
            f"scales between {scaling.minimum} and {scaling.maximum} tasks",
            "set `autoscaling.min` to at most `autoscaling.max`",
        )
        return
    if scaling.minimum == 0 and _stays_at_zero(services, scaling.resource):
        yield error(
            "autoscaling-from-zero",
            scaling.resource,
            "scales to no task, and nothing starts the first one again: its metrics have no data then",
            "set `autoscaling.min` to 1 or more",
        )
    elif scaling.minimum == 0 and service.balanced:
        yield warning(
            "autoscaling-to-zero",
            scaling.resource,
            "may scale to no task at all behind a load balancer, which then answers 503",
            "set `autoscaling.min` to 1 or more",
        )
    count = service.count
    if count is None or "desiredCount" not in service.inputs:
        return
    if not scaling.minimum <= count <= scaling.maximum:
        yield warning(
            "count-outside-autoscaling",
            service.resource,
            f"desired count {count} is outside of what autoscaling allows, {scaling.minimum} to "
            f"{scaling.maximum}, and is changed at once",
            "set a `count` between `autoscaling.min` and `autoscaling.max`, or none",
        )


def _spot(services: Services, service: Service) -> Iterator[Finding]:
    if not services.stack.graph.stack.lower().startswith(("prod", "live")) or not service.balanced:
        return
    strategies = entries(service.inputs.get("capacityProviderStrategies"))
    names = {
        entry.get("capacityProvider")
        for entry in strategies
        if number(entry.get("base")) or number(entry.get("weight"))
    }
    groups = service.capacity.groups
    if names == {"FARGATE_SPOT"} or (groups and all(_all_spot(group.inputs) for group in groups)):
        yield warning(
            "spot-only",
            service.resource,
            f"all its tasks run on Spot in the stack {services.stack.graph.stack}: AWS may take them away at "
            "once, and there may be none to replace them",
            "keep some on demand: `on_demand_base` of the EcsCluster (`ec2.on_demand_base` for instances)",
        )


def _all_spot(group: dict[str, object]) -> bool:
    mixed = mapping(group.get("mixedInstancesPolicy"))
    shares = mapping(mixed.get("instancesDistribution"))
    base = number(shares.get("onDemandBaseCapacity", 0))
    above = number(shares.get("onDemandPercentageAboveBaseCapacity", 100))
    return bool(mixed) and base == 0 and above == 0
