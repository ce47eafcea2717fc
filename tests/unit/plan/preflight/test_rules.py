"""Every rule: a program that breaks it, one that does not, its record, and its row in the guide."""

from pathlib import Path

import pytest
from support.preflight_cases import CASES, Case
from support.preflight_programs import Program

from moorage.graph import view
from moorage.offline import evaluate
from moorage.plan import previewing
from moorage.plan.finding import Finding, FindingSeverity, RuleRecord
from moorage.plan.preflight import RULES, Rule, check

BY_NAME = {rule.id.removeprefix("preflight/"): rule for rule in RULES}


def test_every_rule_is_there_once_and_has_a_case() -> None:
    assert len(BY_NAME) == len(RULES)
    assert set(BY_NAME) == set(CASES)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(rule: Rule, case: Case, program: Program, folder: Path, preview: bool) -> list[Finding]:
    for path, content in case.files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(content)
    findings = check(view(evaluate(program, preview=preview, stack=case.stack)))
    return [finding for finding in findings if finding.rule == rule.id]


@pytest.mark.parametrize("name", CASES)
def test_a_program_that_breaks_it(name: str, folder: Path, preview: bool) -> None:
    rule, case = BY_NAME[name], CASES[name]
    findings = found(rule, case, case.bad, folder, preview)
    assert bool(findings) == (case.previewed or not preview)
    for finding in findings:
        assert finding.severity == rule.severity or (
            rule.may_warn and finding.severity is FindingSeverity.WARNING
        )
        assert finding.message
        assert finding.fix


@pytest.mark.parametrize("name", CASES)
def test_a_program_that_does_not(name: str, folder: Path, preview: bool) -> None:
    assert found(BY_NAME[name], CASES[name], CASES[name].good, folder, preview) == []


ALL = (*RULES, *previewing.RULES)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_its_record_and_its_row_in_the_guide(rule: RuleRecord, root: Path) -> None:
    assert rule.title
    assert rule.fix
    assert rule.source
    severity = f"{rule.severity} or warning" if rule.may_warn else rule.severity
    acceptable = "yes" if rule.acceptable else "no"
    row = f"| `{rule.id}` | {rule.title} | {severity} | {rule.fix} | {rule.source} | {acceptable} |"
    assert row in (root / "docs" / "preflight.md").read_text().splitlines()


def test_the_guide_has_no_other_rules(root: Path) -> None:
    rows = [line for line in (root / "docs" / "preflight.md").read_text().splitlines() if line[:3] == "| `"]
    assert len(rows) == len(ALL)
