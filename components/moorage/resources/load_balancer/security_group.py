"""The security group of a load balancer, and the rule that lets it reach instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi_aws as aws

from moorage.model.domains import EVERY_ADDRESS, is_ipv6
from moorage.resources.security_groups import outward_group

from .wiring import BalancerWiring

DYNAMIC_PORTS = (32768, 65535)
"""The dynamic host ports of an ECS instance (API reference, PortMapping, hostPort)."""


def security_group(wiring: BalancerWiring, ports: Sequence[int]) -> aws.ec2.SecurityGroup:
    """Make the security group that clients reach on the listeners' ports."""
    description = f"Load balancer {wiring.name}"
    group = outward_group(wiring, "alb", description, wiring.network, reaches="Targets")
    for port in ports:
        for cidr in wiring.model.allowed_cidrs:
            suffix = "" if cidr == EVERY_ADDRESS else f"-{cidr.replace('/', '-').replace(':', '_')}"
            source: Any = {"cidr_ipv6" if is_ipv6(cidr) else "cidr_ipv4": cidr}
            aws.vpc.SecurityGroupIngressRule(
                f"{wiring.name}-alb-in-{port}{suffix}",
                security_group_id=group.id,
                description="Clients",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                **source,
                tags=wiring.tags,
                opts=wiring.child,
            )
    if wiring.cluster is not None:
        # Made here, once for all bridge apps: EC2 refuses a second rule for the same ports.
        aws.vpc.SecurityGroupIngressRule(
            f"{wiring.name}-alb-to-instances",
            security_group_id=wiring.cluster.get("security_group_id", ""),
            referenced_security_group_id=group.id,
            description=f"Load balancer {wiring.name}, dynamic host ports",
            ip_protocol="tcp",
            from_port=DYNAMIC_PORTS[0],
            to_port=DYNAMIC_PORTS[1],
            tags=wiring.tags,
            opts=wiring.child,
        )
    return group
