"""Placement of tasks in the network: subnets, public addresses and security groups."""

from dataclasses import dataclass

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, mapping

from . import values
from .capacity import Capacity, ComputeKind
from .network import Networks
from .security import Membership, groups_of
from .tasks import NetworkKind, Task

_INSTANCES = (ComputeKind.EC2, ComputeKind.MANAGED_INSTANCES, ComputeKind.EXTERNAL)


@dataclass(frozen=True, slots=True)
class Network:
    """The network configuration of tasks."""

    subnets: tuple[str, ...]
    """The known keys of `View.subnets`; those of the instances for tasks without a network interface of
    their own."""
    own: bool
    """True if tasks have their own network interfaces (`awsvpc`)."""
    address: bool | Unknown
    """True if the tasks, or their instances, have public addresses."""
    gateway: bool | Unknown
    """True if one of the subnets has a route to an internet gateway."""
    security_groups: Membership
    configured: bool | Unknown = False
    """True if there is a network configuration."""
    asks_address: bool | Unknown = False
    """True if it asks for public addresses, which only Fargate assigns."""


def placed(
    networks: Networks,
    resource: Resource,
    property_: str,
    inputs: Json,
    capacity: Capacity,
    task: Task | Unknown,
) -> Network:
    """Return the network configuration of the tasks of a service or a run.

    Args:
        networks: the networks of the stack.
        resource: the service or run.
        property_: the input at or above the network configuration.
        inputs: the values in or below it, including `networkConfiguration`.
        capacity: the capacity of the tasks.
        task: their task definition.
    """
    declared = inputs.get("networkConfiguration")
    if declared is not UNKNOWN and not mapping(declared):
        return _of_instances(networks, capacity, task)
    configuration = (
        {"subnets": UNKNOWN, "securityGroups": UNKNOWN} if declared is UNKNOWN else mapping(declared)
    )
    chosen = values.flag(configuration.get("assignPublicIp"), UNKNOWN if declared is UNKNOWN else False)
    subnets = networks.keys(resource, property_, configuration.get("subnets"))
    return Network(
        subnets=subnets,
        own=True,
        # Only Fargate assigns a public address to a task's network interface ("AwsVpcConfiguration").
        address=False if capacity.kind in _INSTANCES else chosen,
        gateway=networks.gateway(subnets),
        security_groups=groups_of(networks.links, resource, property_, configuration.get("securityGroups")),
        configured=UNKNOWN if declared is UNKNOWN else True,
        asks_address=chosen,
    )


def _of_instances(networks: Networks, capacity: Capacity, task: Task | Unknown) -> Network:
    own = task is not UNKNOWN and task.network_mode == NetworkKind.AWSVPC
    # AWS rejects awsvpc tasks without a network configuration; they have no address.
    own = own or capacity.kind is ComputeKind.FARGATE
    addresses = {False} if own else {group.public for group in capacity.groups}
    subnets = dict.fromkeys(key for provider in capacity.providers for key in provider.subnets)
    subnets |= dict.fromkeys(key for group in capacity.groups for key in group.subnets)
    groups = [group.security_groups for group in capacity.groups]
    return Network(
        subnets=tuple(subnets),
        own=own,
        address=addresses.pop() if len(addresses) == 1 else UNKNOWN,
        gateway=networks.gateway(subnets),
        security_groups=Membership(
            frozenset[str]().union(*(members.urns for members in groups)),
            complete=bool(groups) and all(members.complete for members in groups),
        ),
    )
