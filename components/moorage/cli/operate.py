"""Commands about what runs, on AWS or in a local run, such as `status`."""

import inspect
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from moorage.console import Printer
from moorage.errors import UsageError

from .project import CWD, STACK, WordsCommand, find

if TYPE_CHECKING:
    from moorage.operate.place import Place

EXIT_CODES = (
    "Exit codes: 0 done, or all is well; 1 failed, or something is unhealthy; 2 wrong usage; 3 it could not "
    "be found out (credentials, permission, network, nothing of that name). `exec` and `run` end with the "
    "code of what they ran; `run` with 124 when its time was up and with 125 when it never ran; 130 "
    "interrupted."
)


Verb = tuple[type[click.Command], Callable[..., int], Sequence[click.Parameter]]
"""The class of a command, what it does, and its parameters beside those by which a place is found."""

_VERBS: list[Verb] = []

_APP = click.Argument(["app"], required=False)

_TASK = click.Option(["--task"], default="", metavar="ID", help="One task: the beginning of its id.")

_AS_JSON = click.Option(
    ["--json", "as_json"], is_flag=True, help="Print JSON, in the shape of docs/commands.md."
)

_ON_AWS = (
    click.Option(["--cluster"], metavar="C", help="Without Pulumi: the cluster's name or ARN."),
    click.Option(["--service"], metavar="S", help="With --cluster: one service (default: all)."),
    click.Option(["--region"], metavar="R", help="With --cluster (default: that of the AWS configuration)."),
    click.Option(["--profile"], metavar="P", help="Of the AWS configuration."),
)


def commands(options: Sequence[click.Parameter], place_of: Callable[..., "Place"]) -> list[click.Command]:
    """Return the verbs for a place.

    Args:
        options: those by which the place is found.
        place_of: takes their values.
    """
    return [_command(verb, options, place_of) for verb in _VERBS]


def place_commands() -> list[click.Command]:
    """Return the verbs for AWS where a stack or a cluster is named, else for the local run."""
    return commands([STACK, CWD, *_ON_AWS], _place)


def _command(
    verb: Verb, options: Sequence[click.Parameter], place_of: Callable[..., "Place"]
) -> click.Command:
    kind, run, parameters = verb

    def call(as_json: bool, **values: Any) -> int:
        place = place_of(**{str(option.name): values.pop(str(option.name)) for option in options})
        with Printer(as_json=as_json) as out:
            return run(place, out, **values)

    return kind(
        run.__name__.strip("_"),
        callback=call,
        params=[*parameters, *options, _AS_JSON],
        help=inspect.getdoc(run),
        epilog=EXIT_CODES,
    )


def _verb(
    *parameters: click.Parameter, kind: type[click.Command] = click.Command
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Make a command of a function that takes a place, the printer and the values of `parameters`."""

    def add(run: Callable[..., int]) -> Callable[..., int]:
        _VERBS.append((kind, run, parameters))
        return run

    return add


def _place(cluster: str | None, service: str | None, region: str | None, **others: str | None) -> "Place":
    """Return what is meant: a cluster, a stack, or the local run of this project where one is running."""
    cwd, stack, profile = others["cwd"], others["stack"], others["profile"]
    if cluster:
        from moorage.operate.aws.discover import discovered

        return discovered(cluster, service, region, profile)
    if service or region:
        raise UsageError("--service and --region go with --cluster")
    if stack:
        from moorage.operate.pulumi.state import deployed

        # Pulumi knows a stack as organization/project/name too.
        folder, _ = find(cwd, stack.rpartition("/")[2])
        return deployed(folder, stack, profile)
    from moorage.local.state import Paths
    from moorage.operate.local import LocalPlace

    place = LocalPlace(Paths(*find(cwd, None)))
    if not place.running():
        raise UsageError(
            f"{place.name} is not running",
            hint="pass --stack NAME or --cluster NAME, or start it with `moorage local up`",
        )
    return place


def _seconds(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found:
        raise click.BadParameter(f"{text!r} is not a duration such as 30s, 10m, 2h or 1d")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


@_verb(_APP)
def _status(place: "Place", out: Printer, app: str | None) -> int:
    """Show deployments, tasks, targets and last events.

    Of APP, or of all apps.
    """
    from moorage.operate.choose import chosen
    from moorage.operate.status import status

    return status(place, chosen(place, app), out)


@_verb(_APP)
def _why(place: "Place", out: Printer, app: str | None) -> int:
    """Explain the last failure.

    Of APP, or of all apps.
    """
    from moorage.operate.choose import chosen
    from moorage.operate.why import why

    return why(place, chosen(place, app), out)


@_verb(_APP)
def _ps(place: "Place", out: Printer, app: str | None) -> int:
    """List the tasks.

    Of APP, or of all apps.
    """
    from moorage.operate.choose import chosen
    from moorage.operate.verbs import ps

    return ps(place, chosen(place, app), out)


@_verb(
    _APP,
    click.Option(["--follow", "-f"], is_flag=True, help="Go on until interrupted."),
    click.Option(["--since"], callback=_seconds, metavar="T", help="The last 30s, 10m, 2h or 1d."),
    _TASK,
    click.Option(
        ["--tail"],
        type=click.IntRange(0),
        default=100,
        metavar="N",
        help="Lines from before now (default: 100).",
    ),
)
def _logs(place: "Place", out: Printer, app: str | None, **wanted: Any) -> int:
    """Print what tasks print.

    Those of APP, or of all apps.
    """
    from moorage.operate.choose import chosen
    from moorage.operate.place import Wanted
    from moorage.operate.verbs import logs

    return logs(place, Wanted(tuple(chosen(place, app)), **wanted), out)


@_verb(
    _APP,
    _TASK,
    click.Option(["--container"], default="", metavar="NAME", help="Default: the app's own."),
    kind=WordsCommand,
)
def _exec(place: "Place", out: Printer, app: str | None, **what: Any) -> int:
    """Run a command in a container.

    APP defaults to the only one, its task to the oldest, COMMAND to /bin/sh.
    """
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import execute

    return execute(place, the_one(place, app), out=out, **what)


@_verb(
    click.Argument(["revision"], required=False),
    click.Option(["--app"], metavar="APP", help="Default: the only one."),
    click.Option(["--yes", "-y"], is_flag=True, help="Do not ask."),
)
def _rollback(place: "Place", out: Printer, revision: str | None, app: str | None, yes: bool) -> int:
    """Deploy an earlier revision, and follow it.

    REVISION defaults to the last other one whose deployment completed.
    """
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import rollback

    return rollback(place, the_one(place, app), revision, out, yes=yes)


@_verb(click.Argument(["app"]), click.Argument(["count"], type=click.IntRange(0), metavar="N"))
def _scale(place: "Place", out: Printer, app: str, count: int) -> int:
    """Run N tasks of APP."""
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import scale

    return scale(place, the_one(place, app), count, out)


@_verb(click.Argument(["job"]), kind=WordsCommand)
def _run(place: "Place", out: Printer, job: str, command: Sequence[str]) -> int:
    """Run a job once, and follow it to its end."""
    from moorage.operate.choose import known
    from moorage.operate.verbs import run

    return run(place, known(job, place.jobs(), "job"), command, out)
