"""A command without the extra that it needs names the extra, and every other command works."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from moorage.errors import EXTRAS, MoorageError, require_extra

ROOT = Path(__file__).parents[3]
PROGRAM = "import pulumi_aws as aws\naws.sqs.Queue('jobs')\n"
COMPOSE = """import moorage
cluster = moorage.EcsCluster("main", {"capacity": "fargate"})
moorage.ComposeApp("shop", {"file": "compose.yml", "cluster": cluster.ref})
"""
RUN = """import sys
sys.modules.update(dict.fromkeys(sys.argv[1].split(",")))
{}
"""
COMMAND = RUN.format("from moorage.cli import main; sys.exit(main(sys.argv[2:]))")
PACK = RUN.format("import runpy; runpy.run_path(sys.argv[2], run_name='__main__')")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that sends messages to a queue."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (tmp_path / "compose.yml").write_text("services: {web: {image: public.example/web:1}}")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def run(code: str, missing: Sequence[str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that cannot import some modules."""
    return subprocess.run(
        [sys.executable, "-c", code, ",".join(missing), *words], capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    ("words", "feature"),
    [
        (["up"], "up"),
        (["up", "--watch"], "up"),
        (["up", "--runner", "process"], "up"),
        (["down"], "down"),
        (["down", "--data"], "down"),
    ],
)
def test_a_local_command_without_the_extra(project: Path, words: list[str], feature: str) -> None:
    done = run(COMMAND, EXTRAS["local"], "local", *words, "--cwd", str(project))

    text = f"`moorage local {feature}` requires the extra moorage[local]"
    assert done.stderr.splitlines() == [f"error: {text}", "hint: pip install 'moorage[local]'"]
    assert (done.returncode, done.stdout) == (1, "")
    assert not (project / ".moorage").exists()


@pytest.mark.parametrize("module", EXTRAS["local"])
def test_every_module_of_the_extra_is_required(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    require_extra("local", "it")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MoorageError, match=re.escape("it requires the extra moorage[local]")) as error:
        require_extra("local", "it")
    assert error.value.hint == "pip install 'moorage[local]'"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["plan"], 0, "sqs Queue"),
        (["local", "ps"], 3, "no local run"),
        (["local", "logs"], 3, "no local run"),
        (["ps", "--help"], 0, "--cluster"),
    ],
)
def test_other_commands_need_no_extra(project: Path, words: list[str], code: int, said: str) -> None:
    place = [] if "--help" in words else ["--cwd", str(project)]
    done = run(COMMAND, [module for modules in EXTRAS.values() for module in modules], *words, *place)

    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert said in done.stdout + done.stderr


def test_a_compose_app_without_the_extra(project: Path) -> None:
    (project / "__main__.py").write_text(COMPOSE)
    done = run(COMMAND, EXTRAS["compose"], "plan", "--cwd", str(project))

    assert done.returncode == 1
    assert "ComposeApp requires the extra moorage[compose]: pip install 'moorage[compose]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_policy_pack_without_the_extra() -> None:
    done = run(PACK, EXTRAS["policy"], str(ROOT / "policy" / "__main__.py"))

    assert done.stderr == (
        "The policy pack requires the extra moorage[policy]: pip install 'moorage[policy]'\n"
    )
    assert done.returncode == 1


def test_the_extras_are_those_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "components" / "pyproject.toml").read_text())["project"]
    declared = {
        extra: tuple(
            re.split(r"[^A-Za-z0-9_-]", requirement, maxsplit=1)[0].replace("-", "_")
            for requirement in requirements
        )
        for extra, requirements in project["optional-dependencies"].items()
        if extra != "dev"
    }
    assert declared == EXTRAS
