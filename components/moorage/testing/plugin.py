"""The pytest plugin: fixtures `moorage_evaluate` and `moorage_golden`, option `--moorage-update-golden`.

pytest loads it in every project of an environment: its names must not meet those of another plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from moorage.offline import ResourceGraph


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("moorage").addoption(
        "--moorage-update-golden",
        action="store_true",
        help="write the files that the fixture `moorage_golden` compares with",
    )


class Evaluate(Protocol):
    """The type of the fixture `moorage_evaluate`."""

    def __call__(
        self,
        program: str | Path | Callable[[], Any],
        *,
        project: str | None = None,
        stack: str = "dev",
        config: Mapping[str, str] | None = None,
        preview: bool = False,
        stack_outputs: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> ResourceGraph:
        """Run a program without an engine."""
        ...


class Golden(Protocol):
    """The type of the fixture `moorage_golden`."""

    def __call__(self, value: Any, name: str) -> None:
        """Compare a value with the file `golden/NAME` next to the test."""
        ...


@pytest.fixture
def moorage_evaluate(request: pytest.FixtureRequest) -> Evaluate:
    """Run a Pulumi program without an engine, and return the graph of its resources.

    Arguments are those of `moorage.offline.evaluate`; a folder is relative to pytest's root folder.
    """
    from moorage import offline

    def run(program: str | Path | Callable[[], Any], **options: Any) -> ResourceGraph:
        place = program if callable(program) else request.config.rootpath / program
        return offline.evaluate(place, **options)

    return run


@pytest.fixture
def moorage_golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a value with the file of that name in `golden/` next to the test.

    A string is compared unchanged; a graph by the inputs of its resources; other values as JSON. Secrets are
    written as `[secret]`, unknown values as `[unknown]`. `pytest --moorage-update-golden` writes the files:
    review the difference.
    """
    from .golden import compare

    def check(value: Any, name: str) -> None:
        __tracebackhide__ = True
        compare(
            value,
            request.path.parent / "golden" / name,
            update=bool(request.config.getoption("--moorage-update-golden")),
        )

    return check
