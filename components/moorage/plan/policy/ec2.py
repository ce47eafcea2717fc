"""Amazon EC2: networks, security groups, instances and what they start from."""

from collections.abc import Iterator, Mapping
from typing import cast

from moorage.graph import View
from moorage.graph.security import ingress
from moorage.graph.types import (
    DEFAULT_SECURITY_GROUP,
    INGRESS_RULE,
    INSTANCE,
    LAUNCH_TEMPLATE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
)
from moorage.offline import UNKNOWN, Resource

from .control import (
    ON,
    Breach,
    Check,
    Control,
    at,
    breach_unless,
    items,
    on,
    one_of,
    refused,
    required,
    value,
)

FLOW_LOG = "aws:ec2/flowLog:FlowLog"
VOLUME = "aws:ebs/volume:Volume"

_AUTHORIZED = (80, 443)
"""The TCP ports that EC2.18 authorizes."""

_RISKY = (
    *(20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333),
    *(5000, 5432, 5500, 5601, 8080, 8088, 8888, 9200, 9300),
)
"""The ports of EC2.19."""


def _default_group(vpc: Resource, view: View) -> Breach | None:
    groups = view.links.users(vpc, "vpcId", DEFAULT_SECURITY_GROUP)
    if groups and not any(value(group, side) for group in groups for side in ("ingress", "egress")):
        return None
    what = "has rules" if groups else "has the initial rules of AWS"
    return Breach(
        f"its default security group {what}", "add an aws.ec2.DefaultSecurityGroup with no rules for the VPC"
    )


@breach_unless("does not log rejected traffic", "add an aws.ec2.FlowLog with traffic_type REJECT or ALL")
def _logs_rejected(vpc: Resource, view: View) -> bool:
    kinds = [value(log, "trafficType", default="ALL") for log in view.links.users(vpc, "vpcId", FLOW_LOG)]
    return any(one_of(kind, ("ALL", "REJECT")) for kind in kinds)


def _endpoint(service: str) -> Check:
    """Return a check for an interface endpoint for a service in a VPC."""

    @breach_unless(
        f"has no interface endpoint for {service}",
        f"add an aws.ec2.VpcEndpoint for {service} (`endpoints` of the Network), or accept it if a NAT "
        "gateway carries these calls",
    )
    def check(vpc: Resource, view: View) -> bool:
        names = [value(endpoint, "serviceName") for endpoint in view.links.users(vpc, "vpcId", VPC_ENDPOINT)]
        return any(name is UNKNOWN or str(name).endswith(f".{service}") for name in names)

    return check


def _openings(resource: Resource, view: View) -> Iterator[tuple[str, int, int]]:
    """Yield protocol, first and last port that a security group or rule opens to every address."""
    for rule in ingress(view.links, resource):
        ports = (0 if rule.first is None else rule.first, 65535 if rule.last is None else rule.last)
        if rule.anywhere is True and rule.protocol is not UNKNOWN and UNKNOWN not in ports:
            yield (rule.protocol, *cast("tuple[int, int]", ports))


def _ports(first: int, last: int) -> str:
    return f"port {first}" if first == last else f"ports {first} to {last}"


def _unrestricted(resource: Resource, view: View) -> Breach | None:
    for protocol, first, last in _openings(resource, view):
        if protocol in ("icmp", "icmpv6"):
            continue
        if protocol != "tcp" or first != last or first not in _AUTHORIZED:
            return Breach(
                f"is open to every address on {_ports(first, last)}",
                "restrict the sources: by allowed_cidrs of a LoadBalancer, which an app needs instead of "
                "public: true",
            )
    return None


def _risky(resource: Resource, view: View) -> Breach | None:
    for _, first, last in _openings(resource, view):
        ports = [port for port in _RISKY if first <= port <= last]
        if ports:
            return Breach(
                f"is open to every address on the high-risk port {ports[0]}",
                "use a load balancer instead of public: true, restrict the sources, or use another port",
            )
    return None


@breach_unless(
    "assigns public addresses to instances", "give the network private subnets with private_egress: true"
)
def _is_private(template: Resource, _: View) -> bool:
    interfaces = items(value(template, "networkInterfaces"))
    return not any(interface.get("associatePublicIpAddress") in ON for interface in interfaces)


def _encrypted_devices(template: Resource, view: View) -> Breach | None:
    for mapping in items(value(template, "blockDeviceMappings")):
        disk = mapping.get("ebs")
        if isinstance(disk, Mapping) and not on(at(disk, "encrypted")):
            return Breach(
                f"leaves the volume {mapping.get('deviceName')} unencrypted", "set ebs.encrypted to true"
            )
    return None


TOKENS = required(
    "metadataOptions.httpTokens",
    ("required",),
    "allows IMDSv1",
    "set metadataOptions.httpTokens to required",
)
_ADDRESSES = refused(
    "mapPublicIpOnLaunch",
    (True,),
    "assigns public addresses to instances and tasks in it",
    "set mapPublicIpOnLaunch to false",
)
_PUBLIC_INSTANCE = refused(
    "associatePublicIpAddress",
    (True,),
    "has a public address",
    "set associatePublicIpAddress to false; in a cluster private_egress: true of its network",
)
_ENCRYPTED = required("encrypted", ON, "is not encrypted", "set encrypted to true")
_PROGRAM = "the program's; the sample's `vpc.py` does it"
_NAT = "the program's; the sample accepts it if a NAT gateway carries these calls"
_INSIDE = (
    "a load balancer opens 80, 443 and its apps' `listener_port`s, to `allowed_cidrs`; "
    "`public: true` opens an app's ports"
)


CONTROLS = (
    Control("EC2.2", (VPC,), _default_group, _PROGRAM),
    Control("EC2.3", (VOLUME,), _ENCRYPTED, "volumes of instances are encrypted by the launch template"),
    Control("EC2.6", (VPC,), _logs_rejected, _PROGRAM),
    Control("EC2.8", (INSTANCE,), TOKENS, "instances come from a launch template that requires it"),
    Control("EC2.9", (INSTANCE,), _PUBLIC_INSTANCE, "a network with `private_egress`"),
    Control("EC2.10", (VPC,), _endpoint("ec2"), _NAT),
    Control("EC2.15", (SUBNET,), _ADDRESSES, _PROGRAM),
    Control("EC2.18", (SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE), _unrestricted, _INSIDE),
    Control("EC2.19", (SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE), _risky, _INSIDE),
    Control("EC2.25", (LAUNCH_TEMPLATE,), _is_private, "a network with `private_egress`"),
    Control("EC2.55", (VPC,), _endpoint("ecr.api"), _NAT),
    Control("EC2.56", (VPC,), _endpoint("ecr.dkr"), _NAT),
    Control("EC2.57", (VPC,), _endpoint("ssm"), _NAT),
    Control("EC2.58", (VPC,), _endpoint("ssm-contacts"), _NAT),
    Control("EC2.60", (VPC,), _endpoint("ssm-incidents"), _NAT),
    Control("EC2.170", (LAUNCH_TEMPLATE,), TOKENS, "always required"),
    Control("EC2.181", (LAUNCH_TEMPLATE,), _encrypted_devices, "always encrypted"),
)
