"""ECS Exec: what it needs, and what the plugin is handed."""

import json
import signal
import stat
from pathlib import Path

import pytest
from support import running_app as words
from support.fixtures import RunMoorage
from support.scripted_aws import ScriptedAws


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Session Manager plugin that notes what it is given, and ends with 0."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "session-manager-plugin"
    command.write_text(f'#!/bin/sh\nfor word in "$@"; do echo "$word" >> {tmp_path}/given; done\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return tmp_path / "given"


@pytest.fixture
def session(scripted: ScriptedAws) -> None:
    scripted.answers["ExecuteCommand"] = {
        "session": {"sessionId": "ecs-1", "streamUrl": "wss://x", "tokenValue": "token"},
    }


@pytest.mark.usefixtures("session")
def test_a_command_runs_in_the_apps_own_container(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws, plugin: Path
) -> None:
    assert moorage_on_aws("exec", "--", "ls", "-l", "a b").code == 0
    (asked,) = scripted.asked("ExecuteCommand")
    assert (asked["container"], asked["command"], asked["interactive"]) == ("notes", "ls -l 'a b'", True)
    session, region, operation, profile, target, endpoint = plugin.read_text().splitlines()
    assert json.loads(session) == {"sessionId": "ecs-1", "streamUrl": "wss://x", "tokenValue": "token"}
    assert json.loads(target) == {"Target": f"ecs:main_{1:032x}_run-1"}
    assert (region, operation, profile) == ("eu-central-1", "StartSession", "")
    assert endpoint == "https://ecs.eu-central-1.amazonaws.com"


@pytest.mark.usefixtures("session")
def test_ctrl_c_is_for_the_command(moorage_on_aws: RunMoorage, plugin: Path) -> None:
    command = plugin.parent / "bin" / "session-manager-plugin"
    command.write_text("#!/bin/sh\nkill -INT $PPID\nkill -INT $$\nexit 7\n")
    before = signal.getsignal(signal.SIGINT)
    assert moorage_on_aws("exec", "--", "top").code == -signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.usefixtures("session", "plugin")
def test_without_a_command_it_is_a_shell(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    assert moorage_on_aws("exec", "notes", "--task", "0000").code == 0
    assert scripted.asked("ExecuteCommand")[0]["command"] == "/bin/sh"


@pytest.mark.usefixtures("session", "plugin")
@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("off", "ECS Exec is not enabled; set `execute_command` to true"),
        ("old", "its tasks were started before ECS Exec was enabled"),
        ("agent", "the ECS Exec agent in container notes of task 00000000 is stopped (read-only)"),
        ("none", "notes has no running task"),
        ("container", "has no container 'nope'; it has notes"),
        ("unconnected", "the agent runs but is not connected"),
    ],
)
def test_what_is_missing_is_said(
    moorage_on_aws: RunMoorage, scripted: ScriptedAws, change: str, text: str
) -> None:
    options: list[str] = []
    if change == "off":
        service = words.service(words.deployment(7, words.NEW), enableExecuteCommand=False)
        scripted.answers["DescribeServices"] = {"services": [service]}
    elif change == "old":
        scripted.answers["DescribeTasks"] = {"tasks": [words.task(1, enableExecuteCommand=False)]}
    elif change == "agent":
        agent = {"name": "ExecuteCommandAgent", "lastStatus": "STOPPED", "reason": "read-only"}
        stopped = words.task(1, containers=[{"name": "notes", "managedAgents": [agent]}])
        scripted.answers["DescribeTasks"] = {"tasks": [stopped]}
    elif change == "none":
        scripted.answers["ListTasks"] = {"taskArns": []}
    elif change == "container":
        options = ["--container", "nope"]
    else:
        scripted.answers["ExecuteCommand"] = words.Failure("TargetNotConnectedException", "not connected")
    shown = moorage_on_aws("exec", *options, "--", "ls")
    assert (shown.code, text in shown.err) == (1, True), shown.err


def test_no_plugin(moorage_on_aws: RunMoorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    shown = moorage_on_aws("exec")
    assert (shown.code, "session-manager-plugin is not installed" in shown.err) == (1, True)


@pytest.mark.usefixtures("plugin")
def test_no_permission(moorage_on_aws: RunMoorage, scripted: ScriptedAws) -> None:
    scripted.answers["ExecuteCommand"] = words.denied("ecs:ExecuteCommand")
    shown = moorage_on_aws("exec")
    assert (shown.code, "ecs:ExecuteCommand is not allowed" in shown.err) == (3, True)


def test_no_json(moorage_on_aws: RunMoorage) -> None:
    assert moorage_on_aws("exec", "--json", "--", "ls").code == 2
