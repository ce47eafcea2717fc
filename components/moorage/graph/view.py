"""The view of one stack."""

from collections.abc import Mapping
from functools import cached_property

from moorage.offline import UNKNOWN, Resource, ResourceGraph, Unknown

from . import data, jobs, roles, services
from .balancing import Balancer, Balancing, Listener, Record, balancing
from .capacity import Group, Provider, Providers
from .clusters import Cluster, Clusters
from .data import Data
from .endpoints import Endpoint
from .jobs import Job, Run
from .links import Links
from .network import Networks, Subnet, Vpc
from .roles import Permission, Role, RoleKind
from .security import SecurityGroup, security_groups
from .services import Parts, Service
from .target_groups import TargetGroup
from .tasks import Task, tasks


def view(graph: "ResourceGraph | View") -> "View":
    """Return the view of a graph; a view unchanged."""
    return graph if isinstance(graph, View) else View(graph)


class View:
    """The resources of a program as ECS sees them, in program order. Parts are built on first use."""

    def __init__(self, graph: ResourceGraph) -> None:
        """Index the resources."""
        self.graph = graph
        self.links = Links(graph)

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Return the services of the stack."""
        parts = Parts(self._networks, self.security_groups, self._clusters, self.tasks, self.balancing)
        return services.services(parts)

    @cached_property
    def tasks(self) -> Mapping[str, Task]:
        """Return the task definitions of the stack, by URN."""
        return {task.urn: task for task in tasks(self.links)}

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Return the task definitions that no service runs."""
        return jobs.jobs(self.links, self.tasks, self.services, self.runs)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Return the schedules, event targets and state machines that start tasks."""
        return jobs.runs(self.links, self.tasks, self._clusters, self._networks)

    @cached_property
    def clusters(self) -> tuple[Cluster, ...]:
        """Return the clusters with the capacity in use; last an existing one that services use."""
        return self._clusters.used((service.cluster, service.capacity) for service in self.services)

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """Return the Auto Scaling groups, by URN."""
        return self._providers.groups

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """Return the capacity providers of the stack, by URN."""
        return self._providers.all

    @cached_property
    def serving(self) -> tuple[Group, ...]:
        """Return the Auto Scaling groups of clusters."""
        return self._clusters.serving()

    @cached_property
    def networks(self) -> tuple[Vpc, ...]:
        """Return the VPCs with the subnets in use; last an existing one."""
        return self._networks.vpcs(self.subnets.values())

    @cached_property
    def subnets(self) -> Mapping[str, Subnet]:
        """Return the subnets that the stack creates or uses, by `Subnet.key`."""
        return self._networks.used(self._evidence())

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the VPC endpoints of the stack."""
        return self._networks.endpoints

    @cached_property
    def security_groups(self) -> Mapping[str, SecurityGroup]:
        """Return the security groups that the stack creates or reads, by URN."""
        return security_groups(self.links)

    @cached_property
    def balancing(self) -> Balancing:
        """Return the load balancers with their records, listeners and target groups."""
        return balancing(self.links, self._networks)

    @property
    def balancers(self) -> tuple[Balancer, ...]:
        """Return the load balancers of the stack."""
        return self.balancing.balancers

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Return the listeners, including those of existing load balancers."""
        return self.balancing.listeners

    @property
    def target_groups(self) -> Mapping[str, TargetGroup]:
        """Return the target groups, by URN."""
        return self.balancing.target_groups

    @property
    def records(self) -> tuple[Record, ...]:
        """Return the DNS records."""
        return self.balancing.records

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """Return the roles of the stack, by URN."""
        users: dict[str, list[tuple[str, RoleKind]]] = {}
        running = [(service.urn, service.task) for service in self.services]
        for urn, task in [*running, *((job.urn, job.task) for job in self.jobs)]:
            for role, kind in _roles_of(task):
                if isinstance(role, Resource):
                    users.setdefault(role.urn, []).append((urn, kind))
        return roles.roles(self.links, users)

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Return the permissions of all roles, one for each role and resource."""
        return tuple(permission for role in self.roles.values() for permission in role.permissions)

    @cached_property
    def data(self) -> tuple[Data, ...]:
        """Return the resources that store or carry data."""
        return data.data(self.links)

    @cached_property
    def _networks(self) -> Networks:
        return Networks(self.links)

    @cached_property
    def _providers(self) -> Providers:
        return Providers(self.links, self._networks)

    @cached_property
    def _clusters(self) -> Clusters:
        return Clusters(self.links, self._providers)

    def _evidence(self) -> dict[str, bool | Unknown]:
        """Return the subnets in use, and whether their use proves them public."""
        evidence: dict[str, bool | Unknown] = {}

        def note(subnets: tuple[str, ...], public: bool) -> None:
            for key in subnets:
                evidence[key] = True if public or evidence.get(key) is True else UNKNOWN

        for balancer in self.balancers:
            note(balancer.subnets, balancer.internal is False)
        for service in self.services:
            note(service.network.subnets, service.network.own and service.public is True)
        for cluster in self.clusters:
            for provider in cluster.providers:
                note(provider.subnets, False)
        return evidence


def _roles_of(task: Task | Unknown) -> list[tuple[Resource | Unknown | None, RoleKind]]:
    if task is UNKNOWN:
        return []
    return [(task.execution_role, RoleKind.EXECUTION), (task.task_role, RoleKind.TASK)]
