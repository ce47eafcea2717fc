"""`moorage pipeline`: the pipeline of a project, for GitHub Actions, GitLab CI/CD or AWS CodeBuild."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, NotRequired, TypedDict, Unpack

import click

from moorage.console import Label, say
from moorage.errors import UsageError

from .project import CWD, Group, find_project

if TYPE_CHECKING:
    from moorage.pipeline.project import Pipeline

_OPTIONS = (
    CWD,
    click.Option(
        ["--stack", "-s", "chosen"],
        multiple=True,
        metavar="S",
        help="A stack to deploy; repeat it in the order of deployment (default: the only one, or dev and "
        "then prod).",
    ),
    click.Option(["--branch"], default="main", metavar="B", help="The branch to deploy (default: main)."),
    click.Option(
        ["--backend"], metavar="URL", help="Pulumi's state (default: of Pulumi.yaml, or Pulumi Cloud)."
    ),
    click.Option(["--stdout"], is_flag=True, help="Print the files; write nothing."),
    click.Option(["--force"], is_flag=True, help="Replace existing files."),
)
_PREVIEWS = click.Option(
    ["--previews"],
    is_flag=True,
    help="Also deploy a stack for each pull request, with the first stack's configuration.",
)


class _Options(TypedDict):
    branch: str
    backend: str | None
    previews: NotRequired[bool]


@click.group(cls=Group)
def pipeline() -> None:
    """Write the pipeline of a project: plan of changes, deployment on merge."""


def _write(provider: str) -> Callable[..., int]:
    def write(
        cwd: str | None, chosen: tuple[str, ...], stdout: bool, force: bool, **options: Unpack[_Options]
    ) -> int:
        from moorage.pipeline.project import read, stages_in
        from moorage.pipeline.writing import write

        if stdout and force:
            raise UsageError("--stdout and --force cannot be combined")
        folder = find_project(cwd)
        project = read(folder, stages_in(folder, chosen), **options)
        files = import_module(f"moorage.pipeline.{provider}").files(project)
        if stdout:
            say("\n".join(f"# {path}\n{text}" for path, text in files.items()).rstrip())
            return 0
        written = write(project.root, files, force=force)
        for path in files:
            say(f"{'Written' if path in written else 'Unchanged'}: {path}")
        _advise(project)
        return 0

    return write


def _advise(project: "Pipeline") -> None:
    if not project.cached:
        say(
            'each build starts without layers; `"cache": "registry"` in `build` keeps them in the registry',
            label=Label.HINT,
        )
    say("docs/pipelines.md describes the roles, variables and approvals to set up", label=Label.HINT)


for _provider, _help in (
    ("github", "Write workflows for GitHub Actions."),
    ("gitlab", "Write .gitlab-ci.yml for GitLab CI/CD."),
    ("codebuild", "Write buildspecs and a pipeline for AWS CodeBuild and CodePipeline."),
):
    _own = [] if _provider == "codebuild" else [_PREVIEWS]
    pipeline.add_command(
        click.Command(_provider, callback=_write(_provider), params=[*_OPTIONS, *_own], help=_help)
    )
