"""EC2 capacity: an Auto Scaling group that follows the cluster's tasks."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.capacity import DATA_DEVICE, Capacity, Instances, WarmPool
from moorage.model.choices import Architecture, OperatingSystem, Purchase
from moorage.model.names import logical_name
from moorage.model.presets import PRESETS
from moorage.resources.inputs import computed, present
from moorage.resources.network.args import NetworkRef
from moorage.resources.network.subnets import task_subnets
from moorage.resources.wiring import Tags, merged

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

_IMDS: Any = {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1}
"""A hop limit of 1 keeps bridge tasks from the instance's credentials."""


def scaling_group(
    wiring: ClusterWiring, network: NetworkRef, cluster: aws.ecs.Cluster, group: aws.ec2.SecurityGroup
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
        warm_pool=_warm_pool(instances.warm_pool) if instances.warm_pool else None,
        capacity_rebalance=instances.purchase is Purchase.SPOT or None,
        protect_from_scale_in=not preset.force_delete,
        force_delete=preset.force_delete,
        health_check_grace_period=60,
        # ECS adds the tag AmazonECSManaged itself; declared, it is not a difference at the next `up`.
        tags=_launched(merged({"Name": f"{wiring.name}-instance", "AmazonECSManaged": "true"}, wiring.tags)),
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
        **wiring.common,
    )


def _launched(tags: Tags) -> pulumi.Input[Any]:
    """Return tags as an Auto Scaling group puts them on the instances that it launches."""

    def items(tag_values: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"key": key, "value": value, "propagate_at_launch": True} for key, value in tag_values.items()
        ]

    return tags.apply(items) if isinstance(tags, pulumi.Output) else items(tags)


def _launch_template(
    wiring: ClusterWiring, cluster: aws.ecs.Cluster, group: aws.ec2.SecurityGroup, *, public: bool
) -> aws.ec2.LaunchTemplate:
    instances = wiring.model.instances
    logs = _agent_logs(wiring) if instances.agent_logs else None
    user_data = wiring.passed.user_data or ""
    disk = {"volume_type": "gp3", "encrypted": "true", "delete_on_termination": "true"}
    return aws.ec2.LaunchTemplate(
        f"{wiring.name}-instances",
        image_id=wiring.passed.ami or _ami(wiring.model),
        instance_type=instances.types[0],
        iam_instance_profile={"arn": instance_profile(wiring, cluster, logs).arn},
        user_data=computed(_encoded, instances, cluster.name, user_data, logs.name if logs else ""),
        network_interfaces=[
            {
                "device_index": 0,
                "associate_public_ip_address": str(public).lower(),
                "security_groups": [group.id],
                "delete_on_termination": "true",
            }
        ],
        metadata_options=_IMDS,
        block_device_mappings=[
            {"device_name": device, "ebs": present(volume_size=size, **disk)}
            for device, size in (*_own_volumes(instances), *instances.volumes)
        ],
        monitoring={"enabled": True},
        update_default_version=True,
        tag_specifications=[
            {"resource_type": kind, "tags": merged({"Name": f"{wiring.name}-instance"}, wiring.tags)}
            for kind in ("instance", "volume")
        ],
        **wiring.common,
    )


def _own_volumes(instances: Instances) -> list[tuple[str, int | None]]:
    """Return the volumes of the operating system, with their sizes; that of Bottlerocket itself has the size
    of the AMI's."""
    if instances.os is OperatingSystem.BOTTLEROCKET:
        return [("/dev/xvda", None), (DATA_DEVICE, instances.volume_size)]
    return [("/dev/xvda", instances.volume_size)]


def _agent_logs(wiring: ClusterWiring) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(
        f"{wiring.name}-agent",
        retention_in_days=wiring.model.instances.agent_log_retention_days,
        **wiring.common,
    )


def _encoded(instances: Instances, cluster: str, further: str, log_group: str) -> str:
    return base64.b64encode(instances.user_data.text(cluster, further, log_group).encode()).decode()


def _warm_pool(pool: WarmPool) -> aws.autoscaling.GroupWarmPoolArgsDict:
    """Return the warm pool, without `instance_reuse_policy`: ECS does not support it ("Configuring
    pre-initialized instances for your Amazon ECS Auto Scaling group")."""
    return present(
        pool_state=pool.state.capitalize(),
        min_size=pool.min_size,
        max_group_prepared_capacity=pool.max_group_prepared_capacity,
    )


def _ami(capacity: Capacity) -> str:
    """Return the parameter of the ECS-optimized AMI ("Retrieving Amazon ECS-optimized Linux AMI metadata",
    "Retrieving Amazon ECS-optimized Bottlerocket AMI metadata").

    It is read when an instance starts: new instances get the patched image without an `up`, and an `up`
    without changes stays without changes.
    """
    if capacity.instances.os is OperatingSystem.BOTTLEROCKET:
        variant = "aws-ecs-2-nvidia" if capacity.gpu else "aws-ecs-2"
        return f"resolve:ssm:/aws/service/bottlerocket/{variant}/{capacity.arch}/latest/image_id"
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
            "on_demand_percentage_above_base_capacity": instances.on_demand_percentage if spot else 100,
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
