"""The Pulumi CLI: its location, its installation, and calls without a terminal."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.error import URLError

from moorage.errors import MoorageError

_GUIDE = "https://www.pulumi.com/docs/iac/download-install/"


def located() -> Path | None:
    """Return the CLI on PATH, else the newest one in ~/.pulumi/versions; None if there is none."""
    if on_path := shutil.which("pulumi"):
        return Path(on_path)
    return max(Path.home().glob(".pulumi/versions/*/bin/pulumi"), key=_version, default=None)


def _version(cli: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", cli.parts[-3])]


def installed() -> Path:
    """Return the CLI on PATH, else the one of the SDK's version, which is installed if it is missing.

    Raises:
        MoorageError: it cannot be installed.
    """
    if on_path := shutil.which("pulumi"):
        return Path(on_path)
    from pulumi.automation import PulumiCommand

    try:
        return Path(PulumiCommand.install().command)
    except Exception as error:  # the installer raises errors of the network, of its script and its own
        raise MoorageError(
            f"the Pulumi CLI is not on PATH and could not be installed: {_reason(error)}; see {_GUIDE}"
        ) from None


def _reason(error: Exception) -> str:
    if isinstance(error, URLError) and isinstance(error.reason, OSError):
        return f"get.pulumi.com does not answer ({error.reason.strerror or error.reason})"
    if isinstance(error, subprocess.CalledProcessError):
        lines = bytes(error.output or b"").decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"its installer exited with code {error.returncode}"
    return str(error)


def answer(cli: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the CLI in a folder, without a terminal and without colours."""
    return subprocess.run(
        [str(cli), *arguments, "--non-interactive", "--color", "never"],
        cwd=folder,
        env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
