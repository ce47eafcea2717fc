"""The view of ECS over a resource graph: the only interpretation of a program's inputs to AWS.

    from moorage.graph import view

    stack = view(evaluate(program))
    for service in stack.services:
        print(service.name, service.minimum, service.capacity.kind, service.reachable)

Build `view(graph)` once per plan. `View` has the services, task definitions, jobs, runs of tasks, clusters,
capacity providers and Auto Scaling groups, networks and subnets, security groups, load balancers with
listeners and rules, target groups, records, roles with their rights, and data. Each is a frozen dataclass
with its `resource`, and where rules need it `inputs`: all inputs of the resource, secrets unwrapped. Read
further inputs there, but do not interpret again what a field has: strategies and launch types, desired
counts, network configurations, routes, aliases of types, provider defaults.

`None` means that there is none, an empty tuple that there are none. `UNKNOWN` (of `moorage.offline`, type
`Unknown`) is a value that a preview does not know yet, that is decided outside the stack, or that has the
wrong type. pyright narrows it:

    if service.desired is UNKNOWN: ...

`values.known(value)` turns it into None. Compare a flag that may be UNKNOWN with `is True` or `is False`:
UNKNOWN is true in an `if`. A few strings that are only displayed are empty instead.

References: a resource of the stack is a `Resource` (`service.cluster`) or an object of the view
(`service.task`); collections are mappings by URN (`view.tasks`, `view.groups`, `view.security_groups`,
`view.target_groups`, `view.roles`); a subnet has a `key`, its URN or, outside the stack, its id
(`view.subnets[key]`).

`View.links` resolves references of inputs that the view has no field for:
`links.of_type(type)` (with aliases of the type, without existing resources that are only read),
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
