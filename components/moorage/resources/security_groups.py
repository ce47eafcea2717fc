"""Security groups whose members may reach everything, and are reached by what further rules say."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def mutual_group(
    parent: pulumi.Resource,
    name: str,
    *,
    of: str,
    vpc_id: pulumi.Input[str],
    tags: dict[str, pulumi.Input[str]],
) -> aws.ec2.SecurityGroup:
    """Make the security group `name` whose members reach each other."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(name, description=of, vpc_id=vpc_id, tags=tags, opts=child)
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-in",
        security_group_id=group.id,
        description="Each other",
        ip_protocol="-1",
        referenced_security_group_id=group.id,
        tags=tags,
        opts=child,
    )
    return group


def outward_group(
    parent: pulumi.Resource,
    name: str,
    *,
    of: str,
    vpc_id: pulumi.Input[str] | None,
    reaches: str,
    tags: dict[str, pulumi.Input[str]],
) -> aws.ec2.SecurityGroup:
    """Make the security group `name` that lets everything out and nothing in."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(name, description=of, vpc_id=vpc_id, tags=tags, opts=child)
    aws.vpc.SecurityGroupEgressRule(
        f"{name}-out",
        security_group_id=group.id,
        description=reaches,
        ip_protocol="-1",
        cidr_ipv4="0.0.0.0/0",
        tags=tags,
        opts=child,
    )
    return group
