"""A cluster as the functions that make its resources take it."""

from dataclasses import dataclass

import pulumi

from moorage.model.capacity import Capacity
from moorage.resources.network import NetworkRef
from moorage.resources.wiring import Wiring


@dataclass(frozen=True)
class ClusterWiring(Wiring[Capacity]):
    """A cluster with its references."""

    cluster_name: str | None
    network: NetworkRef | None
    ami: pulumi.Input[str] | None
    """The given AMI."""
    user_data: pulumi.Input[str]
    """Further lines of the script of instances."""
    policy_arns: list[pulumi.Input[str]]
    """Further policies of the instances' role."""
