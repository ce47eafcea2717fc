"""A network, from its checked arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from moorage.model.choices import SubnetKind
from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.network import NETWORK
from moorage.model.lookup import described
from moorage.model.names import check_logical_name
from moorage.model.network import Endpoints, endpoints_for
from moorage.model.problems import Problems
from moorage.model.tags import check_tags
from moorage.resources.inputs import after, is_plain, present
from moorage.resources.outputs import Outputs, output_of
from moorage.resources.wiring import Wired, tags_for

from .args import NetworkArgs, NetworkRef
from .endpoints import vpc_endpoints
from .subnets import subnets_of
from .wiring import Passed


def assembled(
    network: pulumi.ComponentResource, name: str, endpoints: Endpoints, passed: Passed
) -> tuple[Outputs, NetworkRef]:
    """Look up the network and make its endpoints; return its outputs and its reference."""
    wiring = Wired(network, name, endpoints, tags_for(name, passed.tags), passed)
    invoke = pulumi.InvokeOptions(parent=network)
    vpc, by_tags = None, passed.vpc_tags
    if passed.vpc_id is not None:
        vpc_id = output_of(passed.vpc_id)
        if any(endpoints):
            vpc = aws.ec2.get_vpc_output(id=vpc_id, opts=invoke)
    else:
        vpc = aws.ec2.get_vpc_output(default=None if by_tags else True, tags=by_tags, opts=invoke)
        vpc_id = vpc.id
    looked_up = passed.public_subnet_ids is None and (passed.vpc_id is not None or bool(by_tags))
    if looked_up:
        needed = SubnetKind.PRIVATE if passed.private_egress else SubnetKind.PUBLIC
        public, private = subnets_of(vpc_id, invoke, f"{name}: the VPC has no {needed} subnets", needed)
    elif passed.public_subnet_ids is not None and passed.vpc_id is not None:
        public = _ids(passed.public_subnet_ids)
        private = _ids(passed.private_subnet_ids or [])
    else:
        of_default: Any = {"name": "default-for-az", "values": ["true"]}
        filters: Any = [{"name": "vpc-id", "values": [vpc_id]}, of_default]
        public = aws.ec2.get_subnets_output(filters=filters, opts=invoke).ids
        private = _ids([])
    has_private = looked_up or passed.private_subnet_ids is not None
    if vpc is not None and any(endpoints):
        subnets = pulumi.Output.all(private, public).apply(lambda args: args[0] or args[1])
        made = vpc_endpoints(wiring, vpc, subnets)
        if has_private:
            private = after(made, private)
    ref: NetworkRef = present(
        vpc_id=vpc_id,
        public_subnet_ids=public,
        private_subnet_ids=private if has_private else None,
        private_egress=passed.private_egress,
        ipv6=True if passed.ipv6 else None,
    )
    return {"vpc_id": vpc_id, "public_subnet_ids": public, "private_subnet_ids": private}, ref


def checked(name: str, args: NetworkArgs) -> tuple[Endpoints, Passed]:
    """Check all arguments and return the endpoints and what is passed beside them; raise a ValueError with
    every problem."""
    problems = Problems("Network", name)
    check_logical_name(name, problems)
    values = checked_values(NetworkArgs, NETWORK, args, problems)
    endpoints = endpoints_for(values["endpoints"] or [])
    check_tags("tags", values.given("tags") or {}, problems)
    if not is_plain(values["vpc_id"]):
        later = "of a VPC that the program makes cannot be looked up yet"
        gateways = endpoints.gateways
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
    return endpoints, described(Passed, values)


def _ids(subnets: pulumi.Input[Sequence[pulumi.Input[str]]]) -> pulumi.Output[Sequence[str]]:
    # Pulumi's types do not say that Outputs inside the list are resolved too.
    return cast("pulumi.Output[Sequence[str]]", pulumi.Output.from_input(subnets))
