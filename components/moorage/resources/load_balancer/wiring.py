"""A load balancer as the functions that make its resources take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pulumi

from moorage.model.balancer import BalancerSpec
from moorage.resources.cluster.args import ClusterRef
from moorage.resources.network.args import NetworkRef
from moorage.resources.wiring import Tags, Wired


class Passed(NamedTuple):
    """The checked arguments of a load balancer beside its model."""

    network: NetworkRef
    cluster: ClusterRef | None
    zone_id: pulumi.Input[str] | None
    certificate_arn: pulumi.Input[str] | None
    certificate_arns: Mapping[str, pulumi.Input[str]] | None
    trust_store_arn: pulumi.Input[str] | None
    web_acl_arn: pulumi.Input[str] | None
    tags: Tags | None


BalancerWiring = Wired[BalancerSpec, Passed]
