"""The difference between two stacks, as text for people and as JSON."""

import json
from collections.abc import Iterable
from typing import Any

from moorage.offline import Resource
from moorage.plan.cost.model import Cost, CostLine
from moorage.plan.document import VERSION, cost_document, finding_document, line_document
from moorage.plan.explain import Argument
from moorage.plan.explain.view import argument_document, short_kind, whence
from moorage.plan.report import findings
from moorage.plan.text import Style, columns, counted, money_range, short_type, short_urn

from . import Changed, Difference

_WIDEST = 34
_MOST = 6


def difference_lines(found: Difference, style: Style) -> list[str]:
    """Return the lines: arguments, money, resources, findings."""
    one, two = found.one.graph, found.two.graph
    arrow = "→" if style.unicode else "->"
    lines = [f"{style.paint(f'{one.project}: stack {one.stack} {arrow} {two.stack}', 'bold')}", ""]
    if found.one.region != found.two.region:
        lines += [f"Region     {found.one.region} {arrow} {found.two.region}"]
    lines += [
        f"Resources  {len(found.added)} only in {two.stack}, {len(found.removed)} only in {one.stack}, "
        f"{len(found.changed)} different",
        f"Costs      {_total(found.one.cost)} {arrow} {_total(found.two.cost)}",
        f"Findings   {counted(len(found.new_findings), 'new one', 'new ones')}, "
        f"{counted(len(found.gone_findings), 'gone', 'gone')}",
    ]
    head = (one.stack, two.stack)
    if found.arguments:
        rows = [("", *head)]
        component = ("", "")
        for item in found.arguments:
            if component != (item.kind, item.name):
                component = (item.kind, item.name)
                rows.append((f"  {item.name}  {short_kind(item.kind)}", "", ""))
            rows.append((f"    {item.path}", _argument(item.one, style), _argument(item.two, style)))
        lines += ["", style.paint("Arguments", "bold"), *columns(rows)]
    if found.costs:
        rows = [("", *head)]
        for cost in found.costs:
            rows.append((f"  {cost.what}: {short_urn(cost.resource)}", _line(cost.one), _line(cost.two)))
        rows.append(("  all", _total(found.one.cost), _total(found.two.cost)))
        lines += ["", style.paint(f"Cost, {found.one.cost.currency}", "bold"), *columns(rows, right=(1, 2))]
    lines += _resources(found, style, arrow)
    for title, items in (
        (f"Only in {two.stack}", found.new_findings),
        (f"Only in {one.stack}", found.gone_findings),
    ):
        if items:
            lines += ["", style.paint(f"{title}: findings", "bold"), *findings(items, style)]
    return lines


def _resources(found: Difference, style: Style, arrow: str) -> list[str]:
    lines: list[str] = []
    one, two = found.one.graph.stack, found.two.graph.stack
    for sign, stack, items, colour in (("+", two, found.added, "green"), ("-", one, found.removed, "red")):
        if items:
            lines += ["", style.paint(f"Resources only in {stack}", "bold")]
            for line in _by_type(items):
                lines += style.wrapped(line, 6, f"  {style.paint(sign, colour)} ")
    if found.changed:
        lines += ["", style.paint("Resources that are different", "bold")]
        for item in found.changed:
            if item.one.type.startswith("moorage:"):
                continue  # Its arguments are above.
            lines.append(f"  {style.paint('~', 'yellow')} {item.one.name}  {short_type(item.one.type)}")
            rows = [
                (f"      {path}", f" {arrow} ".join(_pair(a, b, style))) for path, a, b in item.properties
            ]
            lines += columns(rows)
    return lines


def _by_type(items: Iterable[Resource]) -> list[str]:
    by_type: dict[str, list[str]] = {}
    for item in items:
        by_type.setdefault(short_type(item.type), []).append(item.name)
    return [
        f"{f'{len(names)} ' if len(names) > 1 else ''}{type_}: {', '.join(names[:_MOST])}"
        + (", ..." if len(names) > _MOST else "")
        for type_, names in by_type.items()
    ]


def _argument(item: Argument | None, style: Style) -> str:
    if item is None or (item.value is None and not item.origin):
        return "not set"
    value = item.origin if item.value is None else _cut(_text(item.value), style)
    return f"{value} ({whence(item)})"


def _pair(one: Any, two: Any, style: Style) -> tuple[str, str]:
    """Return two values, cut so that where they differ can be seen."""
    first, second = _text(one), _text(two)
    if max(len(first), len(second)) > _WIDEST:
        pairs = enumerate(zip(first, second, strict=False))
        same = next((index for index, (a, b) in pairs if a != b), min(len(first), len(second)))
        dots = "…" if style.unicode else "~"
        if same > _WIDEST // 2:
            first, second = (f"{dots}{text[same - 8 :]}" for text in (first, second))
    return _cut(first, style), _cut(second, style)


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split()) or '""'


def _cut(text: str, style: Style) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + ("…" if style.unicode else "~")


def _line(line: CostLine | None) -> str:
    if line is None:
        return "nothing"
    if line.monthly is None:
        return "by use"
    return money_range(line.monthly, line.monthly if line.monthly_max is None else line.monthly_max)


def _total(cost: Cost) -> str:
    return money_range(cost.monthly, cost.monthly_max) if cost.prices_as_of else "not known"


def difference_document(found: Difference) -> dict[str, Any]:
    """Return the difference as plain JSON values; `from` is the first stack, `to` the other."""
    return {
        "version": VERSION,
        "project": found.one.graph.project,
        "stack": found.one.graph.stack,
        "other": found.two.graph.stack,
        "resources": {
            "added": [_resource(item) for item in found.added],
            "removed": [_resource(item) for item in found.removed],
            "changed": [_changed(item) for item in found.changed],
        },
        "arguments": [
            {
                "component": item.kind,
                "name": item.name,
                "argument": item.path,
                "from": item.one and argument_document(item.one),
                "to": item.two and argument_document(item.two),
            }
            for item in found.arguments
        ],
        "cost": {
            "from": cost_document(found.one.cost),
            "to": cost_document(found.two.cost),
            "changed": [
                {
                    "resource": item.resource,
                    "what": item.what,
                    "from": item.one and line_document(item.one),
                    "to": item.two and line_document(item.two),
                }
                for item in found.costs
            ],
        },
        "findings": {
            "added": [finding_document(item) for item in found.new_findings],
            "removed": [finding_document(item) for item in found.gone_findings],
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
