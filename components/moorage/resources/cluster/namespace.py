"""The names by which the apps of a cluster call each other."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.resources.network import NetworkRef
from moorage.resources.security_groups import mutual_group

from .wiring import ClusterWiring


def namespace(wiring: ClusterWiring, network: NetworkRef) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Make a Cloud Map namespace for Service Connect, and the group of the tasks in it.

    Returns:
        The namespace's ARN and the group's id.
    """
    name = f"{wiring.name}-services"
    space = aws.servicediscovery.HttpNamespace(name, tags=wiring.tags, opts=wiring.child)
    group = mutual_group(
        wiring.parent,
        name,
        of=f"Apps of the ECS cluster {wiring.name} among each other",
        vpc_id=network["vpc_id"],
        tags=wiring.tags,
    )
    return space.arn, group.id
