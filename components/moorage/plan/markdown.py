"""The Markdown report of a plan, for a comment on a pull request or a merge request."""

import html
import re
from collections.abc import Iterable, Sequence

from moorage.console import plain

from .finding import Finding, by_severity
from .plan import Plan
from .report import resources
from .summary import bill_rows, summary_rows
from .text import counted
from .tree import made, trees

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&$]")
"""Characters with a meaning within a line (GitHub Flavored Markdown: "Inlines", "Tables"; `$` is math)."""


def markdown(plan: Plan) -> list[str]:
    """Return the summary, findings, and, folded, cost and resources; each part is a block."""
    graph = plan.previewed or plan.graph
    title = (
        f"{graph.project}, stack {graph.stack}, {plan.region}: {counted(len(made(plan.graph)), 'resource')}"
    )
    parts = [f"### {escaped(title)}", table(summary_rows(plan)), *findings(plan.findings)]
    if rows := bill_rows(plan.cost):
        header = (plan.cost.currency, "a month")
        parts.append(folded(f"Cost: {plan.cost.amount} {plan.cost.currency} a month", table(rows, header)))
    tree = plain(*trees(graph))
    return [*parts, folded("Resources", code(tree))] if tree.strip() else parts


def findings(items: Iterable[Finding]) -> list[str]:
    """Return findings by severity; equal findings of several resources are one entry."""
    return [
        "\n".join([f"**{counted(sum(map(len, groups)), severity).capitalize()}**\n", *map(_entry, groups)])
        for severity, groups in by_severity(items)
    ]


def _entry(members: Sequence[Finding]) -> str:
    first = members[0]
    where, message, fix = map(escaped, (resources(members), first.message, first.fix))
    return f"- **{escaped(first.rule)}** {where}: {message}<br>Fix: {fix}"


def escaped(text: str) -> str:
    """Return text that renders as it is, on one line.

    A comment after `@` and `#` prevents mentions and references.
    """
    line = _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
    return re.sub(r"[@#](?=\w)", r"\g<0><!-- -->", line)


def table(rows: Iterable[Sequence[str]], header: Sequence[str] = ("", "")) -> str:
    """Return rows as a table."""
    lines = [[*map(escaped, header)], ["---"] * len(header), *([*map(escaped, row)] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(text: str, language: str = "") -> str:
    """Return text as a code block, whose fence is longer than those in the text."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def folded(title: str, content: str) -> str:
    """Return content that a click shows."""
    return f"<details><summary>{html.escape(title)}</summary>\n\n{content}\n\n</details>"
