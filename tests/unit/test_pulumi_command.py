"""`moorage pulumi`: the Pulumi CLI, found, installed, or clearly missing."""

import socket
import subprocess
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from pulumi.automation import PulumiCommand

from moorage.cli import main
from moorage.cli.pulumi import Call
from moorage.operate.pulumi.command import located


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
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra").mkdir()
    assert main(["pulumi", *words.split()]) == 3
    assert capfd.readouterr().out == f"{words}\n"


@pytest.mark.parametrize(
    "words",
    [
        "destroy -yf -C infra -s prod",
        "-C infra --stack=prod --color never destroy -yf",
        "-Q --verbose=9 -v 9 --non-interactive -C infra -s prod destroy -yf --policy-pack up",
        "--tracing file --yes -C infra -f -s prod dn",
        "-C=infra -v=9 -s=prod destroy -yfd",
        "-Cinfra -sprod destroy --yes=true --skip-preview --remote=false -- --help",
    ],
)
def test_a_call_is_understood_with_options_in_any_place(words: str) -> None:
    call = Call.of(words.split())
    assert (call.command, call.folder, call.stack) == ("destroy", Path("infra"), "prod")
    assert (call.yes, call.skip_preview) == (True, True)


def test_a_flag_without_its_value(capsys: pytest.CaptureFixture[str], no_pulumi: Path) -> None:
    script(no_pulumi / "empty", "echo ran")
    assert main(["pulumi", "up", "--message"]) == 2
    assert capsys.readouterr() == (
        "",
        "error: Option '--message' requires an argument.\nhint: try `moorage pulumi --help`\n",
    )


def test_a_missing_one_is_installed(
    monkeypatch: pytest.MonkeyPatch, no_pulumi: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def install() -> PulumiCommand:
        script(no_pulumi / "bin", '[ "$1" = version ] && echo v3.272.0')
        return PulumiCommand(root=str(no_pulumi), skip_version_check=True)

    monkeypatch.setattr(PulumiCommand, "install", install)
    assert main(["pulumi", "version"]) == 0
    assert capfd.readouterr().out == "v3.272.0\n"


NO_NAME = URLError(socket.gaierror(-2, "Name or service not known"))
FAILED = subprocess.CalledProcessError(1, ["install.sh"], b"+ Downloading\nerror: no space left\n")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError("no route to host"), "no route to host"),
        (RuntimeError("no such version"), "no such version"),
        (NO_NAME, "get.pulumi.com does not answer (Name or service not known)"),
        (HTTPError("https://get.pulumi.com", 503, "Busy", Message(), None), "HTTP Error 503: Busy"),
        (FAILED, "error: no space left"),
        (subprocess.CalledProcessError(3, ["install.sh"], b""), "its installer exited with code 3"),
    ],
)
def test_where_neither_works_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch,
    no_pulumi: Path,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    reason: str,
) -> None:
    def install() -> PulumiCommand:
        raise error

    monkeypatch.setattr(PulumiCommand, "install", install)
    assert main(["pulumi", "up"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert (
        f"could not be installed: {reason}; see https://www.pulumi.com/docs/iac/download-install/" in said[0]
    )


def test_a_missing_folder_is_noticed_before_anything_is_installed(
    monkeypatch: pytest.MonkeyPatch, no_pulumi: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PulumiCommand, "install", lambda: pytest.fail("installed"))
    assert main(["pulumi", "-C", str(no_pulumi / "infra"), "up"]) == 2
    assert capsys.readouterr() == ("", f"error: --cwd: {no_pulumi / 'infra'} is not a folder\n")


def test_the_newest_installed_one_is_located(monkeypatch: pytest.MonkeyPatch, no_pulumi: Path) -> None:
    monkeypatch.setenv("HOME", str(no_pulumi))
    assert located() is None
    for version in ("3.99.0", "3.260.0", "3.26.1"):
        script(no_pulumi / ".pulumi" / "versions" / version / "bin", "true")
    assert located() == no_pulumi / ".pulumi/versions/3.260.0/bin/pulumi"
    on_path = script(no_pulumi / "empty", "true")
    assert located() == on_path
