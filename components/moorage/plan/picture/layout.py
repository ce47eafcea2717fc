"""Layout of a picture, left to right: entry points, networks with clusters and services, data."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from moorage.graph import Cluster, Job, Service, View, Vpc
from moorage.plan import wording
from moorage.plan.text import counted

from .boxes import (
    BALANCER,
    COMPACT,
    ENTRY,
    HEIGHT,
    INFO,
    LANE,
    STORE,
    Lane,
    balancer_box,
    compact_row,
    job_row,
    lane_box,
    lanes_of,
    nothing_box,
    records_box,
    service_row,
    store_box,
)
from .measure import width
from .scene import SIZES, Box, Line, Scene, Square, Text
from .stores import Store, stores
from .wires import Placed, channel_width, data_lines, leaving, row_height, traffic_lines

User = TypeVar("User", Service, Job)

MARGIN = 20.0
_GAP = 14.0
_DETAILED = 20
"""Above this number, services are drawn as one line each."""
_COMPACT = 60
"""Further services are only counted."""

_SYMBOLS = (
    ("traffic", "requests"),
    ("task", "permission of a task role"),
    ("execution", "read by ECS at task start (execution role)"),
    ("warn", "permission for more than one resource"),
)
"""The kinds of lines, with their meaning in the legend."""
_SAMPLE = 34.0
_APART = 22.0


class Layout:
    """Places everything in one pass, left to right and top to bottom."""

    def __init__(self, view: View) -> None:
        """Compute the columns."""
        self.view = view
        self.stores = stores(view)
        self.detailed = len(view.services) <= _DETAILED
        self.scene = Scene(
            title=f"{view.graph.project}, stack {view.graph.stack}",
            description=_description(view),
        )
        self.placed = Placed()
        entered = any(balancer.internal is not True for balancer in view.balancers)
        self.entry = entered or any(service.open_ports for service in view.services)
        self.frame_x = MARGIN + (ENTRY + 48 if self.entry else 0)
        self.row_x = self.frame_x + _GAP + (BALANCER + 34 + 10 * len(view.balancers) if view.balancers else 0)
        self.lanes = max((len(lanes_of(vpc)) for vpc in view.networks), default=0)
        self.row_width = INFO + LANE * self.lanes
        self.frame_right = self.row_x + self.row_width + 3 * _GAP
        self.inside: list[Box] = []

    def run(self) -> Scene:
        """Return the picture."""
        view, scene = self.view, self.scene
        y = MARGIN
        if view.services or view.balancers or view.networks or view.jobs or view.clusters:
            for index, vpc in enumerate(view.networks or (None,)):
                y = self._network(vpc, first=index == 0, y=y) + _GAP
        scene.boxes += self.inside
        self._entry()
        self._data()
        scene.lines += traffic_lines(view, self.placed)
        if not scene.boxes:
            scene.boxes.append(nothing_box().at(MARGIN, MARGIN))
        scene.frame(MARGIN)
        _add_legend(scene)
        return scene

    def _network(self, vpc: Vpc | None, first: bool, y: float) -> float:
        """Place a network and its content; return its lower edge."""
        lanes = lanes_of(vpc) if vpc else ()
        clusters = [item for item in self.view.clusters if self._home(item) is vpc]
        top = y
        y += 52.0 + (14 + 14 * max(len(lane.notes) for lane in lanes) if lanes else 0)
        head = y
        for cluster in clusters:
            y = self._cluster(cluster, lanes, y) + _GAP
        if first and self.view.jobs:
            y = self._jobs(self.view.jobs, y) + _GAP
        y = max(y, self._balancers(vpc, first, head) + _GAP)
        title = f"VPC {vpc.name}" if vpc and vpc.new else "Existing VPC" if vpc else "Network"
        name = f"{title} {vpc.id}" if vpc and not vpc.new and vpc.id else title
        facts = " · ".join(wording.network(vpc)) if vpc else "outside this stack"
        right = self.row_x + INFO if lanes else self.frame_right
        room = right - self.frame_x - 2 * _GAP
        texts = (Text.fitted(_GAP, 24, name, room, "title"), Text.fitted(_GAP, 42, facts, room, tone="muted"))
        width, urn = self.frame_right - self.frame_x, vpc.urn if vpc else ""
        frame = Box("frame", width, y - top, f"{name}. {facts}", texts, urn=urn)
        self.scene.boxes.append(frame.at(self.frame_x, top))
        for index, lane in enumerate(lanes):
            x = self.row_x + _GAP + INFO + LANE * index + 2
            self.scene.boxes.append(lane_box(lane, y - _GAP - top - 12).at(x, top + 12))
        return y

    def _home(self, cluster: Cluster) -> Vpc | None:
        """Return the network of a cluster's tasks; the first, if unknown."""
        used = {subnet for provider in cluster.providers for subnet in provider.subnets}
        for service in self.view.services:
            if service.cluster is cluster.resource:
                used |= set(service.network.subnets)
        return self._with_subnets(used)

    def _with_subnets(self, used: set[str]) -> Vpc | None:
        for vpc in self.view.networks:
            if any(subnet.key in used for subnet in vpc.subnets):
                return vpc
        return next(iter(self.view.networks), None)

    def _cluster(self, cluster: Cluster, lanes: tuple[Lane, ...], top: float) -> float:
        services = [item for item in self.view.services if item.cluster is cluster.resource]
        facts = " · ".join(wording.capacity(cluster)) or "no capacity of its own"
        title, room = f"Cluster {cluster.name}", INFO - 4
        texts = [
            Text.fitted(_GAP, 22, title, room, "title"),
            Text.fitted(_GAP, 40, facts, room, tone="muted"),
        ]
        if self.detailed:
            rows, y = self._rows(
                services, lambda service, height: service_row(service, lanes, height), HEIGHT, top + 54
            )
        else:
            rows, y = self._folded(services, top + 54)
        if len(rows) < len(services):
            more = f"and {len(services) - len(rows)} more services in the list of resources"
            texts.append(Text(_GAP, y + 14 - top, more, "text", "muted"))
            y += 24
        if not services:
            texts.append(Text(_GAP, y + 8 - top, "No services", "text", "muted"))
            y += 20
        box = self._group(f"{title}. {facts}", texts, top, y, cluster.urn)
        self.inside += [box, *rows]
        for index, service in enumerate(services):
            self.placed.rows[service.urn] = rows[index] if self.detailed else box
        return box.bottom

    def _group(self, title: str, texts: list[Text], top: float, bottom: float, urn: str = "") -> Box:
        box = Box("cluster", self.row_width + 2 * _GAP, bottom + 2 - top, title, tuple(texts), urn=urn)
        return box.at(self.row_x, top)

    def _rows(
        self, users: Sequence[User], box: Callable[[User, float], Box], least: float, y: float
    ) -> tuple[list[Box], float]:
        """Return a row for each service or job, with room for its lines, and the lower edge."""
        rows: list[Box] = []
        for user in users:
            height = max(least, row_height(self.stores, user.urn))
            rows.append(box(user, height).at(self.row_x + _GAP, y))
            y += height + 10
        return rows, y

    def _folded(self, services: list[Service], y: float) -> tuple[list[Box], float]:
        """Return small boxes, two per line, and the lower edge."""
        width = (self.row_width - 8) / 2
        rows = [
            compact_row(service, width).at(
                self.row_x + _GAP + index % 2 * (width + 8), y + index // 2 * COMPACT
            )
            for index, service in enumerate(services[:_COMPACT])
        ]
        return rows, y + -(-len(rows) // 2) * COMPACT

    def _jobs(self, jobs: tuple[Job, ...], top: float) -> float:
        jobs = jobs[:_COMPACT]
        rows, y = self._rows(jobs, lambda job, height: job_row(job, self.row_width, height), 70, top + 34)
        self.placed.rows |= {job.urn: row for job, row in zip(jobs, rows, strict=True)}
        box = self._group("Jobs", [Text(_GAP, 22, "Jobs", "title")], top, y)
        self.inside += [box, *rows]
        return box.bottom

    def _balancers(self, vpc: Vpc | None, first: bool, y: float) -> float:
        """Place the load balancers beside their services; return the lower edge."""
        rows = self.placed.rows
        for balancer in self.view.balancers:
            home = self._with_subnets(set(balancer.subnets))
            if home is not vpc and not (home is None and first):
                continue
            targets = [
                rows[service.urn].middle
                for service in self.view.services
                if service.urn in rows and any(route.balancer == balancer.urn for route in service.routes)
            ]
            box = balancer_box(balancer)
            beside = sum(targets) / len(targets) - box.height / 2 if targets else y
            box = box.at(self.frame_x + _GAP, max(y, beside))
            self.placed.balancers[balancer.urn] = box
            self.inside.append(box)
            y = box.bottom + _GAP
        return y

    def _entry(self) -> None:
        """Place the internet and the DNS records beside their targets."""
        if not self.entry:
            return
        placed = self.placed
        y = MARGIN + 58
        for balancer in self.view.balancers:
            if balancer.internal is not True and balancer.hosts and balancer.urn in placed.balancers:
                box = records_box(balancer.hosts)
                box = box.at(MARGIN, max(y, placed.balancers[balancer.urn].middle - box.height / 2))
                placed.dns[balancer.urn] = box
                y = box.bottom + _GAP
        direct = [
            placed.rows[service.urn].middle
            for service in self.view.services
            if service.open_ports and service.urn in placed.rows
        ]
        if placed.dns:
            top = next(iter(placed.dns.values())).y - 72
        else:
            level = direct or [box.middle for box in placed.balancers.values()]
            top = level[0] - 22 if level else MARGIN
        texts = (Text(40, 27, "Internet", "title"),)
        box = Box("entry", ENTRY, 44, "Internet", texts, "internet", (12, 13))
        placed.internet = box.at(MARGIN, top)
        self.scene.boxes += [placed.internet, *placed.dns.values()]

    def _data(self) -> None:
        """Place the stores beside their users, and draw the permissions."""
        if not self.stores:
            return
        rows = self.placed.rows
        lines = any(use.user in rows for store in self.stores for use in store.uses)
        x = self.frame_right + (channel_width(self.stores) if lines else 32) if self.inside else MARGIN
        levels = [
            (store, _mean([rows[use.user].middle for use in store.uses if use.user in rows]))
            for store in self.stores
        ]
        pairs = _stacked(sorted(levels, key=lambda pair: pair[1]), x)
        # Again, level with the starts of the lines, so that most of them are straight.
        ports = leaving(pairs, rows)
        exact = [
            _mean([y for (index, _), y in ports.items() if index == place]) for place in range(len(pairs))
        ]
        pairs = _stacked([(store, y) for (store, _), y in zip(pairs, exact, strict=True)], x)
        self.scene.boxes += [box for _, box in pairs]
        self.scene.lines += data_lines(pairs, rows, self.frame_right)


def _mean(heights: list[float]) -> float:
    return sum(heights) / len(heights) if heights else math.inf


def _stacked(levels: list[tuple[Store, float]], x: float) -> list[tuple[Store, Box]]:
    """Return boxes below each other, each as close to its preferred height as possible."""
    boxes: list[tuple[Store, Box]] = []
    y = MARGIN
    for store, level in levels:
        box = store_box(store).at(x, y if level == math.inf else max(y, level - STORE / 2))
        boxes.append((store, box))
        y = box.bottom + 10
    return boxes


def _description(view: View) -> str:
    parts = [counted(len(view.services), "service"), counted(len(view.clusters), "cluster")]
    parts += [counted(len(view.balancers), "load balancer")] if view.balancers else []
    parts += [counted(len(view.jobs), "job")] if view.jobs else []
    stores_text = counted(
        len(view.data), "table, queue, bucket or secret", "tables, queues, buckets and secrets"
    )
    names = [
        f"{service.name}: {wording.tasks(service)}, {wording.reach(service)}"
        for service in view.services[:_DETAILED]
    ]
    return ". ".join([", ".join([*parts, *([stores_text] if view.data else [])]), *names])


def _add_legend(scene: Scene) -> None:
    """Add the legend below the picture."""
    squares = [square for box in scene.boxes for square in box.squares]
    x, y = MARGIN, scene.height + 8
    right = max(scene.width - MARGIN, 420)

    def place(room: float, text: str) -> tuple[float, float]:
        nonlocal x, y
        needed = room + width(text, SIZES["small"])
        if x > MARGIN and x + needed > right:
            x, y = MARGIN, y + 20
        at = (x, y)
        scene.legend.append(Text(x + room, y + 10, text, "small", "muted"))
        x += needed + _APART
        return at

    for extra, text in ((False, "a task, spread across zones by ECS"), (True, "a task that scaling can add")):
        if any(square.extra is extra for square in squares):
            at = place(20, text)
            scene.legend_squares.append(Square(at[0], at[1], extra))
    for kind, text in _SYMBOLS:
        if any(line.kind == kind for line in scene.lines):
            at = place(_SAMPLE + 8, text)
            points = ((at[0], at[1] + 6), (at[0] + _SAMPLE, at[1] + 6))
            scene.legend_lines.append(Line(points, kind, text))
    if scene.legend:
        scene.height = y + 12 + MARGIN
        scene.width = max(
            scene.width, max(label.x + width(label.text, SIZES["small"]) for label in scene.legend) + MARGIN
        )
