"""Facts of an architecture in the few words that a picture has room for."""

from moorage.plan.architecture import Capacity, Cluster, Permission, Service, Task, Vpc

_ARCH = {"X86_64": "x86", "ARM64": "ARM"}
_RECEIVES = {"queue": "receive", "stream": "receive"}
_SENDS = {"queue": "send", "topic": "publish", "stream": "send"}


def count(number: int, what: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number} {what if number == 1 else many or what + 's'}"


def span(least: int | None, most: int | None, what: str) -> str:
    """Return how many there are: `3 tasks`, `3 to 9 tasks`, `tasks, number not known`."""
    if least is None:
        return f"{what}s, number not known"
    return count(least, what) if most in (None, least) else f"{least} to {most} {what}s"


def tasks(service: Service) -> str:
    """Return how many tasks a service runs."""
    return "1 task per instance" if service.daemon else span(service.minimum, service.maximum, "task")


def size(task: Task | None) -> str:
    """Return the size of a task: `0.5 vCPU, 1 GB, ARM`."""
    if task is None:
        return "task definition not in this stack"
    parts = [f"{task.cpu / 1024:g} vCPU"] if task.cpu else []
    if task.memory:
        parts.append(f"{task.memory / 1024:g} GB" if task.memory >= 1024 else f"{task.memory} MB")
    parts.append(_ARCH.get(task.arch, task.arch))
    return ", ".join(parts)


def runs_on(service: Service) -> str:
    """Return what its tasks run on, and what their number follows."""
    parts = [", ".join(service.capacity)] if service.capacity else []
    if service.task and len(service.task.containers) > 1:
        parts.append(count(len(service.task.containers), "container"))
    if service.scaling:
        parts.append(f"scales by {', '.join(service.scaling)}")
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
    return "takes no requests" if service.port is None else f"port {service.port}, not open to the internet"


def capacity(each: Capacity) -> str:
    """Return one line on a cluster's capacity: `EC2, 3 to 6 t3.medium`."""
    if each.kind.startswith("Fargate"):
        return each.kind
    types = " or ".join(each.instance_types[:2]) + (" or more" if len(each.instance_types) > 2 else "")
    number = "" if each.minimum is None else f"{each.minimum}"
    if number and each.maximum not in (None, each.minimum):
        number = f"{number} to {each.maximum}"
    facts = " ".join(part for part in (number, types) if part)
    parts = [f"{each.kind}: {facts}" if facts else each.kind, *([f"{each.spot} Spot"] if each.spot else [])]
    return ", ".join(parts)


def cluster(each: Cluster) -> str:
    """Return what a cluster's tasks run on."""
    return " · ".join(capacity(one) for one in each.capacity) or "no capacity of its own"


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


def access(permission: Permission, kind: str) -> str:
    """Return what a role may do, in the verbs of what it does it with."""
    words = {
        "read": _RECEIVES.get(kind, "read"),
        "write": _SENDS.get(kind, "write"),
        "read and write": f"{_RECEIVES.get(kind, 'read')}, {_SENDS.get(kind, 'write')}",
        "not known yet": "uses",
    }
    return words.get(permission.access, permission.access)
