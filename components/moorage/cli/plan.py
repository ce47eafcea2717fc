"""`moorage plan`: what a stack will be, with no AWS account and no engine."""

import argparse
import contextlib
import gc
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moorage.errors import UsageError

from .failure import failed
from .project import add_options, configuration, find

if TYPE_CHECKING:
    from moorage.plan.explain import Explained
    from moorage.plan.plan import Plan
    from moorage.plan.text import Style


def add(verbs: Any) -> None:
    """Add the verb."""
    parser: argparse.ArgumentParser = verbs.add_parser(
        "plan",
        help="say what a stack will be, what is wrong with it, and what it costs",
        description="Evaluate the program for a stack, with no AWS account and no engine, and say what it "
        "makes, what is wrong with it, and what it costs.",
        epilog="Exit codes: 0 no errors (there may be warnings), 1 errors, 2 wrong usage, 130 interrupted.",
        allow_abbrev=False,
    )
    add_options(parser)
    parser.add_argument(
        "--config",
        "-c",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a configuration value that wins over the stack's file",
    )
    parser.add_argument("--json", action="store_true", help="print JSON (docs/plan.md describes it)")
    parser.add_argument(
        "--preview",
        action="store_true",
        help="evaluate it with unknown values too, and prove that it does not depend on them",
    )
    views = parser.add_mutually_exclusive_group()
    views.add_argument(
        "--explain", action="store_true", help="say of every argument what it is and where it comes from"
    )
    views.add_argument("--diff", metavar="STACK", help="say what is different in another stack")
    parser.add_argument("--html", metavar="FILE", help="write a page with picture, findings and cost")
    parser.add_argument("--svg", metavar="FILE", help="write the picture alone")
    parser.set_defaults(run=_run)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line means."""

    folder: Path
    stack: str
    config: dict[str, str]
    options: argparse.Namespace


def _run(options: argparse.Namespace) -> int:
    try:
        folder, stack = find(options.cwd, options.stack)
        asked = _Asked(folder, stack, configuration(options.config), options)
        if options.diff is not None:
            find(str(folder), options.diff)
    except UsageError as error:
        return failed(str(error), 2)
    # What the evaluations make lives until the process ends, and looking for garbage takes half the time.
    collects = gc.isenabled()
    gc.disable()
    from moorage.offline.errors import EvaluationError

    try:
        return _planned(asked)
    except EvaluationError as error:
        return failed(str(error), 1)
    finally:
        if collects:
            gc.enable()


def _planned(asked: _Asked) -> int:
    from moorage.plan.plan import plan
    from moorage.plan.text import style_of_stdout

    options, style = asked.options, style_of_stdout()
    # What the program prints is no part of the result.
    with contextlib.redirect_stdout(sys.stderr):
        planned = plan(asked.folder, stack=asked.stack, config=asked.config, preview=options.preview)
        _pictures(asked, planned)
        if options.diff is not None:
            text = _compared(asked, planned, style)
        else:
            text = _as_json(asked, planned) if options.json else _as_text(asked, planned, style)
    encoding = sys.stdout.encoding or "utf-8"
    # A terminal that cannot show a character is no reason to fail.
    print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    return 1 if planned.failed else 0


def _as_json(asked: _Asked, planned: "Plan") -> str:
    from moorage.plan.document import document

    content = document(planned)
    if asked.options.explain:
        from moorage.plan.explain.view import explained_document

        content["arguments"] = explained_document(_explained(asked, planned))
    return json.dumps(content, indent=2, ensure_ascii=_ascii())


def _as_text(asked: _Asked, planned: "Plan", style: "Style") -> str:
    from moorage.plan.report import report

    if asked.options.explain:
        from moorage.plan.explain.view import explained_lines
        from moorage.plan.summary import summary

        return "\n".join([*summary(planned, style), *explained_lines(_explained(asked, planned), style)])
    return "\n".join(report(planned, style))


def _compared(asked: _Asked, planned: "Plan", style: "Style") -> str:
    from moorage.plan.difference import difference
    from moorage.plan.difference.view import difference_document, difference_lines
    from moorage.plan.explain import explain
    from moorage.plan.plan import plan

    folder, config, other = asked.folder, asked.config, asked.options.diff
    found = difference(
        planned,
        against := plan(folder, stack=other, config=config),
        explain(planned.graph, folder, stack=asked.stack, config=config),
        explain(against.graph, folder, stack=other, config=config),
    )
    if asked.options.json:
        return json.dumps(difference_document(found), indent=2, ensure_ascii=_ascii())
    return "\n".join(difference_lines(found, style))


def _explained(asked: _Asked, planned: "Plan") -> "list[Explained]":
    from moorage.plan.explain import explain

    return explain(planned.graph, asked.folder, stack=asked.stack, config=asked.config)


def _ascii() -> bool:
    return not (sys.stdout.encoding or "").lower().startswith("utf")


def _pictures(asked: _Asked, planned: "Plan") -> None:
    """Write the files that were asked for."""
    if asked.options.html:
        from moorage.plan.picture import html

        Path(asked.options.html).write_text(html(planned), encoding="utf-8")
    if asked.options.svg:
        from moorage.plan.picture import svg

        Path(asked.options.svg).write_text(svg(planned.graph), encoding="utf-8")
