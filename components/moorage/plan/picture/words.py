"""Facts of an architecture in the few words that a picture has room for."""

from moorage.graph import Access, CapacityKind, Cluster, DataKind, Permission, Provider, Service, Task, Vpc
from moorage.graph.values import known
from moorage.offline import UNKNOWN, Unknown
from moorage.plan.wording import bounds, follows, kind, shares, spot

_ARCH = {"X86_64": "x86", "ARM64": "ARM"}
_RECEIVES = {DataKind.QUEUE: "receive", DataKind.STREAM: "receive"}
_SENDS = {DataKind.QUEUE: "send", DataKind.TOPIC: "publish", DataKind.STREAM: "send"}


def count(number: int, what: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number} {what if number == 1 else many or what + 's'}"


def span(least: int | Unknown, most: int | Unknown, what: str) -> str:
    """Return how many there are: `3 tasks`, `3 to 9 tasks`, `tasks, number not known`."""
    if least is UNKNOWN:
        return f"{what}s, number not known"
    return count(least, what) if most in (UNKNOWN, least) else f"{least} to {most} {what}s"


def tasks(service: Service) -> str:
    """Return how many tasks a service runs."""
    return "1 task per instance" if service.daemon else span(service.minimum, service.maximum, "task")


def size(task: Task | Unknown) -> str:
    """Return the size of a task: `0.5 vCPU, 1 GB, ARM`."""
    if task is UNKNOWN:
        return "task definition not in this stack"
    cpu, memory, arch = known(task.cpu), known(task.memory), known(task.arch)
    parts = [f"{cpu / 1024:g} vCPU"] if cpu else []
    if memory:
        parts.append(f"{memory / 1024:g} GB" if memory >= 1024 else f"{memory} MB")
    parts += [_ARCH.get(arch, arch)] if arch else []
    return ", ".join(parts)


def runs_on(service: Service) -> str:
    """Return what its tasks run on, and what their number follows."""
    parts = [", ".join(": ".join(filter(None, share)) for share in shares(service.capacity))]
    containers = () if service.task is UNKNOWN else known(service.task.containers) or ()
    if len(containers) > 1:
        parts.append(count(len(containers), "container"))
    if scaled := follows(service.scaling):
        parts.append(f"scales by {', '.join(scaled)}")
    return "; ".join(parts)


def reach(service: Service) -> str:
    """Return how a service is reached."""
    if service.routes:
        first = next((route for route in service.routes if route.url), service.routes[0])
        where = first.url or " ".join([first.protocol, str(first.port or ""), *first.hosts, *first.paths])
        return f"{where} and {len(service.routes) - 1} more" if len(service.routes) > 1 else where
    if service.open_ports:
        return f"port {', '.join(map(str, service.open_ports))} of each task's address"
    if service.names:
        return f"{', '.join(service.names)} for other services"
    if service.port is None:
        return "takes no requests"
    open_ = "not known whether open" if service.reachable is UNKNOWN else "not open"
    return f"port {service.port}, {open_} to the internet"


def capacity(each: Provider) -> str:
    """Return one line on a cluster's capacity: `EC2, 3 to 6 t3.medium`."""
    if each.kind in (CapacityKind.FARGATE, CapacityKind.FARGATE_SPOT):
        return kind(each)
    types = " or ".join(each.types[:2]) + (" or more" if len(each.types) > 2 else "")
    number = ""
    if instances := bounds(each):
        least, most = instances
        number = f"{least}" if most in (None, least) else f"{least} to {most}"
    facts = " ".join(part for part in (number, types) if part)
    parts = [f"{kind(each)}: {facts}" if facts else kind(each)]
    return ", ".join([*parts, *([f"{spot(each)} Spot"] if spot(each) else [])])


def cluster(each: Cluster) -> str:
    """Return what a cluster's tasks run on."""
    return " · ".join(map(capacity, each.providers)) or "no capacity of its own"


def network(vpc: Vpc) -> str:
    """Return the facts of a network."""
    parts = [vpc.cidr] if vpc.cidr else []
    for public, what in ((True, "public"), (False, "private")):
        number = sum(subnet.public is public for subnet in vpc.subnets)
        parts += [count(number, f"{what} subnet")] if number else []
    if vpc.nat_gateways:
        parts.append(count(vpc.nat_gateways, "NAT gateway"))
    if vpc.endpoints:
        parts.append(f"endpoints for {', '.join(vpc.endpoints)}")
    return " · ".join(parts)


def access(permission: Permission, kind: DataKind | None) -> str:
    """Return what a role may do, in the verbs of what it does it with."""
    read = _RECEIVES.get(kind, "read") if kind else "read"
    write = _SENDS.get(kind, "write") if kind else "write"
    match permission.access:
        case Access.READ:
            return read
        case Access.WRITE:
            return write
        case Access.READ_WRITE:
            return f"{read}, {write}"
        case Access.UNKNOWN:
            return "uses"
        case Access.MANAGED:
            return permission.access
