"""The picture: what stands where, and what is in it; how it looks is tried in tests/browser."""

import re
from collections.abc import Callable
from itertools import combinations
from xml.etree import ElementTree

import pytest
from support.stacks import HOSTILE, SECRET, STACKS, stack

from moorage.graph import view
from moorage.offline import ResourceGraph
from moorage.plan.picture import svg
from moorage.plan.picture.layout import Layout
from moorage.plan.picture.measure import fit, width
from moorage.plan.picture.scene import SIZES, Box, Scene, Text

FRAMES = ("frame", "lane", "cluster")
SVG = "{http://www.w3.org/2000/svg}"
everywhere = pytest.mark.parametrize("name", STACKS)


def scene(name: str, preview: bool = False) -> Scene:
    return Layout(view(stack(name, preview))).run()


def of_kind(found: Scene, *kinds: str) -> list[Box]:
    return [box for box in found.boxes if box.kind in kinds]


def titled(found: Scene, beginning: str) -> Box:
    (box,) = (each for each in found.boxes if each.title.startswith(beginning))
    return box


def labels(found: Scene) -> list[str]:
    return sorted(line.label.text for line in found.lines if line.label)


def overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def extent(text: Text) -> tuple[float, float]:
    long = width(text.text, SIZES[text.style], bold=text.style == "title")
    left = text.x - {"start": 0, "middle": long / 2, "end": long}[text.anchor]
    return left, left + long


@everywhere
def test_boxes_do_not_overlap(name: str, preview: bool) -> None:
    boxes = [box for box in scene(name, preview).boxes if box.kind not in FRAMES]
    pairs = [(one.title, other.title) for one, other in combinations(boxes, 2) if overlap(one, other)]
    assert pairs == []


@everywhere
def test_texts_stay_in_their_boxes(name: str, preview: bool) -> None:
    for box in scene(name, preview).boxes:
        for text in box.texts:
            left, right = extent(text)
            assert box.x <= left, text
            assert right <= box.right, text
            assert box.y < text.y < box.bottom, text


@everywhere
def test_everything_is_in_the_picture(name: str, preview: bool) -> None:
    found = scene(name, preview)
    points = [point for line in found.lines for point in line.points]
    assert all(box.x >= 0 and box.y >= 0 for box in found.boxes)
    assert all(box.right <= found.width and box.bottom <= found.height for box in found.boxes)
    assert all(0 <= x <= found.width and 0 <= y <= found.height for x, y in points)
    assert all(extent(text)[1] <= found.width and text.y < found.height for text in found.legend)


@everywhere
def test_lines_are_orthogonal_and_go_from_box_to_box(name: str, preview: bool) -> None:
    found = scene(name, preview)
    for line in found.lines:
        steps = list(zip(line.points, line.points[1:], strict=False))
        assert all(x0 == x1 or abs(y0 - y1) < 0.01 for (x0, y0), (x1, y1) in steps), line.title
        for x, y in (line.points[0], line.points[-1]):
            assert any(
                box.x - 0.01 <= x <= box.right + 0.01 and box.y <= y <= box.bottom for box in found.boxes
            ), line.title


@everywhere
def test_labels_of_lines_do_not_touch(name: str) -> None:
    texts = [line.label for line in scene(name).lines if line.label]
    for one, other in combinations(texts, 2):
        (left, right), (left2, right2) = extent(one), extent(other)
        assert right < left2 or right2 < left or abs(one.y - other.y) >= SIZES["small"], (one, other)


@everywhere
def test_it_is_well_formed_and_the_same_every_time(name: str) -> None:
    drawn = svg(view(stack(name)))
    root = ElementTree.fromstring(drawn)
    assert root.get("viewBox")
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")
    assert svg(view(stack(name))) == drawn


@everywhere
def test_nothing_comes_from_elsewhere_and_no_secret_is_in_it(name: str) -> None:
    drawn = svg(view(stack(name)))
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(drawn).iter()}
    assert not tags & {"script", "image", "foreignObject", "use", "a"}
    assert "url(" not in drawn
    assert SECRET not in drawn


def test_names_are_text() -> None:
    drawn = svg(view(stack("by hand")))
    assert "<script" not in drawn
    texts = [element.text for element in ElementTree.fromstring(drawn).iter(f"{SVG}title")]
    assert any(HOSTILE in (text or "") for text in texts)


def test_prod(preview: bool) -> None:
    found = scene("prod", preview)
    row = titled(found, "Service notetaker")
    assert "3 to 9 tasks · 0.5 vCPU, 1 GB, X86_64" in [text.text for text in row.texts]
    assert [square.extra for square in row.squares].count(False) == 3
    assert len(row.squares) == 9
    assert len(of_kind(found, "lane")) == 3
    assert "1 NAT gateway" in titled(found, "VPC notes").title
    assert titled(found, "Cluster notes").title.endswith("EC2 (3 to 6 t3.medium or t3a.medium)")
    assert "HTTP 80 to HTTPS 443" in titled(found, "Load balancer").title
    assert titled(found, "DNS").title == "DNS: notes.example.com"
    assert titled(found, "Internet")


def test_what_is_kept_and_who_may_use_it() -> None:
    found = scene("prod")
    assert labels(found) == ["read, write"]
    assert {box.title.split(":")[0] for box in of_kind(found, "data")} >= {"notes", "notes-access-logs"}


def test_in_a_preview_what_a_role_may_do_is_not_known() -> None:
    assert labels(scene("prod", preview=True)) == ["uses"]


def test_verbs_suit_what_is_used() -> None:
    assert set(labels(scene("twelve"))) == {
        "read",
        "read, write",
        "write",
        "send",
        "receive",
        "publish",
        "read at start",
    }


def test_roles_that_allow_too_much_stand_out() -> None:
    found = scene("by hand")
    names = {box.title.split(":")[0] for box in of_kind(found, "warn")}
    assert names == {"everything", "AdministratorAccess"}
    assert {line.kind for line in found.lines} == {"traffic", "warn"}


def test_a_service_with_public_tasks_and_no_balancer() -> None:
    found = scene("by hand")
    row, internet = titled(found, "Service"), titled(found, "Internet")
    ends = [(line.points[0], line.points[-1]) for line in found.lines if line.kind == "traffic"]
    assert ends == [((internet.right, internet.middle), (row.x, row.middle))]


def test_a_balancers_own_rules_are_counted(graph_of: Callable[..., ResourceGraph], preview: bool) -> None:
    own = [{"path": "/a", "to": {"path": "/b"}}, {"host": "a.example.com", "to": {"host": "b.example.com"}}]
    balancer = titled(Layout(view(graph_of(balancer={"redirects": own}, preview=preview))).run(), "Load bal")
    assert "2 own rules: redirects, responses" in balancer.title


def test_very_many_tasks_are_a_number() -> None:
    row = titled(scene("by hand"), "Service")
    assert [text.text for text in row.texts if text.text == "100"] == ["100", "100"]
    assert len(row.squares) == 2


def test_a_daemon_has_a_task_in_every_zone() -> None:
    row = titled(scene("ec2-then-fargate d-daemon"), "Service")
    assert "1 task per instance" in row.title
    assert [square.extra for square in row.squares] == [False] * 3
    assert (
        titled(scene("ec2-then-fargate d-daemon"), "Cluster").title == "Cluster site. EC2 (2 to 3 t3.small)"
    )


def test_jobs_have_their_schedule() -> None:
    assert titled(scene("by hand"), "Job nightly").title.endswith("cron(0 3 * * ? *)")


def test_many_services_are_folded_and_none_is_forgotten() -> None:
    found = scene("many")
    assert len(of_kind(found, "service")) == 60
    cluster = titled(found, "Cluster main")
    assert any("10 more services" in text.text for text in cluster.texts)
    assert "read, write (14)" in labels(found)
    assert found.height < 1500


def test_much_data_is_folded() -> None:
    box = titled(scene("by hand"), "30 parameters")
    assert "setting-29" in box.title


def test_a_stack_of_nothing_says_so() -> None:
    assert [box.title for box in scene("nothing").boxes] == ["Nothing to show"]


def test_the_legend_explains_what_is_there_and_nothing_else() -> None:
    assert [text.text for text in scene("compose dev").legend] == [
        "a task, spread across zones by ECS",
        "requests",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_has_enough_contrast(scheme: str) -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 for text."""
    css = re.search(r"<style>(.*)</style>", svg(view(stack("nothing"))), re.DOTALL)
    assert css
    blocks = re.findall(r"\.mp\{([^}]*)", css[1])
    colours: dict[str, str] = {}
    for block in blocks[: {"light": 1, "dark": 2, "print": 3}[scheme]]:
        colours |= dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{3,6})", block))
    for surface in ("bg", "frame", "lane", "cluster", "card", "entry", "data", "warn-bg"):
        for ink in ("ink", "muted"):
            assert contrast(colours[ink], colours[surface]) >= 4.5, (ink, surface)
    assert contrast(colours["warn"], colours["warn-bg"]) >= 4.5
    for line in ("traffic", "use", "warn", "task", "card-line", "data-line", "cluster-line", "entry-line"):
        assert contrast(colours[line], colours["bg"]) >= 3, line


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_texts_are_cut_to_fit() -> None:
    assert fit("short", 12, 100) == "short"
    cut = fit("W" * 100, 12, 100, bold=True)
    assert cut.endswith("…")
    assert width(cut, 12, bold=True) <= 100
