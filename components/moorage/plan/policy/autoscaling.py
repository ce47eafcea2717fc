"""Amazon EC2 Auto Scaling."""

from collections.abc import Mapping
from typing import Any, cast

from moorage.graph import View
from moorage.graph.types import AUTO_SCALING_GROUP, LAUNCH_CONFIGURATION
from moorage.offline import UNKNOWN, Resource

from .control import Breach, Control, items, refused, required, value
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
        _zones,
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
    Control("AutoScaling.9", (AUTO_SCALING_GROUP,), _template, _TEMPLATE),
)
