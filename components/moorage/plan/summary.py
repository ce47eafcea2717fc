"""The summary of a plan: services, network, entry points, data, cost and findings."""

from collections import Counter
from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from moorage.console import heading, table
from moorage.graph import Cluster, Data, Service, Task, View, Vpc
from moorage.graph.capacity import FARGATE
from moorage.offline import Unknown
from moorage.plan.cost.model import Cost

from .plan import Plan
from .text import counted, limited, short_urn
from .tree import made
from .wording import capacity, detail, entry_points, network, runs_on, severities, size, tasks, trigger

_MOST = 8
"""Further services, jobs and stores are only counted."""


def summary(plan: Plan) -> list[RenderableType]:
    """Return the summary and the number of resources."""
    graph = plan.graph
    title = f"{graph.project}, stack {graph.stack}, {plan.region}"
    return [
        Text.assemble((title, "bold"), f": {counted(len(made(graph)), 'resource')}\n"),
        table(summary_rows(plan)),
    ]


def summary_rows(plan: Plan) -> list[tuple[str, str]]:
    """Return the lines of the summary; the label is empty if it is that of the line before."""
    stack = plan.view
    return [
        (label if index == 0 else "", text)
        for label, texts in (
            ("Runs", _runs(stack)),
            ("Where", _where(stack)),
            ("Entry points", limited(entry_points(stack), _MOST, "entry point", "entry points")),
            ("Data", _data(stack.data)),
            ("Cost", _cost(plan.cost)),
            ("Findings", [severities(plan.findings)]),
            ("Preview", _preview(plan)),
        )
        for index, text in enumerate(texts)
    ]


def _runs(stack: View) -> list[str]:
    texts = [_service(service, stack.clusters) for service in stack.services]
    texts += [f"{job.name}: a job{_size(job.task)}, {trigger(job)}" for job in stack.jobs]
    return limited(texts, _MOST, "service or job", "services and jobs") or ["no services or jobs"]


def _service(service: Service, clusters: tuple[Cluster, ...]) -> str:
    cluster = next((item for item in clusters if item.resource is service.cluster), None)
    where = f"; cluster {cluster.name}" if cluster and len(clusters) > 1 else ""
    return f"{service.name}: {tasks(service)}{_size(service.task)} on {runs_on(service)}{where}"


def _size(task: Task | Unknown) -> str:
    text = size(task)
    return f" ({text})" if text else ""


def _where(stack: View) -> list[str]:
    texts = [
        f"cluster {cluster.name}: {', '.join(capacity(cluster))}"
        for cluster in stack.clusters
        if any(provider.kind not in FARGATE.values() for provider in cluster.providers)
    ]
    texts += [_network(vpc) for vpc in stack.networks]
    public = [service.name for service in stack.services if service.public is True]
    if public:
        some = [*public[:_MOST], *["and more"] * (len(public) > _MOST)]
        names = "all tasks" if len(public) == len(stack.services) else ", ".join(some)
        texts.append(f"with public addresses: {names}")
    return texts


def _network(vpc: Vpc) -> str:
    zones = [f"zones {', '.join(vpc.zones)}"] if vpc.zones else []
    return ", ".join([f"new VPC {vpc.name}" if vpc.new else "existing VPC", *zones, *network(vpc)])


def _data(data: Iterable[Data]) -> list[str]:
    texts = [f"{item.kind} {item.name}{f' ({about})' if (about := detail(item)) else ''}" for item in data]
    return [", ".join(limited(texts, _MOST, "store", "stores"))] if texts else []


def _cost(cost: Cost) -> list[str]:
    if not cost.prices_as_of:
        return [*cost.unknown] or [f"no prices for {cost.region}"]
    prices = f"list prices of {cost.regions}, {cost.prices_as_of}"
    texts = [f"{cost.amount} {cost.currency} a month before traffic: {prices}"]
    by_use = len({line.what for line in cost.lines if line.monthly is None})
    if by_use:
        texts.append(f"plus usage charges: {counted(by_use, 'kind')}, listed below")
    return [*texts, *cost.unknown]


def bill(cost: Cost) -> list[RenderableType]:
    """Return the lines of the cost and the total; nothing without prices."""
    rows: list[tuple[str | Text, str | Text]] = [*bill_rows(cost)]
    if any(line.monthly is not None for line in cost.lines):
        rows.append((Text(cost.amount, "bold"), Text("a month", "bold")))
    return [heading(f"Cost, {cost.currency} a month"), table(rows, right=[0], indent=2)] if rows else []


def bill_rows(cost: Cost) -> list[tuple[str, str]]:
    """Return the amount and the description of each line of the cost, the highest first."""
    priced = [line for line in cost.lines if line.monthly is not None]
    rows = [
        (line.amount, f"{line.what}: {short_urn(line.resource)}")
        for line in sorted(priced, key=lambda line: -(line.monthly or 0))
    ]
    for what, count in Counter(line.what for line in cost.lines if line.monthly is None).items():
        rows.append(("usage-based", f"{what}{f' ({count} times)' if count > 1 else ''}"))
    return rows


def _preview(plan: Plan) -> list[str]:
    if plan.previewed is None:
        return []
    findings = (*plan.findings, *(item.finding for item in plan.accepted))
    if any(finding.rule.startswith("preview/") for finding in findings):
        return ["the program depends on values that a preview does not know: see the preview/... findings"]
    count = len(plan.previewed.resources)
    return [
        f"with unknown values the program registers the same {counted(count, 'resource')}: "
        "it depends on no value of the first deployment"
    ]
