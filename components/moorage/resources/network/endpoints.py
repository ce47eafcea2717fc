"""The VPC endpoints of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.resources.wiring import Owner

from .wiring import NetworkWiring


def vpc_endpoints(
    wiring: NetworkWiring,
    vpc: pulumi.Output[aws.ec2.GetVpcResult],
    subnets: pulumi.Output[Sequence[str]],
) -> list[aws.ec2.VpcEndpoint]:
    """Make the endpoints: gateways in the route tables, interfaces in the subnets, which are in different
    zones."""
    endpoints = wiring.model
    tables = _route_tables(wiring, vpc) if endpoints.gateways else None
    made = [
        _endpoint(wiring, vpc, service, vpc_endpoint_type="Gateway", route_table_ids=tables)
        for service in endpoints.gateways
    ]
    if not endpoints.interfaces:
        return made
    group = _security_group(wiring, vpc)
    return made + [
        _endpoint(
            wiring,
            vpc,
            service,
            vpc_endpoint_type="Interface",
            subnet_ids=subnets,
            security_group_ids=[group.id],
            # The service's usual name then resolves to the endpoint.
            private_dns_enabled=True,
        )
        for service in endpoints.interfaces
    ]


def _route_tables(wiring: NetworkWiring, vpc: pulumi.Output[aws.ec2.GetVpcResult]) -> Any:
    passed = wiring.passed
    if passed.route_table_ids is not None:
        return passed.route_table_ids
    if passed.vpc_id is None and passed.vpc_tags is None:
        return [vpc.main_route_table_id]
    invoke = pulumi.InvokeOptions(parent=wiring.parent)
    return aws.ec2.get_route_tables_output(vpc_id=vpc.id, opts=invoke).ids


def _endpoint(
    owner: Owner, vpc: pulumi.Output[aws.ec2.GetVpcResult], service: str, **inputs: Any
) -> aws.ec2.VpcEndpoint:
    def name(arn: str) -> str:
        return f"com.amazonaws.{arn.split(':')[3]}.{service}"

    return aws.ec2.VpcEndpoint(
        f"{owner.name}-endpoint-{service.replace('.', '-')}",
        vpc_id=vpc.id,
        service_name=vpc.arn.apply(name),
        **owner.common,
        **inputs,
    )


def _security_group(owner: Owner, vpc: pulumi.Output[aws.ec2.GetVpcResult]) -> aws.ec2.SecurityGroup:
    """Make the security group of interface endpoints, which lets the VPC in."""

    def ranges(result: aws.ec2.GetVpcResult) -> list[str]:
        associations = result.cidr_block_associations
        further = [
            association.cidr_block for association in associations if association.state == "associated"
        ]
        return sorted({result.cidr_block, *further})

    return aws.ec2.SecurityGroup(
        f"{owner.name}-endpoints",
        description="VPC endpoints",
        vpc_id=vpc.id,
        # In one rule: a preview of a new VPC does not know how many address ranges it has.
        ingress=[
            {
                "description": "The VPC",
                "protocol": "tcp",
                "from_port": 443,
                "to_port": 443,
                "cidr_blocks": vpc.apply(ranges),
            }
        ],
        **owner.common,
    )
