"""`moorage pulumi`: the Pulumi CLI, found or installed."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

_GUIDE = "https://www.pulumi.com/docs/iac/download-install/"


def add(verbs: Any) -> None:
    """Add the verb."""
    pulumi = verbs.add_parser(
        "pulumi",
        help="run the Pulumi CLI, which is installed where it is missing",
        description="Run the Pulumi CLI with the arguments that follow. Where it is not on PATH, the "
        "official CLI of the SDK's version is installed into ~/.pulumi/versions.",
    )
    pulumi.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT")
    pulumi.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    command = find_or_install()
    if command is None:
        print(
            f"The Pulumi CLI is not on PATH and could not be downloaded; see {_GUIDE} to install it.",
            file=sys.stderr,
        )
        return 1
    environment = {**os.environ, "PATH": f"{command.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run([str(command), *options.arguments], env=environment, check=False).returncode


def find_or_install() -> Path | None:
    """Return where the Pulumi CLI is: on PATH, else installed by Pulumi's automation API; None if neither."""
    found = shutil.which("pulumi")
    if found is not None:
        return Path(found)
    from pulumi.automation import PulumiCommand

    print("The Pulumi CLI is not on PATH; installing it.", file=sys.stderr)
    try:
        return Path(PulumiCommand.install().command)
    except Exception as error:  # whatever stands in the way of a download: the caller says what to do instead
        print(f"  {type(error).__name__}: {error}", file=sys.stderr)
        return None
