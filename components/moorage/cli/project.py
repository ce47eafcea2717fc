"""What verbs share: which project and stack a command means, and the configuration given with it."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from moorage.errors import UsageError

_NAMES = ("Pulumi.yaml", "Pulumi.yml")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options by which `find` finds a stack."""
    parser.add_argument("--stack", "-s", metavar="S", help="default: dev, or the only one")
    parser.add_argument("--cwd", "-C", metavar="DIR", help="the project's folder (default: here)")


def find(cwd: str | None, stack: str | None) -> tuple[Path, str]:
    """Return the folder of the project at or above `cwd`, and its stack.

    Without `stack` it is `dev` where that exists, else the only one there is.

    Raises:
        UsageError: no project, no such stack, or several to choose from.
    """
    start = Path(cwd or ".").resolve()
    folder = next((f for f in (start, *start.parents) if any((f / n).is_file() for n in _NAMES)), None)
    if folder is None or (cwd is not None and folder != start):
        raise UsageError(f"{start} has no Pulumi.yaml: give the project's folder with --cwd")
    stacks = sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in folder.glob("Pulumi.*.yaml"))
    if stack is None:
        if "dev" in stacks or not stacks:
            stack = "dev"
        elif len(stacks) == 1:
            stack = stacks[0]
        else:
            raise UsageError(f"choose a stack with --stack: {', '.join(stacks)}")
    elif stacks and stack not in stacks:
        raise UsageError(f"there is no stack {stack!r} (Pulumi.{stack}.yaml); there are {', '.join(stacks)}")
    return folder, stack


def configuration(items: Iterable[str]) -> dict[str, str]:
    """Return what was given as `--config KEY=VALUE`.

    Raises:
        UsageError: an item is not of that form.
    """
    values: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise UsageError(f"--config {item!r}: give KEY=VALUE")
        values[key] = value
    return values
