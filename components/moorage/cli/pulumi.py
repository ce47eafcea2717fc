"""`moorage pulumi`: the Pulumi CLI, found or installed, after a check of what its command needs."""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moorage.operate import foreground

from .failure import failed

_GUIDE = "https://www.pulumi.com/docs/iac/download-install/"

_ALIASES = {"update": "up", "pre": "preview", "down": "destroy", "dn": "destroy"}
_CONFIRMS = ("up", "destroy", "refresh")


def add(verbs: Any) -> None:
    """Add the verb."""
    pulumi = verbs.add_parser(
        "pulumi",
        help="run the Pulumi CLI, which is installed where it is missing",
        description="Run the Pulumi CLI with the arguments that follow, after a check of what its command "
        "needs: a login, a passphrase, AWS credentials, an image builder. Where the CLI is not on PATH, the "
        "official one of the SDK's version is installed into ~/.pulumi/versions.",
    )
    pulumi.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT")
    pulumi.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    try:
        pulumi = find_or_install()
    except OSError as error:
        return failed(f"The Pulumi CLI is not on PATH and could not be installed ({error}): see {_GUIDE}", 1)
    call = Call.of(options.arguments)
    if not call.elsewhere:
        fatal = False
        for problem, is_fatal in _problems(pulumi, call):
            print(f"{'error' if is_fatal else 'warning'}: {problem}", file=sys.stderr, flush=True)
            fatal = fatal or is_fatal
        if fatal:
            return 1
    environment = {**os.environ, "PATH": f"{pulumi.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    ended = foreground.run([str(pulumi), *options.arguments], env=environment)
    if ended.interrupted:
        raise KeyboardInterrupt
    return ended.code


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Pulumi CLI, as far as its prerequisites depend on it."""

    command: str
    stack: str
    folder: Path
    yes: bool
    skip_preview: bool
    elsewhere: bool
    """Whether it only prints its help, or runs in Pulumi Deployments."""

    @classmethod
    def of(cls, arguments: Sequence[str]) -> "Call":
        """Read the CLI's arguments, whose flags follow the rules of Go's pflag."""
        flags = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        flags.add_argument("--cwd", "-C", default=".")
        flags.add_argument("--stack", "-s", default="")
        for name in ("--config", "-c"), ("--message", "-m"), ("--parallel", "-p"), ("--target", "-t"):
            flags.add_argument(*name, action="append")
        for name in ("--yes", "-y"), ("--skip-preview", "-f"), ("--help", "-h"), ("--remote",):
            flags.add_argument(*name, action="store_true")
        known, rest = flags.parse_known_args([word for word in map(_switch, arguments) if word])
        words = [word for word in rest if not word.startswith("-")]
        selects = words[:2] in (["stack", "select"], ["stack", "init"])
        command = " ".join(words[:2] if selects else words[:1])
        return cls(
            command=_ALIASES.get(command, command),
            stack=known.stack or (words[2] if selects and len(words) > 2 else ""),
            folder=Path(known.cwd),
            yes=known.yes or _is_set("PULUMI_SKIP_CONFIRMATIONS") or _is_set("PULUMI_OPTION_YES"),
            skip_preview=known.skip_preview or _is_set("PULUMI_OPTION_SKIP_PREVIEW"),
            elsewhere=known.help or known.remote,
        )


def _is_set(variable: str) -> bool:
    """Return whether a variable is true: the CLI takes each of its flags from PULUMI_OPTION_... too."""
    return os.environ.get(variable, "").lower() in ("1", "t", "true")


def _switch(word: str) -> str:
    """Return a switch without its value: `--yes=true` is `--yes`, and `--yes=false` is nothing."""
    name, equals, value = word.partition("=")
    if not equals or name not in ("--yes", "--skip-preview", "--help", "--remote"):
        return word
    return name if value.lower() in ("1", "t", "true") else ""


def _problems(pulumi: Path, call: Call) -> Iterator[tuple[str, bool]]:
    """Yield what keeps a call from succeeding, and whether it certainly does."""
    from moorage.operate.pulumi.prerequisites import unmet
    from moorage.operate.pulumi.selected import PulumiStack

    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    stack = PulumiStack(pulumi, call.folder, call.stack, terminal)
    if call.command in _CONFIRMS and not terminal and not (call.yes or call.skip_preview):
        yield "stdin is not a terminal; pass --yes to confirm (with make: ARGS=--yes)", True
    for item in unmet(call.command, stack):
        yield str(item), item.fatal
    if call.command == "destroy" and call.skip_preview and stack.protected:
        yield (
            f"stack {stack.name} has protected resources, and `destroy` without a preview deletes what "
            "depends on them before it stops; run it without --skip-preview",
            True,
        )


def find_or_install() -> Path:
    """Return where the Pulumi CLI is: on PATH, else installed by Pulumi's automation API.

    Raises:
        OSError: it is not on PATH and cannot be installed.
    """
    found = shutil.which("pulumi")
    if found is not None:
        return Path(found)
    from pulumi.automation import PulumiCommand

    try:
        return Path(PulumiCommand.install().command)
    except OSError:
        raise
    except Exception as error:  # whatever the installer stumbles over is the same to the caller
        raise OSError(str(error)) from error
