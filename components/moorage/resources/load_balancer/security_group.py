"""The security group of a load balancer, and the rule that lets it reach instances."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_aws as aws

from moorage.model.choices import BalancerType
from moorage.resources.security_groups import admit_clients, outward_group

from .wiring import BalancerWiring

DYNAMIC_PORTS = (32768, 65535)
"""The dynamic host ports of an ECS instance (API reference, PortMapping, hostPort)."""


def security_group(wiring: BalancerWiring, ports: Sequence[int]) -> aws.ec2.SecurityGroup:
    """Make the security group that clients reach on the listeners' ports."""
    description = f"Load balancer {wiring.name}"
    what, network = ("nlb", True) if wiring.model.type is BalancerType.NETWORK else ("alb", False)
    group = outward_group(wiring, what, description, wiring.network, reaches="Targets")
    for port in ports:
        admit_clients(wiring, what, group.id, (port, "tcp"), wiring.model.allowed_cidrs)
    if wiring.cluster is not None:
        # Made here, once for all bridge apps: EC2 refuses a second rule for the same ports.
        for protocol, suffix in (("tcp", ""), ("udp", "-udp")) if network else (("tcp", ""),):
            aws.vpc.SecurityGroupIngressRule(
                f"{wiring.name}-{what}-to-instances{suffix}",
                security_group_id=wiring.cluster.get("security_group_id", ""),
                referenced_security_group_id=group.id,
                description=f"Load balancer {wiring.name}, dynamic host ports",
                ip_protocol=protocol,
                from_port=DYNAMIC_PORTS[0],
                to_port=DYNAMIC_PORTS[1],
                tags=wiring.tags,
                opts=wiring.child,
            )
    return group
