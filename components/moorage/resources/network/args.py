"""Arguments of a network, and a network as other components take it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types


class NetworkRef(TypedDict):
    """A network as other components take it: in Python pass `network.ref`; in other languages pass its
    outputs one by one, and repeat its choices."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    public_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets with a route to an internet gateway, in at least two zones for a load balancer."""
    private_subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Subnets without a route to an internet gateway. Default: none."""
    private_egress: NotRequired[types.Boolean]
    """As given to the `Network`: whether the private subnets reach AWS. Tasks and instances are placed in
    them if so, else in the public ones with a public address. Default: false."""
    ipv6: NotRequired[types.Boolean]
    """As given to the `Network`: whether what is placed in it may connect to IPv6 addresses. Default:
    false."""


if TYPE_CHECKING:
    GivenNetwork = NetworkRef | pulumi.Output[Any]
else:
    # An output of another stack is of no other type in the schema.
    GivenNetwork = NetworkRef


class NetworkArgs(TypedDict):
    """Arguments of `Network`. With none of them it is the account's default VPC."""

    vpc_id: NotRequired[pulumi.Input[str]]
    """A VPC that exists, or that the program makes. Without its subnets they are looked up, at every preview
    and `up`, with one request for each of its route tables. Default: the default VPC of the account and
    region."""
    vpc_tags: NotRequired[dict[str, str]]
    """Instead of `vpc_id`: the tags by which exactly one VPC is found, such as `{"Name": "shared"}`. Default:
    none."""
    public_subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Its subnets with a route to an internet gateway. Required where `vpc_id` is an Output. Give them too
    where two are in one zone, which a load balancer refuses. Default: with `vpc_id` or `vpc_tags`, all that
    have one; else the default VPC's."""
    private_subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Its subnets without such a route. Default: with `vpc_id` or `vpc_tags` and without `public_subnet_ids`,
    all that have none."""
    private_egress: NotRequired[types.Boolean]
    """Whether the private subnets reach AWS, by a NAT gateway or endpoints for ECR, S3, CloudWatch Logs and
    what the tasks use; tasks and instances are then placed in them. Default: false."""
    ipv6: NotRequired[types.Boolean]
    """Whether tasks, instances and load balancers may connect to IPv6 addresses, for subnets with IPv6
    ranges, in which awsvpc tasks get such an address beside the other. Private subnets need an egress-only
    internet gateway. A change adds or removes a rule of their security groups. Default: false."""
    endpoints: NotRequired[list[types.Endpoint]]
    """VPC endpoints to make, by the services' names in AWS PrivateLink, such as `ecr.api`. `gateway`: those
    of S3 and DynamoDB, which are free; `all`: those, and `ecr.api`, `ecr.dkr`, `logs`, `secretsmanager`,
    `ssm` and `ssmmessages`, with which tasks on Fargate need no NAT gateway. Interface endpoints are in the
    private subnets, else in the public ones, which must be in different zones; AWS charges them by the hour
    and zone. The VPC must have DNS hostnames enabled, and no other endpoint of the service. A change adds and
    removes endpoints in place. Default: none."""
    route_table_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Route tables for the endpoints of S3 and DynamoDB. Required where `vpc_id` is an Output: the tables of
    a VPC that the program makes cannot be looked up yet. Default: all of the VPC; the main one of the
    default VPC."""
    tags: NotRequired[types.LaterStrings]
    """Tags on the endpoints and their security group. Default: only moorage's own."""
