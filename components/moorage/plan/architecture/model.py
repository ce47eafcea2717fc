"""What a person wants to know of a stack: how it is reached, where it runs, who may do what."""

from dataclasses import dataclass

READ = "read"
WRITE = "write"
READ_WRITE = "read and write"
MANAGED = "managed policy"
"""What a policy of AWS allows: see there."""
UNKNOWN_ACCESS = "not known yet"
"""In a preview, where the policy is made from values that are not there yet."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that a load balancer listens on."""

    urn: str
    port: int | None
    protocol: str
    """`HTTP`, `HTTPS`, `TCP`, ...; empty when it is not known."""
    redirect: str
    """Where it redirects everything to, such as `HTTPS 443`; empty when it does not."""
    otherwise: str
    """What a request gets that matches no rule, such as `404`; empty when that goes to a service."""


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer."""

    urn: str
    name: str
    """The logical name."""
    kind: str
    """`application`, `network` or `gateway`."""
    internal: bool
    listeners: tuple[Listener, ...]
    """By port."""
    hosts: tuple[str, ...]
    """The DNS records that lead to it, sorted."""
    dns_name: str
    """Its own name in the DNS; empty when it is not known yet."""
    waf: str
    """The web ACL before it, by logical name or ARN; empty for none."""
    subnets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record."""

    urn: str
    name: str
    type: str
    target: str
    """The URN of what it leads to; empty when that is not in the stack."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet, made by the stack or only used by it."""

    id: str
    urn: str
    """Empty for one that exists already."""
    name: str
    """The logical name, or the id."""
    zone: str
    """The availability zone; empty when it is not known."""
    public: bool | None
    """Whether what is in it can have a public address; None when that cannot be told."""
    cidr: str


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC with the subnets the stack uses."""

    id: str
    urn: str
    """Empty for one that exists already."""
    name: str
    new: bool
    cidr: str
    subnets: tuple[Subnet, ...]
    nat_gateways: int
    endpoints: tuple[str, ...]
    """The services with a VPC endpoint, such as `ecr.api`."""

    @property
    def zones(self) -> tuple[str, ...]:
        """The availability zones that are known, sorted."""
        return tuple(sorted({subnet.zone for subnet in self.subnets if subnet.zone}))


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a cluster runs tasks on."""

    name: str
    """The capacity provider's name as services give it."""
    urn: str
    """Of the capacity provider; empty for Fargate."""
    kind: str
    """`Fargate`, `Fargate Spot`, `EC2` or `managed instances`."""
    instance_types: tuple[str, ...]
    minimum: int | None
    maximum: int | None
    """Of instances; None where there are none to count."""
    spot: str
    """How much of it is Spot, in words; empty for nothing."""
    subnets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """An ECS cluster and its capacity."""

    urn: str
    """Empty for one that the stack does not make."""
    name: str
    capacity: tuple[Capacity, ...]
    insights: bool


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a task definition."""

    name: str
    image: str
    """Empty when it is not known yet, or secret."""
    ports: tuple[int, ...]
    essential: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A task definition."""

    urn: str
    family: str
    cpu: int | None
    """In CPU units."""
    memory: int | None
    """In MiB."""
    arch: str
    """`X86_64` or `ARM64`."""
    network_mode: str
    containers: tuple[Container, ...]
    """Empty when they are not known yet."""
    task_role: str
    """URNs of roles; empty for none, or for one that is not in the stack."""
    execution_role: str
    uses: tuple[str, ...]
    """URNs of the secrets, parameters and file systems that its containers are given."""


@dataclass(frozen=True, slots=True)
class Route:
    """How requests come to a service: a load balancer's port, and the rule there."""

    balancer: str
    """The URN; empty when it is not in the stack."""
    port: int | None
    protocol: str
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    other: tuple[str, ...]
    """Further conditions, in words."""
    url: str
    """A URL that leads there; empty when no host is known."""


@dataclass(frozen=True, slots=True)
class Service:
    """An ECS service."""

    urn: str
    name: str
    """What a person calls it: the component's name, or the logical name."""
    app: str
    """The URN of the component it belongs to; empty for none."""
    cluster: str
    """The URN of the cluster; empty when it is not in the stack."""
    capacity: tuple[str, ...]
    """On what its tasks run, such as `Fargate: first 1`, `Fargate Spot: the rest`."""
    providers: tuple[str, ...]
    """The names of these capacity providers."""
    daemon: bool
    """One task on every instance."""
    minimum: int | None
    """How many tasks; None when it is not known, or a daemon's."""
    maximum: int | None
    scaling: tuple[str, ...]
    """What the number of tasks follows, such as `CPU 60 %`."""
    task: Task | None
    port: int | None
    """The container port that is reached."""
    routes: tuple[Route, ...]
    public: bool | None
    """Whether its tasks have public addresses; None when that cannot be told."""
    open_ports: tuple[int, ...]
    """Ports that anybody can reach at a task's public address, past any load balancer."""
    subnets: tuple[str, ...]
    names: tuple[str, ...]
    """The names that other services reach it by (Service Connect, service discovery)."""


@dataclass(frozen=True, slots=True)
class Job:
    """A task definition that no service runs."""

    urn: str
    """Of the task definition."""
    name: str
    app: str
    task: Task
    schedule: str
    """The schedule expression, with its time zone unless that is UTC; empty when it has none."""
    schedule_urn: str
    before: str
    """The app that is deployed only after it has succeeded, by its name; empty for none."""


@dataclass(frozen=True, slots=True)
class Data:
    """Something that keeps or carries data."""

    urn: str
    name: str
    kind: str
    """`table`, `queue`, `topic`, `bucket`, `secret`, `parameter`, `file system`, `database`, `cache` or
    `stream`."""
    detail: str
    """One fact of it, such as `on demand`; may be empty."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What a role may do with a resource."""

    role: str
    """The role's URN."""
    kind: str
    """`task`, `execution`, `instance`, or `other`."""
    users: tuple[str, ...]
    """URNs of the services and jobs that run with it."""
    resource: str
    """The URN of what it may use; empty when that is not in the stack."""
    target: str
    """The resource in words: a logical name, an ARN, `everything`, or a managed policy's name."""
    access: str
    """`read`, `write`, `read and write`, `managed policy`, or `not known yet`."""
    actions: tuple[str, ...]
    wildcard: bool
    """An action or a resource is wider than what one names exactly: `*`, `s3:*`, or a full-access policy."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A stack, as a person thinks of it. Everything is in the order in which the program makes it."""

    project: str
    stack: str
    records: tuple[Record, ...]
    balancers: tuple[Balancer, ...]
    networks: tuple[Vpc, ...]
    clusters: tuple[Cluster, ...]
    services: tuple[Service, ...]
    jobs: tuple[Job, ...]
    data: tuple[Data, ...]
    permissions: tuple[Permission, ...]
