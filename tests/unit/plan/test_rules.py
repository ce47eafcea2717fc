"""The list of all rules and controls, and findings that a stack accepts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.preflight_programs import on_fargate

from moorage.cli import main
from moorage.console import show
from moorage.model.configuration import EXCEPTIONS_KEY as KEY
from moorage.offline import EvaluationError
from moorage.plan import previewing
from moorage.plan.document import document
from moorage.plan.picture import html
from moorage.plan.plan import Plan, plan
from moorage.plan.policy import CONTROLS
from moorage.plan.preflight import RULES
from moorage.plan.report import report

ALL = (*RULES, *previewing.RULES)
REASON = "the old container stops on its own"
SLOW_STOP: Callable[[], None] = on_fargate(
    containers={"stopTimeout": 121}, group={"deregistration_delay": 300}
)
"""A program with one error: Fargate gives a container 120 s to stop."""


def accepting(*exceptions: Any) -> Plan:
    return plan(SLOW_STOP, config={KEY: json.dumps(exceptions)})


def of_preflight(found: Plan) -> list[str]:
    return [finding.rule for finding in found.findings if finding.rule.startswith("preflight/")]


def test_a_stack_accepts_findings_of_a_rule_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert of_preflight(accepting()) == ["preflight/stop-timeout"]
    assert accepting().failed
    found = accepting({"rules": ["preflight/stop-timeout"], "resource": "task", "reason": REASON})
    assert of_preflight(found) == []
    assert not found.failed
    (accepted,) = [each for each in found.accepted if each.finding.rule == "preflight/stop-timeout"]
    assert (accepted.by, accepted.reason) == ("the stack", REASON)
    show(*report(found))
    assert f"  preflight/stop-timeout  accepted in the stack: {REASON}\n" in capsys.readouterr().out
    (entry,) = [each for each in document(found)["accepted"] if each["rule"] == "preflight/stop-timeout"]
    assert (entry["severity"], entry["by"], entry["reason"]) == ("error", "the stack", REASON)
    assert REASON in html(found)


def test_findings_of_other_resources_stay_open() -> None:
    found = accepting({"rules": ["preflight/stop-timeout"], "resource": "other-*", "reason": REASON})
    assert of_preflight(found) == ["preflight/stop-timeout"]


def test_an_exception_that_matches_nothing_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    stop = "preflight/stop-timeout"
    used = {"rules": [stop], "resource": "task", "reason": REASON}
    assert accepting(used).unused_exceptions == ()
    found = accepting(
        used,
        {"rules": [stop], "resource": "tasc", "reason": REASON},
        {"rules": [stop], "resource": "alb", "reason": REASON},
        {"rules": [stop, "preflight/spot-only"], "reason": REASON},
        {"rules": [stop], "resource": "elsewhere-*", "reason": REASON},
    )
    assert found.unused_exceptions == (
        f"{KEY}[1].resource: 'tasc' matches no resource; did you mean 'task'?",
        f"{KEY}[2]: {stop} has no finding for 'alb', so this matches nothing; remove it",
        f"{KEY}[3]: preflight/spot-only has no finding, so this matches nothing; remove it",
        f"{KEY}[4].resource: 'elsewhere-*' matches no resource; correct the name, or remove the exception",
    )
    show(*report(found))
    printed = " ".join(capsys.readouterr().out.split())
    assert "Exceptions that match nothing moorage:policyExceptions[1].resource: 'tasc'" in printed
    assert document(found)["unused_exceptions"] == list(found.unused_exceptions)
    assert not found.failed


def test_wrong_exceptions_are_reported_together() -> None:
    with pytest.raises(EvaluationError) as caught:
        accepting(
            {"rules": ["preflight/stop-timout"]}, {"controls": "ECS.5", "reason": REASON, "resource": ""}
        )
    assert str(caught.value).splitlines() == [
        f"{KEY}[0].rules: 'preflight/stop-timout': unknown id; run `moorage plan --rules` for the list",
        f"{KEY}[0].reason: required; explain why the finding is accepted",
        f"{KEY}[1].controls: must be a list",
        f"{KEY}[1].resource: must be the name of a resource",
    ]


def test_exceptions_under_an_unknown_key_are_refused() -> None:
    with pytest.raises(EvaluationError) as caught:
        plan(SLOW_STOP, config={"moorage:policy": json.dumps([{"rules": ["x"], "reason": REASON}])})
    assert str(caught.value) == f"moorage:policy: unknown configuration key; did you mean {KEY!r}?"


def test_one_exception_may_name_rules_and_controls() -> None:
    found = accepting({"rules": ["preflight/stop-timeout"], "controls": ["ECS.5"], "reason": REASON})
    by_stack = {each.finding.rule for each in found.accepted if each.by == "the stack"}
    assert by_stack == {"preflight/stop-timeout", "ECS.5"}


@pytest.mark.parametrize("rule", [rule for rule in ALL if not rule.acceptable], ids=lambda rule: rule.id)
def test_what_contradicts_itself_cannot_be_accepted(rule: Any) -> None:
    message = f"{KEY}\\[0\\].rules: {rule.id} cannot be accepted"
    with pytest.raises(EvaluationError, match=message):
        accepting({"rules": [rule.id], "reason": REASON})


def depends_on_the_preview() -> None:
    SLOW_STOP()
    if pulumi.runtime.is_dry_run():
        aws.sns.Topic("only")
    else:
        aws.sns.Topic("later")
    aws.sns.Topic("t", display_name=str(pulumi.runtime.is_dry_run()))


PREVIEWED = {
    "preview/only-in-preview": "only",
    "preview/appears-later": "later",
    "preview/other-value": "t",
}


def previewed(*exceptions: Any) -> Plan:
    return plan(depends_on_the_preview, config={KEY: json.dumps(exceptions)}, preview=True)


def of_previews(found: Plan) -> dict[str, str]:
    return {
        finding.rule: finding.resource.rpartition("::")[2]
        for finding in found.findings
        if finding.rule.startswith("preview/")
    }


def test_a_finding_of_a_preview_has_the_record_of_its_rule() -> None:
    assert of_previews(previewed()) == PREVIEWED
    records = {rule.id: rule for rule in previewing.RULES}
    for finding in previewed().findings:
        if finding.rule in PREVIEWED:
            record = records[finding.rule]
            assert (finding.severity, finding.fix) == (record.severity, record.fix)


@pytest.mark.parametrize("rule", PREVIEWED)
def test_a_stack_accepts_findings_of_a_preview(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = previewed({"rules": [rule], "resource": PREVIEWED[rule], "reason": REASON})
    assert of_previews(found) == {other: name for other, name in PREVIEWED.items() if other != rule}
    (accepted,) = [each for each in found.accepted if each.finding.rule == rule]
    assert (accepted.by, accepted.reason) == ("the stack", REASON)
    assert found.unused_exceptions == ()
    show(*report(found))
    assert f"  {rule}  accepted in the stack: {REASON}\n" in capsys.readouterr().out
    assert REASON in html(found)


def test_a_preview_with_accepted_findings_is_not_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found = previewed({"rules": [*PREVIEWED], "reason": REASON})
    assert of_previews(found) == {}
    show(*report(found))
    printed = " ".join(capsys.readouterr().out.split())
    assert "the program depends on values that a preview does not know" in printed
    assert "the program registers the same" not in printed


def test_an_exception_for_a_preview_matches_nothing_only_where_there_was_one() -> None:
    other = {"rules": ["preview/other-value"], "resource": "task", "reason": REASON}
    assert previewed(other).unused_exceptions == (
        f"{KEY}[0]: preview/other-value has no finding for 'task', so this matches nothing; remove it",
    )
    only = {"rules": ["preview/only-in-preview"], "resource": "only", "reason": REASON}
    both = {"rules": ["preview/other-value", "preflight/stop-timeout"], "reason": REASON}
    assert accepting(other, only, both).unused_exceptions == ()

    def fails() -> None:
        SLOW_STOP()
        if pulumi.runtime.is_dry_run():
            raise ValueError("unknown")

    found = plan(fails, config={KEY: json.dumps([other, only, both])}, preview=True)
    assert (found.unused_exceptions, [*of_previews(found)]) == ((), ["preview/fails"])


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a project."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("elsewhere")
def test_the_list_needs_no_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--rules"]) == 0
    text = capsys.readouterr().out
    words = text.split()
    for each in (*ALL, *CONTROLS):
        assert words.count(each.id) == 1
        assert each.source.split()[0] in words
    assert f"Preflight rules ({len(RULES)})" in text
    assert f"Preview rules ({len(previewing.RULES)})" in text
    assert f"Policy controls ({len(CONTROLS)})" in text


@pytest.mark.usefixtures("elsewhere")
def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--rules", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["version", "rules", "controls"]
    assert [each["id"] for each in found["rules"]] == [rule.id for rule in ALL]
    assert {each["severity"] for each in found["rules"]} == {"error", "warning"}
    assert all(each["title"] and each["source"] and each["fix"] for each in found["rules"])
    (spot,) = [each for each in found["rules"] if each["id"] == "preflight/spot-only"]
    assert (spot["severity"], spot["may_warn"], spot["acceptable"]) == ("warning", False, True)
    (fails,) = [each for each in found["rules"] if each["id"] == "preview/fails"]
    assert (fails["severity"], fails["may_warn"], fails["acceptable"]) == ("error", False, False)
    (control,) = [each for each in found["controls"] if each["id"] == "ECS.5"]
    assert control["severity"] == "high"
    assert control["source"].endswith("/ecs-controls.html#ecs-5")
