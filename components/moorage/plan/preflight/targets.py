"""Target groups and health checks, compared with their containers."""

from collections.abc import Iterator

from moorage.graph import (
    Balancer,
    BalancerKind,
    Container,
    Membership,
    NetworkKind,
    ProtocolVersion,
    Service,
    Target,
    Task,
    View,
)
from moorage.graph.values import known
from moorage.offline import UNKNOWN
from moorage.plan.finding import FindingSeverity

from .rule import Fault, Rule
from .tasks import running

_DYNAMIC = (32768, 65535)
"""The range of dynamic host ports ("Port mappings", Amazon ECS API reference)."""

_HEALTH = "Health checks for target groups"


def _targets(view: View) -> Iterator[tuple[Service, Task, Target]]:
    """Yield each target of a service with its known task definition."""
    for service, task in running(view):
        for target in service.targets if task.containers is not UNKNOWN else ():
            yield service, task, target


@Rule(
    "preflight/balanced-port",
    "a load balancer that forwards to a container, or to a port, that the task definition does not have",
    "API reference, LoadBalancer",
    "set `port` of the app to the port that the container listens on, or map that port",
    acceptable=False,
)
def _container(view: View) -> Iterator[Fault]:
    for service, task, target in _targets(view):
        container = task.container(target.container)
        if target.container is UNKNOWN:
            continue
        if container is None:
            names = ", ".join(str(definition.get("name")) for definition in task.definitions)
            yield Fault(
                service.resource,
                f"the load balancer forwards to a container {target.container!r}; the task definition has "
                f"{names}",
                "name one of these containers in the service's load balancers",
            )
            continue
        ranges = any(port_mapping.range for port_mapping in container.mappings)
        if target.port is not UNKNOWN and target.port not in container.ports and not ranges:
            published = ", ".join(map(str, container.ports)) or "none"
            yield Fault(
                service.resource,
                f"the load balancer forwards to port {target.port} of {container.name}, which publishes "
                f"{published}",
            )


@Rule(
    "preflight/target-type",
    "target type `instance` for awsvpc tasks, or `ip` for others",
    "API reference, LoadBalancer",
    "set the target group's `target_type`, or another `network_mode`",
    acceptable=False,
)
def _type(view: View) -> Iterator[Fault]:
    for service, task, target in _targets(view):
        mode, group = task.network_mode, target.group
        if group is None or mode not in (NetworkKind.AWSVPC, NetworkKind.BRIDGE, NetworkKind.HOST):
            continue
        target_type = "ip" if mode is NetworkKind.AWSVPC else "instance"
        if group.target_type in ("ip", "instance") and group.target_type != target_type:
            yield Fault(
                service.resource,
                f"tasks with {mode} networking are targets of type {target_type}; the target group "
                f"{group.resource.name} has {group.target_type}",
                f"set the target group's `target_type` to {target_type}, or another `network_mode`",
            )


@Rule(
    "preflight/target-group-unreached",
    "a service whose target group no listener or rule forwards to",
    "API reference, CreateService",
    "add a listener rule that forwards to it (a ContainerApp with `load_balancer` has one), and let the "
    "service depend on it",
    acceptable=False,
)
def _unreached(view: View) -> Iterator[Fault]:
    for service in view.services:
        for group in (target.group for target in service.targets if target.group):
            if view.balancing.complete and not group.balancers:
                yield Fault(
                    service.resource,
                    f"no listener or rule forwards to its target group {group.resource.name}: ECS rejects a "
                    "service whose target group has no load balancer",
                )


@Rule(
    "preflight/balancer-not-admitted",
    "security groups of tasks or instances that do not let the load balancer in on the container's or "
    "host's port",
    "Security groups for your Application Load Balancer",
    "give the app its `load_balancer` (and the LoadBalancer its `cluster` on EC2), or add an ingress "
    "rule from the balancer's security group",
)
def _admission(view: View) -> Iterator[Fault]:
    balancers = {balancer.urn: balancer for balancer in view.balancers}
    for service, task, target in _targets(view):
        for resource in target.group.balancers if target.group else ():
            balancer = balancers.get(resource.urn) if resource else None
            if balancer is not None and balancer.kind in (BalancerKind.APPLICATION, BalancerKind.NETWORK):
                yield from _admits(view, service, task, target, balancer)


def _admits(view: View, service: Service, task: Task, target: Target, balancer: Balancer) -> Iterator[Fault]:
    for members, ports, protocol in _behind(service, task, target):
        if not (members.complete and balancer.security_groups.complete):
            continue
        groups = [view.security_groups[urn] for urn in members.urns]
        if not any(group.may_admit(balancer.security_groups.urns, ports, protocol) for group in groups):
            shown = str(ports[0]) if ports[0] == ports[1] else f"{ports[0]} to {ports[1]}"
            shown += " over UDP" if protocol == "udp" else ""
            yield Fault(
                service.resource,
                f"the security group of its tasks does not allow {balancer.name} on port {shown}",
            )
            return


def _behind(
    service: Service, task: Task, target: Target
) -> Iterator[tuple[Membership, tuple[int, int], str]]:
    """Yield the security groups of targets, with the ports and the protocol that they must allow."""
    if target.port is UNKNOWN:
        return
    checked = known(target.group.health_check.port) if target.group else None
    protocol = "udp" if target.group and target.group.protocol == "UDP" else "tcp"
    if task.network_mode is NetworkKind.AWSVPC:
        yield service.network.security_groups, (target.port, target.port), protocol
        if checked is not None:
            yield service.network.security_groups, (checked, checked), "tcp"
    elif ports := _host_ports(task, task.container(target.container), target.port):
        for group in service.capacity.groups:
            yield group.security_groups, ports, protocol


def _host_ports(task: Task, container: Container | None, port: int) -> tuple[int, int] | None:
    for port_mapping in container.mappings if container else ():
        if port_mapping.container == port:
            fixed = port_mapping.host or (port if task.network_mode is NetworkKind.HOST else 0)
            return (fixed, fixed) if fixed else _DYNAMIC
    return None


@Rule(
    "preflight/health-check-port",
    "a health check of a fixed port that no container publishes: an error with bridge networking",
    _HEALTH,
    "remove the port of the health check: `traffic-port` is the container's",
    may_warn=True,
)
def _health_port(view: View) -> Iterator[Fault]:
    for _, task, target in _targets(view):
        group = target.group
        port = known(group.health_check.port) if group else None
        if group is None or port is None or _may_publish(task, port):
            continue
        bridge = task.network_mode is NetworkKind.BRIDGE
        yield Fault(
            group.resource,
            f"checks port {port}, which no container of {task.resource.name} publishes",
            # With awsvpc a container can listen on a port without mapping it.
            severity=None if bridge else FindingSeverity.WARNING,
        )


def _may_publish(task: Task, port: int) -> bool:
    own = task.network_mode is NetworkKind.AWSVPC
    if task.containers is UNKNOWN or not (own or task.network_mode is NetworkKind.BRIDGE):
        return True
    mappings = [port_mapping for container in task.containers for port_mapping in container.mappings]
    return any(
        port_mapping.range or port == (port_mapping.container if own else port_mapping.host)
        for port_mapping in mappings
    )


@Rule(
    "preflight/health-check-timing",
    "a timeout, also an omitted one of 5 s or more, that is not less than the interval; behind a Network "
    "Load Balancer it may equal it",
    _HEALTH,
    "set `health_check.timeout` below `health_check.interval`",
    acceptable=False,
)
def _timing(view: View) -> Iterator[Fault]:
    for group in view.target_groups.values():
        interval, timeout = group.health_check.interval, group.health_check.timeout
        if interval is UNKNOWN or timeout is UNKNOWN or timeout < interval:
            continue
        bound = "less than" if group.balances_connections is False else "at most"
        if timeout > interval or bound == "less than":
            text = f"has a timeout of {timeout} s, which must be {bound} the interval of {interval} s"
            yield Fault(group.resource, text)


@Rule(
    "preflight/health-check-path",
    "a path that does not begin with /",
    "API reference, CreateTargetGroup",
    "begin `health_check.path` with /",
    acceptable=False,
)
def _path(view: View) -> Iterator[Fault]:
    for group in view.target_groups.values():
        path = group.health_check.path
        if path is not UNKNOWN and not path.startswith("/") and group.version is not ProtocolVersion.GRPC:
            yield Fault(
                group.resource,
                f"has the path {path!r}, which must begin with /",
                f"set `health_check.path` to '/{path}'",
            )
