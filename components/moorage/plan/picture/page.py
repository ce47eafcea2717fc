"""A plan as one HTML page: nothing in it comes from elsewhere, and it can be read without its script."""

import base64
import hashlib
from importlib.resources import files

from moorage.graph import View, view
from moorage.plan.finding import Severity
from moorage.plan.plan import Plan
from moorage.plan.text import counted, money_range
from moorage.plan.tree import made

from . import words
from .costs import cost_section
from .layout import Layout
from .sections import (
    Anchors,
    findings_section,
    outputs_section,
    permissions_section,
    resources_section,
    section,
)
from .svg import render, style, text

_SIZES = (("small", 800), ("medium", 1200))
"""Classes of the picture by its width in pixels: on a narrow window it is no smaller than can be read."""
_LISTED = 6
"""Addresses in the summary."""


def html(plan: Plan) -> str:
    """Return the page of a plan, the same text for the same plan."""
    found = view(plan.previewed) if plan.previewed else plan.view
    graph = found.graph
    anchors: Anchors = {resource.urn: f"r{number}" for number, resource in enumerate(graph, 1)}
    css, script = style() + _file("page.css"), _file("page.js")
    policy = f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(script)}; base-uri 'none'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{text(f'{graph.project}, stack {graph.stack}')}: plan</title>",
            f"<style>{css}</style>",
            "</head>",
            "<body>",
            '<a class="skip" href="#main">To the content</a>',
            _header(plan, found),
            '<main id="main">',
            section("summary", "Summary", _summary(plan, found)),
            section("picture", "Picture", _picture(found, anchors)),
            findings_section(plan.findings, plan.accepted, anchors),
            cost_section(plan.cost, anchors),
            permissions_section(found, anchors),
            outputs_section(graph),
            resources_section(graph, anchors),
            "</main>",
            "<footer><p>Made by moorage plan from the program alone: nothing was asked of AWS.</p></footer>",
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _file(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text("utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


_SECTIONS = ("summary", "picture", "findings", "cost", "permissions", "outputs", "resources")


def _header(plan: Plan, found: View) -> str:
    dated = (
        f"Prices as of {plan.cost.prices_as_of}" if plan.cost.prices_as_of else "No prices for this region"
    )
    seen = "As a preview sees it: some values are not known yet. " if plan.previewed else ""
    items = "".join(f'<li><a href="#{each}">{each.capitalize()}</a></li>' for each in _SECTIONS)
    return (
        f"<header><h1>{text(found.graph.project)}</h1>"
        f'<p class="lead">Stack <strong>{text(found.graph.stack)}</strong> in '
        f"<strong>{text(plan.region)}</strong>. {text(seen + dated)}.</p>"
        f'<nav aria-label="On this page"><ul>{items}</ul></nav></header>'
    )


def _summary(plan: Plan, found: View) -> str:
    services = [f"{each.name}: {words.tasks(each)}" for each in found.services]
    reached = [
        f"{each.name}: {words.reach(each)}" for each in found.services if each.routes or each.open_ports
    ]
    errors = sum(finding.severity is Severity.ERROR for finding in plan.findings)
    cost = plan.cost
    amount = (
        f"{money_range(cost.monthly, cost.monthly_max)} {cost.currency}" if cost.prices_as_of else "not known"
    )
    running = [counted(len(found.services), "service")] + [counted(len(found.jobs), "job")] * bool(found.jobs)
    facts: tuple[tuple[str, str, list[str]], ...] = (
        ("Runs", " and ".join(running), services),
        (
            "Reached at",
            counted(len(reached), "entry", "entries") if reached else "nothing from outside",
            reached,
        ),
        ("Costs a month", amount, ["without traffic, at list prices", *cost.unknown]),
        ("Findings", _findings(errors, len(plan.findings) - errors), []),
        (
            "Makes",
            counted(len(made(found.graph)), "resource"),
            [words.cluster(each) for each in found.clusters],
        ),
    )
    return f'<dl class="facts">{"".join(_fact(*fact) for fact in facts)}</dl>'


def _findings(errors: int, warnings: int) -> str:
    parts = [counted(errors, "error")] * bool(errors) + [counted(warnings, "warning")] * bool(warnings)
    return ", ".join(parts) or "none"


def _fact(label: str, value: str, more: list[str]) -> str:
    shown = more if len(more) <= _LISTED else [*more[: _LISTED - 1], f"and {len(more) - _LISTED + 1} more"]
    lines = "".join(f"<dd>{text(line)}</dd>" for line in shown)
    return f"<div><dt>{text(label)}</dt><dd>{text(value)}</dd>{lines}</div>"


def _picture(found: View, anchors: Anchors) -> str:
    scene = Layout(found).run()
    picture = render(scene, links=anchors)
    size = next((name for name, most in _SIZES if scene.width <= most), "")
    picture = picture.replace('class="mp"', f'class="mp {size}"', 1) if size else picture
    return (
        '<div class="tools" hidden>'
        '<button type="button" data-zoom="out">Smaller</button>'
        '<button type="button" data-zoom="in">Larger</button>'
        '<button type="button" data-zoom="fit">Fit</button></div>'
        f'<div class="picture" role="region" aria-label="Picture of the stack" tabindex="0">{picture}</div>'
    )
