"""`moorage rollback` on a scripted AWS."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from support import running_app as words
from support.fixtures import RunMoorage
from support.scripted_aws import ScriptedAws

RollsBack = Callable[[dict[str, Any]], None]
"""Scripts a rollback, after which a deployment is what runs."""


@pytest.fixture
def rolls_back(scripted: ScriptedAws) -> RollsBack:
    """Revision 7 runs until UpdateService; then what is given is what runs."""

    def script(after: dict[str, Any]) -> None:
        before = words.service(words.deployment(7, words.NEW))
        scripted.answers["DescribeServices"] = lambda _: {
            "services": [words.service(after) if scripted.asked("UpdateService") else before]
        }
        begun = words.deployment(8, words.OLD, "IN_PROGRESS")
        scripted.answers["UpdateService"] = {"service": words.service(begun)}
        definition = {"taskDefinitionArn": words.OLD, "family": "notes", "status": "ACTIVE"}
        scripted.answers["DescribeTaskDefinition"] = {"taskDefinition": definition}

    return script


@pytest.mark.parametrize("revision", [(), ("6",), ("notes:6",)])
def test_rollback(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws, rolls_back: RollsBack, revision: tuple[str, ...]
) -> None:
    rolls_back(words.deployment(8, words.OLD))
    done = moorage_on_aws("rollback", *revision, "--yes")
    assert done.code == 0
    assert done.out.splitlines()[0] == "notes: this replaces notes:7 with notes:6"
    assert done.out.splitlines()[-1] == "notes: notes:6 is running"
    assert "the next `pulumi up` deploys the program's revision again" in done.err
    (asked,) = scripted.asked("UpdateService")
    assert (asked["taskDefinition"], asked["forceNewDeployment"]) == (words.OLD, True)


def test_rollback_that_fails(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws, rolls_back: RollsBack
) -> None:
    rolls_back(words.deployment(8, words.OLD, "FAILED", failedTasks=3))
    scripted.answers["ListServiceDeployments"] = {
        "serviceDeployments": [words.past(7, "SUCCESSFUL"), words.past(6, "SUCCESSFUL")]
    }
    scripted.answers["DescribeServiceDeployments"] = {"serviceDeployments": []}
    done = moorage_on_aws("rollback", "--yes", "--json")
    assert done.code == 1
    found = json.loads(done.out)
    assert (found["from"], found["to"], found["outcome"]) == ("notes:7", "notes:6", "failed")
    assert len(scripted.asked("UpdateService")) == 1


def test_a_rollback_that_ecs_takes_back_was_replaced_by_nobody(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws, rolls_back: RollsBack
) -> None:
    rolls_back(words.deployment(9, words.NEW))
    why = "Service deployment rolled back by circuit breaker."
    known = [words.past(6, "ROLLBACK_SUCCESSFUL", why, at=10), words.past(7, "SUCCESSFUL")]
    scripted.answers["ListServiceDeployments"] = {"serviceDeployments": known}
    scripted.answers["DescribeServiceDeployments"] = {"serviceDeployments": known[:1]}
    done = moorage_on_aws("rollback", "6", "--yes")
    assert done.code == 1
    assert f"notes: notes:6 was rolled back, notes:7 is running: {why}\nwhat to do: " in done.out


class Terminal(StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


def test_rollback_without_a_terminal_needs_yes(moorage_on_aws: RunMoorage) -> None:
    refused = moorage_on_aws("rollback")
    assert (refused.code, refused.err.splitlines()[-1]) == (
        2,
        "error: stdin is not a terminal; pass --yes to confirm",
    )


@pytest.mark.parametrize(("typed", "asked"), [("n\n", 0), ("\n", 0), ("", 0), ("y\n", 1), ("Yes\n", 1)])
def test_rollback_asks_first(
    moorage_on_aws: RunMoorage,
    scripted: ScriptedAws,
    rolls_back: RollsBack,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    asked: int,
) -> None:
    rolls_back(words.deployment(8, words.OLD))
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    done = moorage_on_aws("rollback", "--json")
    assert "Continue? [y/N] " in done.err
    assert (done.code, len(scripted.asked("UpdateService"))) == (1 - asked, asked)


def test_rollback_to_nothing(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    scripted.answers["ListServiceDeployments"] = {"serviceDeployments": [words.past(7, "SUCCESSFUL")]}
    family = [f"{words.ARN}:task-definition/{name}" for name in ("notes:7", "notes-api:9", "notes:5")]
    scripted.answers["ListTaskDefinitions"] = {"taskDefinitionArns": family}
    refused = moorage_on_aws("rollback", "--yes")
    assert refused.code == 1
    assert "ECS remembers no other revision whose deployment completed; name one: notes:5" in refused.err


def test_rollback_to_a_revision_that_is_not_there(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    scripted.answers["DescribeTaskDefinition"] = words.Failure("ClientException", "Unable to describe")
    scripted.answers["ListTaskDefinitions"] = {"taskDefinitionArns": [words.NEW, words.OLD]}
    refused = moorage_on_aws("rollback", "99", "--yes")
    assert (refused.code, "unknown revision '99'; known revisions: notes:7, notes:6" in refused.err) == (
        1,
        True,
    )
