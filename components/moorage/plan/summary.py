"""The first thing a person wants to know of a stack: what runs where, how it is reached, what it costs."""

from collections import Counter
from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from moorage.console import heading, table
from moorage.graph import Balancer, CapacityKind, Cluster, Data, Job, Route, Service, Task, View, Vpc
from moorage.graph.values import known
from moorage.offline import UNKNOWN, Unknown
from moorage.plan.cost.model import Cost

from .finding import Severity
from .plan import Plan
from .text import counted, money_range, short_urn
from .tree import made
from .wording import bounds, follows, kind, shares, spot

_MOST = 8
"""More services, jobs or stores than this are counted, not listed."""


def summary(plan: Plan) -> list[RenderableType]:
    """Return the summary: what runs where, how it is reached, what it costs."""
    stack, graph = plan.view, plan.graph
    title = f"{graph.project}, stack {graph.stack}, {plan.region}"
    rows = [
        (label if index == 0 else "", text)
        for label, texts in (
            ("Runs", _runs(stack)),
            ("Where", _where(stack)),
            ("Reached", _reached(stack)),
            ("Keeps", _keeps(stack.data)),
            ("Costs", _costs(plan.cost)),
            ("Findings", [findings_in_short(plan)]),
            ("Preview", _preview(plan)),
        )
        for index, text in enumerate(texts)
    ]
    return [
        Text.assemble((title, "bold"), f": {counted(len(made(graph)), 'resource')}\n"),
        table(rows),
    ]


def findings_in_short(plan: Plan) -> str:
    """Return how many findings there are, such as `1 error, 2 warnings`."""
    errors = sum(finding.severity is Severity.ERROR for finding in plan.findings)
    warnings = len(plan.findings) - errors
    parts = [counted(errors, "error")] * bool(errors) + [counted(warnings, "warning")] * bool(warnings)
    return ", ".join(parts) or "none"


def _runs(stack: View) -> list[str]:
    texts = [_service(service, stack.clusters) for service in stack.services]
    texts += [_job(job) for job in stack.jobs]
    return _some(texts, "service or job", "services and jobs") or ["no service and no job"]


def _service(service: Service, clusters: tuple[Cluster, ...]) -> str:
    if service.daemon:
        count = "one task on every instance"
    elif service.minimum is UNKNOWN:
        count = "tasks, number not known"
    elif service.minimum == service.maximum or service.maximum is UNKNOWN:
        count = counted(service.minimum, "task")
    else:
        count = f"{service.minimum} to {service.maximum} tasks"
    on = " and ".join(f"{name} ({which})" if which else name for name, which in shares(service.capacity))
    cluster = next((each for each in clusters if each.resource is service.cluster), None)
    where = f"; cluster {cluster.name}" if cluster and len(clusters) > 1 else ""
    scaled = follows(service.scaling)
    by = f", scaled by {', '.join(scaled)}" if scaled else ""
    return f"{service.name}: {count}{_size(service.task)} on {on}{where}{by}"


def _job(job: Job) -> str:
    when = f"before each deployment of {job.before}" if job.before else job.schedule or "on demand"
    return f"{job.name}: a job{_size(job.task)}, {when}"


def _size(task: Task | Unknown) -> str:
    if task is UNKNOWN:
        return ""
    cpu, memory = known(task.cpu), known(task.memory)
    parts = [
        f"{cpu / 1024:g} vCPU" if cpu else "",
        f"{memory} MiB" if memory else "",
        known(task.arch) or "",
    ]
    text = ", ".join(part for part in parts if part)
    return f" of {text}" if text else ""


def _where(stack: View) -> list[str]:
    texts = [
        f"cluster {cluster.name}: {', '.join(described)}"
        for cluster in stack.clusters
        if (described := _instances(cluster))
    ]
    texts += [_network(network) for network in stack.networks]
    public = [service.name for service in stack.services if service.public is True]
    if public:
        some = [*public[:_MOST], *["and more"] * (len(public) > _MOST)]
        who = "all tasks" if len(public) == len(stack.services) else ", ".join(some)
        texts.append(f"with public addresses: {who}")
    return texts


def _instances(cluster: Cluster) -> list[str]:
    found: list[str] = []
    for provider in cluster.providers:
        kinds = " or ".join(provider.types)
        if instances := bounds(provider):
            least, most = instances
            number = f"{least}" if most in (None, least) else f"{least} to {most}"
            share = f", Spot: {spot(provider)}" if spot(provider) else ""
            found.append(f"{number} {kinds or 'instances'}{share}")
        elif kinds or provider.kind is CapacityKind.MANAGED_INSTANCES:
            found.append(f"{kind(provider)} {kinds or 'of types that ECS chooses'}")
    return found


def _network(network: Vpc) -> str:
    parts = [f"a new VPC {network.name}" if network.new else "a VPC that exists"]
    if network.zones:
        parts.append(f"zones {', '.join(network.zones)}")
    elif network.subnets:
        parts.append(counted(len(network.subnets), "subnet"))
    if network.nat_gateways:
        parts.append(counted(network.nat_gateways, "NAT gateway"))
    if network.endpoints:
        parts.append(f"endpoints for {', '.join(network.endpoints)}")
    return ", ".join(parts)


def _reached(stack: View) -> list[str]:
    balancers = {balancer.urn: balancer for balancer in stack.balancers}
    texts = [
        f"{_address(route, balancers)} leads to {service.name}"
        + (f", port {service.port}" if service.port else "")
        for service in stack.services
        for route in service.routes
    ]
    for balancer in stack.balancers:
        texts += [
            f"port {listener.port} of load balancer {balancer.name} redirects to {listener.redirect}"
            for listener in balancer.listeners
            if listener.redirect
        ]
    texts += [
        f"anybody reaches {service.name} at its tasks' public addresses, port {', '.join(ports)}"
        for service in stack.services
        if (ports := list(map(str, service.open_ports)))
    ]
    texts += [
        f"{service.name}: other services reach it as {', '.join(service.names)}"
        for service in stack.services
        if service.names
    ]
    texts += [
        f"{service.name}: whether clients outside the VPC reach it is not known"
        for service in stack.services
        if service.reachable is UNKNOWN and not service.routes
    ]
    return _some(texts, "way", "ways") or (["by nobody from outside"] if stack.services else [])


def _address(route: Route, balancers: dict[str, Balancer]) -> str:
    balancer = balancers.get(route.balancer)
    hosts = route.hosts or (balancer.hosts if balancer else ())
    scheme = "https" if route.protocol in ("HTTPS", "TLS") else route.protocol.lower() or "http"
    paths = ", ".join(route.paths) if route.paths not in ((), ("/*",), ("*",)) else ""
    port = f", port {route.port}" if route.port not in (None, 80, 443) else ""
    if hosts:
        address = ", ".join(f"{scheme}://{host}" for host in hosts) + port
    else:
        inside = "internal " if balancer and balancer.internal is True else ""
        name = f"{inside}load balancer {balancer.name}" if balancer else "a load balancer"
        address = f"{scheme} to {name}'s own name{port}"
    conditions = [f"paths {paths}"] * bool(paths) + list(route.other)
    return address + (f" ({'; '.join(conditions)})" if conditions else "")


def _keeps(data: Iterable[Data]) -> list[str]:
    texts = [f"{item.kind} {item.name}{f' ({item.detail})' if item.detail else ''}" for item in data]
    return [", ".join(_some(texts, "store", "stores"))] if texts else []


def _costs(cost: Cost) -> list[str]:
    if not cost.prices_as_of:
        return [*cost.unknown] or [f"no prices for {cost.region} are at hand"]
    amount = money_range(cost.monthly, cost.monthly_max)
    texts = [
        f"{amount} {cost.currency} a month before traffic: list prices of {cost.regions}, {cost.prices_as_of}"
    ]
    by_use = len({line.what for line in cost.lines if line.monthly is None})
    if by_use:
        texts.append(f"what depends on use comes on top: {counted(by_use, 'kind')}, listed below")
    return [*texts, *cost.unknown]


def bill(cost: Cost) -> list[RenderableType]:
    """Return the bill: what is paid for, for which resource, how much a month; nothing without prices."""
    priced = sorted(
        (line for line in cost.lines if line.monthly is not None), key=lambda line: -(line.monthly or 0)
    )
    rows: list[tuple[str | Text, str | Text]] = []
    for line in priced:
        low = line.monthly or 0
        amount = money_range(low, low if line.monthly_max is None else line.monthly_max)
        rows.append((amount, f"{line.what}: {short_urn(line.resource)}"))
    for what, count in Counter(line.what for line in cost.lines if line.monthly is None).items():
        rows.append(("depends on use", f"{what}{f' ({count} times)' if count > 1 else ''}"))
    if priced:
        total = money_range(cost.monthly, cost.monthly_max)
        rows.append((Text(total, "bold"), Text("a month", "bold")))
    return [heading(f"Cost, {cost.currency} a month"), table(rows, right=[0], indent=2)] if rows else []


def _preview(plan: Plan) -> list[str]:
    if plan.previewed is None:
        return []
    if any(finding.rule.startswith("preview/") for finding in plan.findings):
        return ["the program depends on values that a preview does not know: see the findings preview/..."]
    count = len(plan.previewed.resources)
    return [
        f"proven: with unknown values the program registers the same {counted(count, 'resource')}, so it "
        "depends on no value that is not there yet"
    ]


def _some(texts: list[str], one: str, many: str) -> list[str]:
    if len(texts) <= _MOST:
        return texts
    return [*texts[: _MOST - 1], f"and {counted(len(texts) - _MOST + 1, 'more ' + one, 'more ' + many)}"]
