"""A network as the functions that make its resources take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pulumi

from moorage.model.network import Endpoints
from moorage.resources.wiring import Tags, Wired

Ids = pulumi.Input[Sequence[pulumi.Input[str]]]


class Passed(NamedTuple):
    """The checked arguments of a network beside its model."""

    vpc_id: pulumi.Input[str] | None
    vpc_tags: Mapping[str, str] | None
    public_subnet_ids: Ids | None
    private_subnet_ids: Ids | None
    private_egress: bool
    ipv6: bool
    route_table_ids: Ids | None
    tags: Tags | None


NetworkWiring = Wired[Endpoints, Passed]
