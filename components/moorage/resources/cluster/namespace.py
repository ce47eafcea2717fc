"""The names by which the apps of a cluster call each other."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.resources.network import NetworkRef
from moorage.resources.security_groups import mutual_group
from moorage.resources.tags import Tags


def namespace(
    parent: pulumi.Resource, name: str, network: NetworkRef, tags: Tags
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Make a Cloud Map namespace for Service Connect, and the group of the tasks in it.

    Returns:
        The namespace's ARN and the group's id.
    """
    space = aws.servicediscovery.HttpNamespace(
        f"{name}-services", tags=tags, opts=pulumi.ResourceOptions(parent=parent)
    )
    group = mutual_group(
        parent,
        f"{name}-services",
        of=f"Apps of the ECS cluster {name} among each other",
        vpc_id=network["vpc_id"],
        tags=tags,
    )
    return space.arn, group.id
