"""`moorage doctor`: groups, exit codes, text and JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.folders import folder_with

from moorage.cli import main
from moorage.doctor import examination
from moorage.doctor.subject import Group
from moorage.errors import EXTRAS
from moorage.operate.pulumi.check_result import CheckResult, Level

Captured = pytest.CaptureFixture[str]
GOOD = CheckResult(Level.OK, "fine")
WEAK = CheckResult(Level.WARNING, "slow", "hurry")
BAD = CheckResult(Level.FAILED, "gone", "return it")


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Checks of each group: the local one warns, the other one fails."""
    made = {Group.BOTH: ("disk", GOOD), Group.LOCAL: ("docker", WEAK), Group.DEPLOY: ("login", BAD)}
    found = [(group, name, lambda _subject, item=item: iter([item])) for group, (name, item) in made.items()]
    monkeypatch.setattr(examination, "ALL", found)
    monkeypatch.chdir(folder_with(tmp_path, {"Pulumi.yaml": "name: shop\n", "Pulumi.prod.yaml": ""}))


@pytest.mark.usefixtures("checks")
@pytest.mark.parametrize(
    ("words", "code", "shown"),
    [
        ([], 1, ["disk", "docker", "login"]),
        (["local"], 0, ["disk", "docker"]),
        (["deploy"], 1, ["disk", "login"]),
    ],
)
def test_a_group_decides_what_is_needed(
    words: list[str], code: int, shown: list[str], capsys: Captured
) -> None:
    assert main(["doctor", *words, "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert [check["name"] for check in document["checks"]] == shown
    assert (document["ok"], document["stack"]) == (code == 0, "prod")


@pytest.mark.usefixtures("checks")
def test_the_report(capsys: Captured) -> None:
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-8:] == [
        "Machine and project",
        "disk  ok  fine",
        "",
        "Local run",
        "docker  warning  slow; hurry",
        "",
        "Deployment",
        "login  failed  gone; return it",
    ]


@pytest.mark.usefixtures("checks")
def test_the_document(tmp_path: Path, capsys: Captured) -> None:
    main(["doctor", "deploy", "--json"])
    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "verb": "doctor",
        "project": str(tmp_path),
        "stack": "prod",
        "ok": False,
        "checks": [
            {"group": "both", "name": "disk", "level": "ok", "text": "fine", "remedy": ""},
            {
                "group": "deploy",
                "name": "login",
                "level": "failed",
                "text": "gone",
                "remedy": "return it",
            },
        ],
    }


@pytest.mark.usefixtures("checks")
@pytest.mark.parametrize("words", [["--stack", "nowhere"], ["--cwd", "/"], ["cloud"]])
def test_mistakes(words: list[str], capsys: Captured) -> None:
    assert main(["doctor", *words]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_output_of_the_program_is_not_in_the_result(tmp_path: Path) -> None:
    program = "import pulumi_aws as aws\nprint('chatty')\naws.sqs.Queue('jobs')\n"
    files = {"Pulumi.yaml": "name: shop\nruntime: python\n", "Pulumi.dev.yaml": "", "__main__.py": program}
    words = ["doctor", "local", "--json", "--cwd", str(folder_with(tmp_path, files))]
    done = subprocess.run([sys.executable, "-m", "moorage.cli", *words], capture_output=True, text=True)
    levels = {check["name"]: check["level"] for check in json.loads(done.stdout)["checks"]}
    assert levels["program"] == "ok"
    assert "chatty" in done.stderr


def test_without_the_extras_the_missing_one_is_the_only_failure(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(sys.argv.pop(1).split(',')))\n"
        "from moorage.cli import main; sys.exit(main())"
    )
    missing = ",".join(module for modules in EXTRAS.values() for module in modules)
    words = [
        sys.executable,
        "-c",
        code,
        missing,
        "doctor",
        "local",
        "--json",
    ]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    failed = [check for check in json.loads(done.stdout)["checks"] if check["level"] == "failed"]
    assert done.returncode == 1
    assert [(check["name"], check["remedy"]) for check in failed] == [
        ("extra", "pip install 'moorage[local]'")
    ]
