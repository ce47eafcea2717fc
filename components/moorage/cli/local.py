"""`moorage local`: the program on this machine."""

import argparse
import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moorage.errors import UsageError

from .failure import failed
from .operate import add_verbs
from .project import add_options, configuration, find

if TYPE_CHECKING:
    from moorage.local.state import Paths
    from moorage.operate.place import Place


def add(verbs: Any) -> None:
    """Add the verbs."""
    local = verbs.add_parser("local", help="run the program on this machine")
    commands = local.add_subparsers(metavar="VERB", required=True)

    up = _command(commands, "up", "run what the stack describes, and wait until it is healthy", _up)
    up.add_argument(
        "--config",
        "-c",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a configuration value; `secrets:NAME=VALUE` for a secret that exists elsewhere",
    )
    up.add_argument(
        "--port", type=_port, metavar="N", help="the load balancer's port (default: 8080 or the next free)"
    )
    up.add_argument(
        "--runner",
        choices=("auto", "process", "docker"),
        default="auto",
        help="what tasks run as (default: containers where Docker answers, else processes)",
    )
    up.add_argument("--force", action="store_true", help="replace all tasks although nothing changed")
    up.add_argument(
        "--watch", action="store_true", help="go on: roll on every change of the program or its images"
    )

    add_verbs(commands, _place, add_options)

    down = _command(commands, "down", "stop everything; data is kept", _down)
    down.add_argument("--data", action="store_true", help="also remove tables, buckets, queues, secrets")


def _command(commands: Any, name: str, help_: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help_, description=help_, allow_abbrev=False
    )
    add_options(parser)
    parser.set_defaults(run=functools.partial(_guarded, run))
    return parser


def _guarded(run: Callable[..., int], options: argparse.Namespace) -> int:
    """Turn every failure into one text and an exit code."""
    from moorage.local.errors import LocalError
    from moorage.local.state import Paths

    try:
        return run(options, Paths(*find(options.cwd, options.stack)))
    except UsageError as error:
        return failed(str(error), 2)
    except LocalError as error:
        return failed(str(error), 1)


def _up(options: argparse.Namespace, paths: "Paths") -> int:
    from moorage.local.command.up import UpOptions, up
    from moorage.local.command.view import View

    config = configuration(options.config)
    if options.watch:
        from moorage.local.command.watch import watch

        return watch(paths, sys.argv[1:])
    view = View()
    try:
        return up(paths, UpOptions(config, options.port, options.runner, options.force), view)
    finally:
        view.done()


def _place(options: argparse.Namespace) -> "Place":
    from moorage.local.state import Paths
    from moorage.operate.local import LocalPlace

    return LocalPlace(Paths(*find(options.cwd, options.stack)))


def _down(options: argparse.Namespace, paths: "Paths") -> int:
    from moorage.local.command.down import down
    from moorage.local.command.view import View

    return down(paths, View(), data=options.data)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, 1 to 65535")
    return int(text)
