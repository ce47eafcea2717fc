"""Boxes of load balancers, DNS records and data stores."""

from moorage.graph import Balancer
from moorage.graph.values import known

from .measure import fit
from .scene import SIZES, Box, Text
from .stores import Store

ENTRY = 156.0
BALANCER = 186.0
DATA = 196.0
STORE = 48.0
"""The height of a data store's box; the other constants are widths."""


def balancer_box(balancer: Balancer, x: float, y: float) -> Box:
    """Return a load balancer with its listeners."""
    room = BALANCER - 20
    kind = known(balancer.kind) or ""
    lines = [
        f"{kind} load balancer".strip().capitalize() + (", internal" if balancer.internal is True else "")
    ]
    for listener in balancer.listeners:
        what = f"to {listener.redirect}" if listener.redirect else ""
        lines.append(
            " ".join(part for part in (listener.protocol, str(known(listener.port) or ""), what) if part)
        )
    if balancer.waf:
        lines.append("AWS WAF web ACL")
    name = fit(balancer.name, SIZES["title"], room - 26, bold=True)
    texts = [Text(x + 36, y + 24, name, "title")]
    texts += [
        Text(x + 12, y + 46 + 17 * n, fit(line, SIZES["text"], room), "text", "muted" if n == 0 else "ink")
        for n, line in enumerate(lines)
    ]
    height = 46.0 + 17 * len(lines)
    title = f"Load balancer {balancer.name}. {'. '.join(lines)}"
    return Box(
        "entry", x, y, BALANCER, height, title, tuple(texts), "balancer", (x + 11, y + 10), urn=balancer.urn
    )


def records_box(hosts: tuple[str, ...], x: float, middle: float, top: float) -> Box:
    """Return the DNS records of a load balancer, centered at `middle` and not above `top`."""
    height = 38.0 + 17 * min(len(hosts), 4)
    y = max(top, middle - height / 2)
    shown = hosts[:4] if len(hosts) <= 4 else (*hosts[:3], f"and {len(hosts) - 3} more")
    texts = [Text(x + 36, y + 22, "DNS", "title")]
    texts += [
        Text(x + 12, y + 41 + 17 * n, fit(host, SIZES["text"], ENTRY - 20)) for n, host in enumerate(shown)
    ]
    title = f"DNS: {', '.join(hosts)}"
    return Box("entry", x, y, ENTRY, height, title, tuple(texts), "record", (x + 11, y + 8))


def store_box(store: Store, x: float, y: float) -> Box:
    """Return a data store."""
    room = DATA - 46
    texts = (
        Text(x + 38, y + 20, fit(store.name, SIZES["title"], room, bold=True), "title"),
        Text(
            x + 38,
            y + 36,
            fit(store.detail, SIZES["small"], room),
            "small",
            "warn" if store.warn else "muted",
        ),
    )
    kind = "warn" if store.warn else "data"
    title = f"{store.name}: {store.detail}. {store.all_names}".rstrip(". ")
    return Box(kind, x, y, DATA, STORE, title, texts, store.icon, (x + 12, y + 15), urn=store.urn)


def nothing_box(margin: float) -> Box:
    """Return the box of an empty picture."""
    texts = (Text(margin + 16, margin + 34, "This stack has no resources to draw.", "text", "muted"),)
    return Box("frame", margin, margin, 420, 60, "Nothing to show", texts)
