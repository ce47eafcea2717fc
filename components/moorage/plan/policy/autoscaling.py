"""Amazon EC2 Auto Scaling."""

from collections.abc import Mapping
from typing import Any, cast

from moorage.graph import View
from moorage.graph.types import AUTO_SCALING_GROUP
from moorage.offline import UNKNOWN, Resource

from .control import Breach, Control, ControlSeverity, items, one_of, value

ATTACHMENT = "aws:autoscaling/attachment:Attachment"
LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"


def _health(group: Resource, view: View) -> Breach | None:
    balanced = any(items(value(group, name)) for name in ("targetGroupArns", "loadBalancers"))
    attached = view.links.users(group, "autoscalingGroupName", ATTACHMENT)
    kind = value(group, "healthCheckType", default="EC2")
    if not (balanced or attached) or one_of(kind, ("ELB",)):
        return None
    return Breach("does not use its load balancer's health checks", "set healthCheckType to ELB")


def _places(group: Resource) -> Any:
    """Return the number of subnets or zones of a group, or UNKNOWN."""
    for name in ("vpcZoneIdentifiers", "availabilityZones"):
        found = value(group, name)
        if found is UNKNOWN:
            return UNKNOWN
        if isinstance(found, list):
            return len(cast("list[Any]", found))
    return UNKNOWN


def _zones(group: Resource, view: View) -> Breach | None:
    count = _places(group)
    if count is UNKNOWN or count > 1:
        return None
    return Breach(
        f"covers {count} subnet",
        "network: public_subnet_ids and private_subnet_ids in at least two zones",
    )


def _types(group: Resource, view: View) -> Breach | None:
    template = value(group, "mixedInstancesPolicy", "launchTemplate")
    if template is UNKNOWN:
        return None
    overrides = items(value(group, "mixedInstancesPolicy", "launchTemplate", "overrides"))
    if any(override.get("instanceRequirements") for override in overrides):
        return None
    types = {str(override.get("instanceType")) for override in overrides}
    if len(types) > 1:
        return None
    what = f"the instance type {next(iter(types))}" if types else "one instance type"
    return Breach(f"can use {what} only", "instance_types: at least two")


def _template(group: Resource, view: View) -> Breach | None:
    if value(group, "launchTemplate") or isinstance(value(group, "mixedInstancesPolicy"), Mapping):
        return None
    if value(group, "launchConfiguration") in (None, "", UNKNOWN):
        return None
    return Breach("is made from a launch configuration", "set launchTemplate")


def _tokens(configuration: Resource, view: View) -> Breach | None:
    if one_of(value(configuration, "metadataOptions", "httpTokens"), ("required",)):
        return None
    return Breach("allows IMDSv1", "set metadataOptions.httpTokens to required")


def _public(configuration: Resource, view: View) -> Breach | None:
    if value(configuration, "associatePublicIpAddress") is not True:
        return None
    return Breach("assigns public addresses to instances", "set associatePublicIpAddress to false")


_TEMPLATE = "always a launch template"

CONTROLS = (
    Control(
        "AutoScaling.1",
        "Amazon EC2 Auto Scaling groups associated with a load balancer should use ELB health checks",
        ControlSeverity.LOW,
        (AUTO_SCALING_GROUP,),
        _health,
        "the load balancer's targets are tasks, which ECS registers: the group is not behind it",
    ),
    Control(
        "AutoScaling.2",
        "Amazon EC2 Auto Scaling group should cover multiple Availability Zones",
        ControlSeverity.MEDIUM,
        (AUTO_SCALING_GROUP,),
        _zones,
        "a network whose `public_subnet_ids` and `private_subnet_ids` are in two zones or more",
    ),
    Control(
        "AutoScaling.3",
        "Amazon EC2 Auto Scaling group launch configurations should configure EC2 instances to require "
        "Instance Metadata Service Version 2 (IMDSv2)",
        ControlSeverity.HIGH,
        (LAUNCH_CONFIGURATION,),
        _tokens,
        _TEMPLATE,
    ),
    Control(
        "Autoscaling.5",
        "Amazon EC2 instances launched using Amazon EC2 Auto Scaling group launch configurations should not "
        "have Public IP addresses",
        ControlSeverity.HIGH,
        (LAUNCH_CONFIGURATION,),
        _public,
        _TEMPLATE,
    ),
    Control(
        "AutoScaling.6",
        "Amazon EC2 Auto Scaling groups should use multiple instance types in multiple Availability Zones",
        ControlSeverity.MEDIUM,
        (AUTO_SCALING_GROUP,),
        _types,
        "`ec2.instance_types` with two or more; the default in the preset `prod`",
    ),
    Control(
        "AutoScaling.9",
        "Amazon EC2 Auto Scaling groups should use Amazon EC2 launch templates",
        ControlSeverity.MEDIUM,
        (AUTO_SCALING_GROUP,),
        _template,
        _TEMPLATE,
    ),
)
