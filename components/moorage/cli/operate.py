"""Verbs about what runs, on AWS or in a local run: `status`, `why`, `ps`, `logs`, `exec`, `rollback`, `scale`
and `run`."""

import argparse
import functools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from moorage.errors import UsageError

from .failure import failed
from .project import add_options, find

if TYPE_CHECKING:
    from moorage.operate.place import Place
    from moorage.operate.printing import Printer

EXIT_CODES = (
    "Exit codes: 0 done, or all is well; 1 failed, or something is unhealthy; 2 wrong usage; 3 it could not "
    "be found out (credentials, permission, network, nothing of that name). `exec` and `run` end with the "
    "code of what they ran; `run` with 124 when its time was up and with 125 when it never ran; 130 "
    "interrupted."
)

PlaceOf = Callable[[argparse.Namespace], "Place"]
Run = Callable[[argparse.Namespace, "Place", "Printer"], int]


def add(verbs: Any) -> None:
    """Add the verbs, for AWS where a stack or a cluster is named, else for the local run."""
    add_verbs(verbs, _place, _add_place)


def add_verbs(commands: Any, place_of: PlaceOf, add_place: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the verbs for a place.

    Args:
        commands: what the verbs are added to.
        place_of: finds the place that is meant.
        add_place: adds the options by which it does.
    """
    add_verb = functools.partial(_add_verb, commands, place_of, add_place)
    for name, help_, run in (
        ("status", "show deployments, tasks, targets and the last events", _status),
        ("why", "explain the last failure", _why),
        ("ps", "list the tasks", _ps),
    ):
        _add_app(add_verb(name, help_, run), "default: all")

    logs = add_verb("logs", "print what tasks print", _logs)
    _add_app(logs, "default: all")
    logs.add_argument("--follow", "-f", action="store_true", help="go on until interrupted")
    logs.add_argument("--since", type=_seconds, metavar="T", help="only the last 30s, 10m, 2h or 1d")
    logs.add_argument("--task", default="", metavar="ID", help="of one task: the beginning of its id")
    logs.add_argument(
        "--tail", type=_count, default=100, metavar="N", help="lines from before now (default: 100)"
    )

    inside = add_verb("exec", "run a command in a container (default: /bin/sh)", _exec)
    _add_app(inside, "default: the only one")
    inside.add_argument(
        "--task", default="", metavar="ID", help="the beginning of its id (default: the oldest)"
    )
    inside.add_argument("--container", default="", metavar="NAME", help="default: the app's own")
    _takes_command(inside)

    rollback = add_verb("rollback", "deploy an earlier revision again, and follow it", _rollback)
    rollback.add_argument(
        "revision",
        nargs="?",
        metavar="REVISION",
        help="default: the last other one whose deployment completed",
    )
    rollback.add_argument("--app", metavar="APP", help="default: the only one")
    rollback.add_argument("--yes", "-y", action="store_true", help="do not ask")

    scale = add_verb("scale", "run another number of tasks", _scale)
    scale.add_argument("app", metavar="APP")
    scale.add_argument("count", type=_count, metavar="N")

    run = add_verb("run", "run a job once, and follow it to its end", _run)
    run.add_argument("job", metavar="JOB")
    _takes_command(run)


def _add_verb(
    commands: Any,
    place_of: PlaceOf,
    add_place: Callable[[argparse.ArgumentParser], None],
    name: str,
    help_: str,
    run: Run,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", epilog=EXIT_CODES, allow_abbrev=False
    )
    add_place(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, in the shape of docs/commands.md")
    parser.set_defaults(run=functools.partial(_guarded, place_of, run))
    return parser


def _add_app(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("app", nargs="?", metavar="APP", help=default)


def _takes_command(parser: argparse.ArgumentParser) -> None:
    """Let what follows `--` be a command: argparse would take its words for the verb's own."""
    usage = parser.format_usage().removeprefix("usage: ").rstrip()
    parser.usage = f"{usage} [-- COMMAND ...]"
    parse = parser.parse_known_args

    def parse_known_args(args: Any = None, namespace: Any = None) -> Any:
        words: list[str] = list(args)
        at = words.index("--") if "--" in words else len(words)
        options, rest = parse(words[:at], namespace)
        options.command = words[at + 1 :]
        return options, rest

    parser.parse_known_args = parse_known_args


def _add_place(parser: argparse.ArgumentParser) -> None:
    add_options(parser)
    parser.add_argument("--cluster", metavar="C", help="without Pulumi: the cluster's name or ARN")
    parser.add_argument("--service", metavar="S", help="with --cluster: one service (default: all)")
    parser.add_argument(
        "--region", metavar="R", help="with --cluster: default: that of the AWS configuration"
    )
    parser.add_argument("--profile", metavar="P", help="of the AWS configuration")


def _place(options: argparse.Namespace) -> "Place":
    """Return what is meant: a cluster, a stack, or the local run of this project where one is running."""
    if options.cluster:
        from moorage.operate.aws.discover import discovered

        return discovered(options.cluster, options.service, options.region, options.profile)
    if options.service or options.region:
        raise UsageError("--service and --region go with --cluster")
    if options.stack:
        from moorage.operate.pulumi.state import deployed

        # Pulumi knows a stack as organization/project/name too.
        folder, _ = find(options.cwd, options.stack.rpartition("/")[2])
        return deployed(folder, options.stack, options.profile)
    from moorage.local.state import Paths
    from moorage.operate.local import LocalPlace

    place = LocalPlace(Paths(*find(options.cwd, None)))
    if not place.running():
        raise UsageError(
            "what is meant? Give --stack for what Pulumi deployed, or --cluster and --service; "
            f"{place.name} is not running (`moorage local up`)"
        )
    return place


def _guarded(place_of: PlaceOf, run: Run, options: argparse.Namespace) -> int:
    """Turn every failure into one text and an exit code."""
    from moorage.local.command.client import NotRunning
    from moorage.local.errors import LocalError
    from moorage.operate.place import NotFound, OperateError
    from moorage.operate.printing import Printer
    from moorage.rollout.ask import AskError

    try:
        return run(options, place_of(options), Printer(as_json=options.json))
    except UsageError as error:
        return failed(str(error), 2)
    except AskError as error:
        from moorage.operate.aws.advice import explained

        return failed(explained(error), 3)
    except (NotFound, NotRunning) as error:
        return failed(str(error), 3)
    except (LocalError, OperateError) as error:
        return failed(str(error), 1)


def _status(options: argparse.Namespace, place: "Place", out: "Printer") -> int:
    from moorage.operate.choose import chosen
    from moorage.operate.status import status

    return status(place, chosen(place, options.app), out)


def _why(options: argparse.Namespace, place: "Place", out: "Printer") -> int:
    from moorage.operate.choose import chosen
    from moorage.operate.why import why

    return why(place, chosen(place, options.app), out)


def _ps(options: argparse.Namespace, place: "Place", out: "Printer") -> int:
    from moorage.operate.choose import chosen
    from moorage.operate.verbs import ps

    return ps(place, chosen(place, options.app), out)


def _logs(options: argparse.Namespace, place: "Place", out: "Printer") -> int:
    from moorage.operate.choose import chosen
    from moorage.operate.place import Wanted
    from moorage.operate.verbs import logs

    apps: Sequence[str] = chosen(place, options.app)
    return logs(place, Wanted(tuple(apps), options.tail, options.since, options.task, options.follow), out)


def _exec(options: argparse.Namespace, place: "Place", out: "Printer") -> int:
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import execute

    app = the_one(place, options.app)
    return execute(place, app, options.task, options.container, options.command, out)


def _rollback(options: argparse.Namespace, place: "Place", out: "Printer") -> int:
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import rollback

    return rollback(place, the_one(place, options.app), options.revision, out, yes=options.yes)


def _scale(options: argparse.Namespace, place: "Place", out: "Printer") -> int:
    from moorage.operate.choose import the_one
    from moorage.operate.verbs import scale

    return scale(place, the_one(place, options.app), options.count, out)


def _run(options: argparse.Namespace, place: "Place", out: "Printer") -> int:
    from moorage.operate.choose import known
    from moorage.operate.verbs import run

    return run(place, known(options.job, place.jobs(), "job"), options.command, out)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 upward")
    return int(text)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: give 30s, 10m, 2h or 1d")
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]
