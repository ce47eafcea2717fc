"""Tasks: vCPU, memory, storage and public addresses on Fargate, and EBS volumes."""

from moorage.graph import ComputeKind, Service, Task
from moorage.graph.capacity import FARGATE
from moorage.offline import UNKNOWN
from moorage.plan.text import span

from .bill import Bill, Counts
from .table import Prices
from .volumes import volumes

FREE_STORAGE = 20
"""GiB of free ephemeral storage of a task (AWS Fargate pricing)."""

_KINDS = {ComputeKind.FARGATE: "on demand", ComputeKind.FARGATE_SPOT: "on Spot (estimate)"}


def services(bill: Bill) -> None:
    """Add the tasks of services and jobs on Fargate, and the EBS volumes of tasks."""
    for service in bill.view.services:
        kinds = {provider.kind for provider in service.capacity.providers}
        nameless = any(not provider.name for provider in service.capacity.providers)
        if service.capacity.shares is UNKNOWN or nameless:
            bill.not_priced(service.resource, "the capacity of its tasks is unknown")
        elif kinds & _KINDS.keys():
            _service(bill, service)
        _volume(bill, service)
    for job in bill.view.jobs:
        kinds = {provider.kind for provider in job.capacity.providers}
        if job.capacity.shares is UNKNOWN and "FARGATE" in job.task.compatibilities:
            bill.not_priced(job.task.resource, "the capacity of its tasks is unknown")
        elif kinds & _KINDS.keys():
            bill.by_use(job.task.resource, "tasks on Fargate while they run", "vCPU-hour and GB-hour")


def _volume(bill: Bill, service: Service) -> None:
    """Add the EBS volume that ECS makes for each task."""
    if service.volume is None:
        return
    if service.volume is UNKNOWN:
        bill.not_priced(service.resource, "the EBS volumes of its tasks are unknown")
        return
    if service.minimum is UNKNOWN or service.maximum is UNKNOWN:
        bill.not_priced(service.resource, "the EBS volumes of its tasks: their number is unknown")
        return
    counts = (service.minimum, service.maximum)
    volumes(bill, service.resource, service.volume, span(*counts, "task"), counts)


def _service(bill: Bill, service: Service) -> None:
    if service.task is UNKNOWN:
        bill.not_priced(service.resource, "its task definition is not in this stack")
        return
    if service.minimum is UNKNOWN or service.maximum is UNKNOWN:
        bill.not_priced(service.resource, "the number of its tasks is unknown")
        return
    low, high = (service.capacity.spread(count) for count in (service.minimum, service.maximum))
    if low is UNKNOWN or high is UNKNOWN:
        bill.not_priced(service.resource, "the share of each capacity provider in its tasks is unknown")
        return
    for name, kind in FARGATE.items():
        counts = low.get(name, 0), high.get(name, 0)
        if not counts[1]:
            continue
        what = f"{span(*counts, 'task')} {_KINDS[kind]}"
        _tasks(bill, service, service.task, what, kind, counts)
        if service.public is UNKNOWN:
            bill.not_priced(service.resource, "it is unknown whether its tasks have public addresses")
        elif service.public:
            bill.charge(service.resource, f"public addresses of {what}", "public_ipv4", 1, counts)


def _tasks(bill: Bill, service: Service, task: Task, what: str, kind: ComputeKind, counts: Counts) -> None:
    """Add vCPU, memory and additional storage, for the minimum and maximum number of tasks."""
    resource = service.resource
    if not isinstance(task.cpu, int) or not isinstance(task.memory, int):
        bill.not_priced(resource, "the size of its tasks is unknown")
        return
    if task.system is UNKNOWN or task.arch is UNKNOWN:
        bill.not_priced(resource, "the runtime platform of its tasks is unknown")
        return
    if task.system != "LINUX":
        bill.not_priced(resource, f"{what}: no prices of Windows tasks in the table")
        return
    arch, title = ("arm", "ARM") if task.arch == "ARM64" else ("x86", "x86")
    for charge, size, of in (("vcpu", task.cpu / 1024, "vCPU"), ("gb", task.memory / 1024, "GB")):
        words = f"{what}, {size:g} {of}, {title}"
        table = bill.prices_for(resource)
        price = _price(table, charge, arch, spot=kind is ComputeKind.FARGATE_SPOT)
        if price is None:
            bill.not_priced(resource, f"{words}: no price for {table.region} in the table")
        else:
            bill.line(resource, words, size, (f"{of}-hour", price), counts)
    if task.storage is UNKNOWN:
        bill.not_priced(resource, "the ephemeral storage of its tasks is unknown")
    elif task.storage is not None and task.storage > FREE_STORAGE:
        more = task.storage - FREE_STORAGE
        bill.charge(resource, f"{what}, {more} GB additional storage", "fargate_storage", more, counts)


def _price(table: Prices, charge: str, arch: str, *, spot: bool) -> float | None:
    """Return the hourly price; without a Spot price in the table, a share of the On-Demand price."""
    on_demand = table.charges.get(f"fargate_{charge}_{arch}")
    if not spot:
        return on_demand
    published = table.charges.get(f"fargate_spot_{charge}_{arch}")
    if published is None and on_demand is not None:
        return on_demand * table.shares["fargate_spot"]
    return published
