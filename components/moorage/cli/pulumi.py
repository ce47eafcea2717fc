"""`moorage pulumi`: the Pulumi CLI, found or installed, after a check of its command's prerequisites."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from moorage.console import NO_TERMINAL, Label, is_interactive, say
from moorage.errors import MoorageError, UsageError
from moorage.local.command import foreground
from moorage.operate.pulumi.check_result import CheckResult, Level, failure

_ALIASES = {"update": "up", "pre": "preview", "down": "destroy", "dn": "destroy"}
_SWITCHES = (
    *("--disable-integrity-checking", "--emoji", "-e", "--fully-qualify-stack-names", "-Q"),
    *("--logflow", "--logtostderr", "--non-interactive", "--version", "--"),
)
"""Flags without a value that the CLI accepts before its command."""
_FLAGS = click.Command(
    "pulumi",
    params=[
        click.Option(["--cwd", "-C"], default="."),
        click.Option(["--stack", "-s"], default=""),
        *(click.Option(names) for names in (["--config", "-c"], ["--message", "-m"])),
        *(click.Option(names) for names in (["--parallel", "-p"], ["--target", "-t"])),
        *(click.Option(names, is_flag=True) for names in (["--yes", "-y"], ["--skip-preview", "-f"])),
        *(click.Option(names, is_flag=True) for names in (["--help", "-h"], ["--remote"])),
    ],
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
"""The flags of the CLI that are read, or whose values must not be taken for its command."""
_CONFIRMS = ("up", "destroy", "refresh")


class _Passed(click.Command):
    """A command that takes every word unchanged, except -h or --help as the first one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] in (["-h"], ["--help"]):
            return super().parse_args(ctx, args)
        ctx.params["arguments"] = args
        return []


@click.command(cls=_Passed)
@click.argument("arguments", metavar="[ARGUMENT]...", nargs=-1)
def pulumi(arguments: Sequence[str]) -> int:
    """Run the Pulumi CLI with the arguments that follow; install it if it is missing.

    First checks the prerequisites of its command: a login, a passphrase, AWS credentials, an image builder.
    If the CLI is not on PATH, the official one of the SDK's version is installed into ~/.pulumi/versions.
    """
    from moorage.operate.pulumi.command import installed

    call = Call.of(arguments)
    if not call.folder.is_dir():
        raise UsageError(f"--cwd: {call.folder} is not a folder")
    cli = installed()
    if not call.elsewhere:
        failed: list[str] = []
        for problem in _problems(cli, call):
            if problem.level is Level.WARNING:
                say(str(problem), label=Label.WARNING)
            else:
                failed.append(str(problem))
        if failed:
            raise MoorageError("\n".join(failed))
    environment = {**os.environ, "PATH": f"{cli.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    ended = foreground.run([str(cli), *arguments], env=environment)
    if ended.interrupted:
        raise KeyboardInterrupt
    return ended.code


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Pulumi CLI: the parts on which its prerequisites depend."""

    command: str
    stack: str
    folder: Path
    yes: bool
    skip_preview: bool
    elsewhere: bool
    """Whether it only prints its help, or runs in Pulumi Deployments."""

    @classmethod
    def of(cls, arguments: Sequence[str]) -> "Call":
        """Read the CLI's arguments, whose flags follow the rules of Go's pflag.

        Raises:
            click.UsageError: a flag has no value.
        """
        context = _FLAGS.make_context("moorage pulumi", [word for word in map(_spelled, arguments) if word])
        flags, words = context.params, _words(context.args)
        selects = words[:2] in (["stack", "select"], ["stack", "init"])
        command = " ".join(words[:2] if selects else words[:1])
        return cls(
            command=_ALIASES.get(command, command),
            stack=flags["stack"] or (words[2] if selects and len(words) > 2 else ""),
            folder=Path(flags["cwd"]),
            yes=flags["yes"] or _is_set("PULUMI_SKIP_CONFIRMATIONS") or _is_set("PULUMI_OPTION_YES"),
            skip_preview=flags["skip_preview"] or _is_set("PULUMI_OPTION_SKIP_PREVIEW"),
            elsewhere=flags["help"] or flags["remote"],
        )


def _words(arguments: Sequence[str]) -> list[str]:
    """Return the command and its words; before the command, Cobra takes the word after an unknown flag as its
    value."""
    words: list[str] = []
    remaining = iter(arguments)
    for word in remaining:
        if not word.startswith("-"):
            words.append(word)
        elif not words and word not in _SWITCHES and re.fullmatch(r"--[^=]+|-[^=]", word):
            next(remaining, None)
    return words


def _is_set(variable: str) -> bool:
    """Return whether a variable is true: the CLI also reads each of its flags from PULUMI_OPTION_..."""
    return os.environ.get(variable, "").lower() in ("1", "t", "true")


def _spelled(word: str) -> str:
    """Return a word as click reads it: `-s=dev` becomes `-sdev`, `--yes=true` becomes `--yes`, `--yes=false`
    an empty string."""
    name, equals, value = word.partition("=")
    if equals and re.fullmatch("-[A-Za-z]", name):
        return f"{name}{value}"
    if not equals or name not in ("--yes", "--skip-preview", "--help", "--remote"):
        return word
    return name if value.lower() in ("1", "t", "true") else ""


def _problems(pulumi: Path, call: Call) -> Iterator[CheckResult]:
    """Yield the problems of a call: warnings, and failures that prevent it."""
    from moorage.operate.pulumi.prerequisites import unmet
    from moorage.operate.pulumi.selected import PulumiStack

    terminal = is_interactive()
    stack = PulumiStack(pulumi, call.folder, call.stack, terminal)
    if call.command in _CONFIRMS and not terminal and not (call.yes or call.skip_preview):
        yield failure(f"{NO_TERMINAL} (with make: ARGS=--yes)")
    yield from unmet(call.command, stack)
    if call.command == "destroy" and call.skip_preview and stack.protected:
        yield failure(
            f"stack {stack.name} has protected resources, and `destroy` without a preview deletes their "
            "dependents before it stops",
            "run it without --skip-preview",
        )
