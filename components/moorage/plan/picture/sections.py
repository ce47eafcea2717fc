"""Sections of the page with lists and tables."""

import json
from collections.abc import Iterable

from moorage.graph import Permission, RoleKind, View
from moorage.offline import Resource, ResourceGraph, shown
from moorage.plan.cost.model import Cost, CostLine
from moorage.plan.exceptions import Accepted
from moorage.plan.finding import Finding, FindingSeverity, by_severity
from moorage.plan.text import counted, money_range, short_type, short_urn

from .svg import text

Anchors = dict[str, str]
"""The id of each resource's row, by URN."""

_ROLES = {
    RoleKind.TASK: "task role",
    RoleKind.EXECUTION: "execution role",
    RoleKind.INSTANCE: "instances",
    RoleKind.OTHER: "role",
}


def section(title: str, content: str) -> str:
    """Return a section of the page."""
    id_ = title.lower()
    heading = f'<h2 id="{id_}-title">{title}</h2>'
    return f'<section id="{id_}" aria-labelledby="{id_}-title">{heading}{content}</section>'


def link(urn: str, anchors: Anchors) -> str:
    """Return a resource's name and type, linked to its row if there is one."""
    name = text(short_urn(urn))
    return f'<a href="#{anchors[urn]}">{name}</a>' if urn in anchors else name


def note(content: str) -> str:
    """Return a paragraph of HTML beside the facts."""
    return f'<p class="note">{content}</p>'


def table(kind: str, caption: str, heads: Iterable[str], rows: Iterable[str], foot: str = "") -> str:
    """Return a table, a list in a narrow window; heads ending in `#` are numeric columns."""
    cells = "".join(
        f'<th scope="col" class="number">{head[:-1]}</th>'
        if head.endswith("#")
        else f'<th scope="col">{head}</th>'
        for head in heads
    )
    end = f"<tfoot>{foot}</tfoot>" if foot else ""
    return (
        f'<div class="table"><table class="stack {kind}"><caption>{caption}</caption>'
        f"<thead><tr>{cells}</tr></thead><tbody>{''.join(rows)}</tbody>{end}</table></div>"
    )


def cell(label: str, content: str, kind: str = "") -> str:
    """Return a cell with a label for narrow windows; `content` is HTML."""
    class_ = f' class="{kind}"' if kind else ""
    return f'<td data-label="{label}"{class_}>{content}</td>'


def _row(head: str, *cells: str) -> str:
    return f'<tr><th scope="row">{head}</th>{"".join(cells)}</tr>'


def findings_section(findings: tuple[Finding, ...], accepted: tuple[Accepted, ...], anchors: Anchors) -> str:
    """Return open findings, errors first, and accepted findings; equal ones are one entry."""
    parts: list[str] = []
    for severity, groups in by_severity(findings):
        parts.append(f"<h3>{severity.capitalize()}s ({sum(map(len, groups))})</h3>")
        parts += [_finding(severity, members, anchors) for members in groups]
    parts = parts or [note("No findings.")]
    return section("Findings", "".join([*parts, _accepted(accepted, anchors)]))


def _accepted(accepted: tuple[Accepted, ...], anchors: Anchors) -> str:
    if not accepted:
        return ""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for item in accepted:
        key = (item.finding.rule, item.finding.message, item.by, item.reason)
        groups.setdefault(key, []).append(item.finding)
    rows: list[str] = []
    for (rule, message, by, reason), members in groups.items():
        where = ", ".join(link(finding.resource, anchors) for finding in members)
        what = cell("What", f"{where}: {text(message)}")
        rows.append(_row(text(rule), what, cell("By", text(by)), cell("Reason", text(reason))))
    listed = table("accepted", "Accepted findings", ("Rule", "What", "By", "Reason"), rows)
    return f"<h3>Accepted ({len(accepted)})</h3>{listed}"


def _finding(severity: FindingSeverity, members: list[Finding], anchors: Anchors) -> str:
    first = members[0]
    where = ", ".join(link(finding.resource, anchors) for finding in members)
    return (
        f'<article class="finding {severity}"><h4>{where}: {text(first.message)} '
        f'<span class="rule">{text(first.rule)}</span></h4>'
        f"<p><strong>Fix:</strong> {text(first.fix)}</p></article>"
    )


def permissions_section(view: View, anchors: Anchors) -> str:
    """Return the permissions of all roles."""
    if not view.permissions:
        return section("Permissions", note("This stack has no roles with policies."))
    rows = [_permission(permission, anchors) for permission in view.permissions]
    heads = ("Role", "Access", "Resource", "Actions")
    roles = {permission.role.urn for permission in view.permissions}
    caption = f"{counted(len(rows), 'permission')} of {counted(len(roles), 'role')}"
    return section("Permissions", table("permissions", caption, heads, rows))


def _permission(permission: Permission, anchors: Anchors) -> str:
    users = ", ".join(text(urn.rpartition("::")[2]) for urn in permission.users)
    role = f'{link(permission.role.urn, anchors)}<br><span class="kind">{_ROLES[permission.kind]}'
    role += f" of {users}</span>" if users else "</span>"
    target = link(permission.resource.urn, anchors) if permission.resource else text(permission.target)
    flag = ' <span class="flag">wider than one resource</span>' if permission.wildcard else ""
    actions = "<br>".join(f"<code>{text(action)}</code>" for action in permission.actions)
    more = f"<details><summary>{counted(len(permission.actions), 'action')}</summary>{actions}</details>"
    actions = more if permission.actions else "see the policy"
    access = cell("Access", text(permission.access))
    return _row(role, access, cell("Resource", target + flag), cell("Actions", actions))


def outputs_section(graph: ResourceGraph) -> str:
    """Return the stack's outputs."""
    if not graph.outputs:
        return section("Outputs", note("This stack has no outputs."))
    rows = [
        _row(text(name), cell("Value", f"<code>{text(_short(value))}</code>"))
        for name, value in shown(graph.outputs).items()
    ]
    return section("Outputs", table("outputs", "Stack outputs", ("Name", "Value"), rows))


def resources_section(graph: ResourceGraph, anchors: Anchors) -> str:
    """Return all resources with their inputs, in program order."""
    if not graph.resources:
        return section("Resources", note("The program has no resources."))
    search = (
        '<div class="search" role="search" hidden>'
        "<label>Filter by name, type or component"
        '<input type="search" autocomplete="off" spellcheck="false"></label>'
        '<output class="note" aria-live="polite"></output></div>'
    )
    rows = [_resource(resource, anchors) for resource in graph]
    heads = ("Name", "Type", "Parent", "Inputs")
    return section("Resources", search + table("resources", counted(len(rows), "resource"), heads, rows))


def _resource(resource: Resource, anchors: Anchors) -> str:
    parent = link(resource.parent, anchors) if resource.parent else "the stack"
    kind = f'{text(short_type(resource.type))}<br><code class="kind">{text(resource.type)}</code>'
    protected = ' <span class="kind">protected</span>' if resource.options.get("protect") else ""
    inputs = json.dumps(shown(resource.inputs), indent=2, ensure_ascii=False, sort_keys=True)
    number = len(resource.inputs)
    details = f"<details><summary>{counted(number, 'input')}</summary><pre>{text(inputs)}</pre></details>"
    searched = " ".join(
        (resource.name, resource.type, short_type(resource.type), resource.parent or "")
    ).lower()
    return (
        f'<tr id="{anchors[resource.urn]}" data-search="{text(searched)}">'
        f'<th scope="row">{text(resource.name)}{protected}</th>{cell("Type", kind)}{cell("Parent", parent)}'
        f"{cell('Inputs', details if number else 'none')}</tr>"
    )


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


_BARS = 12
"""The number of bars; the cheapest resources share the last one."""


def cost_section(cost: Cost, anchors: Anchors) -> str:
    """Return the cost section."""
    notes = "".join(note(text(unknown)) for unknown in cost.unknown)
    if not cost.lines:
        return section("Cost", notes or note("No hourly or monthly charges."))
    dated = (
        f"list prices of {cost.regions} as of {cost.prices_as_of}"
        if cost.prices_as_of
        else "no prices for the region"
    )
    intro = note(f"{cost.currency} a month of 730 hours without traffic, {text(dated)}.")
    rows = [_cost_row(line, anchors) for line in cost.lines]
    total = f'<tr><th scope="row" colspan="3">Total</th>{cell("Total", cost.amount, "number")}</tr>'
    heads = ("What", "Of", "Quantity#", f"{text(cost.currency)} a month#")
    lines = table("costs", counted(len(rows), "line"), heads, rows, total if cost.prices_as_of else "")
    return section("Cost", intro + notes + _chart(cost, anchors) + lines)


def _amounts(cost: Cost) -> list[tuple[str, float, float]]:
    """Return the minimum and maximum cost of each resource, the highest first."""
    totals: dict[str, tuple[float, float]] = {}
    for line in cost.lines:
        if line.monthly is not None:
            low, high = totals.get(line.resource, (0.0, 0.0))
            totals[line.resource] = (low + line.monthly, high + line.most)
    return sorted(
        ((urn, *both) for urn, both in totals.items() if both[1] > 0), key=lambda row: (-row[2], row[0])
    )


def _chart(cost: Cost, anchors: Anchors) -> str:
    amounts = _amounts(cost)
    if not amounts:
        return ""
    bars = [(link(urn, anchors), low, high) for urn, low, high in amounts]
    if len(bars) > _BARS:
        rest = bars[_BARS - 1 :]
        together = (f"{len(rest)} more", sum(bar[1] for bar in rest), sum(bar[2] for bar in rest))
        bars = [*bars[: _BARS - 1], together]
    scale = max(high for _, _, high in bars)
    return f'<ol class="chart">{"".join(_bar(name, low, high, scale) for name, low, high in bars)}</ol>'


def _bar(name: str, low: float, high: float, scale: float) -> str:
    wide = f'<rect class="high" width="{high / scale:.2%}" height="100%"/>' if high > low else ""
    solid = f'<rect class="low" width="{low / scale:.2%}" height="100%"/>'
    return (
        f'<li><span class="name">{name}</span><svg aria-hidden="true">{wide}{solid}</svg>'
        f'<span class="number">{money_range(low, high)}</span></li>'
    )


def _cost_row(line: CostLine, anchors: Anchors) -> str:
    quantity = "per" if line.quantity is None else f"{line.quantity:,.6g}"
    return _row(
        text(line.what),
        cell("Of", link(line.resource, anchors)),
        cell("Quantity", f"{quantity} {text(line.unit)}", "number"),
        cell("Monthly", line.amount, "number"),
    )
