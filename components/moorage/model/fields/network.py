"""The field table of `Network`."""

from moorage.model.network import ENDPOINTS

from .field import Field, Need, Table
from .shared import TAGS

NETWORK_REF = {
    "vpc_id": Field(),
    "public_subnet_ids": Field(),
    "private_subnet_ids": Field(),
    "private_egress": Field(False),
}

NETWORK = Table(
    {
        "vpc_id": Field(
            words="the default VPC of the account and region", needs=(Need("public_subnet_ids"),)
        ),
        "public_subnet_ids": Field(words="the default VPC's", needs=(Need("vpc_id"),)),
        "private_subnet_ids": Field(needs=(Need("vpc_id", why="the default VPC has no private subnets"),)),
        "private_egress": Field(False, needs=(Need("private_subnet_ids"),)),
        "endpoints": Field(),
        "endpoints[]": Field(choices=ENDPOINTS),
        "route_table_ids": Field(
            words="all of `vpc_id`; the main one of the default VPC", needs=(Need("endpoints"),)
        ),
        "tags": TAGS,
    }
)
