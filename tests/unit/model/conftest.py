from collections.abc import Callable
from typing import Any

import pytest

from moorage.model.problems import Problems


@pytest.fixture
def said() -> Callable[..., list[str]]:
    """Call a check with an empty `Problems` as its last argument; return the lines it said."""

    def run(check: Callable[..., Any], *args: Any, **more: Any) -> list[str]:
        problems = Problems("Thing", "x")
        check(*args, problems, **more)
        try:
            problems.raise_if_any()
        except ValueError as error:
            return str(error).split("\n  - ")[1:]
        return []

    return run
