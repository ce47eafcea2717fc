"""Projects that are really run through the command line, and Docker."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.local_project import STATELESS, Project

from moorage.local.runner.docker import unavailable


@pytest.fixture
def new_project(tmp_path: Path) -> Iterator[Callable[[str], Project]]:
    """Make projects that are stopped at the end."""
    made: list[Project] = []

    def make(name: str) -> Project:
        made.append(Project(tmp_path / name, name))
        return made[-1]

    yield make
    for project in made:
        project.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project that stays up from test to test."""
    project = Project(tmp_path_factory.mktemp("kept") / "demo")
    yield project
    project.close()


@pytest.fixture
def project(new_project: Callable[[str], Project]) -> Project:
    """One project."""
    return new_project("demo")


@pytest.fixture
def stateless(project: Project) -> Project:
    """One project, whose program declares no data."""
    project.write_program(STATELESS)
    return project


@pytest.fixture(scope="session")
def docker_daemon() -> str:
    """Return the base image for containers; skip without a daemon, or fail where it must be there.

    `.ci/docker.sh` makes both, and says in MOORAGE_NO_DOCKER why it could not.
    """
    base = os.environ.get("MOORAGE_TEST_BASE_IMAGE", "")
    reason = asyncio.run(unavailable()) or ("" if base else "MOORAGE_TEST_BASE_IMAGE names no base image")
    if not reason:
        return base
    text = f"containers cannot be tested: {os.environ.get('MOORAGE_NO_DOCKER') or reason}"
    if os.environ.get("MOORAGE_REQUIRE_DOCKER") == "1":
        pytest.fail(text)
    pytest.skip(text)
