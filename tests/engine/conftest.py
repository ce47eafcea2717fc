"""The Pulumi CLI with a state of the test's own, and with an emulated account."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.emulators import Account, emulated_account
from support.pulumi_cli import PulumiCli


@pytest.fixture
def cli(tmp_path: Path) -> PulumiCli:
    """The CLI; without one the test is skipped."""
    executable = shutil.which("pulumi")
    if executable is None:
        pytest.skip("needs the Pulumi CLI on PATH")
    state = tmp_path / "state"
    state.mkdir()
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return PulumiCli(
        executable,
        ours
        | {
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
        },
    )


@pytest.fixture
def account(tmp_path: Path, cli: PulumiCli) -> Iterator[Account]:
    """An emulated account; the emulators start only where there is a CLI."""
    pytest.importorskip("moto", reason="needs moto's server (components[dev])")
    with emulated_account(tmp_path) as account:
        yield account
