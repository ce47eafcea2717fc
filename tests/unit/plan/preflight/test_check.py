"""The whole: what is good has no finding, and findings are in order."""

from pathlib import Path

import pytest
from support.fixtures import Findings, Found, MadeProgram
from support.stacks import STACKS, stack

from moorage.graph import view
from moorage.offline import evaluate
from moorage.plan.preflight import check


def test_good_programs_have_no_finding(
    fargate: MadeProgram, instances: MadeProgram, found: Found, preview: bool
) -> None:
    assert found(fargate(), preview) == []
    assert found(instances(), preview) == []


@pytest.mark.parametrize("name", [name for name, (program, _) in STACKS.items() if isinstance(program, Path)])
def test_the_program_and_the_examples_have_no_finding(name: str, preview: bool) -> None:
    assert check(view(stack(name, preview))) == []


def test_findings_are_ordered_by_resource_and_rule(fargate: MadeProgram, findings: Findings) -> None:
    program = fargate(
        service={"name": "web", "deployment_circuit_breaker": None, "deployment_maximum_percent": 100},
        group={"health_check": {"path": "health", "interval": 5, "timeout": 5}},
    )
    rules = [finding.rule.removeprefix("preflight/") for finding in findings(program)]
    assert rules == ["health-check-path", "health-check-timing", "no-circuit-breaker", "no-rolling-update"]


def test_a_graph_without_services_has_no_finding() -> None:
    assert check(view(evaluate(lambda: None))) == []
