"""The page: what it says and holds; how it looks and works is tried in tests/browser."""

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

import pytest
from support.stacks import HOSTILE, SECRET, STACKS, stack

from moorage.graph import view
from moorage.offline import ResourceGraph
from moorage.plan.cost.model import Cost, CostLine
from moorage.plan.exceptions import Accepted
from moorage.plan.finding import Finding, FindingSeverity
from moorage.plan.picture import html
from moorage.plan.plan import Plan

everywhere = pytest.mark.parametrize("name", ["prod", "compose services", "twelve", "by hand", "nothing"])
NO_COST = Cost("USD", "us-east-1", "2026-11-21", ())


class Page(HTMLParser):
    """Elements, in order, with their attributes; what is said, without the script and the styles."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self._inside = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for each, attributes in self.elements if each == tag]


def plan(graph: ResourceGraph, *findings: Finding, cost: Cost = NO_COST) -> Plan:
    return Plan(view(graph), "us-east-1", findings, cost)


def page(name: str, *findings: Finding, cost: Cost = NO_COST) -> Page:
    return Page(html(plan(stack(name), *findings, cost=cost)))


@everywhere
def test_ids_are_unique_and_links_lead_to_them(name: str) -> None:
    found = page(name)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert sorted(ids, key=str) == sorted(set(ids), key=str)
    assert {str(link["href"]) for link in found.of("a")} <= {f"#{id_}" for id_ in ids}
    named = [
        attributes["aria-labelledby"] for _, attributes in found.elements if "aria-labelledby" in attributes
    ]
    assert {word for each in named for word in str(each).split()} <= set(ids)


@everywhere
def test_it_is_one_file_that_asks_for_nothing(name: str) -> None:
    content = html(plan(stack(name)))
    found = Page(content)
    assert not {tag for tag, _ in found.elements} & {"link", "img", "iframe", "object", "embed", "video"}
    assert not any("src" in attributes or "style" in attributes for _, attributes in found.elements)
    assert not any(key.startswith("on") for _, attributes in found.elements for key in attributes)
    assert "@import" not in content
    assert "url(" not in content


@everywhere
def test_only_its_own_script_and_style_may_run(name: str) -> None:
    content = html(plan(stack(name)))
    (policy,) = (str(each["content"]) for each in Page(content).of("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none';")
    for tag in ("script", "style"):
        (own,) = re.findall(f"<{tag}>(.*?)</{tag}>", content, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


@everywhere
def test_it_is_the_same_every_time(name: str) -> None:
    assert html(plan(stack(name))) == html(plan(stack(name)))


@everywhere
def test_headings_go_down_one_level_at_a_time(name: str) -> None:
    finding = Finding("a.1", FindingSeverity.WARNING, "urn", "message", "fix")
    levels = [int(tag[1]) for tag, _ in page(name, finding).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in itertools.pairwise(levels))


@everywhere
def test_tables_have_captions_and_heads(name: str) -> None:
    found = page(name)
    assert len(found.of("caption")) == len(found.of("table"))
    assert all(head.get("scope") in ("col", "row") for head in found.of("th"))


def test_every_resource_has_a_row_with_its_inputs() -> None:
    found = page("prod")
    rows = [row for row in found.of("tr") if "data-search" in row]
    assert len(rows) == len(stack("prod").resources)
    assert '"instanceType": "t3.medium"' in found.text


def test_boxes_of_the_picture_lead_to_rows() -> None:
    graph = stack("prod")
    (service,) = graph.of_type("aws:ecs/service:Service")
    number = 1 + graph.resources.index(service)
    assert any(
        link["href"] == f"#r{number}" and str(link.get("aria-label")).startswith("Service notetaker")
        for link in page("prod").of("a")
    )


def test_names_are_text() -> None:
    finding = Finding(HOSTILE, FindingSeverity.ERROR, HOSTILE, HOSTILE, HOSTILE)
    cost = Cost("USD", HOSTILE, HOSTILE, (CostLine(HOSTILE, HOSTILE, 1, HOSTILE, 2.0),), (HOSTILE,))
    content = html(plan(stack("by hand"), finding, cost=cost))
    assert content.count("<script") == 1
    assert HOSTILE in Page(content).text


def test_secrets_are_not_in_it() -> None:
    for name in ("by hand", "twelve"):
        content = html(plan(stack(name)))
        assert SECRET not in content
        assert "[secret]" in content


def test_findings_by_severity_with_what_to_do() -> None:
    graph = stack("prod")
    group = graph.of_type("aws:ec2/subnet:Subnet")
    findings = [
        Finding("preflight/x", FindingSeverity.ERROR, graph.resources[0].urn, "cannot work", "set the other"),
        *(
            Finding("EC2.15", FindingSeverity.WARNING, each.urn, "is public", "make it private")
            for each in group
        ),
    ]
    found = page("prod", *findings)
    assert found.text.index("Errors (1)") < found.text.index("Warnings (6)")
    assert "Fix: set the other" in found.text
    assert found.text.count("make it private") == 1
    assert [each["class"] for each in found.of("article")] == ["finding error", "finding warning"]


def test_what_is_accepted_has_its_reason() -> None:
    urns = [each.urn for each in stack("prod").of_type("aws:ec2/subnet:Subnet")[:2]]
    accepted = tuple(
        Accepted(
            Finding("EC2.15", FindingSeverity.WARNING, urn, "is public", "make it private"),
            "prod",
            "balancers only",
        )
        for urn in urns
    )
    found = Page(html(Plan(view(stack("prod")), "us-east-1", (), NO_COST, accepted=accepted)))
    assert "Accepted (2)" in found.text
    assert found.text.count("balancers only") == 1


def test_no_findings_are_said_too() -> None:
    assert "No findings." in page("prod").text


def test_cost_with_its_range_and_date() -> None:
    graph = stack("prod")
    first, second = graph.resources[2].urn, graph.resources[3].urn
    lines = (
        CostLine(first, "instances", 2190, "hour", 50, 150),
        CostLine(second, "balancer", 730, "hour", 25),
        CostLine(second, "requests", None, "LCU-hour", None),
    )
    found = page("prod", cost=Cost("USD", "us-east-1", "2026-11-21", lines, ("t9.huge has no price",)))
    assert "Monthly cost 75.00 to 175.00 USD" in found.text
    assert "list prices of us-east-1 as of 2026-11-21" in found.text
    assert "t9.huge has no price" in found.text
    assert "usage-based" in found.text
    bars = [(bar["class"], bar["width"]) for bar in found.of("rect") if bar.get("class") in ("high", "low")]
    assert bars == [("high", "100.00%"), ("low", "33.33%"), ("low", "16.67%")]


def test_a_region_without_prices_is_said() -> None:
    found = page("prod", cost=Cost("USD", "sa-east-1", "", (), ("sa-east-1 is not in the price table",)))
    assert "No prices for this region" in found.text
    assert "Monthly cost unknown" in found.text


def test_permissions_that_are_too_wide_are_flagged() -> None:
    assert "wider than one resource" in page("by hand").text
    assert "wider than one resource" not in page("twelve").text


def test_of_a_preview_it_says_that_values_are_not_known() -> None:
    made = Plan(view(stack("prod")), "us-east-1", (), NO_COST, previewed=stack("prod", preview=True))
    found = Page(html(made))
    assert "some values are unknown" in found.text
    assert "[unknown]" in found.text


def test_an_empty_stack() -> None:
    text = page("nothing").text
    assert "This stack has no resources to draw." in text
    assert "The program has no resources." in text


def test_every_stack_has_a_page() -> None:
    assert all(html(plan(stack(name))).endswith("</html>\n") for name in STACKS)
