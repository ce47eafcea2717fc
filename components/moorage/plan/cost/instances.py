"""EC2 instances: Auto Scaling groups with their volumes and addresses, single instances, managed ones."""

import math
from collections.abc import Sequence
from typing import Any, cast

from moorage.offline import Resource
from moorage.offline.values import entries, mapping, number
from moorage.plan.types import AUTO_SCALING_GROUP, CAPACITY_PROVIDER, INSTANCE, LAUNCH_TEMPLATE, SUBNET

from .bill import Bill, counted, inputs_of, span

DETAILED_METRICS = 7
"""Metrics that detailed monitoring of an instance sends (Amazon CloudWatch pricing)."""


def instances(bill: Bill) -> None:
    """Add all instances that the program starts, or has started for it."""
    for group in bill.graph.of_type(AUTO_SCALING_GROUP):
        _group(bill, group)
    for instance in bill.graph.of_type(INSTANCE):
        _hours(bill, instance, [inputs_of(instance).get("instanceType")], "on demand", (1, 1))
        bill.not_priced(instance, "volumes and address of a single instance are not priced")
    for provider in bill.graph.of_type(CAPACITY_PROVIDER):
        if "managedInstancesProvider" in provider.inputs:
            bill.by_use(provider, "managed instances, with the fee for their management", "instance-hour")
            bill.not_priced(
                provider,
                "managed instances: ECS chooses their type and number, and the table has no management fee",
            )


def _group(bill: Bill, group: Resource) -> None:
    inputs = inputs_of(group)
    fewest, most = number(inputs.get("minSize")), number(inputs.get("maxSize"))
    mixed = mapping(inputs.get("mixedInstancesPolicy"))
    template = bill.links.one(group, "mixedInstancesPolicy" if mixed else "launchTemplate", LAUNCH_TEMPLATE)
    if template is None or fewest is None or most is None:
        bill.not_priced(group, "its launch template or its size is not known")
        return
    launch = inputs_of(template)
    overrides = entries(mapping(mixed.get("launchTemplate")).get("overrides"))
    types = [item.get("instanceType") for item in overrides] or [launch.get("instanceType")]
    low, high = (_on_demand(count, mixed, launch) for count in (fewest, most))
    _hours(bill, group, types, "on demand", (low, high))
    _hours(bill, group, types, "on Spot (estimate)", (fewest - low, most - high), spot=True)
    _parts(bill, group, launch, (fewest, most))


def _on_demand(count: int, mixed: dict[str, Any], launch: dict[str, Any]) -> int:
    """Return how many of `count` instances are on demand."""
    if mapping(launch.get("instanceMarketOptions")).get("marketType") == "spot":
        return 0
    spread = mapping(mixed.get("instancesDistribution"))
    base = min(count, number(spread.get("onDemandBaseCapacity")) or 0)
    percent = number(spread.get("onDemandPercentageAboveBaseCapacity"))
    return base + math.ceil((count - base) * (100 if percent is None else percent) / 100)


def _hours(
    bill: Bill,
    resource: Resource,
    types: Sequence[Any],
    words: str,
    counts: tuple[int, int],
    *,
    spot: bool = False,
) -> None:
    """Add the hours of instances, as the first type: the others stand in where AWS has none of it."""
    fewest, most = counts
    if not most:
        return
    chosen, *instead = types
    table = bill.prices_for(resource)
    price = table.instances.get(chosen) if isinstance(chosen, str) else None
    if price is None:
        bill.not_priced(resource, f"{chosen}: the table has no price for this instance type")
        return
    if spot:
        price *= table.shares["ec2_spot"]
    title = f"{chosen} (or {', '.join(map(str, instead))})" if instead else chosen
    bill.line(resource, f"{span(fewest, most)} {title} {words}", fewest, "instance-hour", price, most)


def _parts(bill: Bill, group: Resource, launch: dict[str, Any], counts: tuple[int, int]) -> None:
    """Add what comes with each instance: volumes, address, monitoring."""
    fewest, most = counts
    instances = counted(fewest, most, "instance")
    for device in entries(launch.get("blockDeviceMappings")):
        ebs = mapping(device.get("ebs"))
        size, kind = number(ebs.get("volumeSize")), ebs.get("volumeType") or "gp2"
        if kind != "gp3" or size is None:
            bill.not_priced(group, f"volumes of type {kind}: the table has gp3 only")
        else:
            bill.charge(group, f"{size} GB volumes of {instances}", fewest * size, "gp3", most * size)
    public = _public(bill, group, launch)
    if public is None:
        bill.not_priced(group, "its subnets decide whether instances get public addresses")
    elif public:
        bill.charge(group, f"public addresses of {instances}", fewest, "public_ipv4", most)
    if mapping(launch.get("monitoring")).get("enabled") is True:
        metrics = DETAILED_METRICS
        bill.charge(group, f"detailed monitoring of {instances}", fewest * metrics, "metric", most * metrics)


def _public(bill: Bill, group: Resource, launch: dict[str, Any]) -> bool | None:
    """Return whether instances get public addresses; None when subnets outside the program decide it."""
    interfaces = entries(launch.get("networkInterfaces"))
    told = {str(item.get("associatePublicIpAddress")).lower() for item in interfaces} & {"true", "false"}
    if told:
        return "true" in told
    zones = inputs_of(group).get("vpcZoneIdentifiers")
    subnets = bill.links.of(group, "vpcZoneIdentifiers", SUBNET)
    if not isinstance(zones, list) or len(subnets) != len(cast("list[Any]", zones)):
        return None
    mapped = {subnet.inputs.get("mapPublicIpOnLaunch", False) for subnet in subnets}
    return mapped.pop() is True if len(mapped) == 1 else None
