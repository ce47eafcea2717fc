"""Boxes of services, jobs, load balancers, DNS records and data stores, at the origin."""

from dataclasses import dataclass, replace
from itertools import zip_longest

from moorage.graph import Balancer, Job, Service, Subnet, Task, Vpc
from moorage.graph.values import known
from moorage.offline import UNKNOWN, Unknown
from moorage.plan import wording
from moorage.plan.text import counted, limited, span

from .scene import Box, Square, Text
from .stores import Store

ENTRY = 156.0
BALANCER = 186.0
DATA = 196.0
STORE = 48.0
"""The height of a data store's box; the other constants are widths."""


def balancer_box(balancer: Balancer) -> Box:
    """Return a load balancer with its listeners."""
    room = BALANCER - 20
    kind = f"{known(balancer.kind) or ''} load balancer".strip().capitalize()
    schemes = {True: f"{kind}, internal", False: kind, UNKNOWN: f"{kind}, scheme unknown"}
    lines = [schemes[balancer.internal]]
    for listener in balancer.listeners:
        target = f"to {listener.redirect}" if listener.redirect else ""
        parts = (known(listener.protocol), known(listener.port), target)
        lines.append(" ".join(str(part) for part in parts if part))
    answers = [rule.answer for listener in balancer.listeners for rule in listener.rules if rule.answer]
    unknown = answers.count(UNKNOWN)
    if own := len(answers) - unknown:
        lines.append(f"{counted(own, 'own rule')}: redirects, responses")
    if unknown:
        lines.append(f"{counted(unknown, 'rule')} with unknown actions")
    if balancer.waf:
        lines.append("AWS WAF web ACL")
    texts = [Text.fitted(36, 24, balancer.name, room - 26, "title")]
    texts += [
        Text.fitted(12, 46 + 17 * n, line, room, tone="ink" if n else "muted") for n, line in enumerate(lines)
    ]
    height = 46.0 + 17 * len(lines)
    title = f"Load balancer {balancer.name}. {'. '.join(lines)}"
    return Box("entry", BALANCER, height, title, tuple(texts), "balancer", (11, 10), urn=balancer.urn)


def records_box(hosts: tuple[str, ...]) -> Box:
    """Return the DNS records of a load balancer."""
    shown = limited(hosts, 4)
    texts = [Text(36, 22, "DNS", "title")]
    texts += [Text.fitted(12, 41 + 17 * n, host, ENTRY - 20) for n, host in enumerate(shown)]
    title = f"DNS: {', '.join(hosts)}"
    return Box("entry", ENTRY, 38.0 + 17 * len(shown), title, tuple(texts), "record", (11, 8))


def store_box(store: Store) -> Box:
    """Return a data store."""
    room = DATA - 46
    texts = (
        Text.fitted(38, 20, store.name, room, "title"),
        Text.fitted(38, 36, store.detail, room, "small", "warn" if store.warn else "muted"),
    )
    kind = "warn" if store.warn else "data"
    title = f"{store.name}: {store.detail}. {store.all_names}".rstrip(". ")
    return Box(kind, DATA, STORE, title, texts, store.icon, (12, 15), urn=store.urn)


def nothing_box() -> Box:
    """Return the box of an empty picture."""
    texts = (Text(16, 34, "This stack has no resources to draw.", "text", "muted"),)
    return Box("frame", 420, 60, "Nothing to show", texts)


INFO = 300.0
"""The width of a row's text."""
LANE = 78.0
HEIGHT = 90.0
COMPACT = 30.0
_ID = 9
"""Characters of a subnet's id in a column."""
_ICON = 30.0
_SQUARE = 12.0
_STEP = 16.0
_PER_LINE = 4
_MOST = 16
"""Squares in one lane; above, a number is shown."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A column of the picture: a zone, or subnets of unknown zones."""

    label: str
    notes: tuple[str, ...]
    subnets: frozenset[str]
    """The keys of its subnets."""


def lanes_of(vpc: Vpc) -> tuple[Lane, ...]:
    """Return the columns of a network: its zones, or its subnets if zones are unknown."""
    if vpc.zones:
        return tuple(
            _lane(zone, [subnet for subnet in vpc.subnets if subnet.zone == zone]) for zone in vpc.zones
        )
    kinds = [
        [subnet for subnet in vpc.subnets if subnet.public is public] for public in (True, False, UNKNOWN)
    ]
    columns = [[subnet for subnet in column if subnet] for column in zip_longest(*kinds)]
    return tuple(_lane("Subnets" if len(subnets) > 1 else "Subnet", subnets) for subnets in columns)


def _lane(label: str, subnets: list[Subnet]) -> Lane:
    words = {True: "public", False: "private", UNKNOWN: "subnet"}
    ids = [subnet.id if len(subnet.id) <= _ID else f"…{subnet.id[-_ID:]}" for subnet in subnets]
    notes = [words[subnet.public] if subnet.zone else id_ for subnet, id_ in zip(subnets, ids, strict=True)]
    return Lane(label, tuple(dict.fromkeys(notes)), frozenset(subnet.key for subnet in subnets))


def lane_box(lane: Lane, height: float) -> Box:
    """Return a column."""
    room = LANE - 8
    texts = [Text.fitted(LANE / 2 - 2, 16, lane.label, room)]
    texts += [
        Text.fitted(LANE / 2 - 2, 31 + 14 * n, note, room, "small", "muted")
        for n, note in enumerate(lane.notes)
    ]
    title = f"{lane.label}: {', '.join(lane.notes)}"
    centered = tuple(replace(text, anchor="middle") for text in texts)
    return Box("lane", LANE - 4, height, title, centered)


def service_row(service: Service, lanes: tuple[Lane, ...], height: float) -> Box:
    """Return a service in a row of a height."""
    lines = [
        " · ".join(filter(None, [wording.tasks(service), wording.size(service.task)])),
        f"{wording.runs_on(service)}{_containers(service.task)}",
        wording.reach(service),
    ]
    row = _row("service", service.name, lines, INFO + LANE * len(lanes), height)
    squares, numbers = _tasks(service, lanes, height)
    return replace(row, texts=(*row.texts, *numbers), squares=squares, urn=service.urn)


def _containers(task: Task | Unknown) -> str:
    containers = () if task is UNKNOWN else known(task.containers) or ()
    return f"; {len(containers)} containers" if len(containers) > 1 else ""


def job_row(job: Job, width: float, height: float) -> Box:
    """Return a job."""
    row = _row("job", job.name, [wording.size(job.task), wording.trigger(job)], width, height)
    return replace(row, urn=job.urn)


def _row(kind: str, name: str, lines: list[str], width: float, height: float) -> Box:
    room = INFO - _ICON - 14
    texts = [Text.fitted(_ICON + 4, 22, name, room, "title")]
    for n, line in enumerate(lines, 1):
        tone = "muted" if n < len(lines) else "ink"
        texts.append(Text.fitted(_ICON + 4, 22 + 18 * n, line, room, tone=tone))
    title = ". ".join([f"{kind.capitalize()} {name}", *lines])
    return Box(kind, width, height, title, tuple(texts), kind, (10, 10))


def compact_row(service: Service, width: float) -> Box:
    """Return a service with a single line."""
    count = wording.tasks(service)
    texts = (
        Text.fitted(_ICON, 19, service.name, width - _ICON - 90),
        replace(Text.fitted(width - 10, 19, count, 82, "small", "muted"), anchor="end"),
    )
    title = f"Service {service.name}. {count}. {wording.reach(service)}"
    return Box("service", width, COMPACT - 6, title, texts, "service", (7, 3), urn=service.urn)


def _placed(service: Service, lanes: tuple[Lane, ...]) -> list[int]:
    """Return the lanes of a service's subnets."""
    used = set(service.network.subnets)
    return [i for i, lane in enumerate(lanes) if lane.subnets & used] or list(range(len(lanes)))


def _tasks(
    service: Service, lanes: tuple[Lane, ...], height: float
) -> tuple[tuple[Square, ...], tuple[Text, ...]]:
    """Return the tasks spread across the lanes, as numbers if there are too many."""
    placed = _placed(service, lanes)
    daemon = service.daemon is True
    least = len(placed) if daemon else known(service.minimum) or 0
    most = max(least, 0 if daemon else known(service.maximum) or 0)
    squares: list[Square] = []
    texts: list[Text] = []
    for position, lane in enumerate(placed):
        firm, all_ = (_share(number, position, len(placed)) for number in (least, most))
        left = INFO + LANE * lane + (LANE - _PER_LINE * _STEP + _STEP - _SQUARE) / 2
        if all_ > _MOST:
            squares.append(Square(left, height / 2 - _SQUARE / 2))
            number, room = span(firm, all_), LANE - 2 * _SQUARE - 14
            texts.append(Text.fitted(left + _SQUARE + 5, height / 2 + 4, number, room, "small"))
            continue
        lines = -(-all_ // _PER_LINE)
        top = (height - lines * _STEP + _STEP - _SQUARE) / 2
        left += (_PER_LINE - min(all_, _PER_LINE)) * _STEP / 2
        squares += [
            Square(left + _STEP * (n % _PER_LINE), top + _STEP * (n // _PER_LINE), extra=n >= firm)
            for n in range(all_)
        ]
    return tuple(squares), tuple(texts)


def _share(number: int, position: int, of: int) -> int:
    return number // of + (position < number % of)
