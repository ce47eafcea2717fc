"""The table of list prices: what AWS charges for what, by region."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

EVERYWHERE = "all"
"""Stands for each of the table's regions, where the price is the same."""


@dataclass(frozen=True, slots=True)
class Prices:
    """The list prices of one region, in USD."""

    region: str
    as_of: str
    """The last day on which a figure was read, as in ISO 8601; empty when the region is not in the table."""
    charges: Mapping[str, float]
    """The price of each kind of charge that is known, such as `alb`."""
    units: Mapping[str, str]
    """What is counted for each kind of charge, such as `vCPU-hour`, whether its price is known or not."""
    instances: Mapping[str, float]
    """The price of an hour of an instance on demand (Linux), by instance type."""
    shares: Mapping[str, float]
    """The share of the price on demand that stands for Spot: `fargate_spot`, `ec2_spot`."""

    @property
    def known(self) -> bool:
        """Whether the region is in the table."""
        return bool(self.as_of)


def prices(region: str) -> Prices:
    """Return the prices of a region; without figures when the table does not have it."""
    table, instances = table_of("aws"), table_of("ec2")
    known = region in table["regions"]
    charges: dict[str, float] = {}
    for name, charge in table["charge"].items():
        figure = charge.get(region) or charge.get(EVERYWHERE)
        if known and figure:
            charges[name] = figure[0]
    column = instances["regions"].index(region) if known else None
    as_of: date = table["as_of"]
    return Prices(
        region=region,
        as_of=as_of.isoformat() if known else "",
        charges=charges,
        units={name: charge["unit"] for name, charge in table["charge"].items()},
        instances={} if column is None else {name: row[column] for name, row in instances["usd"].items()},
        shares={name: estimate["share"] for name, estimate in table["estimate"].items()},
    )


@cache
def table_of(name: str) -> dict[str, Any]:
    """Return one of the data files: `aws`, or `ec2` for the instances."""
    return tomllib.loads(
        files("moorage.plan.cost").joinpath(f"prices/{name}.toml").read_text(encoding="utf-8")
    )
