"""`moorage import`: projects for what is deployed in another way."""

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click
from click.core import ParameterSource

from moorage.console import Label, say
from moorage.errors import EvaluationError, MoorageError, UsageError

from .project import Group

if TYPE_CHECKING:
    from moorage.importing.project import Project

_OUT = click.Option(
    ["--out", "-o"],
    type=click.Path(path_type=Path),
    default=Path("infra"),
    show_default=True,
    metavar="DIR",
    help="The folder of the new project; it must be empty or not exist.",
)
_NAME = click.Option(["--name"], help="The project's name (default: that of the source).")
_REGION = click.Option(
    ["--region"],
    envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
    default="us-east-1",
    help="The region (default: that of the source; else AWS_REGION, AWS_DEFAULT_REGION; us-east-1).",
)


class _Options(TypedDict):
    out: Path
    name: str | None
    region: str


@click.group(name="import", cls=Group)
def importing() -> None:
    """Write a Pulumi project for what is deployed in another way.

    The README.md of the project has a report: what was translated, what was
    approximated and what was omitted, with file and line. Nothing is
    deployed, and no file is overwritten.
    """


@importing.command(name="task-definition", params=[_OUT, _NAME, _REGION])
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def task_definition(file: Path, out: Path, name: str | None, region: str) -> int:
    """Import a task definition of ECS, as JSON or YAML.

    FILE is what `aws ecs describe-task-definition` prints, or what
    `aws ecs register-task-definition --cli-input-json` takes.
    """
    from moorage.importing.task_definition import import_task_definition

    return _written(out, lambda: import_task_definition(file, name, region))


@importing.command(params=[_OUT, _NAME, _REGION])
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def compose(files: tuple[Path, ...], out: Path, name: str | None, region: str) -> int:
    """Import a compose file: each service becomes an app on Fargate.

    FILES are merged as Compose merges them. The default is the compose file of
    the current folder. Use `ComposeApp` in a program to keep the file instead.
    """
    from moorage.importing.compose import import_compose
    from moorage.importing.compose_source import ComposeSource

    folder = files[0].parent if files else Path()
    names = [os.path.relpath(file, folder) for file in files] or None
    source = ComposeSource(folder, names, out, name=name, region=region)
    return _written(out, lambda: import_compose(source))


@importing.command(params=[_OUT, _NAME, _REGION])
@click.argument("path", default=".", type=click.Path(exists=True, path_type=Path))
def copilot(path: Path, out: Path, name: str | None, region: str) -> int:
    """Import a workspace of AWS Copilot: its environments become stacks.

    PATH is the workspace's root, with the folder copilot in it, or one
    manifest. The default is the current folder.
    """
    from moorage.importing.copilot.workspace import import_copilot

    return _written(out, lambda: import_copilot(path, out, name, region))


@importing.command(params=[_OUT, _NAME, _REGION])
@click.argument("cluster")
@click.option("--profile", help="The profile of the AWS configuration.")
def ecs(cluster: str, out: Path, name: str | None, region: str, profile: str | None) -> int:
    """Import a running cluster, by its name or ARN.

    It is read from AWS. The project has a file import.json, with which
    `pulumi import` adopts the cluster and its services.
    """
    import json

    from moorage.importing.ecs import IMPORT_FILE, Imported, import_document, import_ecs
    from moorage.importing.ecs_aws import running_cluster
    from moorage.offline import evaluate

    imported: list[Imported] = []

    def project() -> "Project":
        imported.append(import_ecs(running_cluster(cluster, region, profile), name))
        return imported[0].project

    code = _written(out, project, is_running=True)
    try:
        graph = evaluate(out, stack="dev")
    except EvaluationError as error:
        raise MoorageError(
            f"{IMPORT_FILE} is not written: the program cannot be evaluated", hint=str(error)
        ) from error
    document = import_document(list(graph.resources), imported[0].ids)
    (out / IMPORT_FILE).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return code


@importing.command(name="ecs-cli", params=[_OUT, _NAME, _REGION])
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--ecs-params",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The ecs-params file (default: ecs-params.yml beside FILE, if there is one).",
)
@click.option(
    "--launch-type",
    type=click.Choice(["FARGATE", "EC2"]),
    default="FARGATE",
    show_default=True,
    help="The launch type of the ECS CLI's configuration.",
)
def ecs_cli(file: Path, ecs_params: Path | None, launch_type: str, **options: Unpack[_Options]) -> int:
    """Import a project of the Amazon ECS CLI: one task with all services.

    FILE is the compose file.
    """
    from moorage.importing.ecs_cli import import_ecs_cli

    return _written(options["out"], lambda: import_ecs_cli(file, ecs_params, launch_type, **options))


@importing.command(params=[_OUT, _NAME, _REGION])
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--service", metavar="NAME", help="A running service, by its name or ARN, instead of FILE.")
@click.option("--profile", help="With --service: the profile of the AWS configuration.")
def apprunner(
    file: Path | None, service: str | None, profile: str | None, **options: Unpack[_Options]
) -> int:
    """Import a service of AWS App Runner.

    FILE is its apprunner.yaml, in the folder with its source code.
    """
    from moorage.importing.app_runner import import_app_runner_service
    from moorage.importing.app_runner_file import import_app_runner_file

    if (file is None) == (service is None):
        raise UsageError("pass either FILE, an apprunner.yaml, or --service NAME")

    def project() -> "Project":
        if service is None:
            assert file is not None
            return import_app_runner_file(file, **options)
        from moorage.importing.app_runner_aws import running_service

        running = running_service(service, options["region"], profile)
        return import_app_runner_service(running, **options)

    return _written(options["out"], project, is_running=service is not None)


def _written(out: Path, project: "Callable[[], Project]", *, is_running: bool = False) -> int:
    """Import, write the project, and print the report's summary; what is running has the project's region."""
    from moorage.importing.region import settle_region
    from moorage.importing.report import Kind
    from moorage.importing.writer import check_folder, quoted_source, write
    from moorage.scaffold.requirement import advice, requirement

    check_folder(out)
    made = project()
    is_asked = click.get_current_context().get_parameter_source("region") is ParameterSource.COMMANDLINE
    settle_region(made, made.region if is_running or is_asked else None)
    try:
        origin = requirement()
    except MoorageError:
        # Without a record of its origin it was installed by its name.
        origin = "moorage[local]"
    write(made, out, origin)
    for kind in (Kind.OMITTED, Kind.APPROXIMATED):
        for entry in made.report.of(kind):
            text = quoted_source(f"{entry.place}: {entry.key}: {kind}: {entry.text}")
            say(text, label=Label.WARNING)
    counts = ", ".join(f"{len(made.report.of(kind))} {kind}" for kind in Kind)
    say(f"{counts}; the report is in {out / 'README.md'}")
    for setting in made.settings.values():
        say(f"not written: {quoted_source(setting.description)} (`{setting.key}` of the configuration)")
    _evaluated(out, made.stacks)
    if text := advice(os.fspath(out / "requirements.txt"), origin):
        say(text, label=Label.HINT)
    say(f"next: moorage plan --cwd {shlex.quote(os.fspath(out))}", label=Label.HINT)
    return 0


def _evaluated(out: Path, stacks: list[str]) -> None:
    """Evaluate the program, and print the errors of values that moorage does not allow."""
    from moorage.offline import evaluate

    for stack in stacks:
        try:
            evaluate(out, stack=stack)
        except EvaluationError as error:
            say(f"stack {stack}: the program needs a change: {error}", label=Label.WARNING)
