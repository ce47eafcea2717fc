"""EC2 instances: Auto Scaling groups with their volumes and addresses, single and managed instances."""

from collections.abc import Sequence
from typing import Any

from moorage.graph import ComputeKind, Group
from moorage.graph.types import INSTANCE
from moorage.graph.values import known, partly_unknown, within
from moorage.offline import UNKNOWN, Resource
from moorage.offline.values import entries, mapping
from moorage.plan.text import span

from .bill import ONE, Bill, Counts
from .volumes import volumes

DETAILED_METRICS = 7
"""Metrics that detailed monitoring of an instance sends (Amazon CloudWatch pricing)."""


def instances(bill: Bill) -> None:
    """Add all instances of the program and of its capacity providers."""
    for group in bill.view.groups.values():
        _group(bill, group)
    for instance in bill.links.of_type(INSTANCE):
        _hours(bill, instance, [bill.links.inputs(instance).get("instanceType")], "on demand", ONE)
        bill.not_priced(instance, "volumes and public address of a single instance: not priced")
    for provider in bill.view.providers.values():
        if provider.kind is ComputeKind.MANAGED_INSTANCES and provider.resource is not None:
            bill.by_use(provider.resource, "managed instances, including the management fee", "instance-hour")
            bill.not_priced(
                provider.resource,
                "managed instances: ECS chooses their type and number; the table has no management fee",
            )


def _group(bill: Bill, group: Group) -> None:
    if group.template is None or group.minimum is UNKNOWN or group.maximum is UNKNOWN:
        bill.not_priced(group.resource, "its launch template or size is unknown")
        return
    fewest, most = running = group.minimum, group.maximum
    prepared = group.prepared(fewest), group.prepared(most)
    if group.warm_state is UNKNOWN or UNKNOWN in prepared:
        bill.not_priced(group.resource, "its warm pool is unknown")
    made = (known(prepared[0]) or fewest, known(prepared[1]) or most)
    if group.warm_state == "Running":
        fewest, most = running = made
    low, high = group.on_demand(fewest), group.on_demand(most)
    if group.types is UNKNOWN:
        bill.not_priced(group.resource, "its instance type is unknown")
    elif low is UNKNOWN or high is UNKNOWN:
        bill.not_priced(group.resource, "the share of Spot in its instances is unknown")
    else:
        _hours(bill, group.resource, group.types, "on demand", (low, high))
        spot = (fewest - low, most - high)
        _hours(bill, group.resource, group.types, "on Spot (estimate)", spot, spot=True)
    _volumes(bill, group, made)
    _parts(bill, group, running)


def _hours(
    bill: Bill,
    resource: Resource,
    types: Sequence[Any],
    words: str,
    counts: Counts,
    *,
    spot: bool = False,
) -> None:
    """Add the hours of instances at the price of the first type."""
    if not counts[1]:
        return
    chosen, *instead = types
    table = bill.prices_for(resource)
    price = table.instances.get(chosen) if isinstance(chosen, str) else None
    if price is None:
        bill.not_priced(resource, f"{chosen}: no price for this instance type in the table")
        return
    if spot:
        price *= table.shares["ec2_spot"]
    title = f"{chosen} (or {', '.join(map(str, instead))})" if instead else chosen
    bill.line(resource, f"{span(*counts)} {title} {words}", 1, ("instance-hour", price), counts)


def _volumes(bill: Bill, group: Group, counts: Counts) -> None:
    """Add the volumes of instances, also of those that are stopped in a warm pool."""
    devices = group.launch.get("blockDeviceMappings")
    if partly_unknown(devices):
        bill.not_priced(group.resource, "the volumes of its instances are unknown")
    for device in entries(devices):
        volumes(bill, group.resource, mapping(device.get("ebs")), span(*counts, "instance"), counts)


def _parts(bill: Bill, group: Group, counts: Counts) -> None:
    """Add the public addresses and detailed monitoring of instances."""
    instances = span(*counts, "instance")
    if group.public is UNKNOWN:
        bill.not_priced(group.resource, "its subnets decide whether instances get public addresses")
    elif group.public:
        bill.charge(group.resource, f"public addresses of {instances}", "public_ipv4", 1, counts)
    detailed = within(group.launch, "monitoring", "enabled")
    if detailed is UNKNOWN:
        bill.not_priced(group.resource, "it is unknown whether its instances have detailed monitoring")
    elif detailed is True:
        what = f"detailed monitoring of {instances}"
        bill.charge(group.resource, what, "metric", DETAILED_METRICS, counts)
