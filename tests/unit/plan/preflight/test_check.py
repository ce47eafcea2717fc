"""The whole: what is good has no finding, and findings are in order."""

import shutil
from pathlib import Path

import pytest
from support.fixtures import Findings, Found, MadeProgram

from moorage.graph import view
from moorage.offline import evaluate
from moorage.plan.preflight import check

ROOT = Path(__file__).parents[4]
STACKS = [
    (folder.relative_to(ROOT).as_posix(), file.name[7:-5])
    for folder in (ROOT, *sorted((ROOT / "examples").iterdir()))
    for file in sorted(folder.glob("Pulumi.*.yaml"))
]


def test_good_programs_have_no_finding(
    fargate: MadeProgram, instances: MadeProgram, found: Found, preview: bool
) -> None:
    assert found(fargate(), preview) == []
    assert found(instances(), preview) == []


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the programs, as evaluating one stages its build context in its folder."""
    ignored = shutil.ignore_patterns("__pycache__", ".moorage", ".build", ".venv")
    folder = tmp_path_factory.mktemp("programs")
    for name in ("examples", "app"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "__main__.py", ROOT / "vpc.py"):
        shutil.copy(file, folder)
    return folder


@pytest.mark.parametrize(("folder", "stack"), STACKS)
def test_the_program_and_the_examples_have_no_finding(
    copy: Path, folder: str, stack: str, preview: bool
) -> None:
    assert check(view(evaluate(copy / folder, stack=stack, preview=preview))) == []


def test_findings_are_ordered_by_resource_and_rule(fargate: MadeProgram, findings: Findings) -> None:
    program = fargate(
        service={"name": "web", "deployment_circuit_breaker": None, "deployment_maximum_percent": 100},
        group={"health_check": {"path": "health", "interval": 5, "timeout": 5}},
    )
    rules = [finding.rule.removeprefix("preflight/") for finding in findings(program)]
    assert rules == ["health-check-path", "health-check-timing", "no-circuit-breaker", "no-rolling-update"]


def test_a_graph_without_services_has_no_finding() -> None:
    assert check(view(evaluate(lambda: None))) == []
