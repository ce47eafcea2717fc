"""Shared by the tests of the local run."""

import asyncio
import os

import pytest
from moorage.local.runner.docker import unavailable


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
