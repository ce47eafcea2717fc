"""Layout of a picture, left to right: entry points, networks with clusters and services, data."""

import math
from dataclasses import replace

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
    lanes_of,
    nothing_box,
    records_box,
    service_row,
    store_box,
)
from .measure import fit, width
from .scene import SIZES, Box, Line, Scene, Square, Text
from .stores import Store, stores
from .wires import Placed, channel_width, data_lines, leaving, row_height, traffic_lines

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

    def __init__(self, found: View) -> None:
        """Compute the columns."""
        self.found = found
        self.stores = stores(found)
        self.detailed = len(found.services) <= _DETAILED
        self.scene = Scene(
            title=f"{found.graph.project}, stack {found.graph.stack}",
            description=_description(found),
        )
        self.placed = Placed()
        entered = any(each.internal is not True for each in found.balancers)
        self.entry = entered or any(service.open_ports for service in found.services)
        self.frame_x = MARGIN + (ENTRY + 48 if self.entry else 0)
        self.row_x = (
            self.frame_x + _GAP + (BALANCER + 34 + 10 * len(found.balancers) if found.balancers else 0)
        )
        self.lanes = max((len(lanes_of(vpc)) for vpc in found.networks), default=0)
        self.row_width = INFO + LANE * self.lanes
        self.frame_right = self.row_x + self.row_width + 3 * _GAP
        self.inside: list[Box] = []

    def run(self) -> Scene:
        """Return the picture."""
        found, scene = self.found, self.scene
        y = MARGIN
        if found.services or found.balancers or found.networks or found.jobs or found.clusters:
            for index, vpc in enumerate(found.networks or (None,)):
                y = self._network(vpc, first=index == 0, y=y) + _GAP
        scene.boxes += self.inside
        self._entry()
        self._data()
        scene.lines += traffic_lines(found, self.placed)
        if not scene.boxes:
            scene.boxes.append(nothing_box(MARGIN))
        scene.frame(MARGIN)
        _add_legend(scene)
        return scene

    def _network(self, vpc: Vpc | None, first: bool, y: float) -> float:
        """Place a network and its content; return its lower edge."""
        lanes = lanes_of(vpc) if vpc else ()
        clusters = [each for each in self.found.clusters if self._home(each) is vpc]
        top = y
        head = 52.0 + (14 + 14 * max(len(lane.notes) for lane in lanes) if lanes else 0)
        y += head
        for cluster in clusters:
            y = self._cluster(cluster, lanes, y) + _GAP
        if first and self.found.jobs:
            y = self._jobs(self.found.jobs, y) + _GAP
        y = max(y, self._balancers(vpc, first, top + head) + _GAP)
        title = f"VPC {vpc.name}" if vpc and vpc.new else "Existing VPC" if vpc else "Network"
        facts = " · ".join(wording.network(vpc)) if vpc else "outside this stack"
        name = f"{title} {vpc.id}" if vpc and not vpc.new and vpc.id else title
        room = self.row_x - self.frame_x + INFO - 2 * _GAP
        if not lanes:
            room = self.frame_right - self.frame_x - 2 * _GAP
        texts = (
            Text(self.frame_x + _GAP, top + 24, fit(name, SIZES["title"], room, bold=True), "title"),
            Text(self.frame_x + _GAP, top + 42, fit(facts, SIZES["text"], room), "text", "muted"),
        )
        width = self.frame_right - self.frame_x
        frame = Box("frame", self.frame_x, top, width, y - top, f"{name}. {facts}", texts)
        self.scene.boxes.append(replace(frame, urn=vpc.urn if vpc else ""))
        for index, lane in enumerate(lanes):
            self.scene.boxes.append(self._lane(lane, index, top + 12, y - _GAP))
        return y

    def _lane(self, lane: Lane, index: int, top: float, bottom: float) -> Box:
        x = self.row_x + _GAP + INFO + LANE * index
        room = LANE - 8
        lines = [fit(note, SIZES["small"], room) for note in lane.notes]
        texts = [Text(x + LANE / 2, top + 16, fit(lane.label, SIZES["text"], room), "text", "ink", "middle")]
        texts += [
            Text(x + LANE / 2, top + 31 + 14 * n, line, "small", "muted", "middle")
            for n, line in enumerate(lines)
        ]
        title = f"{lane.label}: {', '.join(lane.notes)}"
        return Box("lane", x + 2, top, LANE - 4, bottom - top, title, tuple(texts))

    def _home(self, cluster: Cluster) -> Vpc | None:
        """Return the network of a cluster's tasks; the first, if unknown."""
        used = {subnet for provider in cluster.providers for subnet in provider.subnets}
        for service in self.found.services:
            if service.cluster is cluster.resource:
                used |= set(service.network.subnets)
        return self._with_subnets(used)

    def _with_subnets(self, used: set[str]) -> Vpc | None:
        for vpc in self.found.networks:
            if any(subnet.key in used for subnet in vpc.subnets):
                return vpc
        return next(iter(self.found.networks), None)

    def _cluster(self, cluster: Cluster, lanes: tuple[Lane, ...], y: float) -> float:
        x, top = self.row_x, y
        services = [each for each in self.found.services if each.cluster is cluster.resource]
        facts = " · ".join(wording.capacity(cluster)) or "no capacity of its own"
        title = f"Cluster {cluster.name}"
        room = INFO - 4
        texts = [
            Text(x + _GAP, top + 22, fit(title, SIZES["title"], room, bold=True), "title"),
            Text(x + _GAP, top + 40, fit(facts, SIZES["text"], room), "text", "muted"),
        ]
        y += 54
        rows, y = self._full(services, lanes, y) if self.detailed else self._folded(services, y)
        if len(rows) < len(services):
            more = f"and {len(services) - len(rows)} more services in the list of resources"
            texts.append(Text(x + _GAP, y + 14, more, "text", "muted"))
            y += 24
        if not services:
            texts.append(Text(x + _GAP, y + 8, "No services", "text", "muted"))
            y += 20
        bottom = y + 2
        box = Box(
            "cluster", x, top, self.row_width + 2 * _GAP, bottom - top, f"{title}. {facts}", tuple(texts)
        )
        self.inside += [replace(box, urn=cluster.urn), *rows]
        for index, service in enumerate(services):
            self.placed.rows[service.urn] = rows[index] if self.detailed else box
        return bottom

    def _full(self, services: list[Service], lanes: tuple[Lane, ...], y: float) -> tuple[list[Box], float]:
        """Return a row for each service, and the lower edge."""
        rows: list[Box] = []
        for service in services:
            height = max(HEIGHT, row_height(self.stores, service.urn))
            rows.append(service_row(service, lanes, self.row_x + _GAP, y, height))
            y += height + 10
        return rows, y

    def _folded(self, services: list[Service], y: float) -> tuple[list[Box], float]:
        """Return small boxes, two per line, and the lower edge."""
        width = (self.row_width - 8) / 2
        rows = [
            compact_row(service, self.row_x + _GAP + index % 2 * (width + 8), y + index // 2 * COMPACT, width)
            for index, service in enumerate(services[:_COMPACT])
        ]
        return rows, y + -(-len(rows) // 2) * COMPACT

    def _jobs(self, jobs: tuple[Job, ...], y: float) -> float:
        x, top = self.row_x, y
        y += 34
        rows: list[Box] = []
        for job in jobs[:_COMPACT]:
            height = max(70.0, row_height(self.stores, job.urn))
            rows.append(job_row(job, x + _GAP, y, self.row_width, height))
            self.placed.rows[job.urn] = rows[-1]
            y += height + 10
        texts = (Text(x + _GAP, top + 22, "Jobs", "title"),)
        box = Box("cluster", x, top, self.row_width + 2 * _GAP, y + 2 - top, "Jobs", texts)
        self.inside += [box, *rows]
        return box.bottom

    def _balancers(self, vpc: Vpc | None, first: bool, y: float) -> float:
        """Place the load balancers beside their services; return the lower edge."""
        x = self.frame_x + _GAP
        for balancer in self.found.balancers:
            home = self._with_subnets(set(balancer.subnets))
            if home is not vpc and not (home is None and first):
                continue
            targets = [
                self.placed.rows[service.urn].middle
                for service in self.found.services
                if service.urn in self.placed.rows
                and any(route.balancer == balancer.urn for route in service.routes)
            ]
            box = balancer_box(balancer, x, y)
            wanted = sum(targets) / len(targets) - box.height / 2 if targets else y
            box = balancer_box(balancer, x, max(y, wanted))
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
        for balancer in self.found.balancers:
            if balancer.internal is not True and balancer.hosts and balancer.urn in placed.balancers:
                box = records_box(balancer.hosts, MARGIN, placed.balancers[balancer.urn].middle, y)
                placed.dns[balancer.urn] = box
                y = box.bottom + _GAP
        direct = [
            placed.rows[each.urn].middle
            for each in self.found.services
            if each.open_ports and each.urn in placed.rows
        ]
        if placed.dns:
            top = next(iter(placed.dns.values())).y - 72
        else:
            level = direct or [box.middle for box in placed.balancers.values()]
            top = level[0] - 22 if level else MARGIN
        text = Text(MARGIN + 40, top + 27, "Internet", "title")
        box = Box("entry", MARGIN, top, ENTRY, 44, "Internet", (text,), "internet", (MARGIN + 12, top + 13))
        placed.internet = box
        self.scene.boxes += [box, *placed.dns.values()]

    def _data(self) -> None:
        """Place the stores beside their users, and draw the permissions."""
        if not self.stores:
            return
        rows = self.placed.rows
        lines = any(use.user in rows for store in self.stores for use in store.uses)
        x = self.frame_right + (channel_width(self.stores) if lines else 32) if self.inside else MARGIN
        level = [
            _mean([rows[use.user].middle for use in store.uses if use.user in rows]) for store in self.stores
        ]
        order = sorted(range(len(level)), key=lambda each: (level[each], each))
        pairs = _stacked([(self.stores[each], level[each]) for each in order], x)
        # Again, level with the starts of the lines, so that most of them are straight.
        ports = leaving(pairs, rows)
        exact = [_mean([y for (each, _), y in ports.items() if each == place]) for place in range(len(pairs))]
        pairs = _stacked([(store, y) for (store, _), y in zip(pairs, exact, strict=True)], x)
        self.scene.boxes += [box for _, box in pairs]
        self.scene.lines += data_lines(pairs, rows, self.frame_right)


def _mean(heights: list[float]) -> float:
    return sum(heights) / len(heights) if heights else math.inf


def _stacked(wanted: list[tuple[Store, float]], x: float) -> list[tuple[Store, Box]]:
    """Return boxes below each other, each as close to its preferred height as possible."""
    found: list[tuple[Store, Box]] = []
    y = MARGIN
    for store, level in wanted:
        box = store_box(store, x, y if level == math.inf else max(y, level - STORE / 2))
        found.append((store, box))
        y = box.bottom + 10
    return found


def _description(found: View) -> str:
    parts = [counted(len(found.services), "service"), counted(len(found.clusters), "cluster")]
    parts += [counted(len(found.balancers), "load balancer")] if found.balancers else []
    parts += [counted(len(found.jobs), "job")] if found.jobs else []
    stores_text = counted(
        len(found.data), "table, queue, bucket or secret", "tables, queues, buckets and secrets"
    )
    names = [
        f"{each.name}: {wording.tasks(each)}, {wording.reach(each)}" for each in found.services[:_DETAILED]
    ]
    return ". ".join([", ".join([*parts, *([stores_text] if found.data else [])]), *names])


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
            scene.width, max(each.x + width(each.text, SIZES["small"]) for each in scene.legend) + MARGIN
        )
