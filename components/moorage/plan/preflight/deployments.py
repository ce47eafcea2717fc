"""Rollouts, draining and scaling of services."""

import math
from collections.abc import Iterator

from moorage.graph import ComputeKind, DeploymentStrategy, PolicyKind, Scaling, Service, View
from moorage.graph.types import QUEUE
from moorage.graph.values import known
from moorage.offline import UNKNOWN, Unknown
from moorage.plan.finding import FindingSeverity

from .rule import Fault, Rule
from .tasks import running

_OF_TASKS = (
    "ECSServiceAverageCPUUtilization",
    "ECSServiceAverageMemoryUtilization",
    "ALBRequestCountPerTarget",
    "TargetResponseTime",
)
"""Metrics that a service without tasks does not have."""


_SCALING = "Service auto scaling"


def _is_rolling(service: Service) -> bool:
    """Return whether ECS replaces the tasks in rolling updates."""
    return service.deployment.strategy is DeploymentStrategy.ROLLING and not service.daemon


def rolling_tasks(service: Service, count: int) -> tuple[int, int] | None:
    """Return the minimum and the maximum number of tasks during a rolling update; None if it has none, or its
    percentages are unknown."""
    minimum = known(service.deployment.minimum_percent)
    maximum = known(service.deployment.maximum_percent)
    if minimum is None or maximum is None or not _is_rolling(service):
        return None
    return math.ceil(count * minimum / 100), math.floor(count * maximum / 100)


@Rule(
    "preflight/no-rolling-update",
    "a minimum that lets no task stop with a maximum that lets no task start, such as one task at 100% "
    "and 100%",
    "API reference, DeploymentConfiguration",
    "raise `maximum_percent`, or lower `minimum_healthy_percent`",
)
def _no_rolling_update(view: View) -> Iterator[Fault]:
    for service in view.services:
        count, deployment = known(service.desired) or 0, service.deployment
        numbers = rolling_tasks(service, count)
        if count and numbers and numbers[0] >= count >= numbers[1]:
            yield Fault(
                service.resource,
                f"no deployment can complete: of {count} tasks, minimum {deployment.minimum_percent}% keeps "
                f"all, and maximum {deployment.maximum_percent}% allows no additional one",
            )


@Rule(
    "preflight/no-circuit-breaker",
    "a service that retries a failed deployment forever",
    "Deployment circuit breaker",
    "set `deployment_circuit_breaker` with `enable` and `rollback` (a ContainerApp has it)",
    FindingSeverity.WARNING,
)
def _no_circuit_breaker(view: View) -> Iterator[Fault]:
    for service in view.services:
        if _is_rolling(service) and service.deployment.breaker is False and not service.inputs.get("alarms"):
            yield Fault(
                service.resource, "no deployment circuit breaker: a failed deployment is retried forever"
            )


@Rule(
    "preflight/drain-shorter-than-stop",
    "a target that drains for less time than its container has to stop",
    "Optimize load balancer connection draining parameters",
    "raise `deregistration_delay` to `stop_timeout` or more",
    FindingSeverity.WARNING,
)
def _draining(view: View) -> Iterator[Fault]:
    for service, task in running(view):
        for target in service.targets:
            container = task.container(target.container)
            if target.group is None or container is None:
                continue
            delay = known(target.group.deregistration_delay) or 0
            timeout = known(container.stop_timeout) or 0
            if 0 < delay < timeout:
                yield Fault(
                    target.group.resource,
                    f"a target drains for {delay} s, and {container.name} has {timeout} s to stop: its last "
                    "requests are interrupted",
                    f"raise `deregistration_delay` to {timeout} s or more, or lower `stop_timeout`",
                )


@Rule(
    "preflight/visibility-shorter-than-stop",
    "a queue that shows a message again while a task that received it still has time to stop",
    "Amazon SQS visibility timeout",
    "raise `queue.visibility_timeout` to `stop_timeout` or more",
    FindingSeverity.WARNING,
)
def _visibility(view: View) -> Iterator[Fault]:
    timeouts = {store.urn: store.visibility_timeout for store in view.data}
    for permission in view.permissions:
        queue = permission.resource
        if queue is None or queue.type != QUEUE or "sqs:ReceiveMessage" not in permission.actions:
            continue
        hidden = known(timeouts[queue.urn])
        for service, task in running(view):
            containers = (known(task.containers) or ()) if service.urn in permission.users else ()
            # The consumer is not known: that which stops first is shorter in any case.
            stop = min((known(container.stop_timeout) or 0 for container in containers), default=0)
            if hidden is not None and hidden < stop:
                yield Fault(
                    queue,
                    f"a message is hidden for {hidden} s, and a task of {service.name} has {stop} s to stop: "
                    "another task receives it before the first has finished",
                )


@Rule(
    "preflight/stop-timeout",
    "more than 120 s to stop on Fargate",
    "API reference, ContainerDefinition",
    "lower `stop_timeout` to 120 or less",
)
def _stop_timeout(view: View) -> Iterator[Fault]:
    for service, task in running(view):
        on_fargate = service.capacity.kind is ComputeKind.FARGATE
        for container in (known(task.containers) or ()) if on_fargate else ():
            timeout = known(container.stop_timeout) or 0
            if timeout > 120:
                text = f"container {container.name} has {timeout} s to stop; Fargate allows at most 120"
                yield Fault(task.resource, text)


def _scaled(view: View) -> Iterator[tuple[Service, Scaling, int, int]]:
    """Yield each scaled service with its bounds."""
    for service in view.services:
        scaling = service.scaling
        if scaling and scaling.minimum is not UNKNOWN and scaling.maximum is not UNKNOWN:
            yield service, scaling, scaling.minimum, scaling.maximum


@Rule(
    "preflight/autoscaling-bounds",
    "autoscaling with a minimum above the maximum",
    "API reference, RegisterScalableTarget",
    "set `autoscaling.min` to at most `autoscaling.max`",
    acceptable=False,
)
def _bounds(view: View) -> Iterator[Fault]:
    for _, scaling, minimum, maximum in _scaled(view):
        if minimum > maximum:
            yield Fault(scaling.resource, f"scales between {minimum} and {maximum} tasks")
        for action in scaling.schedules:
            least, most = known(action.minimum), known(action.maximum)
            if least is not None and most is not None and least > most:
                yield Fault(action.resource, f"scales between {least} and {most} tasks")


@Rule(
    "preflight/autoscaling-to-zero",
    "autoscaling with a minimum of 0 tasks behind a load balancer",
    _SCALING,
    "set `autoscaling.min` to 1 or more",
    FindingSeverity.WARNING,
)
def _to_zero(view: View) -> Iterator[Fault]:
    for service, scaling, minimum, maximum in _scaled(view):
        if minimum == 0 <= maximum and service.targets and not _stays_at_zero(scaling):
            yield Fault(
                scaling.resource,
                "can scale to 0 tasks behind a load balancer, which then returns 503",
            )


@Rule(
    "preflight/autoscaling-from-zero",
    "a minimum of no task where every scaling policy tracks CPU, memory, requests or latency, which have "
    "no data without tasks, and no scheduled action starts one; or an action that stops the last task, "
    "and none that starts it again",
    "Target tracking scaling policies",
    "set `autoscaling.min` to 1 or more, scale by a queue, or add a schedule that starts a task",
)
def _from_zero(view: View) -> Iterator[Fault]:
    for _, scaling, minimum, maximum in _scaled(view):
        if minimum == 0 <= maximum and _stays_at_zero(scaling):
            yield Fault(
                scaling.resource,
                "scales to 0 tasks, and its policies cannot start one: their metrics have no data then",
            )
        raised = any(_raises(action.maximum) for action in scaling.schedules)
        for action in scaling.schedules:
            stopped = action.maximum == 0 and not raised
            if stopped or (action.minimum == 0 and minimum and _stays_at_zero(scaling)):
                yield Fault(action.resource, "stops the last task, and no other action starts it again")


def _stays_at_zero(scaling: Scaling) -> bool:
    """Return whether a service stays at 0 tasks: its policies track metrics of tasks, and no action is
    scheduled ("Target tracking scaling policies", Considerations)."""
    metrics = [policy.metric for policy in scaling.policies if policy.kind is not PolicyKind.PREDICTIVE]
    raised = any(_raises(action.minimum) for action in scaling.schedules)
    return bool(metrics) and not raised and all(metric in _OF_TASKS for metric in metrics)


def _raises(bound: int | Unknown | None) -> bool:
    """Return whether a scheduled action may raise a bound above 0."""
    return bound is not None and bound != 0


@Rule(
    "preflight/count-outside-autoscaling",
    "a desired count that autoscaling changes at once",
    _SCALING,
    "set a `count` between `autoscaling.min` and `autoscaling.max`, or none",
    FindingSeverity.WARNING,
)
def _outside(view: View) -> Iterator[Fault]:
    for service, _, minimum, maximum in _scaled(view):
        count = service.desired
        if count is UNKNOWN or not service.sets_count or minimum > maximum:
            continue
        if not minimum <= count <= maximum:
            yield Fault(
                service.resource,
                f"desired count {count} is outside the bounds of autoscaling, {minimum} to {maximum}, which "
                "changes it at once",
            )


@Rule(
    "preflight/group-bounds",
    "an Auto Scaling group whose minimum size is above its maximum",
    "API reference, CreateAutoScalingGroup",
    "set `ec2.min_size` of the EcsCluster to at most `ec2.max_size`",
    acceptable=False,
)
def _group_bounds(view: View) -> Iterator[Fault]:
    for group in view.groups.values():
        minimum, maximum = group.minimum, group.maximum
        if minimum is not UNKNOWN and maximum is not UNKNOWN and minimum > maximum:
            yield Fault(group.resource, f"has at least {minimum} instances and at most {maximum}")


@Rule(
    "preflight/spot-only",
    "all tasks behind a load balancer on Spot, in a stack whose name begins with `prod` or `live`",
    "Fargate Spot termination notices",
    "keep On-Demand capacity: `on_demand_base` of the EcsCluster (`ec2.on_demand_base` for instances)",
    FindingSeverity.WARNING,
)
def _spot(view: View) -> Iterator[Fault]:
    if not view.graph.stack.lower().startswith(("prod", "live")):
        return
    for service in view.services:
        if service.targets and service.capacity.only_spot:
            yield Fault(
                service.resource,
                f"all its tasks run on Spot in the stack {view.graph.stack}: AWS can interrupt all at "
                "once, and capacity to replace them can be missing",
            )
