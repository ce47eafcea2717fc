"""`moorage pulumi`: the Pulumi CLI, found or installed."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from moorage.foreground import finished

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
    try:
        command = find_or_install()
    except OSError as error:
        print(
            f"The Pulumi CLI is not on PATH and could not be installed ({error}): see {_GUIDE}",
            file=sys.stderr,
        )
        return 1
    environment = {**os.environ, "PATH": f"{command.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    code, interrupted = finished(subprocess.Popen([str(command), *options.arguments], env=environment))
    if interrupted:
        raise KeyboardInterrupt
    return code


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
