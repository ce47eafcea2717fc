"""The command line as a whole: help, version, mistakes, completion in shells, words that are passed on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from moorage.cli import main
from moorage.cli.command import moorage
from moorage.version import __version__

Captured = pytest.CaptureFixture[str]


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("path", list(commands(moorage)), ids=" ".join)
def test_every_command_has_help_that_fits_a_terminal(
    path: tuple[str, ...], option: str, capsys: Captured
) -> None:
    assert main([*path, option]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(" ".join(["Usage: moorage", *path]))
    assert max(map(len, lines)) <= 80


def test_commands_are_listed_in_the_order_of_use(capsys: Captured) -> None:
    main(["--help"])
    below = capsys.readouterr().out.split("Commands:\n")[1].split("\n\n")[0]
    assert [line.split()[0] for line in below.splitlines()] == [
        *("new", "local", "status", "why", "ps", "logs", "exec", "rollback", "scale", "run"),
        *("plan", "doctor", "pipeline", "pulumi", "import", "completion"),
    ]


def test_version(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr() == (f"moorage {__version__}\n", "")


@pytest.mark.parametrize("path", [(), ("local",)])
def test_without_a_command_the_help_is_an_error(path: tuple[str, ...], capsys: Captured) -> None:
    assert main(path) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith(" ".join(["Usage: moorage", *path]))) == ("", True)


@pytest.mark.parametrize(
    ("words", "names", "asks"),
    [
        ("plan --jsn", "--jsn --json", "moorage plan"),
        ("plan --pre", "--pre --preview", "moorage plan"),
        ("stats", "stats status", "moorage"),
        ("local pss", "pss ps", "moorage local"),
        ("local ps --cluster c", "--cluster", "moorage local ps"),
        ("exec web ls", "ls", "moorage exec"),
        ("scale web", "N", "moorage scale"),
        ("scale web x", "N x", "moorage scale"),
        ("scale web -- -1", "N -1", "moorage scale"),
        ("local up --port 0", "--port 0", "moorage local up"),
        ("local up --runner x", "--runner x", "moorage local up"),
        ("plan --html", "--html", "moorage"),
        ("plan -C nowhere", "-C --cwd nowhere", "moorage plan"),
        ("status --cwd nowhere", "-C --cwd nowhere", "moorage status"),
        ("completion csh", "csh bash zsh fish", "moorage completion"),
    ],
)
def test_mistakes_end_with_2_an_error_and_a_hint(words: str, names: str, asks: str, capsys: Captured) -> None:
    """The sentence is Click's; it names what is wrong, and what was meant."""
    assert main(words.split()) == 2
    out, err = capsys.readouterr()
    said, hint = err.splitlines()
    assert (out, hint) == ("", f"hint: try `{asks} --help`")
    assert said.startswith("error: ")
    assert set(names.split()) <= {word.strip("'.,:?()") for word in said.split()}


def test_options_that_exclude_each_other(capsys: Captured) -> None:
    assert main(["plan", "--explain", "--diff", "prod"]) == 2
    assert capsys.readouterr().err == "error: --explain and --diff cannot be combined\n"


@pytest.mark.parametrize(
    ("shell", "asks"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "complete")]
)
def test_completion_scripts(shell: str, asks: str, capsys: Captured) -> None:
    assert main(["completion", shell]) == 0
    out, err = capsys.readouterr()
    assert (asks in out, f"_MOORAGE_COMPLETE={shell}_complete" in out, err) == (True, True, "")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("moorage st", ["status"]),
        ("moorage local ", ["up", "status", "why", "ps", "logs", "exec", "rollback", "scale", "run", "down"]),
        ("moorage local up --runner d", ["docker"]),
        ("moorage plan --e", ["--explain"]),
        ("moorage completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_bash_completes(typed: str, completed: list[str], tmp_path: Path) -> None:
    assert completions(typed, tmp_path, tmp_path) == completed


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("moorage plan --stack ", ["dev", "prod", "prod-eu"]),
        ("moorage local up -s p", ["prod", "prod-eu"]),
        ("moorage status --cwd infra --stack ", ["test"]),
        ("moorage status --cwd nowhere --stack ", ["dev", "prod", "prod-eu"]),
        ("moorage plan --diff d", ["dev"]),
    ],
)
def test_bash_completes_the_stacks_of_the_project(typed: str, completed: list[str], tmp_path: Path) -> None:
    below = tmp_path / "app" / "code"
    for folder, names in {tmp_path / "app": ("dev", "prod", "prod-eu"), below / "infra": ("test",)}.items():
        folder.mkdir(parents=True)
        for file in ("Pulumi.yaml", *(f"Pulumi.{name}.yaml" for name in names)):
            (folder / file).touch()
    assert completions(typed, tmp_path, below) == completed


def test_completion_without_a_project(tmp_path: Path) -> None:
    assert completions("moorage plan --stack ", tmp_path, tmp_path) == []
    assert completions("moorage logs ", tmp_path, tmp_path) == []


@pytest.mark.parametrize(
    ("words", "typed", "completed"),
    [
        (["logs"], "", ["notes", "notes-worker", "web"]),
        (["local", "ps"], "n", ["notes", "notes-worker"]),
        (["exec", "--stack", "acme/demo/dev"], "w", ["web"]),
        (["local", "scale"], "web", ["web"]),
        (["rollback", "--app"], "w", ["web"]),
        (["run"], "", ["migrate"]),
        (["logs", "--stack", "other"], "", []),
        (["logs", "--cluster", "main"], "", []),
    ],
)
def test_apps_and_jobs_of_the_local_run_are_completed(
    words: list[str],
    typed: str,
    completed: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "Pulumi.dev.yaml").touch()
    monkeypatch.chdir(tmp_path)
    described = {"services": [{"app": "notes"}, {"app": "notes-worker"}, {"app": "web"}], "jobs": ["migrate"]}
    monkeypatch.setattr("moorage.local.command.client.Client.get", lambda client, path: described)
    found = ShellComplete(moorage, {}, "moorage", "_MOORAGE_COMPLETE").get_completions(words, typed)
    assert [item.value for item in found] == completed


def completions(typed: str, binaries: Path, folder: Path) -> list[str]:
    """Return what bash completes in a folder."""
    bash = shutil.which("bash")
    assert bash
    command = binaries / "moorage"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m moorage.cli "$@"\n')
    command.chmod(0o755)
    script = f"""
        eval "$(moorage completion bash)"
        COMP_WORDS=({typed.rstrip()}{' ""' if typed.endswith(" ") else ""})
        COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _moorage_completion moorage
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()
