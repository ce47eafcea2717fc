"""What the engine tests read from the CLI's events, with a script in the CLI's place."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support.pulumi_cli import Change, PulumiCli

SERVICE = "urn:pulumi:dev::shop::moorage:index:ContainerApp$aws:ecs/service:Service::web"
APP = "urn:pulumi:dev::shop::moorage:index:ContainerApp::web"


def _cli(folder: Path, *events: dict[str, Any], code: int = 0) -> PulumiCli:
    script = folder / "pulumi"
    lines = "\n".join(json.dumps(event) for event in events)
    script.write_text(f"#!{sys.executable}\nimport sys\nprint({lines!r})\nsys.exit({code})\n")
    script.chmod(0o755)
    return PulumiCli(str(script), {})


def _step(op: str, urn: str, **more: Any) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": urn, **more}}}


def test_changes_of_an_update(tmp_path: Path) -> None:
    differences = {"capacityProviderStrategies[0].base": {}, "desiredCount": {}}
    cli = _cli(
        tmp_path,
        _step("update", APP),
        _step("same", SERVICE),
        _step("update", SERVICE, detailedDiff=differences, new={"inputs": {"desiredCount": 2}}),
        *(_step(op, SERVICE) for op in ("create-replacement", "replace", "delete-replaced")),
        {"resOutputsEvent": {"metadata": {"op": "delete", "urn": SERVICE}}},
    )
    updated, replaced = cli.update("up", cwd=tmp_path)
    properties = frozenset({"capacityProviderStrategies", "desiredCount"})
    inputs = frozenset({"desiredCount"})
    assert updated == Change("update", "aws:ecs/service:Service", "web", properties, inputs)
    assert (str(updated), str(replaced)) == ("update Service web", "replace Service web")


def test_a_refresh_changes_what_it_read(tmp_path: Path) -> None:
    read = {"metadata": {"op": "update", "urn": SERVICE, "diffs": ["desiredCount"]}}
    cli = _cli(tmp_path, _step("refresh", SERVICE), {"resOutputsEvent": read})
    (change,) = cli.update("refresh", cwd=tmp_path)
    assert (str(change), change.properties) == ("update Service web", {"desiredCount"})


def test_a_failed_update_says_why(tmp_path: Path) -> None:
    reasons = [
        {"diagnosticEvent": {"severity": severity, "message": f"{severity}: no such subnet\n"}}
        for severity in ("warning", "error")
    ]
    with pytest.raises(AssertionError, match=r"pulumi up:\nerror: no such subnet\n$"):
        _cli(tmp_path, *reasons, code=1).update("up", cwd=tmp_path)
