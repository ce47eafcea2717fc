"""The field table of `Network`."""

from moorage.model.vpc_endpoints import Endpoint

from .field import Exclude, Field, Need, Table, plain
from .shared import TAGS, not_empty

NETWORK_REF = {
    **plain("vpc_id", "public_subnet_ids", "private_subnet_ids"),
    "private_egress": Field(False),
    "ipv6": Field(False),
}

_SUBNETS = ("public_subnet_ids", "private_subnet_ids")

NETWORK = Table(
    {
        "vpc_id": Field(words="the default VPC of the account and region"),
        "vpc_tags": Field(
            check=not_empty("give the tags of one VPC"),
            excludes=(
                Exclude("vpc_id", why="names a VPC"),
                *(Exclude(name, why="is looked up") for name in _SUBNETS),
            ),
        ),
        "public_subnet_ids": Field(
            words="with `vpc_id` or `vpc_tags`, all that have one; else the default VPC's",
            needs=(Need("vpc_id"),),
        ),
        "private_subnet_ids": Field(
            words="with `vpc_id` or `vpc_tags` and without `public_subnet_ids`, all that have none",
            needs=(Need("vpc_id", why="the default VPC has no private subnets"),),
        ),
        "private_egress": Field(
            False,
            needs=(
                Need(
                    ("private_subnet_ids", "vpc_id", "vpc_tags"), why="the default VPC has no private subnets"
                ),
            ),
        ),
        "ipv6": Field(False),
        "endpoints[]": Field(choices=Endpoint),
        "route_table_ids": Field(
            words="all of the VPC; the main one of the default VPC", needs=(Need("endpoints"),)
        ),
        "tags": TAGS,
    }
)
