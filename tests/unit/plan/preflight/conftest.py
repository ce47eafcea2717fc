"""The preflight over programs of `support.preflight_programs`.

`found` evaluates a program and returns what the preflight says: severity, rule and resource's name.
"""

from collections.abc import Callable
from typing import Any

import pytest
from support.fixtures import Findings, Found
from support.preflight_programs import on_fargate, on_instances

from moorage.graph import view
from moorage.offline import evaluate
from moorage.plan.finding import Finding
from moorage.plan.preflight import check


def said(program: Callable[[], Any], preview: bool = False, stack: str = "dev") -> list[Finding]:
    """Return what the preflight says of a program."""
    return check(view(evaluate(program, preview=preview, stack=stack)))


@pytest.fixture
def findings() -> Findings:
    return said


@pytest.fixture
def found() -> Found:
    def run(
        program: Callable[[], Any], preview: bool = False, stack: str = "dev"
    ) -> list[tuple[str, str, str]]:
        found = said(program, preview, stack)
        assert all(finding.fix and finding.message for finding in found)
        return [
            (finding.severity, finding.rule.removeprefix("preflight/"), finding.resource.split("::")[-1])
            for finding in found
        ]

    return run


@pytest.fixture
def fargate() -> Callable[..., Callable[[], None]]:
    return on_fargate


@pytest.fixture
def instances() -> Callable[..., Callable[[], None]]:
    return on_instances
