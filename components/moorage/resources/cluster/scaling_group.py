"""EC2 capacity: an Auto Scaling group that follows the cluster's tasks."""

from __future__ import annotations

import base64

import pulumi
import pulumi_aws as aws

from moorage.model.capacity import Capacity, Instances, user_data
from moorage.model.choices import Architecture, Purchase
from moorage.model.names import logical_name
from moorage.model.presets import PRESETS
from moorage.resources.inputs import computed
from moorage.resources.network.args import NetworkRef
from moorage.resources.network.subnets import task_subnets

from .roles import instance_profile
from .wiring import ClusterWiring

_REFRESH: aws.autoscaling.GroupInstanceRefreshArgsDict = {
    "strategy": "Rolling",
    "preferences": {
        # A new instance is started before an old one is drained.
        "min_healthy_percentage": 100,
        "max_healthy_percentage": 110,
        # Those with tasks are protected from scale-in in production; the capacity provider drains them.
        "scale_in_protected_instances": "Refresh",
    },
}
"""Amazon EC2 Auto Scaling User Guide, "Set an instance refresh's preferences"."""


def scaling_group(
    wiring: ClusterWiring, cluster: aws.ecs.Cluster, network: NetworkRef, group: aws.ec2.SecurityGroup
) -> aws.ecs.CapacityProvider:
    """Make the launch template, the Auto Scaling group and the capacity provider; return the last."""
    preset = PRESETS[wiring.model.preset]
    instances = wiring.model.instances
    template = _launch_template(wiring, cluster, group, public=not network.get("private_egress"))
    scaling_group = aws.autoscaling.Group(
        f"{wiring.name}-instances",
        min_size=instances.min_size,
        max_size=instances.max_size,
        vpc_zone_identifiers=task_subnets(network),
        mixed_instances_policy=_instances_policy(instances, template),
        instance_refresh=_REFRESH if instances.instance_refresh else None,
        capacity_rebalance=instances.purchase is Purchase.SPOT or None,
        protect_from_scale_in=not preset.force_delete,
        force_delete=preset.force_delete,
        health_check_grace_period=60,
        tags=[
            {"key": key, "value": value, "propagate_at_launch": True}
            for key, value in {
                "Name": f"{wiring.name}-instance",
                # ECS adds this tag itself; declared, it is not a difference at the next `up`.
                "AmazonECSManaged": "true",
                **wiring.tags,
            }.items()
        ],
        # Managed scaling moves the desired capacity.
        opts=pulumi.ResourceOptions(parent=wiring.parent, ignore_changes=["desiredCapacity"]),
    )
    return aws.ecs.CapacityProvider(
        logical_name(wiring.name, "instances", 255),
        auto_scaling_group_provider={
            "auto_scaling_group_arn": scaling_group.arn,
            "managed_scaling": {
                "status": "ENABLED",
                "target_capacity": instances.target_capacity,
                "instance_warmup_period": 60,
            },
            "managed_draining": "ENABLED",
            # Protection keeps instances with tasks from scale-in; draining already moves the tasks, and a
            # protected group cannot be destroyed before the protection is removed.
            "managed_termination_protection": "DISABLED" if preset.force_delete else "ENABLED",
        },
        tags=wiring.tags,
        opts=wiring.child,
    )


def _launch_template(
    wiring: ClusterWiring, cluster: aws.ecs.Cluster, group: aws.ec2.SecurityGroup, *, public: bool
) -> aws.ec2.LaunchTemplate:
    instances = wiring.model.instances
    return aws.ec2.LaunchTemplate(
        f"{wiring.name}-instances",
        image_id=wiring.ami or _ami(wiring.model),
        instance_type=instances.types[0],
        iam_instance_profile={"arn": instance_profile(wiring, cluster).arn},
        user_data=computed(_script, cluster.name, wiring.user_data),
        network_interfaces=[
            {
                "device_index": 0,
                "associate_public_ip_address": str(public).lower(),
                "security_groups": [group.id],
                "delete_on_termination": "true",
            }
        ],
        # A hop limit of 1 keeps bridge tasks from the instance's credentials.
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
        },
        block_device_mappings=[
            {
                "device_name": device,
                "ebs": {
                    "volume_type": "gp3",
                    "volume_size": size,
                    "encrypted": "true",
                    "delete_on_termination": "true",
                },
            }
            for device, size in (("/dev/xvda", instances.volume_size), *instances.volumes)
        ],
        monitoring={"enabled": True},
        update_default_version=True,
        tag_specifications=[
            {"resource_type": kind, "tags": {"Name": f"{wiring.name}-instance", **wiring.tags}}
            for kind in ("instance", "volume")
        ],
        tags=wiring.tags,
        opts=wiring.child,
    )


def _script(cluster: str, further: str) -> str:
    return base64.b64encode(user_data(cluster, further).encode()).decode()


def _ami(capacity: Capacity) -> str:
    """Return the parameter of the ECS-optimized AMI ("Retrieving Amazon ECS-optimized Linux AMI metadata").

    It is read when an instance starts: new instances get the patched image without an `up`, and an `up`
    without changes stays without changes.
    """
    arm = capacity.arch is Architecture.ARM64
    variant = "gpu/" if capacity.gpu else "arm64/" if arm else ""
    return f"resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/{variant}recommended/image_id"


def _instances_policy(
    instances: Instances, template: aws.ec2.LaunchTemplate
) -> aws.autoscaling.GroupMixedInstancesPolicyArgsDict:
    spot = instances.purchase is Purchase.SPOT
    return {
        "instances_distribution": {
            "on_demand_base_capacity": instances.on_demand_base if spot else 0,
            "on_demand_percentage_above_base_capacity": 0 if spot else 100,
            "on_demand_allocation_strategy": "prioritized",
            "spot_allocation_strategy": "price-capacity-optimized",
        },
        "launch_template": {
            "launch_template_specification": {
                "launch_template_id": template.id,
                "version": template.latest_version.apply(str),
            },
            "overrides": [{"instance_type": instance_type} for instance_type in instances.types],
        },
    }
