"""Managed capacity: instances that ECS chooses, patches and replaces itself (Amazon ECS Managed
Instances)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from moorage.model.capacity import Capacity
from moorage.model.iam import pass_role_statement, policy, trust_policy
from moorage.model.names import logical_name
from moorage.resources.network import NetworkRef, task_subnets
from moorage.resources.roles import RoleOwner, managed_role
from moorage.resources.security_groups import outward_group

if TYPE_CHECKING:
    from pulumi_aws.ecs import (
        CapacityProviderManagedInstancesProviderInstanceLaunchTemplateInstanceRequirementsArgsDict as _Requirements,  # noqa: E501
    )


def managed_instances(
    parent: pulumi.Resource,
    name: str,
    cluster: aws.ecs.Cluster,
    capacity: Capacity,
    network: NetworkRef,
    tags: dict[str, pulumi.Input[str]],
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Make security group, infrastructure role, instance profile and capacity provider.

    Returns:
        The capacity provider's name and the instances' security group.
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = outward_group(
        parent,
        f"{name}-instances",
        of=f"Managed instances of the ECS cluster {name}",
        vpc_id=network["vpc_id"],
        reaches="Images, AWS APIs and what the tasks call",
        tags=tags,
    )
    owner = RoleOwner(parent, name, tags)
    instances = managed_role(
        owner,
        "instance",
        trust_policy("ec2.amazonaws.com"),
        "AmazonECSInstanceRolePolicyForManagedInstances",
    )
    profile = aws.iam.InstanceProfile(
        logical_name(name, "instance-profile", 128),
        role=instances.role.name,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[instances.rights]),
    )
    infrastructure = managed_role(
        owner,
        "infrastructure",
        cluster.arn.apply(lambda arn: trust_policy("ecs.amazonaws.com", arn)),
        "AmazonECSInfrastructureRolePolicyForManagedInstances",
    )
    # The managed policy passes only roles named ecsInstanceRole*; this one's name is generated.
    pass_role = aws.iam.RolePolicy(
        f"{name}-infrastructure-pass-role",
        role=infrastructure.role.name,
        policy=instances.role.arn.apply(lambda arn: policy([pass_role_statement(arn, "ec2.amazonaws.com")])),
        opts=child,
    )
    provider = aws.ecs.CapacityProvider(
        logical_name(name, "managed", 255),
        cluster=cluster.name,
        managed_instances_provider={
            "infrastructure_role_arn": infrastructure.role.arn,
            "propagate_tags": "CAPACITY_PROVIDER",
            "instance_launch_template": {
                "ec2_instance_profile_arn": profile.arn,
                "network_configuration": {"subnets": task_subnets(network), "security_groups": [group.id]},
                "storage_configuration": {"storage_size_gib": capacity.instances.volume_size},
                "instance_requirements": _requirements(capacity),
                "capacity_option_type": "SPOT" if capacity.instances.purchase == "spot" else "ON_DEMAND",
            },
        },
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[infrastructure.rights, pass_role]),
    )
    return provider.name, group.id


def _requirements(capacity: Capacity) -> _Requirements:
    """Return what an instance must be: of the architecture, and of the given types if any were given."""
    arm = capacity.arch == "arm64"
    requirements: _Requirements = {
        "vcpu_count": {"min": 1},
        "memory_mib": {"min": 1024},
        "cpu_manufacturers": ["amazon-web-services"] if arm else ["intel", "amd"],
        "instance_generations": ["current"],
        "burstable_performance": "included",
    }
    if capacity.instances.chosen:
        requirements["allowed_instance_types"] = list(capacity.instances.types)
    return requirements
