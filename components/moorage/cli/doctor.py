"""`moorage doctor`: everything that a local run or a deployment needs."""

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from moorage.console import Printer, heading, is_interactive, show, table
from moorage.errors import UsageError

from .project import AS_JSON, CWD, STACK, find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from moorage.doctor.examination import Examined

_COLOURS = {"ok": "green", "warning": "bold yellow", "failed": "bold red"}


@click.command(
    params=[
        click.Argument(["group"], type=click.Choice(["local", "deploy"]), required=False),
        STACK,
        CWD,
        AS_JSON,
    ],
    epilog="Exit codes: 0 nothing that is needed is missing, 1 something is, 2 wrong usage.",
)
def doctor(group: str | None, stack: str | None, cwd: str | None, as_json: bool) -> int:
    """Check what a local run and a deployment need, with remedies.

    GROUP checks only what `local` runs or a `deploy`ment need. It changes nothing;
    without a project it checks the machine.
    """
    from moorage.doctor.examination import document, examined, failed
    from moorage.doctor.subject import Group, Subject

    try:
        folder, name = find(cwd, stack)
    except UsageError:
        if cwd or stack:
            raise
        folder, name = None, ""
    subject = Subject(folder, name, is_interactive())
    # The program's output is not part of the result.
    with Printer(as_json=as_json) as out:
        with contextlib.redirect_stdout(sys.stderr):
            results = list(examined(subject, Group(group or Group.BOTH), out))
        out.document("doctor", document(subject, results))
    if not as_json:
        show(*_report(results))
    return 1 if failed(results) else 0


def _report(results: "Sequence[Examined]") -> "list[RenderableType]":
    from rich.text import Text

    from moorage.doctor.examination import TITLES

    made: list[RenderableType] = []
    for group in dict.fromkeys(item.group for item in results):
        rows = [
            (item.name, Text(item.result.level, _COLOURS.get(item.result.level, "")), str(item.result))
            for item in results
            if item.group is group
        ]
        made += [heading(TITLES[group].capitalize()), table(rows)]
    return made
