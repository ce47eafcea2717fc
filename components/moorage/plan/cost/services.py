"""Tasks on Fargate: vCPU, memory, storage and public addresses of what services and jobs run."""

from typing import Any

from moorage.offline import Resource
from moorage.offline.values import entries, mapping, number
from moorage.plan.scaling import by_service
from moorage.plan.types import CLUSTER, CLUSTER_CAPACITY_PROVIDERS, SCALABLE_TARGET, SERVICE, TASK_DEFINITION

from .bill import Bill, counted, inputs_of
from .strategy import spread
from .table import Prices

FREE_STORAGE = 20
"""GiB of a task's ephemeral storage that cost nothing (AWS Fargate pricing)."""

_KINDS = {"FARGATE": "on demand", "FARGATE_SPOT": "on Spot (estimate)"}


def services(bill: Bill) -> None:
    """Add the tasks of all services that run on Fargate, and those that run now and then."""
    run: set[str] = set()
    scaled = by_service(bill.links, SCALABLE_TARGET)
    for service in bill.graph.of_type(SERVICE):
        definition = bill.links.one(service, "taskDefinition", TASK_DEFINITION)
        if definition is not None:
            run.add(definition.urn)
        strategy = _strategy(bill, service)
        if not any(item["capacityProvider"] in _KINDS for item in strategy):
            continue
        if definition is None:
            bill.not_priced(service, "its task definition is not one of this program")
            continue
        _service(bill, service, definition, strategy, scaled.get(service.urn, []))
    for definition in bill.graph.of_type(TASK_DEFINITION):
        fargate = "FARGATE" in (inputs_of(definition).get("requiresCompatibilities") or ())
        if definition.urn not in run and fargate:
            bill.by_use(definition, "tasks on Fargate while they run", "vCPU-hour and GB-hour")


def _service(
    bill: Bill,
    service: Resource,
    definition: Resource,
    strategy: list[dict[str, Any]],
    scaling: list[Resource],
) -> None:
    counts = _counts(service, scaling)
    if counts is None:
        bill.not_priced(service, "how many tasks run is not known")
        return
    low, high = (spread(count, strategy) for count in counts)
    network = mapping(inputs_of(service).get("networkConfiguration"))
    for provider, words in _KINDS.items():
        fewest, most = low.get(provider, 0), high.get(provider, 0)
        if not most:
            continue
        what = f"{counted(fewest, most, 'task')} {words}"
        _tasks(bill, service, definition, what, provider, (fewest, most))
        if network.get("assignPublicIp") is True:
            bill.charge(service, f"public addresses of {what}", fewest, "public_ipv4", most)


def _tasks(
    bill: Bill, service: Resource, definition: Resource, what: str, provider: str, counts: tuple[int, int]
) -> None:
    """Add vCPU, memory and further storage of a number of tasks, from the fewest to the most."""
    task = inputs_of(definition)
    cpu, memory = number(task.get("cpu")), number(task.get("memory"))
    platform = mapping(task.get("runtimePlatform"))
    if cpu is None or memory is None:
        bill.not_priced(service, "the size of its tasks is not known")
        return
    if str(platform.get("operatingSystemFamily") or "LINUX") != "LINUX":
        bill.not_priced(service, f"{what}: the table has no prices of tasks on Windows")
        return
    arch = "arm" if platform.get("cpuArchitecture") == "ARM64" else "x86"
    title = {"arm": "ARM", "x86": "x86"}[arch]
    fewest, most = counts
    for charge, size, of in (("vcpu", cpu / 1024, "vCPU"), ("gb", memory / 1024, "GB")):
        words = f"{what}, {size:g} {of}, {title}"
        table = bill.prices_for(service)
        price = _price(table, charge, arch, spot=provider == "FARGATE_SPOT")
        if price is None:
            bill.not_priced(service, f"{words}: the table has no price for it in {table.region}")
        else:
            bill.line(service, words, fewest * size, f"{of}-hour", price, most * size)
    storage = number(mapping(task.get("ephemeralStorage")).get("sizeInGib")) or FREE_STORAGE
    if storage > FREE_STORAGE:
        more = storage - FREE_STORAGE
        bill.charge(service, f"{what}, {more} GB more storage", fewest * more, "fargate_storage", most * more)


def _price(table: Prices, charge: str, arch: str, *, spot: bool) -> float | None:
    """Return an hour's price; that of Spot from the price on demand where the table has none of its own."""
    on_demand = table.charges.get(f"fargate_{charge}_{arch}")
    if not spot:
        return on_demand
    published = table.charges.get(f"fargate_spot_{charge}_{arch}")
    if published is None and on_demand is not None:
        return on_demand * table.shares["fargate_spot"]
    return published


def _counts(service: Resource, scaling: list[Resource]) -> tuple[int, int] | None:
    """Return the fewest and the most tasks: where it is scaled, the bounds of that."""
    for target in scaling:
        least, most = number(target.inputs.get("minCapacity")), number(target.inputs.get("maxCapacity"))
        return None if least is None or most is None else (least, most)
    count = number(inputs_of(service).get("desiredCount", 0))
    return None if count is None else (count, count)


def _strategy(bill: Bill, service: Resource) -> list[dict[str, Any]]:
    """Return the strategy of a service; its launch type or its cluster's default where it has none."""
    inputs = inputs_of(service)
    own = entries(inputs.get("capacityProviderStrategies"))
    if own:
        return own
    if inputs.get("launchType"):
        return [{"capacityProvider": inputs["launchType"], "weight": 1}]
    cluster = bill.links.one(service, "cluster", CLUSTER)
    for capacity in bill.graph.of_type(CLUSTER_CAPACITY_PROVIDERS):
        if cluster is not None and bill.links.one(capacity, "clusterName", CLUSTER) is cluster:
            return entries(inputs_of(capacity).get("defaultCapacityProviderStrategies"))
    return []
