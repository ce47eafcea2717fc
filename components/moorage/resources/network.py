"""A VPC and its subnets, in which components are placed."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from moorage.model.fields.checks import checked
from moorage.model.fields.network import NETWORK
from moorage.model.names import check_logical_name
from moorage.model.problems import Problems

from .checking import arguments, checking
from .inputs import declared_outputs, plain_inputs


class NetworkRef(TypedDict):
    """A network as other components take it: in Python pass `network.ref`; in other languages pass its
    outputs one by one, and repeat its choices."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    public_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets with a route to an internet gateway, in at least two zones for a load balancer."""
    private_subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Subnets without a route to an internet gateway. Default: none."""
    private_egress: NotRequired[bool]
    """As given to the `Network`: whether the private subnets reach AWS. Tasks and instances are placed in
    them if so, else in the public ones with a public address. Default: false."""


class NetworkArgs(TypedDict):
    """Arguments of `Network`. With none of them it is the account's default VPC."""

    vpc_id: NotRequired[pulumi.Input[str]]
    """A VPC that exists, or that the program makes. Default: the default VPC of the account and region."""
    public_subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Its subnets with a route to an internet gateway. Required with `vpc_id`. Default: the default VPC's."""
    private_subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Its subnets without such a route. Default: none."""
    private_egress: NotRequired[bool]
    """Whether the private subnets reach AWS, by a NAT gateway or endpoints for ECR, S3, CloudWatch Logs and
    what the tasks use; tasks and instances are then placed in them. Default: false."""


class Network(pulumi.ComponentResource):
    """The account's default VPC, or one given by its ids.

    It makes no resources: make a new VPC with `awsx.ec2.Vpc`, and pass its ids.
    """

    vpc_id: pulumi.Output[str]
    """The VPC's id."""
    public_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets with a route to an internet gateway."""
    private_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets without one."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the network.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        args = arguments(name, args)
        problems = Problems("Network", name)
        check_logical_name(name, problems)
        values = checked(NetworkArgs, NETWORK, args, problems)
        with checking():
            problems.raise_if_any()
        super().__init__("moorage:index:Network", name, plain_inputs(args), opts)

        if values.has("vpc_id"):
            self.vpc_id = pulumi.Output.from_input(values["vpc_id"])
            self.public_subnet_ids = _ids(values["public_subnet_ids"])
        else:
            invoke = pulumi.InvokeOptions(parent=self)
            self.vpc_id = aws.ec2.get_vpc_output(default=True, opts=invoke).id
            filters: Any = [
                {"name": "vpc-id", "values": [self.vpc_id]},
                {"name": "default-for-az", "values": ["true"]},
            ]
            self.public_subnet_ids = aws.ec2.get_subnets_output(filters=filters, opts=invoke).ids
        self.private_subnet_ids = _ids(values["private_subnet_ids"] or [])
        self.ref: NetworkRef = {
            "vpc_id": self.vpc_id,
            "public_subnet_ids": self.public_subnet_ids,
            "private_egress": values["private_egress"],
        }
        if values.has("private_subnet_ids"):
            self.ref["private_subnet_ids"] = self.private_subnet_ids
        self.register_outputs(declared_outputs(self))


def _ids(subnets: pulumi.Input[Sequence[pulumi.Input[str]]]) -> pulumi.Output[Sequence[str]]:
    # Pulumi's types do not say that Outputs inside the list are resolved too.
    return cast("pulumi.Output[Sequence[str]]", pulumi.Output.from_input(subnets))


def task_subnets(network: NetworkRef) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """Return the subnets of tasks and instances: private ones if these reach AWS, else public ones."""
    if network.get("private_egress") and "private_subnet_ids" in network:
        return network["private_subnet_ids"]
    return network["public_subnet_ids"]


def first_subnets(network: NetworkRef, zones: int) -> NetworkRef:
    """Return the part of a network that a file system is in; tasks that mount it must be there too."""

    def first(subnets: pulumi.Input[Sequence[pulumi.Input[str]]]) -> pulumi.Output[list[str]]:
        known = cast("pulumi.Output[list[str]]", pulumi.Output.from_input(subnets))
        return known.apply(lambda ids: ids[:zones])

    return {
        "vpc_id": network["vpc_id"],
        "public_subnet_ids": first(network["public_subnet_ids"]),
        "private_subnet_ids": first(network.get("private_subnet_ids", [])),
        "private_egress": network.get("private_egress", False),
    }
