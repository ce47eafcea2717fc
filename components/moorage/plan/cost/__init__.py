"""Monthly cost of a stack, at list prices and without traffic."""

from moorage.graph import View, view
from moorage.offline import ResourceGraph

from .bill import HOURS, Bill, no_prices
from .charges import charges
from .instances import instances
from .model import Cost, CostLine
from .network import network
from .services import services
from .table import prices

__all__ = ["HOURS", "Cost", "CostLine", "monthly"]


def monthly(graph: ResourceGraph | View, region: str) -> Cost:
    """Return the cost of a graph's resources in a month of 730 hours.

    Existing resources, free tiers, discounts and taxes are omitted; lines of usage charges have no amount.
    The graph of a preview is allowed; values that it does not know yet are in `unknown`.

    Args:
        graph: an evaluated program, or its view.
        region: the region of resources without a provider or region of their own, such as `eu-central-1`.
    """
    price_list = prices(region)
    if not price_list.known:
        return Cost("USD", region, "", (), (no_prices(region),))
    bill = Bill(view(graph), region)
    for part in (network, services, instances, charges):
        part(bill)
    elsewhere = sorted(name for name, table in bill.priced.items() if table.known and name != region)
    return Cost("USD", region, price_list.as_of, tuple(bill.lines), tuple(bill.unknown), tuple(elsewhere))
