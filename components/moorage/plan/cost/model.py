"""A stack's monthly cost: its lines, and what they add up to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one part of a resource costs."""

    resource: str
    """The resource's URN."""
    what: str
    """What is paid for, such as `2 tasks, vCPU, ARM`."""
    quantity: float | None
    """How much of it in a month; None when that depends on use."""
    unit: str
    """The unit of `quantity`, such as `vCPU-hour`."""
    monthly: float | None
    """What it costs in a month, for the fewest tasks or instances; None when it depends on use."""
    monthly_max: float | None = None
    """The same for the most of them, where it is scaled; None where it is not."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stack costs in a month without traffic, at list prices."""

    currency: str
    region: str
    """That of resources without a provider or region of their own."""
    prices_as_of: str
    """The date of the price table, as in ISO 8601; empty when it does not know the region."""
    lines: tuple[CostLine, ...]
    unknown: tuple[str, ...] = ()
    """What could not be priced, each a sentence: a region or an instance type that is not in the table."""
    elsewhere: tuple[str, ...] = ()
    """The other regions whose prices are in it, sorted."""

    @property
    def regions(self) -> str:
        """The regions whose prices are in it, in words."""
        *first, last = (self.region, *self.elsewhere)
        return f"{', '.join(first)} and {last}" if first else last

    @property
    def monthly(self) -> float:
        """The sum, for the fewest tasks and instances."""
        return sum(line.monthly or 0 for line in self.lines)

    @property
    def monthly_max(self) -> float:
        """The sum for the most of them; the same as `monthly` where nothing is scaled."""
        return sum(line.monthly_max or line.monthly or 0 for line in self.lines)
