"""A plan as text for people."""

from moorage.offline import shown

from .exceptions import Accepted
from .finding import Finding, Severity
from .plan import Plan
from .summary import cost_lines, summary
from .text import Style, counted, short_urn
from .tree import tree


def report(plan: Plan, style: Style) -> list[str]:
    """Return a plan's lines: summary, tree, cost, findings."""
    lines = summary(plan, style)
    lines += ["", style.paint("Resources", "bold"), *tree(plan.previewed or plan.graph, style)]
    bill = cost_lines(plan.cost, style)
    if bill:
        lines += ["", style.paint(f"Cost, {plan.cost.currency} a month", "bold"), *bill]
    lines += said(plan, style)
    lines += findings(plan.findings, style)
    lines += accepted(plan.accepted, style)
    outputs = shown((plan.previewed or plan.graph).outputs)
    if outputs:
        lines += ["", style.paint("Outputs", "bold")]
        for name, value in sorted(outputs.items()):
            lines += style.wrapped(f"{name}: {value}", 4, "  ")
        lines.append(style.paint("  Ids, ARNs and addresses are made up: AWS gives the real ones.", "dim"))
    return lines


def said(plan: Plan, style: Style) -> list[str]:
    """Return the lines of what the program warned about."""
    entries = [entry for entry in plan.graph.log if entry.severity in ("warning", "error")]
    lines = ["", style.paint("The program says", "bold")] if entries else []
    for entry in entries:
        where = f"{short_urn(entry.urn)}: " if entry.urn else ""
        lines += style.wrapped(f"{entry.severity}: {where}{entry.message}", 4, "  ")
    return lines


def findings(found: tuple[Finding, ...], style: Style) -> list[str]:
    """Return the lines of findings by severity; those that say the same of several resources as one."""
    lines: list[str] = []
    for severity, colour in ((Severity.ERROR, "red"), (Severity.WARNING, "yellow")):
        of_severity = [item for item in found if item.severity is severity]
        if not of_severity:
            continue
        lines += ["", style.paint(counted(len(of_severity), severity).capitalize(), "bold", colour)]
        groups: dict[tuple[str, str, str], list[str]] = {}
        for item in of_severity:
            groups.setdefault((item.rule, item.message, item.fix), []).append(item.resource)
        for (rule, message, fix), resources in groups.items():
            where = ", ".join(short_urn(urn) for urn in resources[:_MOST])
            more = f" and {len(resources) - _MOST} more" if len(resources) > _MOST else ""
            lines.append(f"  {style.paint(rule, colour)}  {where}{more}")
            lines += style.wrapped(message, 4, "    ")
            arrow = "→ " if style.unicode else "-> "
            lines += style.wrapped(fix, 4 + len(arrow), f"    {arrow}")
    return lines


def accepted(found: tuple[Accepted, ...], style: Style) -> list[str]:
    """Return the lines of what a preset or the stack accepts, with the reason; one for all that share it."""
    if not found:
        return []
    lines = ["", style.paint("Accepted", "bold")]
    groups: dict[tuple[str, str], list[str]] = {}
    for item in found:
        rules = groups.setdefault((item.by, item.reason), [])
        if item.finding.rule not in rules:
            rules.append(item.finding.rule)
    for (by, reason), rules in groups.items():
        lines += style.wrapped(f"{', '.join(rules)}  accepted in {by}: {reason}", 4, "  ")
    return lines


_MOST = 5
