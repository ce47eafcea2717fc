from collections.abc import Callable
from typing import Any

import pytest
from support.fixtures import Lines

from moorage.model.problems import Problems


@pytest.fixture
def problem_lines() -> Lines:
    """Call a check with an empty `Problems` as its last argument; return the problems, a line each."""

    def run(check: Callable[..., Any], *args: Any, **more: Any) -> list[str]:
        problems = Problems("Thing", "x")
        check(*args, problems, **more)
        try:
            problems.raise_if_any()
        except ValueError as error:
            return str(error).split("\n  - ")[1:]
        return []

    return run
