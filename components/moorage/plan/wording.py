"""Descriptions of a stack's parts, shared by the summary, the picture and the page."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product

from moorage.graph import (
    Access,
    Capacity,
    Cluster,
    ComputeKind,
    Data,
    DataKind,
    Group,
    Job,
    Permission,
    PolicyKind,
    Provider,
    Route,
    Scaling,
    ScalingPolicy,
    ScheduledAction,
    Service,
    Task,
    View,
    Vpc,
    answers,
    values,
)
from moorage.graph.values import known
from moorage.offline import UNKNOWN, Unknown

from .finding import Finding, FindingSeverity
from .text import counted, span

_UNKNOWN_CAPACITY = "unknown capacity"
_METRICS = {
    "ECSServiceAverageCPUUtilization": "CPU {}%",
    "ECSServiceAverageMemoryUtilization": "memory {}%",
    "ALBRequestCountPerTarget": "{} requests per minute and task",
    "TargetResponseTime": "{} s of latency",
}
_VERBS: Mapping[DataKind | None, tuple[str, str]] = {
    DataKind.QUEUE: ("receive", "send"),
    DataKind.STREAM: ("receive", "send"),
    DataKind.TOPIC: ("read", "publish"),
}
_DETAILS: Mapping[DataKind, str] = {
    DataKind.TABLE: "billing mode",
    DataKind.DATABASE: "engine",
    DataKind.CACHE: "engine",
}
_DEFAULT_PORTS = {("HTTP", 80), ("HTTPS", 443)}


def tasks(service: Service) -> str:
    """Return the number of a service's tasks: `3 tasks`, `3 to 9 tasks`, `1 task per instance`."""
    if service.daemon is True:
        return "1 task per instance"
    if service.minimum is UNKNOWN:
        return "an unknown number of tasks"
    if service.maximum is UNKNOWN:
        return f"at least {counted(service.minimum, 'task')}"
    return span(service.minimum, service.maximum, "task")


def size(task: Task | Unknown) -> str:
    """Return the size of a task: `0.5 vCPU, 1 GB, ARM64`."""
    if task is UNKNOWN:
        return "task definition outside this stack"
    cpu, memory = known(task.cpu), known(task.memory)
    parts = [f"{cpu / 1024:g} vCPU"] if cpu else []
    if memory:
        parts.append(f"{memory / 1024:g} GB" if memory >= 1024 else f"{memory} MiB")
    return ", ".join([*parts, *filter(None, [known(task.arch)])])


def runs_on(service: Service) -> str:
    """Return the capacity of a service's tasks, and the metrics that scale it."""
    text = " and ".join(_shares(service.capacity))
    metrics = _metrics(service.scaling)
    return f"{text}, scaled by {', '.join(metrics)}" if metrics else text


def _shares(capacity: Capacity) -> list[str]:
    """Return each part of a strategy: `Fargate (first 1)`, `Fargate Spot (the rest)`."""
    if capacity.shares is UNKNOWN:
        return [_UNKNOWN_CAPACITY]
    total = values.total(share.weight for share in capacity.shares)
    texts: list[str] = []
    for share in capacity.shares:
        parts = [f"first {share.base}"] if share.base else []
        if UNKNOWN in (share.base, total):
            parts = ["share unknown"]
        elif share.weight:
            parts.append("the rest" if share.weight == total else f"{share.weight} of {total}")
        which = f" ({', '.join(parts) or 'none'})" if len(capacity.shares) > 1 else ""
        texts.append(f"{_kind(share.provider)}{which}")
    return texts


def _kind(provider: Provider) -> str:
    return (provider.name or _UNKNOWN_CAPACITY) if provider.kind is UNKNOWN else provider.kind


def _metrics(scaling: Scaling | None) -> list[str]:
    if scaling is None:
        return []
    return sorted({*map(_metric, scaling.policies), *map(_schedule, scaling.schedules)})


def _schedule(action: ScheduledAction) -> str:
    least, most = action.minimum, action.maximum
    bounds = f" ({span(least, most, 'task')})" if isinstance(least, int) and isinstance(most, int) else ""
    return f"schedule {action.schedule or 'unknown'}{bounds}"


def _metric(policy: ScalingPolicy) -> str:
    if policy.kind is PolicyKind.PREDICTIVE:
        return "a forecast"
    metric = known(policy.metric)
    if metric is not None:
        target = policy.target or "?"
        return _METRICS[metric].format(target) if metric in _METRICS else f"{metric} {target}"
    if policy.metric is UNKNOWN:
        return "an unknown metric"
    names = {str(query.get("metricName", "")) for alarm in policy.alarms for query in alarm.metrics}
    messages = any(name.startswith("ApproximateNumberOfMessages") for name in names)
    return "messages in a queue" if messages else " ".join(["steps", *sorted(filter(None, names))])


def trigger(job: Job) -> str:
    """Return when a job runs."""
    if job.before:
        return f"before each deployment of {job.before}"
    return "schedule unknown" if job.schedule is UNKNOWN else job.schedule or "on demand"


def capacity(cluster: Cluster) -> list[str]:
    """Return the capacity of a cluster: `EC2 (3 to 6 t3.medium, 50% Spot)`."""
    return list(map(_capacity, cluster.providers))


def _capacity(provider: Provider) -> str:
    facts = [*_instances(provider), *(_group(provider.group) if provider.group else [])]
    if provider.kind is ComputeKind.MANAGED_INSTANCES and provider.option is UNKNOWN:
        facts.append("capacity option unknown")
    elif provider.kind is ComputeKind.MANAGED_INSTANCES and provider.only_spot:
        facts.append("all Spot")
    return f"{_kind(provider)} ({', '.join(facts)})" if facts else _kind(provider)


def _instances(provider: Provider) -> list[str]:
    types = " or ".join(known(provider.types) or ())
    group = provider.group
    if group:
        least, most = group.minimum, group.maximum
        number = "unknown number of"
        if least is not UNKNOWN:
            number = f"at least {least}" if most is UNKNOWN else span(least, most)
        return [f"{number} {types or 'instances'}"]
    if provider.kind is ComputeKind.MANAGED_INSTANCES:
        chosen = "instance types unknown" if provider.types is UNKNOWN else "ECS chooses the instance types"
        return [types or chosen]
    return [types] if types else []


def _group(group: Group) -> list[str]:
    """Return the share of Spot, the operating system if it is not Amazon Linux, and the warm pool."""
    facts: list[str] = []
    if group.on_demand_percent is UNKNOWN or group.on_demand_base is UNKNOWN:
        facts.append("share of Spot unknown")
    elif group.on_demand_percent < 100:
        share = "all" if group.on_demand_percent == 0 else f"{100 - group.on_demand_percent}%"
        above = f" above {group.on_demand_base} On-Demand" if group.on_demand_base else ""
        facts.append(f"{share} Spot{above}")
    if group.on_bottlerocket:
        facts.append("Bottlerocket")
    if group.warm_state is UNKNOWN:
        facts.append("warm pool unknown")
    elif group.warm_state:
        facts.append(f"{group.warm_state.lower()} warm pool")
    return facts


def network(vpc: Vpc) -> list[str]:
    """Return the facts of a VPC: CIDR block, subnets, NAT gateways, endpoints."""
    parts = [vpc.cidr] if vpc.cidr else []
    for public, noun in ((True, "public subnet"), (False, "private subnet"), (UNKNOWN, "subnet")):
        number = sum(subnet.public is public for subnet in vpc.subnets)
        parts += [counted(number, noun)] if number else []
    parts += [counted(vpc.nat_gateways, "NAT gateway")] if vpc.nat_gateways else []
    return [*parts, *([f"endpoints for {', '.join(vpc.endpoints)}"] if vpc.endpoints else [])]


def addresses(service: Service) -> list[tuple[str, int | None]]:
    """Return where clients reach a service, and the known container port; of load balancers, then of its
    tasks."""
    routes = [(_address(route), known(service.port)) for route in service.routes]
    if service.network.own:
        return routes + [(f"(public IP of each task):{port}", port) for port in service.open_ports]
    return routes + [(f"(public IP of each instance):{port}", None) for port in service.open_ports]


def _address(route: Route) -> str:
    implied = not route.port or route.port is UNKNOWN or (route.protocol, route.port) in _DEFAULT_PORTS
    port, protocol = "" if implied else f":{route.port}", known(route.protocol)
    name = route.balancer.rpartition("::")[2] or "load balancer"
    internal = ("internal",) if route.internal is True else ()
    hosts = route.hosts or (f"({' '.join([*internal, name])} DNS name)",)
    places = product(hosts, route.paths or ("",))
    scheme = f"{protocol.lower()}://" if protocol else ""
    urls = ", ".join(f"{scheme}{host}{port}{path}" for host, path in places)
    notes = (*(internal if route.hosts else ()), *_unknown(route), *route.other)
    return f"{urls} ({'; '.join(notes)})" if notes else urls


def _unknown(route: Route) -> list[str]:
    """Return a note on the settings of a route that are not known."""
    settings = (("protocol", route.protocol), ("port", route.port), ("scheme", route.internal))
    # Nothing is known of a load balancer outside the stack.
    names = [name for name, value in settings if value is UNKNOWN and route.balancer]
    return [f"{' and '.join(names)} unknown"] if names else []


def entry_points(stack: View) -> list[str]:
    """Return the ways to all services: `http://(alb DNS name) -> web:8080`."""
    texts = [
        f"{address} -> {service.name}" + (f":{port}" if port else "")
        for service in stack.services
        for address, port in addresses(service)
    ]
    texts += [
        f"{balancer.name}: port {listener.port} redirects to {listener.redirect}"
        for balancer in stack.balancers
        for listener in balancer.listeners
        if listener.redirect
    ]
    texts += [f"{_address(route)} {answer}" for route, answer in answers(stack.balancing)]
    texts += [
        f"{service.name}: other services connect to {', '.join(service.names)}"
        for service in stack.services
        if service.names
    ]
    texts += [
        f"{service.name}: reachability from outside the VPC is unknown"
        for service in stack.services
        if service.reachable is UNKNOWN
    ]
    return texts or (["none: not reachable from outside the VPC"] if stack.services else [])


def reach(service: Service) -> str:
    """Return how clients reach a service, in one line."""
    if routes := addresses(service):
        more = f" and {len(routes) - 1} more" if len(routes) > 1 else ""
        return f"{routes[0][0]}{more}"
    if service.names:
        return f"{', '.join(service.names)} for other services"
    if service.port is None:
        return "no port"
    port = "port unknown" if service.port is UNKNOWN else f"port {service.port}"
    if service.reachable is UNKNOWN:
        return f"{port}, reachability unknown"
    return f"{port}, not reachable from outside the VPC"


def detail(data: Data) -> str:
    """Return a property of a resource with data, such as `on demand`; can be empty."""
    return f"{_DETAILS.get(data.kind, 'type')} unknown" if data.detail is UNKNOWN else data.detail


def access(permission: Permission, kind: DataKind | None) -> str:
    """Return the access of a role, in the verbs of the kind of data."""
    read, write = _VERBS.get(kind, ("read", "write"))
    match permission.access:
        case Access.READ:
            return read
        case Access.WRITE:
            return write
        case Access.READ_WRITE:
            return f"{read}, {write}"
        case Access.UNKNOWN:
            return "uses"
        case Access.MANAGED:
            return permission.access


def severities(findings: Iterable[Finding]) -> str:
    """Return the number of findings: `1 error, 2 warnings`."""
    counts = Counter(finding.severity for finding in findings)
    return (
        ", ".join(counted(counts[severity], severity) for severity in FindingSeverity if counts[severity])
        or "none"
    )
