"""Words for people: counts, amounts, and the names of resources."""


def counted(count: int, one: str, many: str = "") -> str:
    """Return `1 task`, `2 tasks`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def short_type(type_: str) -> str:
    """Return a type as a person says it: `ecs Service` for `aws:ecs/service:Service`."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.rpartition(":")
    module = module.split("/")[0]
    if package in ("aws", "awsx"):
        return f"{'awsx ' if package == 'awsx' else ''}{module} {name}"
    if rest.startswith("providers:"):
        return f"provider {name}"
    return name if module in ("index", "") else f"{module} {name}"


def short_urn(urn: str) -> str:
    """Return a resource as a person says it: its name and its type."""
    parts = urn.split("::", 3)
    if len(parts) < 4:
        return urn
    return f"{parts[3]} ({short_type(parts[2].rpartition('$')[2])})"


def money(amount: float) -> str:
    """Return an amount with two digits."""
    return f"{amount:,.2f}"


def money_range(low: float, high: float) -> str:
    """Return one amount, or two where they differ."""
    return money(low) if money(low) == money(high) else f"{money(low)} to {money(high)}"
