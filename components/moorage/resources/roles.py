"""IAM roles with what they allow: each is handed on once its rights are there."""

from __future__ import annotations

from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.names import logical_name

from .tags import Tags


class RoleOwner(NamedTuple):
    """The component whose roles are made."""

    parent: pulumi.Resource
    name: str
    tags: Tags

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of its children."""
        return pulumi.ResourceOptions(parent=self.parent)


class AllowedRole(NamedTuple):
    """A role, and the resource that gives it its rights."""

    role: aws.iam.Role
    rights: pulumi.Resource

    @property
    def arn(self) -> pulumi.Output[str]:
        """The role's ARN, known once its rights are there: who takes it uses them right away."""
        return self.rights.urn.apply(lambda _: self.role.arn)


def bare_role(owner: RoleOwner, what: str, trust: pulumi.Input[str]) -> aws.iam.Role:
    """Make the role `what` with its trust policy, and without rights."""
    return aws.iam.Role(
        logical_name(owner.name, what, 64), assume_role_policy=trust, tags=owner.tags, opts=owner.child
    )


def inline_role(
    owner: RoleOwner, what: str, trust: pulumi.Input[str], policy: pulumi.Input[str]
) -> AllowedRole:
    """Make the role `what` with one policy of its own."""
    role = bare_role(owner, what, trust)
    name = f"{owner.name}-{what.removesuffix('-role')}-policy"
    return AllowedRole(role, aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=owner.child))


def managed_role(owner: RoleOwner, what: str, trust: pulumi.Input[str], policy_name: str) -> AllowedRole:
    """Make the role `what` with one policy that AWS manages."""
    role = bare_role(owner, f"{what}-role", trust)
    rights = aws.iam.RolePolicyAttachment(
        f"{owner.name}-{what}-policy",
        role=role.name,
        policy_arn=role.arn.apply(lambda arn: f"arn:{arn.split(':')[1]}:iam::aws:policy/{policy_name}"),
        opts=owner.child,
    )
    return AllowedRole(role, rights)
