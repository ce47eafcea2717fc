"""The Markdown report of a difference, for a comment on a pull request or a merge request."""

from collections.abc import Iterator

from moorage.plan.markdown import code, escaped, findings, folded, table
from moorage.plan.text import short_type

from . import Difference
from .view import argument_rows, by_type, cost_rows, property_rows, summary_rows, title


def difference_markdown(difference: Difference) -> list[str]:
    """Return the summary, arguments, cost and findings, and, folded, the resources; each part is a block."""
    one, two = difference.names
    parts = [f"### {escaped(title(difference))}", table(summary_rows(difference))]
    for name, rows in (
        ("Arguments", argument_rows(difference)),
        (f"Cost, {difference.one.cost.currency}", cost_rows(difference)),
    ):
        if rows:
            parts += [f"**{escaped(name)}**", table(rows, ("", one, two))]
    for stack, items in ((two, difference.new_findings), (one, difference.gone_findings)):
        if items:
            parts += [f"**Only in {escaped(stack)}: findings**", *findings(items)]
    lines = [*_resources(difference)]
    return [*parts, folded("Resources", code("\n".join(lines), "diff"))] if lines else parts


def _resources(difference: Difference) -> Iterator[str]:
    """Yield the lines of a diff."""
    yield from (f"+ {line}" for line in by_type(difference.added))
    yield from (f"- {line}" for line in by_type(difference.removed))
    for item in difference.changed:
        if not item.one.type.startswith("moorage:"):  # Its arguments have a table of their own.
            yield f"! {item.one.name}  {short_type(item.one.type)}"
            yield from (f"    {path}: {values}" for path, values in property_rows(item))
