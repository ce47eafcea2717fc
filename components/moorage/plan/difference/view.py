"""The difference between two plans as terminal report and JSON."""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from moorage.console import heading, is_terminal, table
from moorage.offline import Resource
from moorage.plan.cost.model import Cost, CostLine
from moorage.plan.document import VERSION, cost_document, finding_document, line_document
from moorage.plan.explain import Argument
from moorage.plan.explain.view import argument_document, one_line, short_kind, value_text, whence
from moorage.plan.report import findings
from moorage.plan.text import counted, short_type, short_urn

from . import Changed, Difference

_WIDEST = 34
"""Characters of a value in a terminal, in two columns."""

_MOST = 6


def difference_report(difference: Difference) -> list[RenderableType]:
    """Return the difference: arguments, cost, resources, findings."""
    one, two = difference.names
    parts: list[RenderableType] = [
        Text(f"{title(difference)}\n", "bold"),
        table(summary_rows(difference)),
        *_arguments(difference),
        *_costs(difference),
        *_resources(difference),
    ]
    for stack, items in ((two, difference.new_findings), (one, difference.gone_findings)):
        if items:
            parts += [heading(f"Only in {stack}: findings"), *findings(items)]
    return parts


def title(difference: Difference) -> str:
    """Return what is compared."""
    graph, (one, two) = difference.two.graph, difference.names
    if difference.one.graph.stack == graph.stack:
        return f"{graph.project}, stack {graph.stack}: {one} -> {two}"
    return f"{graph.project}: stack {one} -> {two}"


def summary_rows(difference: Difference) -> list[tuple[str, str]]:
    """Return the lines of the summary."""
    one, two = difference.names
    rows = [
        ("Region", f"{difference.one.region} -> {difference.two.region}"),
        (
            "Resources",
            f"{len(difference.added)} only in {two}, {len(difference.removed)} only in {one}, "
            f"{len(difference.changed)} changed",
        ),
        ("Cost", f"{_total(difference.one.cost)} -> {_total(difference.two.cost)}"),
        (
            "Findings",
            f"{counted(len(difference.new_findings), 'new', 'new')}, "
            f"{counted(len(difference.gone_findings), 'resolved', 'resolved')}",
        ),
    ]
    return rows[difference.one.region == difference.two.region :]


def _arguments(difference: Difference) -> list[RenderableType]:
    rows = argument_rows(difference)
    return [heading("Arguments"), table(rows, ("", *difference.names), indent=2)] if rows else []


def argument_rows(difference: Difference) -> list[tuple[str, str, str]]:
    """Return each component and its different arguments, with both values."""
    rows: list[tuple[str, str, str]] = []
    component = ("", "")
    for item in difference.arguments:
        if component != (item.kind, item.name):
            component = (item.kind, item.name)
            rows.append((f"{item.name}  {short_kind(item.kind)}", "", ""))
        rows.append((f"  {item.path}", _argument(item.one), _argument(item.two)))
    return rows


def _costs(difference: Difference) -> list[RenderableType]:
    rows = cost_rows(difference)
    if not rows:
        return []
    return [
        heading(f"Cost, {difference.one.cost.currency}"),
        table(rows, ("", *difference.names), indent=2, right=[1, 2]),
    ]


def cost_rows(difference: Difference) -> list[tuple[str, str, str]]:
    """Return the lines of the cost that differ, and the total, with both amounts."""
    if not difference.costs:
        return []
    rows = [
        (f"{cost.what}: {short_urn(cost.resource)}", _line(cost.one), _line(cost.two))
        for cost in difference.costs
    ]
    return [*rows, ("all", _total(difference.one.cost), _total(difference.two.cost))]


def _resources(difference: Difference) -> list[RenderableType]:
    parts: list[RenderableType] = []
    one, two = difference.names
    for sign, stack, items, colour in (
        ("+", two, difference.added, "green"),
        ("-", one, difference.removed, "red"),
    ):
        if items:
            rows = [(Text(sign, colour), line) for line in by_type(items)]
            parts += [heading(f"Resources only in {stack}"), table(rows, indent=2)]
    if difference.changed:
        parts.append(heading("Changed resources"))
        for item in difference.changed:
            if item.one.type.startswith("moorage:"):
                continue  # Its arguments are listed above.
            line = Text.assemble(("~", "yellow"), f" {item.one.name}  {short_type(item.one.type)}")
            parts.append(Padding.indent(line, 2))
            if rows := property_rows(item):
                parts.append(table(rows, indent=6))
    return parts


def property_rows(item: Changed) -> list[tuple[str, str]]:
    """Return the paths of different inputs, with both values."""
    return [(path, " -> ".join(_pair(a, b))) for path, a, b in item.properties]


def by_type(items: Iterable[Resource]) -> list[str]:
    """Return a line for each type, with the names of its resources."""
    types: dict[str, list[str]] = {}
    for item in items:
        types.setdefault(short_type(item.type), []).append(item.name)
    return [
        f"{f'{len(names)} ' if len(names) > 1 else ''}{type_}: {', '.join(names[:_MOST])}"
        + (", ..." if len(names) > _MOST else "")
        for type_, names in types.items()
    ]


def _argument(item: Argument | None) -> str:
    if item is None or (item.value is None and not item.origin):
        return "not set"
    return f"{_cut(value_text(item))} ({whence(item)})"


def _pair(one: Any, two: Any) -> tuple[str, str]:
    """Return two values, cut to show the difference."""
    first, second = _text(one), _text(two)
    if _cut(first) != first or _cut(second) != second:
        pairs = enumerate(zip(first, second, strict=False))
        same = next((index for index, (a, b) in pairs if a != b), min(len(first), len(second)))
        if same > _WIDEST // 2:
            first, second = (f"...{text[same - 8 :]}" for text in (first, second))
    return _cut(first), _cut(second)


def _text(value: Any) -> str:
    return "nothing" if value is None else one_line(value)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST or not is_terminal(sys.stdout) else f"{text[: _WIDEST - 3]}..."


def _line(line: CostLine | None) -> str:
    return line.amount if line else "nothing"


def _total(cost: Cost) -> str:
    return cost.amount if cost.prices_as_of else "unknown"


def difference_document(difference: Difference) -> dict[str, Any]:
    """Return the difference as plain JSON values; `from` is the first stack, `to` the other."""
    return {
        "version": VERSION,
        "project": difference.one.graph.project,
        "stack": difference.one.graph.stack,
        "other": difference.two.graph.stack,
        "resources": {
            "added": [_resource(item) for item in difference.added],
            "removed": [_resource(item) for item in difference.removed],
            "changed": [_changed(item) for item in difference.changed],
        },
        "arguments": [
            {
                "component": item.kind,
                "name": item.name,
                "argument": item.path,
                "from": item.one and argument_document(item.one),
                "to": item.two and argument_document(item.two),
            }
            for item in difference.arguments
        ],
        "cost": {
            "from": cost_document(difference.one.cost),
            "to": cost_document(difference.two.cost),
            "changed": [
                {
                    "resource": item.resource,
                    "what": item.what,
                    "from": item.one and line_document(item.one),
                    "to": item.two and line_document(item.two),
                }
                for item in difference.costs
            ],
        },
        "findings": {
            "added": [finding_document(item) for item in difference.new_findings],
            "removed": [finding_document(item) for item in difference.gone_findings],
        },
    }


def _resource(item: Resource) -> dict[str, Any]:
    return {"urn": item.urn, "type": item.type, "name": item.name}


def _changed(item: Changed) -> dict[str, Any]:
    return {
        **_resource(item.one),
        "other_urn": item.two.urn,
        "properties": [{"path": path, "from": a, "to": b} for path, a, b in item.properties],
    }
