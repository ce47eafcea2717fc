"""The subnets of a VPC: those that are looked up, and those in which a component is placed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from moorage.model.choices import SubnetKind
from moorage.model.network import RouteTable, public_subnets

from .args import NetworkRef


def task_subnets(network: NetworkRef) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """Return the subnets of tasks and instances: private ones if these reach AWS, else public ones."""
    if network.get("private_egress") and "private_subnet_ids" in network:
        return network["private_subnet_ids"]
    return network["public_subnet_ids"]


def first_subnets(network: NetworkRef, zones: int) -> NetworkRef:
    """Return the part of a network that a file system is in; tasks that mount it must be there too."""

    def first(subnets: pulumi.Input[Sequence[pulumi.Input[str]]]) -> pulumi.Output[list[str]]:
        output = cast("pulumi.Output[list[str]]", pulumi.Output.from_input(subnets))
        return output.apply(lambda ids: ids[:zones])

    return {
        **network,
        "public_subnet_ids": first(network["public_subnet_ids"]),
        "private_subnet_ids": first(network.get("private_subnet_ids", [])),
    }


def subnets_of(
    vpc_id: pulumi.Output[str], invoke: pulumi.InvokeOptions, without: str, needed: SubnetKind
) -> tuple[pulumi.Output[Sequence[str]], pulumi.Output[Sequence[str]]]:
    """Look up the subnets of a VPC, and the route tables that make them public or private; return the ids of
    the public and of the private ones, sorted.

    Raises:
        RunError: there are no subnets of the `needed` kind; its text is `without`.
    """
    filters: Any = [{"name": "vpc-id", "values": [vpc_id]}]
    ids = aws.ec2.get_subnets_output(filters=filters, opts=invoke).ids
    tables = aws.ec2.get_route_tables_output(vpc_id=vpc_id, opts=invoke).ids.apply(
        lambda table_ids: pulumi.Output.all(*(_table(table, invoke) for table in table_ids))
    )

    def classified(args: list[Any]) -> tuple[list[str], list[str]]:
        public = public_subnets(*args)
        private = sorted(set(args[0]) - set(public))
        if not (private if needed is SubnetKind.PRIVATE else public):
            raise pulumi.RunError(without)
        return public, private

    both = pulumi.Output.all(ids, tables).apply(classified)
    return both.apply(lambda pair: pair[0]), both.apply(lambda pair: pair[1])


def _table(table: str, invoke: pulumi.InvokeOptions) -> pulumi.Output[RouteTable]:
    def read(result: aws.ec2.GetRouteTableResult) -> RouteTable:
        return RouteTable(
            main=any(association.main for association in result.associations),
            subnets=tuple(
                association.subnet_id for association in result.associations if association.subnet_id
            ),
            internet=any(route.gateway_id.startswith("igw-") for route in result.routes if route.gateway_id),
        )

    return aws.ec2.get_route_table_output(route_table_id=table, opts=invoke).apply(read)
