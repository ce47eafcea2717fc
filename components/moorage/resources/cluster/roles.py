"""The role of a cluster's instances, and the role with which ECS manages them."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.model import iam
from moorage.model.names import logical_name
from moorage.resources.inputs import computed
from moorage.resources.roles import inline_role, managed_role
from moorage.resources.wiring import Owner

from .wiring import ClusterWiring


def instance_profile(
    wiring: ClusterWiring, cluster: aws.ecs.Cluster, logs: aws.cloudwatch.LogGroup | None
) -> aws.iam.InstanceProfile:
    """Make the instance profile of an Auto Scaling group, whose role joins this cluster only, and writes to
    the log group of its agents."""
    role, rights = inline_role(
        wiring,
        "instance-role",
        iam.trust_policy("ec2.amazonaws.com"),
        computed(_instance_policy, cluster.arn, logs.arn if logs else None),
    )
    arns = enumerate(wiring.passed.policy_arns or ())
    further = [_attached(wiring, role, index, arn) for index, arn in arns]
    return _profile(wiring, role, [rights, *further])


def _attached(
    wiring: Owner, role: aws.iam.Role, index: int, arn: pulumi.Input[str]
) -> aws.iam.RolePolicyAttachment:
    """Attach a policy; the name holds the policy's, so that a removed one does not detach another. The alias
    is the name by its place, which live stacks may have."""
    prefix = f"{wiring.name}-instance-policy-"
    named = isinstance(arn, str)
    return aws.iam.RolePolicyAttachment(
        f"{prefix}{arn.rpartition('/')[2] if named else index}",
        role=role.name,
        policy_arn=arn,
        opts=pulumi.ResourceOptions(
            parent=wiring.parent,
            aliases=[pulumi.Alias(name=f"{prefix}{index}")] if named else None,
        ),
    )


def _instance_policy(cluster_arn: str, log_group_arn: str | None) -> str:
    return iam.policy(iam.instance_statements(cluster_arn, log_group_arn))


def managed_instance_profile(wiring: Owner) -> tuple[aws.iam.InstanceProfile, aws.iam.Role]:
    """Make the instance profile of managed instances; return it and its role."""
    role, rights = managed_role(
        wiring,
        "instance",
        iam.trust_policy("ec2.amazonaws.com"),
        "AmazonECSInstanceRolePolicyForManagedInstances",
    )
    return _profile(wiring, role, [rights]), role


def _profile(wiring: Owner, role: aws.iam.Role, rights: list[pulumi.Resource]) -> aws.iam.InstanceProfile:
    return aws.iam.InstanceProfile(
        logical_name(wiring.name, "instance-profile", 128),
        role=role.name,
        tags=wiring.tags,
        # An instance that starts before its policies are attached does not join the cluster.
        opts=pulumi.ResourceOptions(parent=wiring.parent, depends_on=rights),
    )


def infrastructure_role(
    wiring: Owner, cluster: aws.ecs.Cluster, instance_role: aws.iam.Role
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """Make the role with which ECS manages instances; return it and the resources of its policies."""
    role, rights = managed_role(
        wiring,
        "infrastructure",
        cluster.arn.apply(lambda arn: iam.trust_policy("ecs.amazonaws.com", arn)),
        "AmazonECSInfrastructureRolePolicyForManagedInstances",
    )
    # The managed policy passes only roles named ecsInstanceRole*; this one's name is generated.
    pass_role = aws.iam.RolePolicy(
        f"{wiring.name}-infrastructure-pass-role",
        role=role.name,
        policy=instance_role.arn.apply(_pass_role),
        opts=wiring.child,
    )
    return role, [rights, pass_role]


def _pass_role(role_arn: str) -> str:
    return iam.policy([iam.pass_role_statement(role_arn, "ec2.amazonaws.com")])
