"""Short names of the fixtures: `evaluate` and `golden`.

A project that uses them says so in the `conftest.py` of its root folder:
`pytest_plugins = "moorage.testing.short_names"`.
"""

import pytest

from .plugin import Evaluate, Golden


@pytest.fixture
def evaluate(moorage_evaluate: Evaluate) -> Evaluate:
    """Return `moorage_evaluate`."""
    return moorage_evaluate


@pytest.fixture
def golden(moorage_golden: Golden) -> Golden:
    """Return `moorage_golden`."""
    return moorage_golden
