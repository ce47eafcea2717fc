"""A VPC and its subnets, in which components are placed."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from moorage.model.fields.checks import checked
from moorage.model.fields.network import NETWORK
from moorage.model.fields.values import Values
from moorage.model.names import check_logical_name
from moorage.model.network import endpoints_for
from moorage.model.problems import Problems
from moorage.model.tags import check_tags

from .checking import arguments, checking
from .inputs import declared_outputs, is_plain, plain_inputs
from .network_endpoints import after, vpc_endpoints
from .network_lookup import first_of, subnets_of
from .wiring import Owner, tags_for


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
    ipv6: NotRequired[bool]
    """As given to the `Network`: whether what is placed in it may connect to IPv6 addresses. Default:
    false."""


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
    private_egress: NotRequired[bool]
    """Whether the private subnets reach AWS, by a NAT gateway or endpoints for ECR, S3, CloudWatch Logs and
    what the tasks use; tasks and instances are then placed in them. Default: false."""
    ipv6: NotRequired[bool]
    """Whether tasks, instances and load balancers may connect to IPv6 addresses, for subnets with IPv6
    ranges, in which awsvpc tasks get such an address beside the other. Private subnets need an egress-only
    internet gateway. A change adds or removes a rule of their security groups. Default: false."""
    endpoints: NotRequired[list[str]]
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
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags on the endpoints and their security group. Default: only moorage's own."""


class Network(pulumi.ComponentResource):
    """The account's default VPC, or one given by its id, tags or subnets.

    It makes no resources but the `endpoints`: make a new VPC with `awsx.ec2.Vpc`, and pass its ids.
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
        with checking():
            values = _checked(name, args)
        super().__init__("moorage:index:Network", name, plain_inputs(args), opts)
        endpoints = endpoints_for(values["endpoints"] or [])
        invoke = pulumi.InvokeOptions(parent=self)
        vpc, by_tags = None, values["vpc_tags"]
        if values.has("vpc_id"):
            self.vpc_id = pulumi.Output.from_input(values["vpc_id"])
            if any(endpoints):
                vpc = aws.ec2.get_vpc_output(id=self.vpc_id, opts=invoke)
        else:
            vpc = aws.ec2.get_vpc_output(default=None if by_tags else True, tags=by_tags, opts=invoke)
            self.vpc_id = vpc.id
        looked_up = not values.has("public_subnet_ids") and (values.has("vpc_id") or bool(by_tags))
        if looked_up:
            needed = "private" if values["private_egress"] else "public"
            found = subnets_of(self.vpc_id, invoke, f"{name}: the VPC has no {needed} subnets", needed)
            self.public_subnet_ids, self.private_subnet_ids = found
        elif values.has("vpc_id"):
            self.public_subnet_ids = _ids(values["public_subnet_ids"])
            self.private_subnet_ids = _ids(values["private_subnet_ids"] or [])
        else:
            filters: Any = [
                {"name": "vpc-id", "values": [self.vpc_id]},
                {"name": "default-for-az", "values": ["true"]},
            ]
            self.public_subnet_ids = aws.ec2.get_subnets_output(filters=filters, opts=invoke).ids
            self.private_subnet_ids = _ids([])
        has_private = looked_up or values.has("private_subnet_ids")
        if vpc is not None and any(endpoints):
            subnets = first_of(self.private_subnet_ids, self.public_subnet_ids)
            owner = Owner(self, name, None, tags_for(name, values["tags"]))
            made = vpc_endpoints(owner, values, endpoints, vpc, subnets)
            if has_private:
                self.private_subnet_ids = after(made, self.private_subnet_ids)
        self.ref: NetworkRef = {
            "vpc_id": self.vpc_id,
            "public_subnet_ids": self.public_subnet_ids,
            "private_egress": values["private_egress"],
        }
        if values["ipv6"]:
            self.ref["ipv6"] = True
        if has_private:
            self.ref["private_subnet_ids"] = self.private_subnet_ids
        self.register_outputs(declared_outputs(self))


def _checked(name: str, args: NetworkArgs) -> Values:
    """Check all arguments and return them with their defaults; raise a ValueError with every problem."""
    problems = Problems("Network", name)
    check_logical_name(name, problems)
    values = checked(NetworkArgs, NETWORK, args, problems)
    check_tags("tags", values.given("tags") or {}, problems)
    if not is_plain(values["vpc_id"]):
        later = "of a VPC that the program makes cannot be looked up yet"
        gateways = endpoints_for(values["endpoints"] or []).gateways
        if gateways and not values.has("route_table_ids"):
            problems.say(
                "route_table_ids",
                f"is required with the endpoint {gateways[0]} where vpc_id is an Output: the tables {later}",
            )
        if not values.has("public_subnet_ids"):
            problems.say("public_subnet_ids", f"is required where vpc_id is an Output: the subnets {later}")
    public, private = (values.has(f"{kind}_subnet_ids") for kind in ("public", "private"))
    if values.has("vpc_id") and public != private:
        if private:
            problems.say("private_subnet_ids", "needs public_subnet_ids: all subnets are looked up, or none")
        elif values["private_egress"]:
            problems.add("private_egress", True, "needs private_subnet_ids beside public_subnet_ids")
    problems.raise_if_any()
    return values


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
        "ipv6": network.get("ipv6", False),
    }
