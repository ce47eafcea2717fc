"""`make up` installs with the progress of uv, and without a line for each package."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.terminal import on_terminal

SCRIPT = Path(__file__).parents[2] / ".ci" / "install.py"
INSTALLER = """#!/bin/sh
case "$*" in *--quiet*) exit "$CODE" ;; esac
printf '\\r\\033[2KPreparing packages... (1/2)' >&2
printf '\\r\\033[2K\\033[2mInstalled \\033[1m2 packages\\033[0m\\n' >&2
for name in click rich; do
  printf ' \\033[32m+\\033[39m ' >&2; sleep 0.05; printf '\\033[1m%s\\033[0m==8.5.1\\n' "$name" >&2
done
printf '  cause: no network' >&2
exit "$CODE"
"""


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    file = tmp_path / "uv"
    file.write_text(INSTALLER)
    file.chmod(0o755)
    return [sys.executable, str(SCRIPT), str(file), "pip", "install"]


@pytest.mark.parametrize("code", [0, 2])
def test_on_a_terminal(words: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODE", str(code))
    ended, shown = on_terminal(words, tmp_path)
    assert ended == code
    for text in ("Preparing packages... (1/2)", "Installed", "  cause: no network"):
        assert text in shown
    assert "8.5.1" not in shown


@pytest.mark.parametrize("code", [0, 2])
def test_without_a_terminal(words: list[str], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODE", str(code))
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_without_an_installer(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "uv").unlink()
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (127, f"{tmp_path / 'uv'} not found\n")
