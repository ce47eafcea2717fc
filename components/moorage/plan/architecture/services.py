"""ECS services: what runs, how many, where, and how it is reached."""

from moorage.offline import Resource, ResourceGraph
from moorage.offline.values import entries, mapping, number
from moorage.plan.links import Links
from moorage.plan.scaling import by_service
from moorage.plan.types import CAPACITY_PROVIDER, CLUSTER, SCALABLE_TARGET, SERVICE, TASK_DEFINITION

from .exposure import Opened, open_ports, opened_by, placed
from .model import Balancer, Route, Service
from .network import subnet_ids
from .routes import routes, routes_by_group
from .tasks import task
from .values import distinct, first, physical, text

_POLICY = "aws:appautoscaling/policy:Policy"
_SCHEDULED = "aws:appautoscaling/scheduledAction:ScheduledAction"
_DISCOVERY = "aws:servicediscovery/service:Service"
_COMPOSE = "moorage:index:ComposeApp"
"""Its services are told apart by their own names, also when there is one."""
_METRICS = {
    "ECSServiceAverageCPUUtilization": "CPU {} %",
    "ECSServiceAverageMemoryUtilization": "memory {} %",
    "ALBRequestCountPerTarget": "{} requests a minute per task",
}


def services(graph: ResourceGraph, links: Links, balancers: tuple[Balancer, ...]) -> tuple[Service, ...]:
    """Return the services."""
    by_group, opened = routes_by_group(graph, links, balancers), opened_by(graph, links)
    scaled = by_service(links, SCALABLE_TARGET, _POLICY, _SCHEDULED)
    return tuple(
        _service(graph, links, service, by_group, scaled, opened) for service in graph.of_type(SERVICE)
    )


def _service(
    graph: ResourceGraph,
    links: Links,
    service: Resource,
    by_group: dict[str, list[Route]],
    scaled: dict[str, list[Resource]],
    opened: Opened,
) -> Service:
    inputs = service.inputs
    parent = graph.by_urn(service.parent) if service.parent else None
    alone = parent is not None and sum(child.type == SERVICE for child in graph.children(parent)) == 1
    if parent is not None and parent.type == _COMPOSE:
        alone = False
    definition = links.one(service, "taskDefinition", TASK_DEFINITION)
    cluster = links.one(service, "cluster", CLUSTER)
    providers = _providers(links, service)
    least, most, follows = _scaling(scaled.get(service.urn, []))
    network = mapping(inputs.get("networkConfiguration"))
    found = task(links, definition) if definition else None
    ports = [port for container in found.containers for port in container.ports] if found else []
    balanced = [number(each.get("containerPort")) for each in entries(inputs.get("loadBalancers"))]
    daemon = inputs.get("schedulingStrategy") == "DAEMON"
    count = None if daemon else number(inputs.get("desiredCount", 1))
    public, groups = placed(links, service, providers)
    return Service(
        urn=service.urn,
        name=parent.name if parent and alone else service.name,
        app=parent.urn if parent else "",
        cluster=cluster.urn if cluster else "",
        capacity=_shares(links, inputs, providers),
        providers=tuple(providers),
        daemon=daemon,
        minimum=count if least is None else least,
        maximum=count if most is None else most,
        scaling=follows,
        task=found,
        port=next(iter([port for port in balanced if port is not None] or ports), None),
        routes=routes(links, service, by_group),
        public=public,
        open_ports=open_ports(groups, opened, definition) if public else (),
        subnets=subnet_ids(links, service, "networkConfiguration", network.get("subnets")),
        names=_names(links, service),
    )


def _providers(links: Links, service: Resource) -> dict[str, Resource | None]:
    """Return the capacity providers a service asks for, by name, with the resource where there is one."""
    named: dict[str, Resource | None] = {}
    given = links.of(service, "capacityProviderStrategies", CAPACITY_PROVIDER)
    own = {physical(each): each for each in given}
    for strategy in entries(service.inputs.get("capacityProviderStrategies")):
        if name := text(strategy.get("capacityProvider")):
            named[name] = own.get(name)
    if not named:
        named |= own
    if not named and (launch := text(service.inputs.get("launchType"))):
        named[launch] = None
    return named


def _shares(
    links: Links, inputs: dict[str, object], providers: dict[str, Resource | None]
) -> tuple[str, ...]:
    strategies = entries(inputs.get("capacityProviderStrategies"))
    words = {"FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}
    if len(strategies) < 2:
        return tuple(words.get(name, _kind(provider)) for name, provider in providers.items())
    total = sum(number(each.get("weight")) or 0 for each in strategies)
    shares: list[str] = []
    for strategy in strategies:
        name = text(strategy.get("capacityProvider"))
        base, weight = number(strategy.get("base")) or 0, number(strategy.get("weight")) or 0
        parts = [f"first {base}"] if base else []
        if weight:
            parts.append("the rest" if weight == total else f"{weight} of {total}")
        shares.append(f"{words.get(name, _kind(providers.get(name)))}: {', '.join(parts) or 'none'}")
    return tuple(shares)


def _kind(provider: Resource | None) -> str:
    return "managed instances" if provider and provider.inputs.get("managedInstancesProvider") else "EC2"


def _scaling(found: list[Resource]) -> tuple[int | None, int | None, tuple[str, ...]]:
    """Return the fewest and most tasks, and what their number follows."""
    least = most = None
    follows: list[str] = []
    for each in found:
        if each.type == SCALABLE_TARGET:
            least, most = number(each.inputs.get("minCapacity")), number(each.inputs.get("maxCapacity"))
        elif each.type == _SCHEDULED:
            follows.append(f"schedule {text(each.inputs.get('schedule'))}")
        else:
            follows.append(_metric(each))
    return least, most, tuple(sorted(follows))


def _metric(policy: Resource) -> str:
    tracking = mapping(policy.inputs.get("targetTrackingScalingPolicyConfiguration"))
    metric = text(mapping(tracking.get("predefinedMetricSpecification")).get("predefinedMetricType"))
    return _METRICS.get(metric, metric or "steps").format(text(tracking.get("targetValue")) or "?")


def _names(links: Links, service: Resource) -> tuple[str, ...]:
    connect = mapping(service.inputs.get("serviceConnectConfiguration"))
    names: list[str] = []
    for each in entries(connect.get("services")):
        alias = first(each.get("clientAlias"))
        name = text(alias.get("dnsName")) or text(each.get("discoveryName"))
        port = text(alias.get("port"))
        names.append(f"{name}:{port}" if port else name)
    names += [physical(each) for each in links.of(service, "serviceRegistries", _DISCOVERY)]
    return distinct(sorted(names))
