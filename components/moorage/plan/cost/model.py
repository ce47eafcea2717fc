"""Monthly cost of a stack: lines and totals."""

from dataclasses import dataclass

from moorage.plan.text import listed, money_range


@dataclass(frozen=True, slots=True)
class CostLine:
    """The cost of one part of a resource."""

    resource: str
    """The resource's URN."""
    what: str
    """The description, such as `2 tasks, vCPU, ARM`."""
    quantity: float | None
    """The units of a month; None for a usage charge."""
    unit: str
    """The unit of `quantity`, such as `vCPU-hour`."""
    monthly: float | None
    """The amount for the minimum number of tasks or instances; None for a usage charge."""
    monthly_max: float | None = None
    """The amount for the maximum number; None if it is not scaled."""

    @property
    def most(self) -> float:
        """Return the amount for the maximum number, also if it is not scaled; 0 for a usage charge."""
        return self.monthly_max or self.monthly or 0

    @property
    def amount(self) -> str:
        """Return the amount as text."""
        return "usage-based" if self.monthly is None else money_range(self.monthly, self.most)


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a stack in a month without traffic, at list prices."""

    currency: str
    region: str
    """The region of resources without a provider or region of their own."""
    prices_as_of: str
    """The date of the price table, in ISO 8601; empty if the region is not in it."""
    lines: tuple[CostLine, ...]
    unknown: tuple[str, ...] = ()
    """Notes on parts without a price, such as an instance type that is not in the table."""
    elsewhere: tuple[str, ...] = ()
    """The other regions with lines, sorted."""

    @property
    def regions(self) -> str:
        """Return the regions as text."""
        return listed((self.region, *self.elsewhere))

    @property
    def monthly(self) -> float:
        """Return the total for the minimum number of tasks and instances."""
        return sum(line.monthly or 0 for line in self.lines)

    @property
    def monthly_max(self) -> float:
        """Return the total for the maximum number; equal to `monthly` if nothing is scaled."""
        return sum(line.most for line in self.lines)

    @property
    def amount(self) -> str:
        """Return the total as text: `1.00`, or `1.00 to 2.00`."""
        return money_range(self.monthly, self.monthly_max)
