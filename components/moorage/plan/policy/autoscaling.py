"""Amazon EC2 Auto Scaling."""

from collections.abc import Mapping

from moorage.graph import View
from moorage.graph.types import AUTO_SCALING_GROUP, LAUNCH_CONFIGURATION
from moorage.graph.values import partly_unknown
from moorage.offline import UNKNOWN, Resource

from .control import Breach, Control, breach_unless, in_two_zones, items, refused, required, value
from .ec2 import TOKENS

ATTACHMENT = "aws:autoscaling/attachment:Attachment"


def _health(group: Resource, view: View) -> Breach | None:
    balanced = any(items(value(group, name)) for name in ("targetGroupArns", "loadBalancers"))
    attached = view.links.users(group, "autoscalingGroupName", ATTACHMENT)
    return _ELB_HEALTH(group, view) if balanced or attached else None


_ELB_HEALTH = required(
    "healthCheckType",
    ("ELB",),
    "does not use its load balancer's health checks",
    "set healthCheckType to ELB",
    default="EC2",
)


def _types(group: Resource, view: View) -> Breach | None:
    setting = value(group, "mixedInstancesPolicy", "launchTemplate", "overrides")
    if partly_unknown(setting):
        return None
    overrides = items(setting)
    if any(override.get("instanceRequirements") for override in overrides):
        return None
    types = {str(override.get("instanceType")) for override in overrides}
    if len(types) > 1:
        return None
    what = f"the instance type {next(iter(types))}" if types else "one instance type"
    return Breach(f"can use {what} only", "instance_types: at least two")


@breach_unless("is made from a launch configuration", "set launchTemplate")
def _has_template(group: Resource, _: View) -> bool:
    if value(group, "launchTemplate") or isinstance(value(group, "mixedInstancesPolicy"), Mapping):
        return True
    return value(group, "launchConfiguration") in (None, "", UNKNOWN)


_ZONES = in_two_zones(("vpcZoneIdentifiers", "availabilityZones"), "covers {} subnet")
_PUBLIC = refused(
    "associatePublicIpAddress",
    (True,),
    "assigns public addresses to instances",
    "set associatePublicIpAddress to false",
)
_TEMPLATE = "always a launch template"

CONTROLS = (
    Control(
        "AutoScaling.1",
        (AUTO_SCALING_GROUP,),
        _health,
        "the load balancer's targets are tasks, which ECS registers: the group is not behind it",
    ),
    Control(
        "AutoScaling.2",
        (AUTO_SCALING_GROUP,),
        _ZONES,
        "a network whose `public_subnet_ids` and `private_subnet_ids` are in two zones or more",
    ),
    Control("AutoScaling.3", (LAUNCH_CONFIGURATION,), TOKENS, _TEMPLATE),
    Control("Autoscaling.5", (LAUNCH_CONFIGURATION,), _PUBLIC, _TEMPLATE),
    Control(
        "AutoScaling.6",
        (AUTO_SCALING_GROUP,),
        _types,
        "`ec2.instance_types` with two or more; the default in the preset `prod`",
    ),
    Control("AutoScaling.9", (AUTO_SCALING_GROUP,), _has_template, _TEMPLATE),
)
