"""Parts that commands share: the project, the stack, and configuration from the command line."""

from collections.abc import Iterable
from pathlib import Path

import click

from moorage.errors import UsageError, no_such

_NAMES = ("Pulumi.yaml", "Pulumi.yml")


def _stacks(folder: Path) -> list[str]:
    return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in folder.glob("Pulumi.*.yaml"))


def _project(cwd: str | None) -> Path | None:
    """Return the nearest folder with a project at or above a folder."""
    start = Path(cwd or ".").resolve()
    return next((f for f in (start, *start.parents) if any((f / n).is_file() for n in _NAMES)), None)


def complete_stack(context: click.Context, _option: click.Parameter, beginning: str) -> list[str]:
    """Return the stacks of the project that begin so, for shell completion."""
    folder = _project(context.params.get("cwd"))
    return [name for name in _stacks(folder) if name.startswith(beginning)] if folder else []


STACK = click.Option(
    ["--stack", "-s"],
    metavar="S",
    help="The stack (default: dev, or the only one).",
    shell_complete=complete_stack,
)
CWD = click.Option(
    ["--cwd", "-C"],
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="The project's folder (default: the current folder or the nearest parent with Pulumi.yaml).",
)


AS_JSON = click.Option(
    ["--json", "as_json"], is_flag=True, help="Print JSON (docs/commands.md describes it)."
)


class Group(click.Group):
    """A group whose help lists the commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(self.commands)


class WordsCommand(click.Command):
    """A command that passes the words after `--` as its parameter `command`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words before `--`, and keep those after it."""
        at = args.index("--") if "--" in args else len(args)
        ctx.params["command"] = args[at + 1 :]
        return super().parse_args(ctx, args[:at])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the usage, with the words after `--`."""
        return [*super().collect_usage_pieces(ctx), "[-- COMMAND...]"]


def find_project(cwd: str | None) -> Path:
    """Return the folder of the project at or above `cwd`.

    Raises:
        UsageError: there is none.
    """
    start, folder = Path(cwd or ".").resolve(), _project(cwd)
    if folder is None or (cwd is not None and folder != start):
        raise UsageError(f"{start} has no Pulumi.yaml", hint="pass the project's folder with --cwd")
    return folder


def find(cwd: str | None, stack: str | None) -> tuple[Path, str]:
    """Return the folder of the project at or above `cwd`, and its stack.

    Without `stack` it is `dev` if that exists, else the only one.

    Raises:
        UsageError: there is no project, the stack is unknown, or there are several.
    """
    folder = find_project(cwd)
    stacks = _stacks(folder)
    if stack is None:
        if "dev" in stacks or not stacks:
            stack = "dev"
        elif len(stacks) == 1:
            stack = stacks[0]
        else:
            raise UsageError(f"choose a stack with --stack: {', '.join(stacks)}")
    elif stacks and stack not in stacks:
        raise UsageError(no_such("stack", stack, stacks))
    return folder, stack


def _configuration(_context: click.Context, _option: click.Parameter, items: Iterable[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{item!r} is not KEY=VALUE")
        values[key] = value
    return values


def config_option(help_: str) -> click.Option:
    """Return the option `--config`, whose value is an object."""
    return click.Option(
        ["--config", "-c"], multiple=True, metavar="KEY=VALUE", help=help_, callback=_configuration
    )
