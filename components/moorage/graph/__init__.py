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

from .balancing import Balancer as Balancer
from .balancing import BalancerKind as BalancerKind
from .balancing import Balancing as Balancing
from .balancing import Forward as Forward
from .balancing import Listener as Listener
from .balancing import Record as Record
from .balancing import Rule as Rule
from .capacity import Capacity as Capacity
from .capacity import ComputeKind as ComputeKind
from .capacity import Group as Group
from .capacity import Provider as Provider
from .capacity import Share as Share
from .clusters import Cluster as Cluster
from .data import BillingMode as BillingMode
from .data import Data as Data
from .data import DataKind as DataKind
from .deployment import Deployment as Deployment
from .deployment import DeploymentStrategy as DeploymentStrategy
from .endpoints import Endpoint as Endpoint
from .endpoints import EndpointKind as EndpointKind
from .jobs import Job as Job
from .jobs import Run as Run
from .links import Links as Links
from .network import Subnet as Subnet
from .network import Vpc as Vpc
from .placement import Network as Network
from .rights import Rights as Rights
from .roles import Access as Access
from .roles import Permission as Permission
from .roles import Role as Role
from .roles import RoleKind as RoleKind
from .routes import Route as Route
from .routes import answers as answers
from .routing import WayOut as WayOut
from .scaling import PolicyKind as PolicyKind
from .scaling import Scaling as Scaling
from .scaling import ScalingAlarm as ScalingAlarm
from .scaling import ScalingPolicy as ScalingPolicy
from .scaling import ScheduledAction as ScheduledAction
from .security import Ingress as Ingress
from .security import Membership as Membership
from .security import SecurityGroup as SecurityGroup
from .service_connect import ServiceConnect as ServiceConnect
from .services import Service as Service
from .services import Target as Target
from .target_groups import ProtocolVersion as ProtocolVersion
from .target_groups import Stickiness as Stickiness
from .target_groups import TargetGroup as TargetGroup
from .target_groups import TargetHealthCheck as TargetHealthCheck
from .tasks import Container as Container
from .tasks import NetworkKind as NetworkKind
from .tasks import PortMapping as PortMapping
from .tasks import Task as Task
from .view import View as View
from .view import view as view
