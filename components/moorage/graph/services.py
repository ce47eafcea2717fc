"""ECS services: task counts, capacity, placement and reachability."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from moorage.model.service_names import service_names
from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, entries, mapping

from . import values
from .balancing import Balancing
from .capacity import Capacity
from .clusters import Clusters
from .deployment import Deployment, deployment
from .links import Links
from .network import Networks
from .origin import FromResource
from .placement import Network, placed
from .routes import Route, routes
from .scaling import Scaling, scaling
from .security import SecurityGroup
from .service_connect import ServiceConnect, service_connect
from .target_groups import TargetGroup
from .tasks import Task
from .types import CLUSTER, DISCOVERY_SERVICE, NAMESPACES, SERVICE, TARGET_GROUP, TASK_DEFINITION


@dataclass(frozen=True, slots=True)
class Target:
    """A container of a service in a target group."""

    group: TargetGroup | None
    """None if it is unknown or not in the stack."""
    container: str | Unknown
    port: int | Unknown


@dataclass(frozen=True, slots=True)
class Service(FromResource):
    """An ECS service of the stack."""

    inputs: Json = field(repr=False)
    """All inputs, secrets unwrapped."""
    name: str
    """Its name for users: the component's, in a compose file its own, or the logical name."""
    component: Resource | None
    """Its component; None for a service without one."""
    cluster: Resource | None
    """None if it is not in the stack."""
    task: Task | Unknown
    """UNKNOWN for a task definition outside the stack."""
    daemon: bool | Unknown
    """True if it runs one task per instance."""
    desired: int | Unknown
    """The desired count, by default 0 ("desiredCount", aws.ecs.Service). UNKNOWN for a daemon."""
    sets_count: bool
    """True if the program sets the desired count."""
    minimum: int | Unknown
    """The lowest minimum of autoscaling, also of its schedules, else the desired count; for a daemon the
    minimum number of instances."""
    maximum: int | Unknown
    """The maximum, likewise."""
    scaling: Scaling | None
    deployment: Deployment
    exec: bool | Unknown
    """True if ECS Exec is enabled."""
    grace: int | Unknown
    """The seconds for which failed health checks of a new task are ignored."""
    triggers: Mapping[str, str]
    """Values whose change starts a deployment."""
    volume: Json | Unknown | None
    """The settings of the EBS volume that ECS makes for each task."""
    capacity: Capacity
    network: Network
    targets: tuple[Target, ...]
    """Its containers in target groups."""
    routes: tuple[Route, ...]
    """The routes through load balancers."""
    port: int | Unknown | None
    """The container port of requests; None if there is none."""
    open_ports: tuple[int, ...]
    """Ports of the tasks' public addresses that are certainly open to every address."""
    exposed: bool | Unknown
    """True if there are such ports."""
    connect: ServiceConnect | Unknown | None
    """None without Service Connect."""
    names: tuple[str, ...]
    """Its names for other services (Service Connect, service discovery)."""

    @property
    def initial(self) -> int | Unknown:
        """Return the number of tasks before a policy or schedule changes it; of a daemon the minimum."""
        return self.scaling.minimum if self.scaling else self.minimum

    @property
    def public(self) -> bool | Unknown:
        """Return whether its tasks have public addresses."""
        return self.network.address

    @property
    def reachable(self) -> bool | Unknown:
        """Return whether clients outside the VPC reach it, by a load balancer or its tasks' addresses."""
        ways = {self.exposed}
        ways |= {UNKNOWN if route.internal is UNKNOWN else not route.internal for route in self.routes}
        return True if True in ways else UNKNOWN if UNKNOWN in ways else False


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the view that services depend on."""

    networks: Networks
    security_groups: Mapping[str, SecurityGroup]
    clusters: Clusters
    tasks: Mapping[str, Task]
    """By URN."""
    balancing: Balancing


def services(parts: Parts) -> tuple[Service, ...]:
    """Return the services of the stack."""
    links = parts.networks.links
    scaled, by_group = scaling(links), routes(parts.balancing)
    made = links.of_type(SERVICE)
    names = service_names(
        {
            service.urn: [(place.type, place.name) for place in (service, *links.above(service))]
            for service in made
        }
    )
    return tuple(
        _service(parts, service, names[service.urn], scaled.get(service.urn), by_group) for service in made
    )


def _service(
    parts: Parts,
    service: Resource,
    name: str,
    scaled: Scaling | None,
    by_group: Mapping[str, list[Route]],
) -> Service:
    links = parts.networks.links
    inputs = links.inputs(service)
    definition = links.one(service, "taskDefinition", inputs.get("taskDefinition"), TASK_DEFINITION)
    task = parts.tasks.get(definition.urn, UNKNOWN) if definition else UNKNOWN
    cluster = links.one(service, "cluster", inputs.get("cluster"), CLUSTER)
    daemon = _daemon(inputs)
    capacity = parts.clusters.capacity_of(service, inputs, cluster, daemon is True)
    desired = values.number(inputs.get("desiredCount"), 0) if daemon is False else UNKNOWN
    least, most = _instances(capacity) if daemon is True else (desired, desired)
    network = placed(parts.networks, service, "networkConfiguration", inputs, capacity, task)
    targets = tuple(_targets(parts, service, inputs))
    connect, open_ports = service_connect(links, service), _open_ports(parts, network, task)
    return Service(
        resource=service,
        inputs=inputs,
        name=name,
        component=links.by_urn(service.parent),
        cluster=cluster,
        task=task,
        daemon=daemon,
        desired=desired,
        sets_count=inputs.get("desiredCount") is not None,
        minimum=scaled.fewest if scaled else least,
        maximum=scaled.most if scaled else most,
        scaling=scaled,
        deployment=deployment(inputs, daemon is True),
        exec=values.flag(inputs.get("enableExecuteCommand"), False),
        grace=values.number(inputs.get("healthCheckGracePeriodSeconds"), 0),
        triggers={key: str(value) for key, value in mapping(inputs.get("triggers")).items()},
        volume=_volume(inputs.get("volumeConfiguration")),
        capacity=capacity,
        network=network,
        targets=targets,
        routes=_routes(links, service, by_group),
        port=_port(targets, task),
        open_ports=open_ports,
        exposed=bool(open_ports) or _may_expose(parts, network, task),
        connect=connect,
        names=_names(links, service, connect),
    )


def _daemon(inputs: Json) -> bool | Unknown:
    strategy = values.text(inputs.get("schedulingStrategy"), "REPLICA")
    if strategy is UNKNOWN:
        # Only a replica service has a desired count.
        return UNKNOWN if inputs.get("desiredCount") is None else False
    return strategy == "DAEMON"


def _instances(capacity: Capacity) -> tuple[int | Unknown, int | Unknown]:
    """Return the minimum and maximum number of a daemon's instances."""
    if not capacity.groups:
        return UNKNOWN, UNKNOWN
    least = values.total(group.minimum for group in capacity.groups)
    return least, values.total(group.maximum for group in capacity.groups)


def _targets(parts: Parts, service: Resource, inputs: Json) -> list[Target]:
    targets: list[Target] = []
    for entry in entries(inputs.get("loadBalancers")):
        group = parts.networks.links.one(service, "loadBalancers", entry.get("targetGroupArn"), TARGET_GROUP)
        targets.append(
            Target(
                parts.balancing.target_groups.get(group.urn) if group else None,
                values.text(entry.get("containerName"), UNKNOWN),
                values.number(entry.get("containerPort"), UNKNOWN),
            )
        )
    return targets


def _volume(configuration: Any) -> Json | Unknown | None:
    volume = UNKNOWN if configuration is UNKNOWN else mapping(configuration).get("managedEbsVolume")
    return UNKNOWN if volume is UNKNOWN else mapping(volume) or None


def _routes(links: Links, service: Resource, by_group: Mapping[str, list[Route]]) -> tuple[Route, ...]:
    """Return the routes to a service, by port, host and path."""
    # At any depth: a blue/green deployment has an alternate target group beside each.
    groups = links.of(service, "loadBalancers", TARGET_GROUP)
    routes = {route for group in groups for route in by_group.get(group.urn, ())}

    def place(route: Route) -> tuple[Any, ...]:
        return values.known(route.port) or 0, route.hosts, route.paths, route.other, route.balancer

    return tuple(sorted(routes, key=place))


def _port(targets: tuple[Target, ...], task: Task | Unknown) -> int | Unknown | None:
    if targets:
        return next((port for target in targets if (port := target.port) is not UNKNOWN), UNKNOWN)
    if task is UNKNOWN or task.containers is UNKNOWN:
        return UNKNOWN
    return next((port for container in task.containers for port in container.ports), None)


def _open_ports(parts: Parts, network: Network, task: Task | Unknown) -> tuple[int, ...]:
    if network.address is not True or network.gateway is False or task is UNKNOWN:
        return ()
    groups = [parts.security_groups[urn] for urn in network.security_groups.urns]

    def is_open(port: tuple[int, str]) -> bool:
        return any(group.open_to_all(*port) is True for group in groups)

    return tuple(sorted({port for port, _ in filter(is_open, task.fixed_ports)}))


def _may_expose(parts: Parts, network: Network, task: Task | Unknown) -> Unknown | Literal[False]:
    """Return whether a port of the tasks' public addresses can be open to every address: UNKNOWN or False."""
    if network.address is False or network.gateway is False:
        return False
    groups = [parts.security_groups[urn] for urn in network.security_groups.urns]
    if task is UNKNOWN or task.containers is UNKNOWN or task.network_mode is UNKNOWN:
        may_open = any(group.may_open for group in groups)
        listens = True
    else:
        may_open = any(group.open_to_all(*port) is not False for group in groups for port in task.fixed_ports)
        listens = bool(task.fixed_ports)
    return UNKNOWN if may_open or (listens and not network.security_groups.complete) else False


def _names(links: Links, service: Resource, connect: ServiceConnect | Unknown | None) -> tuple[str, ...]:
    connected = values.known(connect)
    aliases = [
        alias for offered in (connected.services if connected else ()) for alias in offered.aliases[:1]
    ]
    names = [f"{alias.name}:{alias.port}" if isinstance(alias.port, int) else alias.name for alias in aliases]
    names += [
        _dns_name(links, registry) for registry in links.of(service, "serviceRegistries", DISCOVERY_SERVICE)
    ]
    return tuple(dict.fromkeys(sorted(names)))


def _dns_name(links: Links, registry: Resource) -> str:
    """Return the DNS name of a Cloud Map service; of one in a namespace outside the stack with its id."""
    name = values.physical(registry)
    namespace_id = mapping(links.inputs(registry).get("dnsConfig")).get("namespaceId")
    if namespace := links.one(registry, "dnsConfig", namespace_id, *NAMESPACES):
        return f"{name}.{values.physical(namespace)}"
    return f"{name}.({namespace_id})" if isinstance(namespace_id, str) else name
