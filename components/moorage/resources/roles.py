"""IAM roles and their policies: an ARN is known once its policies are attached."""

from __future__ import annotations

from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.names import logical_name

from .inputs import after
from .wiring import Owner


class AllowedRole(NamedTuple):
    """A role, and the resource that attaches its policy."""

    role: aws.iam.Role
    rights: pulumi.Resource

    @property
    def arn(self) -> pulumi.Output[str]:
        """The role's ARN, known once its policy is attached: AWS uses the role at once."""
        return after([self.rights], self.role.arn)


def bare_role(owner: Owner, what: str, trust: pulumi.Input[str]) -> aws.iam.Role:
    """Make the role `what` with its trust policy only."""
    return aws.iam.Role(
        logical_name(owner.name, what, 64),
        assume_role_policy=trust,
        permissions_boundary=owner.permissions_boundary,
        **owner.common,
    )


def inline_role(owner: Owner, what: str, trust: pulumi.Input[str], policy: pulumi.Input[str]) -> AllowedRole:
    """Make the role `what` with an inline policy, whose name omits `-role`."""
    role = bare_role(owner, what, trust)
    name = f"{owner.name}-{what.removesuffix('-role')}-policy"
    return AllowedRole(role, aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=owner.child))


def managed_role(owner: Owner, what: str, trust: pulumi.Input[str], policy_name: str) -> AllowedRole:
    """Make the role `what`-role with one AWS managed policy."""
    role = bare_role(owner, f"{what}-role", trust)
    rights = aws.iam.RolePolicyAttachment(
        f"{owner.name}-{what}-policy",
        role=role.name,
        policy_arn=role.arn.apply(lambda arn: f"arn:{arn.split(':')[1]}:iam::aws:policy/{policy_name}"),
        opts=owner.child,
    )
    return AllowedRole(role, rights)
