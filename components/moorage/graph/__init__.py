"""One view of ECS over a resource graph: the only place that interprets what a program gives to AWS.

    from moorage.graph import view

    stack = view(evaluate(program))
    for service in stack.services:
        print(service.name, service.minimum, service.capacity.kind, service.reachable)

`view(graph)` is built once per plan and handed on. `View` has the services, task definitions, jobs, what
runs tasks, clusters, capacity providers and Auto Scaling groups, networks and subnets, security groups,
load balancers with listeners and rules, target groups, records, roles with their rights, and data. Each
of them is a frozen dataclass with the `resource` it is made from, and where rules need it `inputs`: all
of the resource's inputs without the envelopes of secrets. Whoever needs more of an input reads it there;
what a field of these classes says is not interpreted again: strategies and launch types, desired counts,
network configurations, routes, second names of types, provider defaults.

Three kinds of absence are told apart. `None` is "there is none", an empty tuple "there are none", and
`UNKNOWN` (of `moorage.offline`, type `Unknown`) "that cannot be told": a preview does not know it yet, it
is decided outside of the stack, or it is of the wrong type. pyright narrows it:

    if service.desired is UNKNOWN: ...

`values.known(value)` makes None of it, where that is all a reader needs. A flag that may be UNKNOWN is
compared with `is True` or `is False`, for UNKNOWN is true in an `if`. A few texts that are only shown are
empty instead.

References: what the stack makes is named by its `Resource` (`service.cluster`) or by the object itself
(`service.task`); collections that are looked into are mappings by URN (`view.tasks`, `view.groups`,
`view.security_groups`, `view.target_groups`, `view.roles`); subnets have a `key`, the URN or the id of
one that exists already (`view.subnets[key]`).

`View.links` finds what a value refers to, for rules that this view has no field for:
`links.of_type(type)` (also under the second names, without what exists already and is only read),
`links.inputs(resource)`, `links.one(resource, property, value, type)`, `links.many(...)`,
`links.of(resource, property, type)`, `links.named(type, value)`. Types are constants of `graph.types`.
"""

from .balancing import Balancer, BalancerKind, Balancing, Forward, Listener, Record, Rule, TargetGroup
from .capacity import Capacity, CapacityKind, Group, Provider, Share
from .clusters import Cluster
from .data import Data, DataKind
from .deployment import Deployment, DeploymentStrategy
from .jobs import Job, Run
from .links import Links
from .network import Subnet, Vpc
from .placement import Network
from .rights import Rights
from .roles import Access, Permission, Role, RoleKind
from .routes import Route
from .routing import WayOut
from .scaling import Scaling, ScalingPolicy, ScheduledAction
from .security import Ingress, Membership, SecurityGroup
from .services import Service, Target
from .tasks import Container, NetworkMode, PortMapping, Task
from .view import View, view

__all__ = [
    "Access",
    "Balancer",
    "BalancerKind",
    "Balancing",
    "Capacity",
    "CapacityKind",
    "Cluster",
    "Container",
    "Data",
    "DataKind",
    "Deployment",
    "DeploymentStrategy",
    "Forward",
    "Group",
    "Ingress",
    "Job",
    "Links",
    "Listener",
    "Membership",
    "Network",
    "NetworkMode",
    "Permission",
    "PortMapping",
    "Provider",
    "Record",
    "Rights",
    "Role",
    "RoleKind",
    "Route",
    "Rule",
    "Run",
    "Scaling",
    "ScalingPolicy",
    "ScheduledAction",
    "SecurityGroup",
    "Service",
    "Share",
    "Subnet",
    "Target",
    "TargetGroup",
    "Task",
    "View",
    "Vpc",
    "WayOut",
    "view",
]
