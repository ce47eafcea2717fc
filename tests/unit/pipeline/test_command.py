"""`moorage pipeline`: the files that it writes, and the projects that it refuses."""

import shlex
from pathlib import Path

import pytest
from support.pipelines import PLAIN, SECRET, write_project

from moorage.cli import main

Captured = pytest.CaptureFixture[str]
PLAN = ".github/workflows/plan.yml"
DEPLOY = ".github/workflows/deploy.yml"


def run(project: Path, *words: str, provider: str = "github") -> int:
    return main(["pipeline", provider, "--cwd", str(project), *words])


def test_files_are_written_once_and_never_over_others(tmp_path: Path, capsys: Captured) -> None:
    project = write_project(tmp_path, "infra")
    assert run(project) == 0
    assert capsys.readouterr().out == f"Written: {PLAN}\nWritten: {DEPLOY}\n"
    assert run(project) == 0
    assert capsys.readouterr().out == f"Unchanged: {PLAN}\nUnchanged: {DEPLOY}\n"

    (tmp_path / DEPLOY).write_text("mine\n")
    assert run(project, "--branch", "release") == 1
    err = capsys.readouterr().err
    assert err.startswith(
        f"error: {DEPLOY} already in {tmp_path}; no file is overwritten\nhint: pass --force"
    )
    assert (tmp_path / DEPLOY).read_text() == "mine\n"

    assert run(project, "--force") == 0
    assert capsys.readouterr().out == f"Unchanged: {PLAN}\nWritten: {DEPLOY}\n"
    assert "deploy-dev" in (tmp_path / DEPLOY).read_text()


def test_a_link_is_not_followed(tmp_path: Path, capsys: Captured) -> None:
    project = write_project(tmp_path)
    (tmp_path / ".gitlab-ci.yml").symlink_to(tmp_path / "elsewhere.yml")
    assert run(project, provider="gitlab") == 1
    assert "no file is overwritten" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere.yml").exists()


@pytest.mark.parametrize("provider", ["github", "gitlab", "codebuild"])
def test_stdout_writes_nothing(provider: str, tmp_path: Path, capsys: Captured) -> None:
    project = write_project(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert run(project, "--stdout", provider=provider) == 0
    out = capsys.readouterr().out
    assert out.startswith("# .")
    assert "moorage pulumi up --yes --stack" in out
    after = sorted(tmp_path.rglob("*"))
    assert [path for path in after if not {".build", "__pycache__"} & set(path.parts)] == before


def test_a_build_without_a_cache_is_a_hint(tmp_path: Path, capsys: Captured) -> None:
    project = write_project(tmp_path)
    program = (project / "__main__.py").read_text()
    assert run(project) == 0
    assert "cache" not in capsys.readouterr().err
    (project / "__main__.py").write_text(program.replace(', "cache": "registry"', ""))
    assert run(project) == 0
    assert '`"cache": "registry"` in `build` keeps them' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stacks", "words", "error"),
    [
        ({"dev": PLAIN}, ["--stack", "prd"], "unknown stack 'prd'"),
        ({"dev": PLAIN}, ["--stack", "dev", "--stack", "dev"], "--stack: a stack cannot be repeated"),
        ({"a": PLAIN, "b": PLAIN}, [], "the order of the stacks a, b is not known"),
        ({"dev": PLAIN}, ["--branch", "a b"], "--branch 'a b' must have only letters"),
        ({"dev": PLAIN}, ["--branch", "$(id)"], "--branch '$(id)' must have only letters"),
        ({"dev": PLAIN}, ["--backend", "file:///state"], "--backend 'file:///state' must be a URL"),
        ({"dev": PLAIN}, ["--backend", "s3://a b"], "--backend 's3://a b' must be a URL"),
        ({"dev": f"{PLAIN}  shop:keep: true\n"}, ["--previews"], "--previews: stack dev protects kept"),
        ({"de${{v": PLAIN}, [], "stack 'de${{v' must have only letters"),
    ],
)
def test_wrong_usage(
    stacks: dict[str, str], words: list[str], error: str, tmp_path: Path, capsys: Captured
) -> None:
    project = write_project(tmp_path, **stacks)
    assert run(project, *words) == 2
    assert capsys.readouterr().err.startswith(f"error: {error}")
    assert not (tmp_path / ".github").exists()


@pytest.mark.parametrize(
    ("runtime", "error"),
    [
        ("nodejs", "runtime nodejs: must be python"),
        ("{name: python, options: {toolchain: poetry}}", "toolchain poetry: must be pip or uv"),
    ],
)
def test_projects_that_it_cannot_install(runtime: str, error: str, tmp_path: Path, capsys: Captured) -> None:
    assert run(write_project(tmp_path, runtime=runtime)) == 1
    assert capsys.readouterr().err.startswith(f"error: {error}")


def test_a_program_that_cannot_be_planned_is_an_error(tmp_path: Path, capsys: Captured) -> None:
    assert run(write_project(tmp_path, program="raise ValueError('broken')\n")) == 1
    assert "broken" in capsys.readouterr().err


def test_values_that_are_not_committed_are_not_read(tmp_path: Path, capsys: Captured) -> None:
    project = write_project(tmp_path, dev=PLAIN)
    text = (project / "Pulumi.yaml").read_text()
    declared = "  shop:token: {type: string}\n  shop:key: {type: string, secret: true}\n"
    (project / "Pulumi.yaml").write_text(f"{text}config:\n{declared}")
    (project / ".moorage").mkdir()
    (project / ".moorage" / "config.yaml").write_text("key: stand-in\n")
    assert main(["plan", "--cwd", str(project), "--stack", "dev"]) in (0, 1)
    assert "missing configuration" not in capsys.readouterr().err
    assert run(project) == 1
    assert "Stack 'dev' is missing configuration value 'key'" in capsys.readouterr().err


def test_a_requirement_of_this_machine_is_refused(tmp_path: Path, capsys: Captured) -> None:
    project = write_project(tmp_path, "infra", dev=PLAIN)
    (project / "requirements.txt").write_text("pulumi\n-e /src/moorage/components[local]\n")
    assert run(project) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error == (
        "error: requirements.txt:2: '-e /src/moorage/components[local]' is a place of this machine, "
        "and a pipeline installs from a checkout"
    )
    assert "'moorage[local] @ git+https://HOST/OWNER/moorage@TAG#subdirectory=components'" in hint
    assert not (tmp_path / ".github").exists()


def test_codebuild_has_no_previews(tmp_path: Path, capsys: Captured) -> None:
    assert run(write_project(tmp_path), "--previews", provider="codebuild") == 2
    assert "No such option '--previews'" in capsys.readouterr().err


def test_the_plan_needs_no_secret(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    assert run(write_project(tmp_path, dev=SECRET), "--stdout") == 0
    plan, _, deploy = capsys.readouterr().out.partition("# .github/workflows/deploy.yml")
    assert plan.count("--stack dev --config shop:token=placeholder --markdown") == 2
    assert "${{ secrets." not in plan
    assert "PULUMI_CONFIG_PASSPHRASE: ${{ secrets.PULUMI_CONFIG_PASSPHRASE }}" in deploy


def test_secrets_within_an_object_become_placeholders(tmp_path: Path, capsys: Captured) -> None:
    program = """
import pulumi
import pulumi_aws as aws
database = pulumi.Config().require_object("database")
aws.sqs.Queue(database["user"] + "-" + database["passwords"][0])
"""
    file = """
config:
  shop:database:
    user: it's
    passwords:
      - secure: AAAA
"""
    assert run(write_project(tmp_path, program=program, dev=file), "--stdout") == 0
    (option,) = {
        line.partition(" --config ")[2].rpartition(" --markdown")[0]
        for line in capsys.readouterr().out.splitlines()
        if "moorage plan --preview" in line
    }
    assert shlex.split(option) == ['shop:database={"user": "it\'s", "passwords": ["placeholder"]}']
