"""Every stack of the repository on an engine with an emulated account, from its preview to its end."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import docker_build
from support.emulators import Account
from support.example_runs import DRIFTS, GAPS, RUNS, Run
from support.pulumi_cli import Change, PulumiCli

_TOOLS = {"nodejs": ("node",), "go": ("go",)}


def _where_it_runs(run: Run) -> Any:
    """Return the test's parameter, skipped where a tool is missing."""
    tools = ("pulumi", f"pulumi-language-{run.runtime}", *_TOOLS.get(run.runtime, ()))
    missing = [tool for tool in tools if shutil.which(tool) is None]
    reason = f"needs {', '.join(missing)} on PATH"
    return pytest.param(run, id=str(run), marks=pytest.mark.skipif(bool(missing), reason=reason))


def _prepared(run: Run, folder: Path, cli: PulumiCli, account: Account) -> tuple[PulumiCli, Path]:
    """Copy the project, make its stack, and let the CLI deploy it to the account."""
    plugins = folder / "plugins"
    plugins.mkdir()
    docker_build.install(plugins)
    path = f"{plugins}:{cli.environment['PATH']}"
    cli = cli._replace(environment={**cli.environment, **account.environment, "PATH": path})
    project = run.copy(folder / "repository")
    if run.runtime == "python":
        (project / ".venv").symlink_to(sys.prefix)
    else:
        # As the example's README says: its SDK, and the plugin with what a compose file needs.
        cli.do("install", cwd=project)
        components = folder / "repository" / "components"
        pip = [components / ".venv" / "bin" / "pip", "install", "--quiet", f"{components}[compose]"]
        subprocess.run(pip, check=True)
    cli.do("stack", "init", run.stack, cwd=project)
    run.place(project, *account.default_vpc(), account.hosted_zone("example.com"))
    for key, value in run.config.items():
        cli.do("config", "set", "--secret" if key == "token" else "--plaintext", key, value, cwd=project)
    return cli, project


def _unexpected(changes: list[Change]) -> list[str]:
    """Return changes, with their properties, without what the emulators answer differently."""
    lines: list[str] = []
    for change in changes:
        drift = {drift.property for drift in DRIFTS if drift.type == change.type}
        if not change.properties or change.properties - drift:
            lines.append(f"{change}: {', '.join(sorted(change.properties - drift))}")
    return sorted(lines)


@pytest.mark.parametrize("run", [_where_it_runs(run) for run in RUNS])
def test_a_stack(run: Run, tmp_path: Path, cli: PulumiCli, account: Account) -> None:
    cli, project = _prepared(run, tmp_path, cli, account)
    before = account.resources()
    planned = cli.update("preview", cwd=project)
    gaps = [gap for gap in GAPS if any(gap.has(change.type, change.inputs) for change in planned)]
    if gaps:
        pytest.skip(f"previewed, not deployed: {'; '.join(gap.reason for gap in gaps)}")

    created = cli.update("up", cwd=project)
    again = cli.update("up", cwd=project)
    run.change(project)
    changed = cli.update("up", cwd=project)
    refreshed = cli.update("refresh", cwd=project)
    cli.do("state", "unprotect", "--all", "--yes", cwd=project)
    cli.update("destroy", cwd=project)

    # One comparison: a run takes minutes, and one that differs is to say all of it.
    steps = {
        "not as previewed": set(map(str, created)) ^ set(map(str, planned)),
        "up again": _unexpected(again),
        "changed": sorted(line.partition(":")[0] for line in _unexpected(changed)),
        "refreshed": _unexpected(refreshed),
        "left in the state": cli.resources(project),
        "left in the account": set(account.resources()) - set(before),
    }
    assert steps == {
        "not as previewed": set(),
        "up again": [],
        "changed": sorted(run.changes),
        "refreshed": [],
        "left in the state": [],
        "left in the account": set(),
    }
