"""`moorage local`: run the program on this machine."""

import sys
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from moorage.console import Printer
from moorage.errors import require_extra

from .operate import commands
from .project import CWD, STACK, Group, config_option, find

if TYPE_CHECKING:
    from moorage.local.command.up import UpOptions
    from moorage.local.state import Paths
    from moorage.operate.places import Place


class _Options(TypedDict):
    config: dict[str, str]
    port: int | None
    runner: str
    force: bool


@click.group(cls=Group)
def local() -> None:
    """Run the program on this machine."""


@local.command(
    params=[
        STACK,
        CWD,
        config_option("Set a configuration value; secrets:NAME=VALUE for a secret that exists elsewhere."),
    ]
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="N",
    help="Port of the load balancer (default: 8080 or the next free one).",
)
@click.option(
    "--runner",
    type=click.Choice(["auto", "process", "docker"]),
    default="auto",
    help="How to run tasks (default: as containers if Docker answers, else as processes).",
)
@click.option("--force", is_flag=True, help="Replace all tasks even if nothing changed.")
@click.option("--watch", is_flag=True, help="Deploy again on every change of the program or its images.")
def up(stack: str | None, cwd: str | None, watch: bool, **options: Unpack[_Options]) -> int:
    """Run the stack's apps, and wait until they are healthy."""
    require_extra("local", "`moorage local up`")
    from moorage.local.command.up import UpOptions, up
    from moorage.local.state import Paths

    paths, asked = Paths(*find(cwd, stack)), UpOptions(**options)
    if watch:
        from moorage.local.command.watch import watch as up_again

        return up_again(paths, _words(paths, asked), force=asked.force)
    with Printer() as out:
        up(paths, asked, out)
    return 0


def _words(paths: "Paths", options: "UpOptions") -> list[str]:
    """Return the command line that runs `up` in a new process."""
    words = [sys.executable, "-m", "moorage.cli", "local", "up"]
    words += ["--cwd", str(paths.project_dir), "--stack", paths.stack, "--runner", options.runner]
    words += [f"--config={key}={value}" for key, value in options.config.items()]
    return words if options.port is None else [*words, f"--port={options.port}"]


def _place(stack: str | None, cwd: str | None) -> "Place":
    from moorage.local.state import Paths
    from moorage.operate.local import LocalPlace

    return LocalPlace(Paths(*find(cwd, stack)))


for command in commands([STACK, CWD], _place):
    local.add_command(command)


@local.command(params=[STACK, CWD])
@click.option("--data", is_flag=True, help="Also delete tables, buckets, queues and secrets.")
def down(stack: str | None, cwd: str | None, data: bool) -> int:
    """Stop everything; keep data."""
    from moorage.local.command.down import down
    from moorage.local.state import Paths

    with Printer() as out:
        return down(Paths(*find(cwd, stack)), out, data=data)
