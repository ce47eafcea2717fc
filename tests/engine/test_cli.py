"""The Pulumi CLI reads the sample's configuration and the plugin's schema, without an account."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from support.pulumi_cli import PulumiCli


def test_defaults_of_the_config_schema(
    tmp_path: Path, copy_sample: Callable[[Path], Path], cli: PulumiCli
) -> None:
    project = copy_sample(tmp_path / "project")
    cli.do("stack", "init", "dev", cwd=project)
    config = json.loads(cli.do("config", "--json", cwd=project))
    assert config["notetaker:capacity"]["value"] == "fargate_spot"
    assert config["notetaker:network"]["value"] == "default"


def test_the_plugin_has_a_schema(tmp_path: Path, root: Path, cli: PulumiCli) -> None:
    # A copy: the CLI installs the plugin into an environment beside its code.
    ignored = shutil.ignore_patterns(".venv", "build", "__pycache__", "*.egg-info")
    plugin = shutil.copytree(root / "components", tmp_path / "plugin", ignore=ignored)
    schema = json.loads(cli.do("package", "get-schema", str(plugin), cwd=tmp_path))
    assert "moorage:index:ContainerApp" in schema["resources"]
    assert schema["version"] != "0.0.0"
