"""A cluster as the functions that make its resources take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pulumi

from moorage.model.capacity import Capacity
from moorage.resources.network.args import NetworkRef
from moorage.resources.wiring import Tags, Wired


class Passed(NamedTuple):
    """The checked arguments of a cluster beside its model."""

    network: NetworkRef | None
    ami: pulumi.Input[str] | None
    user_data: pulumi.Input[str] | None
    policy_arns: Sequence[pulumi.Input[str]] | None
    """Managed policies of the instances' role."""
    exec_key_arn: pulumi.Input[str] | None
    """The KMS key of ECS Exec sessions and their log group."""
    permissions_boundary: pulumi.Input[str] | None
    tags: Tags | None


ClusterWiring = Wired[Capacity, Passed]
