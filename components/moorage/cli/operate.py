"""Commands about what runs, on AWS or in a local run, such as `status`."""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
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


def _seconds(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found:
        raise click.BadParameter(f"{text!r} is not a duration such as 30s, 10m, 2h or 1d")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


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


_APP = click.Argument(["app"], required=False)

_TASK = click.Option(["--task"], default="", metavar="ID", help="One task: the beginning of its id.")

_LOG = (
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

_CONTAINER = click.Option(["--container"], default="", metavar="NAME", help="Default: the app's own.")

_BACK = (
    click.Argument(["revision"], required=False),
    click.Option(["--app"], metavar="APP", help="Default: the only one."),
    click.Option(["--yes", "-y"], is_flag=True, help="Do not ask."),
)

_COUNT = (click.Argument(["app"]), click.Argument(["count"], type=click.IntRange(0), metavar="N"))

_AS_JSON = click.Option(
    ["--json", "as_json"], is_flag=True, help="Print JSON, in the shape of docs/commands.md."
)

_ON_AWS = (
    click.Option(["--cluster"], metavar="C", help="Without Pulumi: the cluster's name or ARN."),
    click.Option(["--service"], metavar="S", help="With --cluster: one service (default: all)."),
    click.Option(["--region"], metavar="R", help="With --cluster (default: that of the AWS configuration)."),
    click.Option(["--profile"], metavar="P", help="Of the AWS configuration."),
)

_OF_APP = "\n\nOf APP, or of all apps."
_IN_APP = "\n\nAPP defaults to the only one, its task to the oldest, COMMAND to /bin/sh."
_TO = "\n\nREVISION defaults to the last other one whose deployment completed."

_VERBS: tuple[tuple[str, str, str, Sequence[click.Parameter]], ...] = (
    ("status", "status.status", f"Show deployments, tasks, targets and last events.{_OF_APP}", [_APP]),
    ("why", "why.why", f"Explain the last failure.{_OF_APP}", [_APP]),
    ("ps", "verbs.ps", f"List the tasks.{_OF_APP}", [_APP]),
    ("logs", "verbs.logs", f"Print what tasks print.{_OF_APP}", [_APP, *_LOG]),
    ("exec", "verbs.execute", f"Run a command in a container.{_IN_APP}", [_APP, _TASK, _CONTAINER]),
    ("rollback", "verbs.rollback", f"Deploy an earlier revision, and follow it.{_TO}", _BACK),
    ("scale", "verbs.scale", "Run N tasks of APP.", _COUNT),
    ("run", "verbs.run", "Run a job once, and follow it to its end.", [click.Argument(["job"])]),
)
"""Name, function in `moorage.operate`, help and parameters. What a verb needs is imported when it runs."""


def commands(options: Sequence[click.Parameter], place_of: Callable[..., "Place"]) -> list[click.Command]:
    """Return the verbs for a place.

    Args:
        options: those by which the place is found.
        place_of: takes their values.
    """

    def command(name: str, function: str, help_: str, parameters: Sequence[click.Parameter]) -> click.Command:
        def call(as_json: bool, **values: Any) -> int:
            place = place_of(**{str(option.name): values.pop(str(option.name)) for option in options})
            module, _, run = function.partition(".")
            with Printer(as_json=as_json) as out:
                return getattr(import_module(f"moorage.operate.{module}"), run)(place, out, **values)

        kind = WordsCommand if name in ("exec", "run") else click.Command
        return kind(
            name, callback=call, params=[*parameters, *options, _AS_JSON], help=help_, epilog=EXIT_CODES
        )

    return [command(*verb) for verb in _VERBS]


def place_commands() -> list[click.Command]:
    """Return the verbs for AWS where a stack or a cluster is named, else for the local run."""
    return commands([STACK, CWD, *_ON_AWS], _place)
