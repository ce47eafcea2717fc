"""Boxes of services, jobs, load balancers, DNS records and data stores."""

from dataclasses import dataclass

from moorage.graph import Balancer, Job, Service, Subnet, Task, Vpc
from moorage.graph.values import known
from moorage.offline import UNKNOWN, Unknown
from moorage.plan import wording
from moorage.plan.text import counted

from .measure import fit
from .scene import SIZES, Box, Square, Text
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
            " ".join(str(part) for part in (known(listener.protocol), known(listener.port), what) if part)
        )
    own = sum(bool(rule.answer) for listener in balancer.listeners for rule in listener.rules)
    if own:
        lines.append(f"{counted(own, 'own rule')}: redirects, responses")
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
    columns = max((len(kind) for kind in kinds), default=0)
    found: list[Lane] = []
    for column in range(columns):
        subnets = [kind[column] for kind in kinds if column < len(kind)]
        found.append(_lane("Subnets" if len(subnets) > 1 else "Subnet", subnets))
    return tuple(found)


def _lane(label: str, subnets: list[Subnet]) -> Lane:
    words = {True: "public", False: "private", UNKNOWN: "subnet"}
    ids = [subnet.id if len(subnet.id) <= _ID else f"…{subnet.id[-_ID:]}" for subnet in subnets]
    notes = [words[subnet.public] if subnet.zone else id_ for subnet, id_ in zip(subnets, ids, strict=True)]
    return Lane(label, tuple(dict.fromkeys(notes)), frozenset(subnet.key for subnet in subnets))


def service_row(service: Service, lanes: tuple[Lane, ...], x: float, y: float, height: float) -> Box:
    """Return a service's box, at least `height` pixels high."""
    lines = [
        " · ".join(filter(None, [wording.tasks(service), wording.size(service.task)])),
        f"{wording.runs_on(service)}{_containers(service.task)}",
        wording.reach(service),
    ]
    squares, texts = _tasks(service, _placed(service, lanes), x + INFO, y, height)
    return Box(
        kind="service",
        x=x,
        y=y,
        width=INFO + LANE * len(lanes),
        height=height,
        title=". ".join([f"Service {service.name}", *lines]),
        texts=(*_texts(service.name, lines, x, y, height), *texts),
        icon="service",
        icon_at=(x + 10, y + 10),
        squares=squares,
        urn=service.urn,
    )


def _containers(task: Task | Unknown) -> str:
    containers = () if task is UNKNOWN else known(task.containers) or ()
    return f"; {len(containers)} containers" if len(containers) > 1 else ""


def job_row(job: Job, x: float, y: float, width: float, height: float) -> Box:
    """Return a job's box."""
    lines = [wording.size(job.task), wording.trigger(job)]
    return Box(
        kind="job",
        x=x,
        y=y,
        width=width,
        height=height,
        title=". ".join([f"Job {job.name}", *lines]),
        texts=_texts(job.name, lines, x, y, height),
        icon="job",
        icon_at=(x + 10, y + 10),
        urn=job.urn,
    )


def compact_row(service: Service, x: float, y: float, width: float) -> Box:
    """Return a service's box with a single line."""
    count = wording.tasks(service)
    room = width - _ICON - 90
    name = fit(service.name, SIZES["text"], room)
    texts = (
        Text(x + _ICON, y + 19, name),
        Text(x + width - 10, y + 19, fit(count, SIZES["small"], 82), "small", "muted", "end"),
    )
    title = f"Service {service.name}. {count}. {wording.reach(service)}"
    return Box("service", x, y, width, COMPACT - 6, title, texts, "service", (x + 7, y + 3), urn=service.urn)


def _texts(name: str, lines: list[str], x: float, y: float, height: float) -> tuple[Text, ...]:
    room = INFO - _ICON - 14
    top = y + 22
    texts = [Text(x + _ICON + 4, top, fit(name, SIZES["title"], room, bold=True), "title")]
    for index, line in enumerate(lines):
        tone = "muted" if index < len(lines) - 1 else "ink"
        texts.append(
            Text(x + _ICON + 4, top + 18 * (index + 1), fit(line, SIZES["text"], room), "text", tone)
        )
    return tuple(texts)


def _placed(service: Service, lanes: tuple[Lane, ...]) -> list[int]:
    """Return the lanes of a service's subnets."""
    used = set(service.network.subnets)
    return [i for i, lane in enumerate(lanes) if lane.subnets & used] or list(range(len(lanes)))


def _tasks(
    service: Service, placed: list[int], x: float, y: float, height: float
) -> tuple[tuple[Square, ...], tuple[Text, ...]]:
    """Return the tasks spread across the lanes, as numbers if there are too many."""
    least = len(placed) if service.daemon else known(service.minimum) or 0
    most = max(least, 0 if service.daemon else known(service.maximum) or 0)
    squares: list[Square] = []
    texts: list[Text] = []
    for position, lane in enumerate(placed):
        firm, all_ = (_share(number, position, len(placed)) for number in (least, most))
        left = x + LANE * lane + (LANE - _PER_LINE * _STEP + _STEP - _SQUARE) / 2
        if all_ > _MOST:
            number = f"{firm}" if firm == all_ else f"{firm} to {all_}"
            squares.append(Square(left, y + height / 2 - _SQUARE / 2))
            room = LANE - 2 * _SQUARE - 14
            number = fit(number, SIZES["small"], room)
            texts.append(Text(left + _SQUARE + 5, y + height / 2 + 4, number, "small"))
            continue
        lines = -(-all_ // _PER_LINE)
        top = y + (height - lines * _STEP + _STEP - _SQUARE) / 2
        in_line = min(all_, _PER_LINE)
        left += (_PER_LINE - in_line) * _STEP / 2
        squares += [
            Square(left + _STEP * (n % _PER_LINE), top + _STEP * (n // _PER_LINE), extra=n >= firm)
            for n in range(all_)
        ]
    return tuple(squares), tuple(texts)


def _share(number: int, position: int, of: int) -> int:
    return number // of + (position < number % of)
