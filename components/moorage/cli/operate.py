"""Commands about what runs, on AWS or in a local run, such as `status`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Verb:
    """A command about the apps and jobs of a place."""

    name: str
    help: str
    run: Callable[..., int]
    """Takes the place, the printer and the values of `options`; returns the exit code."""
    options: Sequence[click.Parameter] = ()
    takes_words: bool = False
    """Whether a command line may follow `--`."""


def _seconds(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found:
        raise click.BadParameter(f"{text!r} is not a duration such as 30s, 10m, 2h or 1d")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


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
    def call(as_json: bool, **values: Any) -> int:
        place = place_of(**{str(option.name): values.pop(str(option.name)) for option in options})
        with Printer(as_json=as_json) as out:
            return verb.run(place, out, **values)

    return (WordsCommand if verb.takes_words else click.Command)(
        verb.name,
        callback=call,
        params=[*verb.options, *options, _AS_JSON],
        help=verb.help,
        epilog=EXIT_CODES,
    )


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


def _status(place: "Place", out: Printer, app: str | None) -> int:
    from moorage.operate.choose import chosen
    from moorage.operate.status import status

    return status(place, chosen(place, app), out)


def _why(place: "Place", out: Printer, app: str | None) -> int:
    from moorage.operate.choose import chosen
    from moorage.operate.why import why

    return why(place, chosen(place, app), out)


def _ps(place: "Place", out: Printer, app: str | None) -> int:
    from moorage.operate.choose import chosen
    from moorage.operate.verbs import ps

    return ps(place, chosen(place, app), out)


def _logs(place: "Place", out: Printer, app: str | None, **wanted: Any) -> int:
    from moorage.operate.choose import chosen
    from moorage.operate.place import Wanted
    from moorage.operate.verbs import logs

    return logs(place, Wanted(tuple(chosen(place, app)), **wanted), out)


def _exec(
    place: "Place", out: Printer, app: str | None, task: str, container: str, command: Sequence[str]
) -> int:
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import execute

    return execute(place, the_one(place, app), task, container, command, out)


def _rollback(place: "Place", out: Printer, revision: str | None, app: str | None, yes: bool) -> int:
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import rollback

    return rollback(place, the_one(place, app), revision, out, yes=yes)


def _scale(place: "Place", out: Printer, app: str, count: int) -> int:
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import scale

    return scale(place, the_one(place, app), count, out)


def _run(place: "Place", out: Printer, job: str, command: Sequence[str]) -> int:
    from moorage.operate.choose import known
    from moorage.operate.verbs import run

    return run(place, known(job, place.jobs(), "job"), command, out)


_AS_JSON = click.Option(
    ["--json", "as_json"], is_flag=True, help="Print JSON, in the shape of docs/commands.md."
)

_ON_AWS = (
    click.Option(["--cluster"], metavar="C", help="Without Pulumi: the cluster's name or ARN."),
    click.Option(["--service"], metavar="S", help="With --cluster: one service (default: all)."),
    click.Option(["--region"], metavar="R", help="With --cluster (default: that of the AWS configuration)."),
    click.Option(["--profile"], metavar="P", help="Of the AWS configuration."),
)

_APP = click.Argument(["app"], required=False)

_TASK = click.Option(["--task"], default="", metavar="ID", help="One task: the beginning of its id.")

_VERBS = (
    Verb(
        "status",
        "Show deployments, tasks, targets and last events.\n\nOf APP, or of all apps.",
        _status,
        [_APP],
    ),
    Verb("why", "Explain the last failure.\n\nOf APP, or of all apps.", _why, [_APP]),
    Verb("ps", "List the tasks.\n\nOf APP, or of all apps.", _ps, [_APP]),
    Verb(
        "logs",
        "Print what tasks print.\n\nThose of APP, or of all apps.",
        _logs,
        [
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
        ],
    ),
    Verb(
        "exec",
        "Run a command in a container.\n\nAPP defaults to the only one, the command to /bin/sh.",
        _exec,
        [
            _APP,
            click.Option(
                ["--task"], default="", metavar="ID", help="The beginning of its id (default: the oldest)."
            ),
            click.Option(["--container"], default="", metavar="NAME", help="Default: the app's own."),
        ],
        takes_words=True,
    ),
    Verb(
        "rollback",
        "Deploy an earlier revision again, and follow it.\n\n"
        "REVISION defaults to the last other one whose deployment completed.",
        _rollback,
        [
            click.Argument(["revision"], required=False),
            click.Option(["--app"], metavar="APP", help="Default: the only one."),
            click.Option(["--yes", "-y"], is_flag=True, help="Do not ask."),
        ],
    ),
    Verb(
        "scale",
        "Run N tasks of APP.",
        _scale,
        [click.Argument(["app"]), click.Argument(["count"], type=click.IntRange(0), metavar="N")],
    ),
    Verb(
        "run",
        "Run a job once, and follow it to its end.",
        _run,
        [click.Argument(["job"])],
        takes_words=True,
    ),
)
