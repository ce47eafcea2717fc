"""Roles that several components make."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.model.names import logical_name

from .tags import Tags


def managed_role(
    parent: pulumi.Resource, name: str, what: str, trust: pulumi.Input[str], policy_name: str, tags: Tags
) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
    """Make the role `what` with its trust policy and one AWS managed policy; return role and attachment."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        logical_name(name, f"{what}-role", 64),
        assume_role_policy=trust,
        tags=tags,
        opts=child,
    )
    rights = aws.iam.RolePolicyAttachment(
        f"{name}-{what}-policy",
        role=role.name,
        policy_arn=role.arn.apply(lambda arn: _managed(arn, policy_name)),
        opts=child,
    )
    return role, rights


def _managed(role_arn: str, policy_name: str) -> str:
    """Return the ARN of an AWS managed policy, in the partition of a role of the own account."""
    return f"arn:{role_arn.split(':')[1]}:iam::aws:policy/{policy_name}"
