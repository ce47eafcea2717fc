"""Target groups and their health checks against the containers behind them."""

from collections.abc import Iterator

from moorage.offline import Resource
from moorage.offline.values import Json, entries, mapping, number, text
from moorage.plan.finding import Finding
from moorage.plan.types import TARGET_GROUP

from .admission import Admission
from .report import error, warning
from .services import Balanced, Service, Services

_DYNAMIC = (32768, 65535)
"""Where Docker takes dynamic host ports from ("Port mappings", Amazon ECS API reference)."""


def check(services: Services) -> Iterator[Finding]:
    """Look at every target group, and at every way from one to a container."""
    stack = services.stack
    balancing, admission = services.balancing, Admission(stack)
    for group in stack.of_type(TARGET_GROUP):
        yield from _health_check(group, stack.inputs(group))
    for service in services.all:
        for balanced in service.balanced:
            yield from _container(service, balanced)
            if balanced.group is None:
                continue
            yield from _target_type(service, balanced.group, stack.inputs(balanced.group))
            yield from _health_port(service, balanced, balanced.group, stack.inputs(balanced.group))
            if balancing.all_known and not balancing.reached(balanced.group):
                yield error(
                    "target-group-unreached",
                    service.resource,
                    f"no listener or rule leads to its target group {balanced.group.name}: ECS refuses a "
                    "service whose target group has no load balancer",
                    "add a listener rule that forwards to it (a ContainerApp with `load_balancer` has one), "
                    "and let the service depend on it",
                )
            for balancer in balancing.balancers(balanced.group):
                if balancer:
                    yield from _admitted(services, admission, service, balanced, balancer)


def _health_check(group: Resource, inputs: Json) -> Iterator[Finding]:
    """Check what Elastic Load Balancing refuses ("Health checks for Application Load Balancer target
    groups")."""
    check = mapping(inputs.get("healthCheck"))
    interval, timeout = number(check.get("interval")), number(check.get("timeout"))
    if interval is not None and timeout is not None and timeout >= interval:
        yield error(
            "health-check-timing",
            group,
            f"waits {timeout} s for an answer, and asks every {interval} s",
            "set `health_check.timeout` below `health_check.interval`",
        )
    path = text(check.get("path"))
    if path is not None and not path.startswith("/") and inputs.get("protocolVersion") != "GRPC":
        yield error(
            "health-check-path",
            group,
            f"asks for the path {path!r}, which must begin with /",
            f"set `health_check.path` to '/{path}'",
        )


def _container(service: Service, balanced: Balanced) -> Iterator[Finding]:
    task, port = service.task, number(balanced.port)
    if task is None or task.containers is None or not isinstance(balanced.container, str):
        return
    container = task.container(balanced.container)
    if container is None:
        names = ", ".join(str(each.get("name")) for each in task.containers)
        yield error(
            "balanced-port",
            service.resource,
            f"the load balancer leads to a container {balanced.container!r}; the task definition has {names}",
            "name one of these containers in the service's load balancers",
        )
        return
    ports = [number(mapped.get("containerPort")) for mapped in entries(container.get("portMappings"))]
    ranges = any("containerPortRange" in mapped for mapped in entries(container.get("portMappings")))
    if port is not None and port not in ports and not ranges:
        published = ", ".join(map(str, ports)) or "none"
        yield error(
            "balanced-port",
            service.resource,
            f"the load balancer leads to port {port} of {balanced.container}, which publishes {published}",
            f"set `port` of the app to what the container listens on, or map port {port}",
        )


def _target_type(service: Service, group: Resource, inputs: Json) -> Iterator[Finding]:
    """Check the pair that ECS insists on ("Use an Application Load Balancer for Amazon ECS")."""
    mode = service.task.network_mode if service.task else None
    type_ = inputs.get("targetType", "instance")
    wanted = {"awsvpc": "ip", "bridge": "instance", "host": "instance"}.get(mode or "")
    if wanted and type_ in ("ip", "instance") and type_ != wanted:
        yield error(
            "target-type",
            service.resource,
            f"tasks with {mode} networking are targets of type {wanted}; the target group {group.name} takes "
            f"{type_}",
            f"set the target group's `target_type` to {wanted}, or another `network_mode`",
        )


def _health_port(service: Service, balanced: Balanced, group: Resource, inputs: Json) -> Iterator[Finding]:
    port = number(mapping(inputs.get("healthCheck")).get("port"))
    task = service.task
    if port is None or task is None or task.containers is None:
        return
    published: set[int | None] = set()
    for container in task.containers:
        for mapped in entries(container.get("portMappings")):
            fixed = mapped.get("containerPort") if task.network_mode == "awsvpc" else mapped.get("hostPort")
            published.add(number(fixed))
            if "containerPortRange" in mapped:
                return
    if port in published or task.network_mode not in ("bridge", "awsvpc"):
        return
    # A container may listen on a port of its own network interface without publishing it.
    say = error if task.network_mode == "bridge" else warning
    yield say(
        "health-check-port",
        group,
        f"checks port {port}, which no container of {task.resource.name} publishes",
        "take the port of the health check away: `traffic-port` is the container's",
    )


def _admitted(
    services: Services, admission: Admission, service: Service, balanced: Balanced, balancer: Resource
) -> Iterator[Finding]:
    stack, task = services.stack, service.task
    if task is None or stack.inputs(balancer).get("loadBalancerType", "application") != "application":
        return
    given = stack.inputs(balancer).get("securityGroups")
    from_ = admission.groups(balancer, "securityGroups", given)
    port = number(balanced.port)
    if task.network_mode == "awsvpc":
        behind = admission.groups(
            service.resource, "networkConfiguration", service.network.get("securityGroups")
        )
        ports = [(behind, (port, port))] if port else []
    else:
        ports = [
            (admission.of_instances(group), _host_range(service, balanced))
            for group in service.capacity.groups
        ]
    for behind, wanted in ports:
        if behind is None or wanted is None or from_ is None or admission.admits(behind, from_, wanted):
            continue
        shown = str(wanted[0]) if wanted[0] == wanted[1] else f"{wanted[0]} to {wanted[1]}"
        yield error(
            "balancer-not-admitted",
            service.resource,
            f"the security group of its tasks does not let {balancer.name} in on port {shown}",
            "give the app its `load_balancer` (and the LoadBalancer its `cluster` on EC2), or add an ingress "
            "rule from the balancer's security group",
        )
        return


def _host_range(service: Service, balanced: Balanced) -> tuple[int, int] | None:
    container = service.task.container(balanced.container) if service.task else None
    for mapped in entries(container.get("portMappings")) if container else []:
        if number(mapped.get("containerPort")) == number(balanced.port):
            fixed = number(mapped.get("hostPort") or 0)
            return (fixed, fixed) if fixed else _DYNAMIC
    return None
