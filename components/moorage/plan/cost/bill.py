"""Collects cost lines while walking a resource graph."""

from moorage.graph import View
from moorage.offline import Resource

from .model import CostLine
from .table import Prices, prices

HOURS = 730
"""Hours in a month, as the AWS Pricing Calculator counts them."""

Counts = tuple[int, int]
"""The minimum and the maximum number of tasks or instances."""

ONE = (1, 1)


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
        self, resource: Resource, what: str, charge: str, units: float = 1, counts: Counts = ONE
    ) -> None:
        """Add a line for a kind of charge, or note that the table has no price for it.

        Args:
            resource: the resource.
            what: the description of the line.
            charge: the kind of charge.
            units: the units of one task, instance or resource at a time.
            counts: the number of these.
        """
        table = self.prices_for(resource)
        price, unit = table.charges.get(charge), table.units[charge]
        if price is None:
            self.not_priced(resource, f"{what}: no price for {table.region} in the table")
        else:
            self.line(resource, what, units, (unit, price), counts)

    def line(
        self, resource: Resource, what: str, units: float, price: tuple[str, float], counts: Counts
    ) -> None:
        """Add a line at the price of a unit; units in hours are charged all month."""
        fewest, most = (units * count for count in counts)
        if not most:
            return
        (unit, amount), region = price, self.prices_for(resource).region
        if region != self.region:
            what = f"{what}, {region}"
        times = HOURS if "hour" in unit else 1
        low, high = fewest * times * amount, most * times * amount
        line = CostLine(resource.urn, what, fewest * times, unit, low, None if most == fewest else high)
        self.lines.append(line)

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
