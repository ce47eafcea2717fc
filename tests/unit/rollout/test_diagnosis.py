"""Diagnoses and reports of recorded failures."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from moorage.rollout.diagnosis import diagnose, explain, without_ids
from moorage.rollout.evidence import Evidence
from moorage.rollout.observed import LONG_AGO, StoppedContainer, StoppedTask, Target
from moorage.rollout.rules import RULES

FAILURES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "failures.toml").read_text())[
    "failure"
]


def _evidence(failure: dict[str, Any]) -> Evidence:
    tasks = [
        StoppedTask(
            id=f"{number:032x}",
            task_definition="notes:7",
            started_by="",
            stop_code=item["stop_code"],
            reason=item["reason"],
            containers=(StoppedContainer("notes", item.get("exit_code"), item.get("container", "")),),
            created_at=LONG_AGO,
            stopped_at=LONG_AGO,
        )
        for number, item in enumerate(failure.get("tasks", []))
    ]
    return Evidence(
        stopped=tasks,
        targets=[Target("unhealthy", item["code"], item["reason"]) for item in failure.get("targets", [])],
        events=failure.get("events", []),
        reason=failure.get("said", ""),
        log=failure.get("log", []),
    )


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure["name"])
def test_recorded_failures(failure: dict[str, Any]) -> None:
    evidence = _evidence(failure)
    found = diagnose(evidence)

    assert (found.rule, found.cause, found.advice) == (failure["rule"], failure["cause"], failure["advice"])
    lines = explain(evidence).splitlines()
    assert lines[:2] == [f"most likely: {found.cause}", f"what to do: {found.advice}"]


def test_there_is_a_recorded_failure_for_every_rule() -> None:
    assert len(FAILURES) >= 25
    assert {failure["rule"] for failure in FAILURES} == {rule.name for rule in RULES} | {"unknown"}


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure["name"])
def test_the_same_failure_of_several_tasks_is_told_once(failure: dict[str, Any]) -> None:
    known = _evidence({**failure, "tasks": failure.get("tasks", []) * 3})

    assert len([line for line in explain(known).splitlines() if re.match(r"\d+ task", line)]) <= 1


def test_advice_names_arguments_that_exist(root: Path) -> None:
    declared = "".join(
        path.read_text()
        for path in (root / "components" / "moorage" / "resources").rglob("*.py")
        if path.stem.endswith("args") or path.stem in ("network", "image")
    )
    named = {word for rule in RULES for word in re.findall(r"`([a-z_.]+)`", rule.advice)} - {"up"}

    missing = {
        word for word in named if not re.search(rf"\b{word.rpartition('.')[2]}: (NotRequired\[)?", declared)
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(task 795dee6cb7b4465a9ab1f472b1a4d28a) (port 8080)", "(task ...) (port 8080)"),
        ("request id: 66372395-f40d-41c3-8cf2-a18a60167fab", "request id: ..."),
        ("read udp 10.0.1.5:41234->10.0.0.2:53: i/o timeout", "read udp ...->...: i/o timeout"),
        ("(instance i-0a1b2c3d4e5f60001) in subnet-0a1b2c3d4e5f60001", "(instance ...) in ..."),
        ("deployment ecs-svc/3468368874827011691", "deployment ecs-svc/..."),
        (
            "(target-group arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:targetgroup/web/0123)",
            "(target-group targetgroup/web/0123)",
        ),
        ("image notes:1.2.3, version 2024-11-01", "image notes:1.2.3, version 2024-11-01"),
    ],
)
def test_ids_that_differ_from_task_to_task(text: str, shown: str) -> None:
    assert without_ids(text) == shown


def test_what_ecs_does_routinely_is_not_reported() -> None:
    events = [
        "(service notes) has started 1 tasks: (task 795dee6cb7b4465a9ab1f472b1a4d28a).",
        "(service notes) registered 1 targets in (target-group web)",
        "(service notes) deregistered 2 targets in (target-group web)",
        "(service notes) has reached a steady state.",
        "(service notes) is unable to consistently start tasks successfully.",
        "(service notes) is unable to consistently start tasks successfully.",
    ]

    assert [line for line in explain(Evidence(events=events)).splitlines() if line.startswith("event")] == [
        "event: (service notes) is unable to consistently start tasks successfully."
    ]
