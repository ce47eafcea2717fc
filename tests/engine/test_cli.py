"""What the Pulumi CLI says without an account: of the sample's configuration, and of the plugin's schema."""

import json
from collections.abc import Callable
from pathlib import Path

from support.pulumi_cli import PulumiCli


def test_the_config_schema_is_accepted(
    tmp_path: Path, copy_sample: Callable[[Path], Path], cli: PulumiCli
) -> None:
    project = copy_sample(tmp_path / "project")
    cli.do("stack", "init", "dev", cwd=project)
    shown = cli.do("config", "--json", cwd=project)
    assert json.loads(shown)["notetaker:capacity"]["value"] == "fargate_spot"
    # Values are checked against the schema only when a program is to run; it fails later, without an account.
    assert "validating stack config" not in cli.run("preview", cwd=project).stderr


def test_the_plugin_has_a_schema(tmp_path: Path, root: Path, cli: PulumiCli) -> None:
    schema = json.loads(cli.do("package", "get-schema", str(root / "components"), cwd=tmp_path))
    assert "moorage:index:ContainerApp" in schema["resources"]
    assert schema["version"] != "0.0.0"
