"""The subnets of a network in which a component is placed."""

from collections.abc import Sequence
from typing import cast

import pulumi

from .args import NetworkRef


def task_subnets(network: NetworkRef) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """Return the subnets of tasks and instances: private ones if these reach AWS, else public ones."""
    if network.get("private_egress") and "private_subnet_ids" in network:
        return network["private_subnet_ids"]
    return network["public_subnet_ids"]


def first_subnets(network: NetworkRef, zones: int) -> NetworkRef:
    """Return the part of a network that a file system is in; tasks that mount it must be there too."""

    def first(subnets: pulumi.Input[Sequence[pulumi.Input[str]]]) -> pulumi.Output[list[str]]:
        known = cast("pulumi.Output[list[str]]", pulumi.Output.from_input(subnets))
        return known.apply(lambda ids: ids[:zones])

    return {
        **network,
        "public_subnet_ids": first(network["public_subnet_ids"]),
        "private_subnet_ids": first(network.get("private_subnet_ids", [])),
    }
