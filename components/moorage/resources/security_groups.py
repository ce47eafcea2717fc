"""Security groups of components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from moorage.model.domains import EVERY_ADDRESS, EVERY_IPV6_ADDRESS, is_ipv6

from .wiring import Owner

if TYPE_CHECKING:
    from .network.args import NetworkRef


def bare_group(
    owner: Owner, what: str, description: str, vpc_id: pulumi.Input[str] | None
) -> aws.ec2.SecurityGroup:
    """Make the security group `what` of a component, without rules."""
    name = f"{owner.name}-{what}"
    return aws.ec2.SecurityGroup(name, description=description, vpc_id=vpc_id, **owner.common)


def mutual_group(
    owner: Owner, what: str, description: str, vpc_id: pulumi.Input[str]
) -> aws.ec2.SecurityGroup:
    """Make the security group `what` of a component, whose members reach each other."""
    group = bare_group(owner, what, description, vpc_id)
    admit(owner, f"{what}-in", group, group, "Each other")
    return group


def admit(
    owner: Owner, what: str, group: aws.ec2.SecurityGroup, source: aws.ec2.SecurityGroup, description: str
) -> None:
    """Make the rule `what`, by which members of the group `source` reach those of `group` on all ports."""
    aws.vpc.SecurityGroupIngressRule(
        f"{owner.name}-{what}",
        security_group_id=group.id,
        description=description,
        ip_protocol="-1",
        referenced_security_group_id=source.id,
        **owner.common,
    )


def outward_group(
    owner: Owner, what: str, description: str, network: NetworkRef | None, *, reaches: str
) -> aws.ec2.SecurityGroup:
    """Make the security group `what` of a component, which lets everything out and nothing in.

    `reaches` is the description of the rule: what its members connect to.
    """
    group = bare_group(owner, what, description, network["vpc_id"] if network else None)
    outward: dict[str, Any] = {"out": {"cidr_ipv4": EVERY_ADDRESS}}
    if network and network.get("ipv6"):
        outward["out-ipv6"] = {"cidr_ipv6": EVERY_IPV6_ADDRESS}
    for name, addresses in outward.items():
        aws.vpc.SecurityGroupEgressRule(
            f"{owner.name}-{what}-{name}",
            security_group_id=group.id,
            description=reaches,
            ip_protocol="-1",
            **addresses,
            **owner.common,
        )
    return group


def admit_clients(
    owner: Owner, what: str, group_id: pulumi.Input[str], port: tuple[int, str], cidrs: Sequence[str]
) -> None:
    """Make the rules `what` of a load balancer's group, by which clients reach a port of a protocol."""
    number, protocol = port
    for cidr in cidrs:
        suffix = "" if cidr == EVERY_ADDRESS else f"-{cidr.replace('/', '-').replace(':', '_')}"
        source: Any = {"cidr_ipv6" if is_ipv6(cidr) else "cidr_ipv4": cidr}
        aws.vpc.SecurityGroupIngressRule(
            f"{owner.name}-{what}-in-{number}{suffix}",
            security_group_id=group_id,
            description="Clients",
            ip_protocol=protocol,
            from_port=number,
            to_port=number,
            **source,
            **owner.common,
        )
