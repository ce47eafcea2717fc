"""The Markdown report of a difference, for a comment on a pull request or a merge request."""

from collections.abc import Iterator

from moorage.plan.markdown import code, escaped, findings, folded, table
from moorage.plan.text import short_type

from . import Difference
from .view import argument_rows, by_type, cost_rows, property_rows, summary_rows, title


def difference_markdown(found: Difference) -> list[str]:
    """Return the summary, arguments, cost and findings, and, folded, the resources; each part is a block."""
    one, two = found.names
    parts = [f"### {escaped(title(found))}", table(summary_rows(found))]
    for name, rows in (
        ("Arguments", argument_rows(found)),
        (f"Cost, {found.one.cost.currency}", cost_rows(found)),
    ):
        if rows:
            parts += [f"**{escaped(name)}**", table(rows, ("", one, two))]
    for stack, items in ((two, found.new_findings), (one, found.gone_findings)):
        if items:
            parts += [f"**Only in {escaped(stack)}: findings**", *findings(items)]
    lines = [*_resources(found)]
    return [*parts, folded("Resources", code("\n".join(lines), "diff"))] if lines else parts


def _resources(found: Difference) -> Iterator[str]:
    """Yield the lines of a diff."""
    yield from (f"+ {line}" for line in by_type(found.added))
    yield from (f"- {line}" for line in by_type(found.removed))
    for item in found.changed:
        if not item.one.type.startswith("moorage:"):  # Its arguments have a table of their own.
            yield f"! {item.one.name}  {short_type(item.one.type)}"
            yield from (f"    {path}: {values}" for path, values in property_rows(item))
