"""A resource graph as a person thinks of it: `architecture(graph)`."""

from moorage.offline import ResourceGraph
from moorage.plan.links import Links

from .clusters import clusters
from .data import data
from .entry import balancers, records
from .model import (
    MANAGED,
    READ,
    READ_WRITE,
    UNKNOWN_ACCESS,
    WRITE,
    Architecture,
    Balancer,
    Capacity,
    Cluster,
    Container,
    Data,
    Job,
    Listener,
    Permission,
    Record,
    Route,
    Service,
    Subnet,
    Task,
    Vpc,
)
from .network import networks
from .permissions import permissions
from .services import services
from .tasks import jobs

__all__ = [
    "MANAGED",
    "READ",
    "READ_WRITE",
    "UNKNOWN_ACCESS",
    "WRITE",
    "Architecture",
    "Balancer",
    "Capacity",
    "Cluster",
    "Container",
    "Data",
    "Job",
    "Listener",
    "Permission",
    "Record",
    "Route",
    "Service",
    "Subnet",
    "Task",
    "Vpc",
    "architecture",
]


def architecture(graph: ResourceGraph) -> Architecture:
    """Return what a stack is made of, from plain resources: those of moorage's components and all others.

    Values that are secret, or not known yet in a preview, are left out.
    """
    links = Links(graph)
    dns = records(graph, links)
    entries = balancers(graph, links, dns)
    running = services(graph, links, entries)
    ran = jobs(graph, links, {service.task.urn for service in running if service.task})
    wanted: dict[str, set[str]] = {}
    for service in running:
        wanted.setdefault(service.cluster, set()).update(service.providers)
    capacity = clusters(graph, links, wanted)
    users, kinds = _users(running, ran)
    return Architecture(
        project=graph.project,
        stack=graph.stack,
        records=dns,
        balancers=entries,
        networks=networks(graph, links, _used_subnets(entries, running, capacity)),
        clusters=capacity,
        services=running,
        jobs=ran,
        data=data(graph, links),
        permissions=permissions(graph, links, users, kinds),
    )


def _users(running: tuple[Service, ...], ran: tuple[Job, ...]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return which services and jobs run with a role, and what the role is for them."""
    users: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    for each in (*running, *ran):
        if each.task is None:
            continue
        for role, kind in ((each.task.execution_role, "execution"), (each.task.task_role, "task")):
            if role:
                users.setdefault(role, []).append(each.urn)
                kinds[role] = kind
    return users, kinds


def _used_subnets(
    entries: tuple[Balancer, ...], running: tuple[Service, ...], capacity: tuple[Cluster, ...]
) -> dict[str, bool | None]:
    """Return the subnets that something is placed in, with whether that shows them to be public."""
    used: dict[str, bool | None] = {}
    for entry in entries:
        for subnet in entry.subnets:
            used[subnet] = used.get(subnet) or (not entry.internal or None)
    for service in running:
        for subnet in service.subnets:
            used[subnet] = used.get(subnet) or (service.public or None)
    for cluster in capacity:
        for each in cluster.capacity:
            for subnet in each.subnets:
                used.setdefault(subnet, None)
    return used
