"""Projects to plan, and the command that plans them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from moorage.cli import main

Planned = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write a project: its program, more lines of Pulumi.yaml, and the configuration of stacks as lines."""

    def write(program: str, declared: str = "", **stacks: str) -> Path:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\n{declared}")
        (folder / "__main__.py").write_text(program)
        for stack, lines in stacks.items():
            (folder / f"Pulumi.{stack}.yaml").write_text(f"config:\n{lines}" if lines else "config: {}\n")
        return folder

    return write


@pytest.fixture
def planned(capsys: pytest.CaptureFixture[str]) -> Planned:
    """Run `moorage plan` in this process: exit code, what it printed, and its errors."""

    def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
        code = main(["plan", "--cwd", str(folder), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run
