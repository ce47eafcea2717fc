"""The terminal report of a plan."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from moorage.console import heading, table
from moorage.offline import shown

from .exceptions import Accepted
from .finding import Finding, FindingSeverity, by_severity
from .plan import Plan
from .summary import bill, summary
from .text import counted, short_urn
from .tree import trees

_COLOURS = {FindingSeverity.ERROR: "red", FindingSeverity.WARNING: "yellow"}
_MOST = 5
"""Further resources of a finding are only counted."""


def report(plan: Plan) -> list[RenderableType]:
    """Return summary, resources, cost, findings and outputs."""
    parts = [*summary(plan), heading("Resources"), *trees(plan.previewed or plan.graph), *bill(plan.cost)]
    parts += [*_said(plan), *findings(plan.findings), *_accepted(plan.accepted)]
    if plan.unused_exceptions:
        parts += [heading("Exceptions that match nothing", "yellow"), *map(_line, plan.unused_exceptions)]
    outputs = shown((plan.previewed or plan.graph).outputs)
    if outputs:
        parts += [heading("Outputs"), *(_line(f"{name}: {value}") for name, value in sorted(outputs.items()))]
        parts.append(Text("  Ids, ARNs and addresses are placeholders until deployment.", "dim"))
    return parts


def _line(text: str) -> RenderableType:
    return Padding.indent(Text(text), 2)


def _said(plan: Plan) -> list[RenderableType]:
    """Return the warnings of the program."""
    entries = [entry for entry in plan.graph.log if entry.severity in ("warning", "error")]
    parts: list[RenderableType] = [heading("Program log")] if entries else []
    for entry in entries:
        where = f"{short_urn(entry.urn)}: " if entry.urn else ""
        parts.append(_line(f"{entry.severity}: {where}{entry.message}"))
    return parts


def findings(items: tuple[Finding, ...]) -> list[RenderableType]:
    """Return findings by severity; equal findings of several resources are one entry."""
    parts: list[RenderableType] = []
    for severity, groups in by_severity(items):
        colour = _COLOURS[severity]
        parts.append(heading(counted(sum(map(len, groups)), severity).capitalize(), colour))
        for members in groups:
            first = members[0]
            parts.append(Padding.indent(Text.assemble((first.rule, colour), f"  {resources(members)}"), 2))
            parts.append(Padding.indent(Text(first.message), 4))
            parts.append(table([("->", first.fix)], indent=4))
    return parts


def resources(members: Sequence[Finding]) -> str:
    """Return the resources of findings with the same problem."""
    where = ", ".join(short_urn(item.resource) for item in members[:_MOST])
    return f"{where} and {len(members) - _MOST} more" if len(members) > _MOST else where


def _accepted(accepted: tuple[Accepted, ...]) -> list[RenderableType]:
    """Return accepted findings, grouped by reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for item in accepted:
        rules = groups.setdefault((item.by, item.reason), [])
        if item.finding.rule not in rules:
            rules.append(item.finding.rule)
    lines = [
        _line(f"{', '.join(rules)}  accepted in {by}: {reason}") for (by, reason), rules in groups.items()
    ]
    return [heading("Accepted"), *lines] if lines else []
