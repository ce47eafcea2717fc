"""`moorage plan`: the resources, findings and cost of a stack, without an AWS account or an engine."""

import contextlib
import gc
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from moorage.console import Label, print_json, say, show
from moorage.errors import UsageError

from .project import CWD, STACK, complete_stack, config_option, find

if TYPE_CHECKING:
    from rich.console import RenderableType

    from moorage.plan.plan import Plan


class _Options(TypedDict):
    config: dict[str, str]
    as_json: bool
    markdown: bool
    preview: bool
    explain: bool
    diff: str | None
    base: str | None
    html: str | None
    svg: str | None
    iam: bool
    account: str | None
    github: str | None
    gitlab: str | None


@click.command(
    params=[STACK, CWD, config_option("Set a configuration value, overriding the stack's file.")],
    epilog="Exit codes: 0 no errors (there may be warnings), 1 errors, 2 wrong usage, 130 interrupted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/plan.md describes it).")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a comment on a pull request.")
@click.option(
    "--preview",
    is_flag=True,
    help="Also evaluate with unknown values, and verify that the program does not depend on them.",
)
@click.option("--explain", is_flag=True, help="Show the value and the source of every argument.")
@click.option(
    "--diff",
    metavar="STACK",
    help="Show the differences from another stack.",
    shell_complete=complete_stack,
)
@click.option(
    "--base",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Show the differences from the project in DIR, such as a checkout of the main branch.",
)
@click.option("--rules", is_flag=True, help="List all rules and policy controls; plan nothing.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write an HTML page with picture, findings and cost.",
)
@click.option("--svg", type=click.Path(dir_okay=False), metavar="FILE", help="Write only the picture.")
@click.option("--iam", is_flag=True, help="Print the least-privilege policy for deploying the stack.")
@click.option("--account", metavar="ID", help="With --iam: the account, for ARNs. Default: any.")
@click.option(
    "--github",
    metavar="OWNER/REPO",
    help="With --iam: also print the trust policy of a role for GitHub Actions; needs --account.",
)
@click.option(
    "--gitlab",
    metavar="GROUP/PROJECT",
    help="With --iam: also print the trust policy of a role for GitLab CI/CD; needs --account.",
)
def plan(stack: str | None, cwd: str | None, rules: bool, **options: Unpack[_Options]) -> int:
    """Show the resources, the findings and the cost of a stack.

    Evaluates the program without an AWS account or an engine.
    """
    if rules:
        return _rules(options["as_json"])
    folder, name = find(cwd, stack)
    _check_combination(options)
    _check_iam(options)
    if _compares(options):
        find(options["base"] or str(folder), options["diff"] or name)
    # The objects of the evaluations live until the process ends; garbage collection takes half the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _planned(folder, name, options)
    finally:
        if collects:
            gc.enable()


def _compares(options: _Options) -> bool:
    """Return whether another plan is compared with this one."""
    return options["diff"] is not None or options["base"] is not None


_EXCLUSIVE = (
    ("explain", "diff", "base", "iam"),
    ("as_json", "markdown"),
    ("markdown", "explain", "iam"),
    ("diff", "base"),
    ("github", "gitlab"),
)
"""Options of which at most one can be given."""


def _check_combination(options: _Options) -> None:
    for names in _EXCLUSIVE:
        used = [f"--{name.removeprefix('as_')}" for name in names if options[name] not in (None, False)]
        if len(used) > 1:
            raise UsageError(f"{' and '.join(used)} cannot be combined")


def _check_iam(options: _Options) -> None:
    for name in ("account", "github", "gitlab"):
        if options[name] is not None and not options["iam"]:
            raise UsageError(f"--{name} needs --iam")
    account = options["account"]
    if account is not None and not re.fullmatch("[0-9]{12}", account):
        raise UsageError(f"--account {account!r} must be the 12 digits of an AWS account")


def _rules(as_json: bool) -> int:
    from moorage.plan.rules import rules_document, rules_report

    if as_json:
        print_json(rules_document())
    else:
        show(*rules_report())
    return 0


def _planned(folder: Path, stack: str, options: _Options) -> int:
    from moorage.plan.plan import plan

    # The program's output is not part of the result.
    with contextlib.redirect_stdout(sys.stderr):
        planned = plan(
            folder,
            stack=stack,
            config=options["config"],
            preview=options["preview"],
            explain=options["explain"] or _compares(options),
        )
        _pictures(options, planned)
        if _compares(options):
            views = _compared(folder, stack, options, planned)
        elif options["iam"]:
            views = _permissions(folder, stack, options, planned)
        else:
            views = _alone(planned, explain=options["explain"])
    if options["as_json"]:
        print_json(views.document())
    elif options["markdown"]:
        say("\n\n".join(views.markdown()))
    else:
        show(*views.report())
    return 1 if planned.failed else 0


@dataclass(frozen=True, slots=True)
class _Views:
    """The forms of a result."""

    document: Callable[[], dict[str, Any]]
    report: Callable[[], "list[RenderableType]"]
    markdown: Callable[[], list[str]] = list
    """The blocks; none for a result without this form."""


def _alone(planned: "Plan", *, explain: bool) -> _Views:
    from moorage.plan.document import document
    from moorage.plan.explain.view import explained_document, explained_report
    from moorage.plan.markdown import markdown
    from moorage.plan.report import report
    from moorage.plan.summary import summary

    if not explain:
        return _Views(lambda: document(planned), lambda: report(planned), lambda: markdown(planned))
    return _Views(
        lambda: {**document(planned), "arguments": explained_document(planned.arguments)},
        lambda: [*summary(planned), *explained_report(planned.arguments)],
    )


def _compared(folder: Path, stack: str, options: _Options, planned: "Plan") -> _Views:
    from moorage.plan.difference import difference
    from moorage.plan.difference.markdown import difference_markdown
    from moorage.plan.difference.view import difference_document, difference_report
    from moorage.plan.plan import plan

    base = options["base"]
    other_folder = Path(base).resolve() if base else folder
    other = plan(other_folder, stack=options["diff"] or stack, config=options["config"], explain=True)
    differences = difference(other, planned) if base else difference(planned, other)
    return _Views(
        lambda: difference_document(differences),
        lambda: difference_report(differences),
        lambda: difference_markdown(differences),
    )


def _only_account(allowed: str | None) -> str | None:
    """Return the account of `aws:allowedAccountIds`, a JSON list, if it has one."""
    from moorage.offline.values import parsed, texts

    accounts = texts(parsed(allowed))
    return accounts[0] if len(accounts) == 1 else None


def _permissions(folder: Path, stack: str, options: _Options, planned: "Plan") -> _Views:
    from moorage.plan.iam.deploy_policy import deploy_policy
    from moorage.plan.iam.names import ANY
    from moorage.plan.iam.view import permissions_document, permissions_report
    from moorage.plan.plan import configuration_for

    values = configuration_for(folder, stack, options["config"]).values
    account = options["account"] or _only_account(values.get("aws:allowedAccountIds"))
    policy = deploy_policy(
        planned.view, planned.region, account or ANY, autonaming="pulumi:autonaming" in values
    )
    trust = _trust(options, stack, account, planned.region)
    for name in policy.unknown:
        say(f"{name} is not in the table of actions; its permissions are missing", label=Label.WARNING)
    return _Views(
        lambda: permissions_document(planned, policy, trust),
        lambda: permissions_report(planned, policy, trust),
    )


def _trust(options: _Options, stack: str, account: str | None, region: str) -> str | None:
    from moorage.plan.iam.trust import github_trust, gitlab_trust

    github, gitlab = options["github"], options["gitlab"]
    if not (github or gitlab):
        return None
    if not account:
        option = "--github" if github else "--gitlab"
        raise UsageError(f"{option} needs --account: the trust policy names the account's identity provider")
    if github:
        return github_trust(github, stack, account, region)
    return gitlab_trust(gitlab or "", account, region)


def _pictures(options: _Options, planned: "Plan") -> None:
    """Write the requested files."""
    if file := options["html"]:
        from moorage.plan.picture import html

        Path(file).write_text(html(planned), encoding="utf-8")
    if file := options["svg"]:
        from moorage.plan.picture import svg

        Path(file).write_text(svg(planned.view), encoding="utf-8")
