"""`moorage pulumi`: the Pulumi CLI, found, installed, or clearly missing."""

from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from moorage.cli import main


@pytest.fixture
def no_pulumi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH without the CLI; return a folder of which nothing is on it."""
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return tmp_path


def script(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    command = folder / "pulumi"
    command.write_text(f"#!/bin/sh\n{text}\n")
    command.chmod(0o755)
    return command


def test_the_one_on_path_gets_the_arguments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(script(tmp_path, 'echo "$@"; exit 3').parent))
    assert main(["pulumi", "config", "--stack", "dev"]) == 3
    assert capfd.readouterr().out == "config --stack dev\n"


def test_a_missing_one_is_installed(
    monkeypatch: pytest.MonkeyPatch, no_pulumi: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def install() -> PulumiCommand:
        script(no_pulumi / "bin", '[ "$1" = version ] && echo v3.272.0')
        return PulumiCommand(root=str(no_pulumi), skip_version_check=True)

    monkeypatch.setattr(PulumiCommand, "install", install)
    assert main(["pulumi", "version"]) == 0
    assert capfd.readouterr().out == "v3.272.0\n"


@pytest.mark.parametrize("error", [OSError("no route to host"), RuntimeError("no such version")])
def test_where_neither_works_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, no_pulumi: Path, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def install() -> PulumiCommand:
        raise error

    monkeypatch.setattr(PulumiCommand, "install", install)
    assert main(["pulumi", "up"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert str(error) in said[0]
    assert "https://www.pulumi.com/docs/iac/download-install/" in said[0]
