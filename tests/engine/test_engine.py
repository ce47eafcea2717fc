"""With a real Pulumi CLI: the program is previewed by the engine, as far as that goes without an account."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pulumi = shutil.which("pulumi")
needs_engine = pytest.mark.skipif(pulumi is None, reason="needs the Pulumi CLI on PATH")


@pytest.fixture
def engine(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the CLI with a state in a folder of the test's own."""
    (tmp_path / "state").mkdir()
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(pulumi), *arguments, "--non-interactive"],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return run


@needs_engine
def test_the_config_schema_is_accepted(
    tmp_path: Path,
    copy_sample: Callable[[Path], Path],
    engine: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    project = copy_sample(tmp_path / "project")
    assert engine("stack", "init", "dev", cwd=project).returncode == 0
    shown = engine("config", "--json", cwd=project)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["notetaker:capacity"]["value"] == "fargate_spot"
    # Values are checked against the schema only when a program is to run; it fails later, without an account.
    assert "validating stack config" not in engine("preview", cwd=project).stderr


@needs_engine
def test_the_plugin_has_a_schema(tmp_path: Path, root: Path, engine: Callable[..., object]) -> None:
    done = engine("package", "get-schema", str(root / "components"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    schema = json.loads(done.stdout)
    assert "moorage:index:ContainerApp" in schema["resources"]
    assert schema["version"] != "0.0.0"
