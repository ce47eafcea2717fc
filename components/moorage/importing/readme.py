"""The README of an imported project."""

from collections.abc import Sequence

from .project import Project
from .report import Entry, Kind

_TITLES = {
    Kind.OMITTED: ("Omitted", "Not in the program. Decide for each whether you need it."),
    Kind.APPROXIMATED: ("Approximated", "In the program, with another meaning."),
    Kind.TRANSLATED: ("Translated", "In the program, with the same meaning."),
}


def readme(project: Project) -> str:
    """Return the README: what to do, and the report."""
    numbers = ", ".join(f"{len(project.report.of(kind))} {kind.value}" for kind in Kind)
    lines = [
        f"# {project.name}",
        "",
        f"Imported from {project.source}. Of its keys: {numbers}. What the source does not say has moorage's",
        "defaults, which `moorage plan --explain` lists.",
        "",
        "## Before the first deployment",
        "",
        *_steps(project),
        "",
        "## Report",
        "",
    ]
    for kind, (title, text) in _TITLES.items():
        entries = project.report.of(kind)
        lines += [f"### {title}", "", text if entries else "Nothing.", ""]
        if entries:
            lines += [*_table(entries), ""]
    return "\n".join(lines)


def _steps(project: Project) -> list[str]:
    steps = [
        "Install: `python -m venv .venv && .venv/bin/pip install -r requirements.txt`.",
        "Look at it without an AWS account: `moorage plan`; run it here: `moorage local up`.",
        *project.steps,
    ]
    if project.settings:
        secret = [key for key, setting in project.settings.items() if setting.secret]
        others = [key for key, setting in project.settings.items() if not setting.secret]
        text = "Set in each stack what the import did not write (until then `moorage plan` has the stand-ins"
        commands = [f"pulumi config set --secret {key}" for key in secret]
        commands += [f"pulumi config set {key}" for key in others]
        block = "\n".join(f"   {line}" for line in ("```", *commands, "```"))
        steps.append(f"{text} in `.moorage/config.yaml`):\n\n{block}\n")
    steps.append(f"Deploy: `pulumi stack select --create {project.stacks[0]}`, then `pulumi up`.")
    return [f"{number}. {step}" for number, step in enumerate(steps, 1)]


def _table(entries: Sequence[Entry]) -> list[str]:
    rows = [f"| {_cell(e.place)} | `{_code(e.key)}` | {_cell(e.text)} |" for e in entries]
    return ["| Place | Key | Becomes |", "|---|---|---|", *rows]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _code(text: str) -> str:
    return _cell(text).replace("`", "'")
