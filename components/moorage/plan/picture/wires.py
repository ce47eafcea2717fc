"""Lines of a picture: requests to services, and permissions on data.

Each source has its own vertical line with branches, so that only lines to the same target overlap.
"""

from dataclasses import dataclass, field

from moorage.graph import View

from .scene import Box, Line, Text
from .stores import Store, Use

_LABELS = 100.0
"""The width for labels before the first vertical line."""
_TRACK = 9.0
_PORT = 17.0


@dataclass(slots=True)
class Placed:
    """The boxes at the ends of lines, by URN."""

    internet: Box | None = None
    dns: dict[str, Box] = field(default_factory=dict[str, Box])
    """By URN of the load balancer."""
    balancers: dict[str, Box] = field(default_factory=dict[str, Box])
    rows: dict[str, Box] = field(default_factory=dict[str, Box])
    """Services and jobs; the cluster's box if services are grouped."""


def channel_width(stores: list[Store]) -> float:
    """Return the width between services and data."""
    return _LABELS + _TRACK * sum(bool(store.uses) for store in stores) + 26


def row_height(stores: list[Store], user: str) -> float:
    """Return the height of a box for all its lines."""
    return _PORT * sum(use.user == user for store in stores for use in store.uses) + 14


def data_lines(pairs: list[tuple[Store, Box]], rows: dict[str, Box], left: float) -> list[Line]:
    """Return the lines from services and jobs to data, with verticals right of `left`."""
    pairs = [(store, box) for store, box in pairs if any(use.user in rows for use in store.uses)]
    ports = leaving(pairs, rows)
    lines: list[Line] = []
    for track, index in enumerate(_tracks(pairs, rows)):
        store, box = pairs[index]
        x = left + _LABELS + _TRACK * track
        for use in store.uses:
            if (port := ports.get((index, use))) is None:
                continue
            row = rows[use.user]
            alike = sum(
                rows.get(other.user) is row and (other.kind, other.label) == (use.kind, use.label)
                for other in store.uses
            )
            points = ((row.right, port), (x, port), (x, box.middle), (box.x, box.middle))
            label = use.label if alike == 1 else f"{use.label} ({alike})"
            tone = "warn" if use.kind == "warn" else "muted"
            who = row.title.split(". ")[0] if alike == 1 else f"{alike} services"
            lines.append(
                Line(
                    points=points,
                    kind=use.kind,
                    title=f"{who}: {use.label} {store.name}",
                    label=Text(left + 8, port - 4, label, "small", tone, halo=True),
                    dot=(x, port) if len(store.uses) > 1 else None,
                )
            )
    return lines


def leaving(pairs: list[tuple[Store, Box]], rows: dict[str, Box]) -> dict[tuple[int, Use], float]:
    """Return the height at which each line leaves its box, in the order of the stores.

    Lines of one box with the same access to the same store are one, as for grouped services.
    """
    by_box: dict[int, list[tuple[int, Use]]] = {}
    for index, (store, _) in enumerate(pairs):
        seen: set[tuple[int, str, str]] = set()
        for use in store.uses:
            row = rows.get(use.user)
            if row is None or (id(row), use.kind, use.label) in seen:
                continue
            seen.add((id(row), use.kind, use.label))
            by_box.setdefault(id(row), []).append((index, use))
    ports: dict[tuple[int, Use], float] = {}
    for uses in by_box.values():
        row = rows[uses[0][1].user]
        step = min(_PORT, (row.height - 14) / len(uses))
        first = row.middle - step * (len(uses) - 1) / 2
        for place, key in enumerate(uses):
            ports[key] = first + step * place
    return ports


def _tracks(pairs: list[tuple[Store, Box]], rows: dict[str, Box]) -> list[int]:
    """Return the stores in the order of their vertical lines, left to right.

    Of lines that go down, those that start higher are further right; of lines that go up, those that start
    lower. Neighbors do not cross.
    """
    level = [
        sum(rows[use.user].middle for use in store.uses if use.user in rows)
        / sum(use.user in rows for use in store.uses)
        for store, _ in pairs
    ]
    down = [index for index, (_, box) in enumerate(pairs) if box.middle >= level[index]]
    up = [index for index in range(len(pairs)) if index not in down]
    return sorted(up, key=lambda index: level[index]) + sorted(down, key=lambda index: -level[index])


def traffic_lines(view: View, placed: Placed) -> list[Line]:
    """Return the lines of requests."""
    lines: list[Line] = []
    internet = placed.internet
    for track, balancer in enumerate(view.balancers):
        box = placed.balancers.get(balancer.urn)
        if box is None:
            continue
        if internet is not None and balancer.internal is not True:
            lines += _entry(internet, placed.dns.get(balancer.urn), box)
        x = box.right + 16 + 10 * track
        targets = [
            service for service in view.services if any(r.balancer == balancer.urn for r in service.routes)
        ]
        for row in dict.fromkeys(
            placed.rows[service.urn] for service in targets if service.urn in placed.rows
        ):
            lines.append(_step(box, row, x, "Requests"))
    if internet is not None:
        direct = [service for service in view.services if service.open_ports and service.urn in placed.rows]
        for row in dict.fromkeys(placed.rows[service.urn] for service in direct):
            lines.append(_step(internet, row, internet.right + 30, "Requests without a load balancer"))
    return lines


def _entry(internet: Box, dns: Box | None, balancer: Box) -> list[Line]:
    if dns is None:
        return [_step(internet, balancer, internet.right + 18, "Requests")]
    x = internet.x + internet.width / 2
    down = Line(((x, internet.bottom), (x, dns.y)), "traffic", "Requests")
    return [down, _step(dns, balancer, dns.right + 18, "Requests")]


def _step(start: Box, end: Box, x: float, title: str) -> Line:
    """Return a line from the right of one box to the left of another, vertical at `x`."""
    if abs(start.middle - end.middle) < 1:
        return Line(((start.right, start.middle), (end.x, start.middle)), "traffic", title)
    points = ((start.right, start.middle), (x, start.middle), (x, end.middle), (end.x, end.middle))
    return Line(points, "traffic", title)
