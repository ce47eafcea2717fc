"""The plugin, and engines that call it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.engine import StartEngine, engines
from support.plugin_engine import Construct, PluginEngine
from support.syntax import no_collection

from moorage.plugin import Plugin


@pytest.fixture(scope="session")
def plugin() -> Plugin:
    """The provider that the plugin serves; one process has one."""
    with no_collection():
        return Plugin()


@pytest.fixture
def start_engine() -> Iterator[StartEngine[PluginEngine]]:
    """Start engines; they end with the test."""
    with engines(PluginEngine) as start:
        yield start


@pytest.fixture(params=[False, True], ids=["up", "preview"])
def engine(request: pytest.FixtureRequest, start_engine: StartEngine[PluginEngine]) -> PluginEngine:
    """An engine, once for an update and once for a preview, where outputs are unknown."""
    return start_engine(request.param)


@pytest.fixture
def construct(plugin: Plugin) -> Construct:
    """Construct components as the plugin's process would."""
    return Construct(plugin)


@pytest.fixture(autouse=True)
def rollouts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The revisions whose rollouts were followed; all of them succeed at once."""
    followed: list[str] = []

    async def succeed(app: Any, name: str, awaited: Any, *_: Any) -> None:
        followed.append(awaited.revision)

    monkeypatch.setattr("moorage.resources.app.verification.verify_rollout", succeed)
    return followed


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The consumer's project, in which the plugin's process runs: relative paths start there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
