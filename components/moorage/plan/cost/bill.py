"""What the lines of a cost are written on while a graph is gone through."""

from moorage.graph import View
from moorage.offline import Resource
from moorage.offline.values import Json

from .model import CostLine
from .table import Prices, prices

HOURS = 730
"""Hours in a month, as the AWS Pricing Calculator counts them."""


class Bill:
    """Collects lines, and what could not be priced."""

    def __init__(self, view: View, region: str) -> None:
        """Begin with no lines; `region` is that of resources without a provider or region of their own."""
        self.view = view
        self.links = view.links
        self.region = region
        self.priced: dict[str, Prices] = {}
        """The prices that were asked for, by region."""
        self.lines: list[CostLine] = []
        self.unknown: list[str] = []

    def prices_for(self, resource: Resource) -> Prices:
        """Return the prices of the region that a resource is in."""
        region = self.links.region(resource) or self.region
        if region not in self.priced:
            self.priced[region] = prices(region)
        return self.priced[region]

    def inputs(self, resource: Resource) -> Json:
        """Return a resource's inputs, secrets too: only numbers and names are read from them."""
        return self.links.inputs(resource)

    def charge(
        self, resource: Resource, what: str, count: float, charge: str, most: float | None = None
    ) -> None:
        """Add a line for a kind of charge of the table; say it when it has no price there.

        Args:
            resource: what is paid for.
            what: in words.
            count: how many units there are at a time, for the fewest tasks or instances.
            charge: the kind of charge.
            most: the same for the most of them, where it is scaled.
        """
        table = self.prices_for(resource)
        price, unit = table.charges.get(charge), table.units[charge]
        if price is None:
            self.not_priced(resource, f"{what}: the table has no price for it in {table.region}")
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
        """Add a line; a unit in hours is there all month."""
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
        """Add a line for what costs only as much as it is used."""
        self.lines.append(CostLine(resource.urn, what, None, unit, None))

    def not_priced(self, resource: Resource, why: str) -> None:
        """Note that something of a resource has no price; of a region without prices, once for all."""
        table = self.prices_for(resource)
        note = f"{resource.name}: {why}" if table.known else no_prices(table.region)
        if table.known or note not in self.unknown:
            self.unknown.append(note)


def no_prices(region: str) -> str:
    """Return that nothing in a region has a price."""
    return f"{region or 'no region'}: the price table does not have it"


def span(fewest: int, most: int) -> str:
    """Return `3`, or `3 to 9`."""
    return str(fewest) if fewest == most else f"{fewest} to {most}"


def counted(fewest: int, most: int, noun: str) -> str:
    """Return `1 task`, `3 tasks`, or `3 to 9 tasks`."""
    return f"{span(fewest, most)} {noun}{'' if most == 1 else 's'}"
