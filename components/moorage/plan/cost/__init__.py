"""What a stack costs in a month, at list prices and without traffic."""

from moorage.graph import View, view
from moorage.offline import ResourceGraph

from .bill import HOURS, Bill, no_prices
from .instances import instances
from .model import Cost, CostLine
from .network import network
from .others import others
from .services import services
from .table import prices

__all__ = ["HOURS", "Cost", "CostLine", "monthly"]


def monthly(graph: ResourceGraph | View, region: str) -> Cost:
    """Return what the resources of a graph cost in a month of 730 hours.

    Free tiers, discounts and taxes are left out, and so is what depends on use: those lines have no amount.
    A graph of a preview does as well; what it does not know yet is in `unknown`.

    Args:
        graph: an evaluated program, or its view.
        region: where resources are deployed that have no provider or region of their own, such as
            `eu-central-1`.
    """
    found = prices(region)
    if not found.known:
        return Cost("USD", region, "", (), (no_prices(region),))
    bill = Bill(view(graph), region)
    for part in (network, services, instances, others):
        part(bill)
    elsewhere = sorted(name for name, table in bill.priced.items() if table.known and name != region)
    return Cost("USD", region, found.as_of, tuple(bill.lines), tuple(bill.unknown), tuple(elsewhere))
