"""The namespace in which the apps of a cluster call each other by name."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.resources.network.args import NetworkRef
from moorage.resources.security_groups import admit, mutual_group

from .wiring import ClusterWiring


def namespace(
    wiring: ClusterWiring, network: NetworkRef, instances: aws.ec2.SecurityGroup | None
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Make a Cloud Map namespace for Service Connect and the security group of its tasks; return the
    namespace's ARN and the group's id.

    Tasks with bridge networking have the security group of their instances, `instances`.
    """
    owner = wiring
    space = aws.servicediscovery.HttpNamespace(f"{wiring.name}-services", tags=wiring.tags, opts=wiring.child)
    description = f"Apps of the ECS cluster {wiring.name} among each other"
    group = mutual_group(owner, "services", description, network["vpc_id"])
    if instances is not None:
        admit(owner, "services-in-instances", group, instances, "Bridge tasks")
        admit(owner, "instances-in-services", instances, group, "awsvpc tasks")
        admit(owner, "instances-in", instances, instances, "Bridge tasks")
    return space.arn, group.id
