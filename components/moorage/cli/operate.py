"""The verbs as commands, such as `status`, for apps on AWS or in a local run."""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from moorage.console import Printer
from moorage.errors import MoorageError, UsageError

from .project import AS_JSON, CWD, STACK, WordsCommand, find

if TYPE_CHECKING:
    from moorage.operate.places import Place

EXIT_CODES = (
    "Exit codes: 0 done, or healthy; 1 failed, or unhealthy; 2 wrong usage; 3 unknown (credentials, "
    "permission, network, name not found); 130 interrupted. `exec` and `run` exit with the code of the "
    "command; `run` with 124 if the job timed out and with 125 if its container never ran."
)


def _seconds(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)([smhd])", text)
    if not match:
        raise click.BadParameter(f"{text!r} is not a duration such as 30s, 10m, 2h or 1d")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def _place(
    stack: str | None,
    cwd: str | None,
    cluster: str | None,
    service: str | None,
    region: str | None,
    profile: str | None,
) -> "Place":
    """Return the place: a cluster, a stack, or the local run of this project if one is running."""
    if cluster:
        from moorage.operate.aws.discover import discovered

        return discovered(cluster, service, region, profile)
    if service or region:
        raise UsageError("--service and --region require --cluster")
    if stack:
        from moorage.operate.pulumi.state import deployed

        # Pulumi also accepts organization/project/name.
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


def _names(of: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return a completion of the `apps` or `jobs` of the project's local run, which answers at once."""

    def complete(context: click.Context, _parameter: click.Parameter, beginning: str) -> list[str]:
        from moorage.local.state import Paths
        from moorage.operate.local import LocalPlace

        values = context.params
        if values.get("cluster"):
            return []
        stack = (values.get("stack") or "").rpartition("/")[2]
        try:
            names = getattr(LocalPlace(Paths(*find(values.get("cwd"), stack or None))), of)
        except MoorageError:
            return []
        return [name for name in names if name.startswith(beginning)]

    return complete


_APP = click.Argument(["app"], required=False, shell_complete=_names("apps"))

_TASK = click.Option(["--task"], default="", metavar="ID", help="Only the task whose id begins with ID.")

_LOG = (
    click.Option(["--follow", "-f"], is_flag=True, help="Print new lines until interrupted."),
    click.Option(
        ["--since"], callback=_seconds, metavar="T", help="Only lines of the last T: 30s, 10m, 2h or 1d."
    ),
    _TASK,
    click.Option(
        ["--tail"],
        type=click.IntRange(0),
        default=100,
        metavar="N",
        help="Number of past lines (default: 100).",
    ),
)

_CONTAINER = click.Option(["--container"], default="", metavar="NAME", help="Default: the app's own.")

_BACK = (
    click.Argument(["revision"], required=False),
    click.Option(["--app"], metavar="APP", help="Default: the only one.", shell_complete=_names("apps")),
    click.Option(["--yes", "-y"], is_flag=True, help="Do not ask for confirmation."),
)

_COUNT = (
    click.Argument(["app"], shell_complete=_names("apps")),
    click.Argument(["count"], type=click.IntRange(0), metavar="N"),
)

_JOB = click.Argument(["job"], shell_complete=_names("jobs"))

_ON_AWS = (
    click.Option(["--cluster"], metavar="C", help="Name or ARN of a cluster, instead of a stack."),
    click.Option(["--service"], metavar="S", help="With --cluster: one service (default: all)."),
    click.Option(
        ["--region"], metavar="R", help="With --cluster: its region (default: that of the AWS configuration)."
    ),
    click.Option(["--profile"], metavar="P", help="Profile of the AWS configuration."),
)

_OF_APP = "\n\nAPP defaults to all apps."
_IN_APP = "\n\nAPP defaults to the only app, its task to the oldest one, COMMAND to /bin/sh."
_TO = "\n\nREVISION defaults to the last other revision whose deployment completed."

_VERBS: tuple[tuple[str, str, str, Sequence[click.Parameter]], ...] = (
    ("status", "status.status", f"Show health, deployments, targets and last events.{_OF_APP}", [_APP]),
    ("why", "why.why", f"Explain the last failure.{_OF_APP}", [_APP]),
    ("ps", "verbs.ps", f"List the tasks.{_OF_APP}", [_APP]),
    ("logs", "verbs.logs", f"Print the log of the tasks.{_OF_APP}", [_APP, *_LOG]),
    ("exec", "verbs.execute", f"Run a command in a container.{_IN_APP}", [_APP, _TASK, _CONTAINER]),
    ("rollback", "verbs.rollback", f"Deploy an earlier revision, and follow its rollout.{_TO}", _BACK),
    ("scale", "verbs.scale", "Run N tasks of APP.", _COUNT),
    ("run", "verbs.run", "Run a job once, and follow it until it ends.", [_JOB]),
)
"""Name, function in `moorage.operate`, help and parameters. The function is imported when the verb runs."""


def commands(options: Sequence[click.Parameter], place_of: Callable[..., "Place"]) -> list[click.Command]:
    """Return the verbs for the place that `place_of` returns for the values of options."""

    def command(name: str, function: str, help_: str, parameters: Sequence[click.Parameter]) -> click.Command:
        def call(as_json: bool, **values: Any) -> int:
            place = place_of(**{str(option.name): values.pop(str(option.name)) for option in options})
            module, _, run = function.partition(".")
            with Printer(as_json=as_json) as out:
                return getattr(import_module(f"moorage.operate.{module}"), run)(place, out, **values)

        kind = WordsCommand if name in ("exec", "run") else click.Command
        return kind(
            name, callback=call, params=[*parameters, *options, AS_JSON], help=help_, epilog=EXIT_CODES
        )

    return [command(*verb) for verb in _VERBS]


def place_commands() -> list[click.Command]:
    """Return the verbs for AWS if a stack or a cluster is named, else for the local run."""
    return commands([STACK, CWD, *_ON_AWS], _place)
