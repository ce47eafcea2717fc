"""The security group of a cluster's instances."""

from __future__ import annotations

import pulumi_aws as aws

from moorage.resources.network import NetworkRef
from moorage.resources.security_groups import outward_group

from .wiring import ClusterWiring


def security_group(wiring: ClusterWiring, network: NetworkRef) -> aws.ec2.SecurityGroup:
    """Make the security group of the instances: everything out, nothing in."""
    kind = "Managed instances" if wiring.model.is_managed else "Instances"
    return outward_group(
        wiring.owner,
        "instances",
        f"{kind} of the ECS cluster {wiring.name}",
        network["vpc_id"],
        reaches="Images, AWS APIs and what the tasks call",
    )
