"""Shared by every layer of the project's own tests."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command import run_moorage

ROOT = Path(__file__).parent.parent
# Whether and where a terminal is must not matter. GNU readline, which pytest loads, writes a size into the
# environment that the workers of pytest-xdist get.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

SAMPLE = ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "__main__.py", "vpc.py", "app")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def copy_sample() -> Callable[[Path], Path]:
    """Copy the repository's own program into an empty folder, where it has a state of its own."""

    def copy(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name in SAMPLE:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)
        # The requirements of NoteTaker are installed once for all tests, as they are once for a person.
        venvs = ROOT / ".cache" / "venvs"
        venvs.mkdir(parents=True, exist_ok=True)
        (folder / ".moorage").mkdir()
        (folder / ".moorage" / "venvs").symlink_to(venvs)
        return folder

    return copy


@pytest.fixture(scope="session")
def moorage() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the `moorage` command as a person does, and return what it printed."""

    def run(
        *arguments: str, cwd: Path, timeout: float = 180, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = run_moorage(arguments, cwd, {"NO_COLOR": "1"}, timeout, one_output=True)
        assert not check or done.returncode == 0, done.stdout
        return done

    return run
