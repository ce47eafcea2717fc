"""The verbs as a person types them: usage, exit codes, where the place comes from."""

from pathlib import Path
from typing import Any

import pytest

from moorage.cli import main, operate

VERBS = ("status", "why", "ps", "logs", "exec", "rollback", "scale", "run")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("before", [(), ("local",)])
def test_help_says_what_exit_codes_mean(
    verb: str, before: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*before, verb, "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert operate.EXIT_CODES in told
    assert ("--cluster" in told) == (not before)
    assert ("[-- COMMAND...]" in told) == (verb in ("exec", "run"))


def test_without_a_place_the_error_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    assert main(["status", "--cwd", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "hint: pass --stack NAME or --cluster NAME, or start it with `moorage local up`\n" in told
    assert main(["status", "--cwd", str(tmp_path), "--service", "x"]) == 2
    assert main(["local", "status", "--cwd", str(tmp_path)]) == 3
    assert "no local run" in capsys.readouterr().err


def test_ctrl_c_ends_a_verb_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("moorage.operate.aws.discover.discovered", interrupted)
    assert main(["status", "--cluster", "main"]) == 130
    assert capsys.readouterr() == ("", "interrupted\n")


def test_a_stack_may_be_named_with_its_organization(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named: list[str] = []

    def exported(project: Path, stack: str) -> dict[str, Any]:
        named.append(stack)
        return {}

    monkeypatch.setattr("moorage.operate.pulumi.state.exported", exported)
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).write_text("name: demo\nruntime: python\n" if name == "Pulumi.yaml" else "")
    assert main(["status", "--cwd", str(tmp_path), "--stack", "acme/demo/prod"]) == 3
    assert (named, "acme/demo/prod has no ECS service" in capsys.readouterr().err) == (
        ["acme/demo/prod"],
        True,
    )
    assert main(["status", "--cwd", str(tmp_path), "--stack", "acme/demo/dev"]) == 2


def test_no_region(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert main(["status", "--cluster", "main"]) == 3
    assert capsys.readouterr().err == "error: no region is set\nhint: pass --region, or set AWS_REGION\n"
