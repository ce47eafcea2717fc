"""`moorage pulumi`: the Pulumi CLI, found, installed, or clearly missing."""

from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from moorage.cli import main
from moorage.cli.pulumi import Call


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


@pytest.mark.parametrize(
    "words",
    [
        "config --stack dev",
        "-C infra -s dev --non-interactive config set key -- -x",
        "-- config",
        "config --help",
        "config -h --json --version",
        "",
    ],
)
def test_the_one_on_path_gets_the_arguments_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], words: str
) -> None:
    monkeypatch.setenv("PATH", str(script(tmp_path, 'echo "$@"; exit 3').parent))
    assert main(["pulumi", *words.split()]) == 3
    assert capfd.readouterr().out == f"{words}\n"


@pytest.mark.parametrize(
    "words",
    [
        "destroy -yf -C infra -s prod",
        "-C infra --stack=prod --color never destroy -yf",
        "-Q --verbose=9 -v 9 --non-interactive -C infra -s prod destroy -yf --policy-pack up",
        "--tracing file --yes -C infra -f -s prod dn",
    ],
)
def test_a_call_is_understood_with_options_in_any_place(words: str) -> None:
    call = Call.of(words.split())
    assert (call.command, call.folder, call.stack) == ("destroy", Path("infra"), "prod")
    assert (call.yes, call.skip_preview) == (True, True)


def test_a_flag_without_its_value(capsys: pytest.CaptureFixture[str], no_pulumi: Path) -> None:
    script(no_pulumi / "empty", "echo ran")
    assert main(["pulumi", "up", "--message"]) == 2
    assert capsys.readouterr() == ("", "error: argument --message/-m: expected one argument\n")


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
