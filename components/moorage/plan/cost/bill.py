"""Collects cost lines while walking a resource graph."""

from moorage.graph import View
from moorage.offline import Resource

from .model import CostLine
from .table import Prices, prices

HOURS = 730
"""Hours in a month, as the AWS Pricing Calculator counts them."""


class Bill:
    """Collects lines, and resources without a price."""

    def __init__(self, view: View, region: str) -> None:
        """Begin without lines; `region` is that of resources without a provider or region of their own."""
        self.view = view
        self.links = view.links
        self.region = region
        self.priced: dict[str, Prices] = {}
        """The prices in use, by region."""
        self.lines: list[CostLine] = []
        self.unknown: list[str] = []

    def prices_for(self, resource: Resource) -> Prices:
        """Return the prices of the region that a resource is in."""
        region = self.links.region(resource) or self.region
        if region not in self.priced:
            self.priced[region] = prices(region)
        return self.priced[region]

    def charge(
        self, resource: Resource, what: str, count: float, charge: str, most: float | None = None
    ) -> None:
        """Add a line for a kind of charge, or note that the table has no price for it.

        Args:
            resource: the resource.
            what: the description of the line.
            count: the units at a time, for the minimum number of tasks or instances.
            charge: the kind of charge.
            most: the units for the maximum number, if it is scaled.
        """
        table = self.prices_for(resource)
        price, unit = table.charges.get(charge), table.units[charge]
        if price is None:
            self.not_priced(resource, f"{what}: no price for {table.region} in the table")
        else:
            self.line(resource, what, count, unit, price, most)

    def line(
        self,
        resource: Resource,
        what: str,
        count: float,
        unit: str,
        price: float,
        most: float | None = None,
    ) -> None:
        """Add a line; units in hours are charged all month."""
        if not count and not most:
            return
        times = HOURS if "hour" in unit else 1
        region = self.prices_for(resource).region
        if region != self.region:
            what = f"{what}, {region}"
        self.lines.append(
            CostLine(
                resource.urn,
                what,
                count * times,
                unit,
                count * times * price,
                None if most is None or most == count else most * times * price,
            )
        )

    def by_use(self, resource: Resource, what: str, unit: str) -> None:
        """Add a line for a usage charge."""
        self.lines.append(CostLine(resource.urn, what, None, unit, None))

    def not_priced(self, resource: Resource, why: str) -> None:
        """Note a part without a price; for a region without prices, only once."""
        table = self.prices_for(resource)
        note = f"{resource.name}: {why}" if table.known else no_prices(table.region)
        if table.known or note not in self.unknown:
            self.unknown.append(note)


def no_prices(region: str) -> str:
    """Return the note for a region without prices."""
    return f"{region or 'no region'}: not in the price table"
