"""`moorage local` as a person types it."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from moorage.cli import main
from moorage.console import Printer
from moorage.local.command.up import UpOptions
from moorage.local.state import Paths


def test_watch_runs_up_with_the_same_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each `up` is a process of its own; only the first one is forced."""
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).write_text("name: shop\nruntime: python\n" if name == "Pulumi.yaml" else "")
    watched: list[tuple[Paths, Sequence[str], bool]] = []
    started: list[tuple[Paths, UpOptions]] = []

    def watch(paths: Paths, command: Sequence[str], *, force: bool) -> int:
        watched.append((paths, command, force))
        return 130

    def up(paths: Paths, options: UpOptions, _out: Printer) -> int:
        started.append((paths, options))
        return 0

    monkeypatch.setattr("moorage.local.command.watch.watch", watch)
    monkeypatch.setattr("moorage.local.command.up.up", up)
    options = ["-c", "a=b=c", "--config", "secrets:x=-y", "--port", "9000", "--runner", "process", "--force"]
    assert main(["local", "up", "--watch", "--cwd", str(tmp_path), *options]) == 130
    ((paths, command, forced),) = watched
    assert (paths.project_dir, paths.stack, forced) == (tmp_path, "prod", True)
    assert command[:3] == [sys.executable, "-m", "moorage.cli"]
    assert main(command[3:]) == 0
    ((again, asked),) = started
    assert (again.project_dir, again.stack) == (tmp_path, "prod")
    assert asked == UpOptions({"a": "b=c", "secrets:x": "-y"}, 9000, "process", force=False)
