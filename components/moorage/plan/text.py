"""Formatting of counts, amounts and names of resources."""

from collections.abc import Sequence


def counted(count: int, one: str, many: str = "") -> str:
    """Return `1 task`, `2 tasks`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def limited(texts: Sequence[str], most: int, one: str = "", many: str = "") -> list[str]:
    """Return at most this many texts: the last of more is `and 3 more`, with a noun `and 3 more stores`."""
    if len(texts) <= most:
        return [*texts]
    more = counted(len(texts) - most + 1, f"more {one}".strip(), f"more {many}".strip())
    return [*texts[: most - 1], f"and {more}"]


def span(least: int, most: int, noun: str = "") -> str:
    """Return `3`, `3 to 9`; with a noun `1 task`, `3 to 9 tasks`."""
    number = str(least) if least == most else f"{least} to {most}"
    return f"{number} {noun}{'' if most == 1 else 's'}" if noun else number


def short_type(type_: str) -> str:
    """Return a type without its package: `ecs Service` for `aws:ecs/service:Service`."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.rpartition(":")
    module = module.split("/")[0]
    if package in ("aws", "awsx"):
        return f"{'awsx ' if package == 'awsx' else ''}{module} {name}"
    if rest.startswith("providers:"):
        return f"provider {name}"
    return name if module in ("index", "") else f"{module} {name}"


def short_urn(urn: str) -> str:
    """Return a resource's name and type."""
    parts = urn.split("::", 3)
    if len(parts) < 4:
        return urn
    return f"{parts[3]} ({short_type(parts[2].rpartition('$')[2])})"


def money_range(low: float, high: float) -> str:
    """Return one amount, or `1.00 to 2.00`."""
    first, last = f"{low:,.2f}", f"{high:,.2f}"
    return first if first == last else f"{first} to {last}"


def listed(names: Sequence[str]) -> str:
    """Return names as text: `a, b and c`."""
    unique = list(dict.fromkeys(names))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}"
