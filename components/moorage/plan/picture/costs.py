"""The cost section of the page: a chart by resource and a table of all lines."""

from moorage.plan.cost.model import Cost, CostLine
from moorage.plan.text import counted, money_range

from .sections import Anchors, cell, link, section, table
from .svg import text

_SHOWN = 12
"""The number of bars; the cheapest resources share the last one."""


def cost_section(cost: Cost, anchors: Anchors) -> str:
    """Return the cost section."""
    notes = "".join(f'<p class="note">{text(unknown)}</p>' for unknown in cost.unknown)
    if not cost.lines:
        return section("cost", "Cost", notes or '<p class="note">No hourly or monthly charges.</p>')
    dated = (
        f"list prices of {cost.regions} as of {cost.prices_as_of}"
        if cost.prices_as_of
        else "no prices for the region"
    )
    intro = f'<p class="note">{cost.currency} a month of 730 hours without traffic, {text(dated)}.</p>'
    rows = [_row(line, anchors) for line in cost.lines]
    total = (
        f'<tr><th scope="row" colspan="3">Total</th>'
        f"{cell('Total', money_range(cost.monthly, cost.monthly_max), 'number')}</tr>"
    )
    heads = ("What", "Of", "Quantity#", f"{text(cost.currency)} a month#")
    lines = table("costs", counted(len(rows), "line"), heads, rows, total if cost.prices_as_of else "")
    return section("cost", "Cost", intro + notes + _chart(cost, anchors) + lines)


def _amounts(cost: Cost) -> list[tuple[str, float, float]]:
    """Return the minimum and maximum cost of each resource, the highest first."""
    found: dict[str, tuple[float, float]] = {}
    for line in cost.lines:
        if line.monthly is not None:
            low, high = found.get(line.resource, (0.0, 0.0))
            most = line.monthly if line.monthly_max is None else line.monthly_max
            found[line.resource] = (low + line.monthly, high + most)
    return sorted(
        ((urn, *both) for urn, both in found.items() if both[1] > 0), key=lambda each: (-each[2], each[0])
    )


def _chart(cost: Cost, anchors: Anchors) -> str:
    amounts = _amounts(cost)
    if not amounts:
        return ""
    bars = [(link(urn, anchors), low, high) for urn, low, high in amounts]
    if len(bars) > _SHOWN:
        rest = bars[_SHOWN - 1 :]
        together = (f"{len(rest)} more", sum(each[1] for each in rest), sum(each[2] for each in rest))
        bars = [*bars[: _SHOWN - 1], together]
    scale = max(high for _, _, high in bars)
    return f'<ol class="chart">{"".join(_bar(name, low, high, scale) for name, low, high in bars)}</ol>'


def _bar(name: str, low: float, high: float, scale: float) -> str:
    wide = f'<rect class="high" width="{high / scale:.2%}" height="100%"/>' if high > low else ""
    solid = f'<rect class="low" width="{low / scale:.2%}" height="100%"/>'
    return (
        f'<li><span class="name">{name}</span><svg aria-hidden="true">{wide}{solid}</svg>'
        f'<span class="number">{money_range(low, high)}</span></li>'
    )


def _row(line: CostLine, anchors: Anchors) -> str:
    quantity = "per" if line.quantity is None else f"{line.quantity:,.6g}"
    amount = "usage-based"
    if line.monthly is not None:
        amount = money_range(line.monthly, line.monthly if line.monthly_max is None else line.monthly_max)
    return (
        f'<tr><th scope="row">{text(line.what)}</th>{cell("Of", link(line.resource, anchors))}'
        f"{cell('Quantity', f'{quantity} {text(line.unit)}', 'number')}"
        f"{cell('Monthly', amount, 'number')}</tr>"
    )
