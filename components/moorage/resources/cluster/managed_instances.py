"""Managed capacity: instances that ECS chooses, patches and replaces itself (Amazon ECS Managed
Instances)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from moorage.model.capacity import Capacity
from moorage.model.choices import Architecture, Purchase
from moorage.model.names import logical_name
from moorage.resources.network.args import NetworkRef
from moorage.resources.network.subnets import task_subnets

from .roles import infrastructure_role, managed_instance_profile
from .wiring import ClusterWiring

if TYPE_CHECKING:
    from pulumi_aws.ecs import (
        CapacityProviderManagedInstancesProviderInstanceLaunchTemplateInstanceRequirementsArgsDict as _Requirements,  # noqa: E501
    )


def managed_instances(
    wiring: ClusterWiring, network: NetworkRef, cluster: aws.ecs.Cluster, group: aws.ec2.SecurityGroup
) -> aws.ecs.CapacityProvider:
    """Make the infrastructure role, the instance profile and the capacity provider; return the last."""
    profile, instance_role = managed_instance_profile(wiring)
    role, rights = infrastructure_role(wiring, cluster, instance_role)
    instances, subnets = wiring.model.instances, task_subnets(network)
    return aws.ecs.CapacityProvider(
        logical_name(wiring.name, "managed", 255),
        cluster=cluster.name,
        managed_instances_provider={
            "infrastructure_role_arn": role.arn,
            "propagate_tags": "CAPACITY_PROVIDER",
            "instance_launch_template": {
                "ec2_instance_profile_arn": profile.arn,
                "network_configuration": {"subnets": subnets, "security_groups": [group.id]},
                "storage_configuration": {"storage_size_gib": instances.volume_size},
                "instance_requirements": _requirements(wiring.model),
                "capacity_option_type": "SPOT" if instances.purchase is Purchase.SPOT else "ON_DEMAND",
            },
        },
        tags=wiring.tags,
        opts=pulumi.ResourceOptions(parent=wiring.parent, depends_on=rights),
    )


def _requirements(capacity: Capacity) -> _Requirements:
    """Return the requirements on an instance: its architecture, and the given types if any."""
    arm = capacity.arch is Architecture.ARM64
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
