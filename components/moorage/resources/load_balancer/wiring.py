"""A load balancer as the functions that make its resources take it."""

from dataclasses import dataclass

import pulumi

from moorage.model.balancer import BalancerSpec
from moorage.resources.cluster.args import ClusterRef
from moorage.resources.network.args import NetworkRef
from moorage.resources.wiring import Wiring


@dataclass(frozen=True)
class BalancerWiring(Wiring[BalancerSpec]):
    """A load balancer with its references."""

    network: NetworkRef
    cluster: ClusterRef | None
    """The cluster whose instances it reaches."""
    zone_id: pulumi.Input[str] | None
    certificate_arn: pulumi.Input[str] | None
    certificate_arns: dict[str, pulumi.Input[str]]
    """Further ones, by name."""
    web_acl_arn: pulumi.Input[str] | None
    trust_store_arn: pulumi.Input[str] | None
