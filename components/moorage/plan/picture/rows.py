"""Services and jobs as rows: what each says, how high it is, and where its tasks stand."""

from dataclasses import dataclass

from moorage.graph import Job, Service, Subnet, Vpc
from moorage.graph.values import known
from moorage.offline import UNKNOWN

from . import words
from .measure import fit
from .scene import SIZES, Box, Square, Text

INFO = 300.0
"""The width of what a row says."""
LANE = 78.0
HEIGHT = 90.0
COMPACT = 30.0
_ID = 9
"""Characters of a subnet's id that a column has room for."""
_ICON = 30.0
_SQUARE = 12.0
_STEP = 16.0
_PER_LINE = 4
_MOST = 16
"""Squares in one lane; more are written as a number."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A zone, or subnets of a zone that is not known: a column of the picture."""

    label: str
    notes: tuple[str, ...]
    subnets: frozenset[str]
    """Their keys."""


def lanes_of(vpc: Vpc) -> tuple[Lane, ...]:
    """Return the columns of a network: its zones, or its subnets side by side where zones are not known."""
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
        f"{words.tasks(service)} · {words.size(service.task)}",
        words.runs_on(service),
        words.reach(service),
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


def job_row(job: Job, x: float, y: float, width: float, height: float) -> Box:
    """Return a job's box."""
    when = f"before each deployment of {job.before}" if job.before else job.schedule or "run on demand"
    lines = [words.size(job.task), when]
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
    """Return a service's box of a single line, for stacks of many."""
    count = words.tasks(service)
    room = width - _ICON - 90
    name = fit(service.name, SIZES["text"], room)
    texts = (
        Text(x + _ICON, y + 19, name),
        Text(x + width - 10, y + 19, fit(count, SIZES["small"], 82), "small", "muted", "end"),
    )
    title = f"Service {service.name}. {count}. {words.reach(service)}"
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
    """Return the lanes that a service's tasks can run in."""
    used = set(service.network.subnets)
    return [i for i, lane in enumerate(lanes) if lane.subnets & used] or list(range(len(lanes)))


def _tasks(
    service: Service, placed: list[int], x: float, y: float, height: float
) -> tuple[tuple[Square, ...], tuple[Text, ...]]:
    """Return the tasks as ECS would spread them over the lanes, and numbers where there are too many."""
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
