"""The table of AWS list prices by region."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

EVERYWHERE = "all"
"""The key of a price that applies to all regions of the table."""


@dataclass(frozen=True, slots=True)
class Prices:
    """The list prices of one region, in USD."""

    region: str
    as_of: str
    """The last day on which a figure was read, in ISO 8601; empty if the region is not in the table."""
    charges: Mapping[str, float]
    """The known prices by kind of charge, such as `alb`."""
    units: Mapping[str, str]
    """The unit of every kind of charge, such as `vCPU-hour`."""
    instances: Mapping[str, float]
    """The hourly On-Demand price (Linux) by instance type."""
    shares: Mapping[str, float]
    """The share of the On-Demand price that estimates Spot: `fargate_spot`, `ec2_spot`."""

    @property
    def known(self) -> bool:
        """Return whether the region is in the table."""
        return bool(self.as_of)


def prices(region: str) -> Prices:
    """Return the prices of a region; empty if it is not in the table."""
    table, instances = table_of("aws"), table_of("ec2")
    listed = region in table["regions"]
    charges: dict[str, float] = {}
    for name, charge in table["charge"].items():
        figure = charge.get(region) or charge.get(EVERYWHERE)
        if listed and figure:
            charges[name] = figure[0]
    column = instances["regions"].index(region) if listed else None
    as_of: date = table["as_of"]
    return Prices(
        region=region,
        as_of=as_of.isoformat() if listed else "",
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
