"""Tasks on EC2 that do not fit on their instances, at once or during a deployment."""

from collections.abc import Iterator

from moorage.graph import Group, Service, Task, View
from moorage.graph.values import known
from moorage.plan.finding import FindingSeverity
from moorage.plan.text import listed

from .deployments import rolling_tasks
from .rooms import Placed, needs, placed_services, rooms_of
from .rule import Fault, Rule
from .tasks import running


@Rule(
    "preflight/task-larger-than-instance",
    "a task that no instance of the group can hold; a warning when only some types of the group cannot",
    "Reserving Amazon ECS Linux container instance memory",
    "lower `cpu`, `memory` or `gpu`, or choose larger `ec2.instance_types` of the EcsCluster",
    may_warn=True,
)
def _too_large(view: View) -> Iterator[Fault]:
    for placed in placed_services(view):
        rooms = [room for _, of in placed.rooms for room in of]
        small = sorted({room.name for room in rooms if placed.tasks_in(room)[0] == 0})
        if placed.best[0] == 0:
            message = f"no instance type fits one of its tasks: {placed.best[1]}"
            yield Fault(placed.service.resource, message)
        elif small:
            yield Fault(
                placed.service.resource,
                f"{listed(small)} does not fit one of its tasks, and the group can start such instances",
                "remove the small types from `ec2.instance_types` of the EcsCluster, or lower `cpu` or "
                "`memory`",
                FindingSeverity.WARNING,
            )


def _sized(view: View) -> Iterator[tuple[Placed, int]]:
    """Yield the services of which at least one task fits, with the number that fits."""
    for placed in placed_services(view):
        fitting = placed.fitting
        if placed.best[0] and fitting is not None:
            yield placed, fitting


def _alone(view: View) -> Iterator[Fault]:
    for placed, fitting in _sized(view):
        count = known(placed.service.desired) or 0
        if count > fitting:
            yield Fault(
                placed.service.resource, f"desired count {count}, of which {fitting} fit: {placed.why}"
            )


@Rule(
    "preflight/tasks-do-not-fit",
    "a desired count, or those of all services of a group together, that cannot fit: by size, GPUs, host "
    "port, placement, or one network interface for each awsvpc task",
    "Maximum IP addresses per network interface",
    "lower `count`, raise `ec2.max_size` of the EcsCluster, or choose larger `ec2.instance_types`",
)
def _do_not_fit(view: View) -> Iterator[Fault]:
    yield from _alone(view)
    yield from _together(view)


@Rule(
    "preflight/surge-does-not-fit",
    "a rollout that has no room for a single new task while the minimum lets none stop, or none for a "
    "whole second set of tasks where requests move from one to the other, so that it never ends; a "
    "warning when there is room for some",
    "Deployment configuration",
    "raise `ec2.max_size` of the EcsCluster, or lower `minimum_healthy_percent`; with a fixed "
    "`host_port` use 0 for dynamic ports",
    may_warn=True,
)
def _surge(view: View) -> Iterator[Fault]:
    for placed, fitting in _sized(view):
        service, count = placed.service, known(placed.service.desired) or 0
        if not 0 < count <= fitting:
            continue
        if service.deployment.shifting and fitting < 2 * count:
            yield Fault(
                service.resource,
                f"no deployment can complete: the new {count} tasks run beside the old ones until "
                f"requests have moved, and of {2 * count} tasks {fitting} fit: {placed.why}",
                "raise `ec2.max_size` of the EcsCluster, or set the `deployment` of the app to rolling",
            )
        elif numbers := rolling_tasks(service, count):
            yield from _rolling_surge(placed, count, fitting, *numbers)


def _rolling_surge(placed: Placed, count: int, fitting: int, stay: int, start: int) -> Iterator[Fault]:
    if stay < count or start <= count or fitting >= start:
        return
    if fitting == count:
        yield Fault(
            placed.service.resource,
            f"no deployment can complete: at a minimum of {placed.service.deployment.minimum_percent}% none "
            f"of the {count} tasks may stop before a new one runs, and no new one fits: {placed.why}",
        )
    else:
        yield Fault(
            placed.service.resource,
            f"a deployment goes in steps of {fitting - count}: of {start} tasks at once, {fitting} fit: "
            f"{placed.why}",
            "raise `ec2.max_size` of the EcsCluster for a rollout in one step, or accept it",
            FindingSeverity.WARNING,
        )


def _sharing(view: View) -> Iterator[tuple[Group, int, list[tuple[Service, Task]]]]:
    """Yield each group with its maximum size and the services that run only on it.

    Services with several groups can be placed on any of them.
    """
    crowded = {
        fault.resource.urn
        for check in (_too_large.check, _alone, _surge.check)
        for fault in check(view)
        if fault.severity is None
    }
    members: dict[str, list[tuple[Service, Task]]] = {}
    for service, task in running(view):
        if len(service.capacity.groups) == 1 and service.urn not in crowded:
            members.setdefault(service.capacity.groups[0].urn, []).append((service, task))
    for urn, services in members.items():
        most = known(view.groups[urn].maximum)
        if most is not None:
            yield view.groups[urn], most, services


@Rule(
    "preflight/host-ports-clash",
    "services with the same fixed host port, and too few instances for all their tasks",
    "API reference, PortMapping",
    "give them different `host_port`s, or 0 for dynamic ones behind a load balancer",
)
def _host_ports(view: View) -> Iterator[Fault]:
    for _, most, services in _sharing(view):
        takers: dict[tuple[int, str], list[Service]] = {}
        for service, task in services:
            for port in task.host_ports:
                takers.setdefault(port, []).append(service)
        for (port, protocol), members in sorted(takers.items()):
            tasks = [most if member.daemon is True else known(member.desired) for member in members]
            needed = sum(count for count in tasks if count)
            if len(members) > 1 and None not in tasks and needed > most:
                names = listed([member.resource.name for member in members])
                yield Fault(
                    members[-1].resource,
                    f"{names} all use host port {port}/{protocol}, which is free once per instance: {needed} "
                    f"tasks, and at most {most} instances",
                )


def _together(view: View) -> Iterator[Fault]:
    """Check the lower bounds of packing: sums, and the number of large tasks per instance."""
    rooms = rooms_of(view)
    for group, most, services in _sharing(view):
        counted = [
            (needs(task), known(service.desired) or 0, service.resource.name)
            for service, task in services
            if not service.daemon
        ]
        for unit in rooms[group.urn][0].amounts if len(counted) > 1 else ():
            room = max(candidate.amounts[unit] for candidate in rooms[group.urn])
            why = _too_many([(need[unit], count) for need, count, _ in counted], room, most, unit)
            if why:
                names = listed([name for *_, name in counted])
                yield Fault(
                    group.resource,
                    f"the desired counts of {names} do not fit: {why}, and there are at most {most} "
                    "instances",
                )
                break


def _too_many(tasks: list[tuple[int, int]], there: int, instances: int, unit: str) -> str | None:
    needed = sum(size * count for size, count in tasks)
    if needed > there * instances:
        return f"they take {needed} {unit}, an instance has {max(there, 0)} for tasks"
    for held in range(1, 9):
        # Of tasks larger than 1/n of an instance, fewer than n fit.
        large = sum(count for size, count in tasks if size * (held + 1) > there)
        if large > held * instances:
            return (
                f"{large} tasks take more than {there // (held + 1)} {unit} each, of which an instance has "
                f"{there} for tasks and so holds {held}"
            )
    return None


@Rule(
    "preflight/autoscaling-above-capacity",
    "autoscaling to more tasks than fit",
    "Service auto scaling",
    "lower `autoscaling.max`, or raise `ec2.max_size` of the EcsCluster",
    FindingSeverity.WARNING,
)
def _scaled(view: View) -> Iterator[Fault]:
    for placed, fitting in _sized(view):
        scaling = placed.service.scaling
        most = known(scaling.maximum) if scaling else None
        if scaling and most is not None and most > fitting:
            yield Fault(scaling.resource, f"scales to {most} tasks, of which {fitting} fit: {placed.why}")
