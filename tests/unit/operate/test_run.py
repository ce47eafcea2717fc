"""`run`: a job of the stack, whose exit code is the command's."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import running_app as words
from support.scripted_aws import ScriptedAws

from moorage.cli import main
from moorage.operate.pulumi import state as stack

RunJob = Callable[..., tuple[int, str]]
"""Runs the job with some options; returns exit code and output."""


@pytest.fixture
def run_job(
    scripted: ScriptedAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> RunJob:
    """Run the job `migrate`, whose task ends with an exit code; return the verb's code and output."""
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    definition = f"{words.ARN}:task-definition/demo-dev-migrate:3"
    outputs = {
        "taskDefinitionArn": definition,
        "clusterArn": words.CLUSTER,
        "containerName": "migrate",
        "logGroupName": "migrate-logs",
        "timeout": "60",
        "runTask": json.dumps({"cluster": words.CLUSTER, "taskDefinition": definition}),
    }
    job = {
        "urn": "urn:pulumi:dev::demo::moorage:index:Job::migrate",
        "type": "moorage:index:Job",
        "outputs": outputs,
    }
    monkeypatch.setattr(stack, "exported", lambda project, name: words.state(job))
    monkeypatch.setattr("moorage.rollout.job.POLL", 0)

    def run(*options: str, ends: int | None = 0, started: bool = True) -> tuple[int, str]:
        arn = words.task(5)["taskArn"]
        failure = {"failures": [{"reason": "RESOURCE:MEMORY"}], "tasks": []}
        scripted.answers["RunTask"] = {"tasks": [{"taskArn": arn}]} if started else failure
        stopped = words.task(
            5,
            taskDefinitionArn=definition,
            lastStatus="STOPPED",
            stopCode="EssentialContainerExited",
            stoppedReason="Essential container in task exited",
            stoppedAt=words.ago(1),
            containers=[{"name": "migrate"} | ({} if ends is None else {"exitCode": ends})],
        )
        scripted.answers["DescribeTasks"] = {"tasks": [stopped]}
        page = {"events": [{"timestamp": 0, "message": "3 tables made\n"}], "nextForwardToken": "f/1"}
        scripted.answers["GetLogEvents"] = lambda asked: (
            {"events": [], "nextForwardToken": "f/1"} if asked.get("nextToken") else page
        )
        code = main(["run", "--stack", "dev", "--cwd", str(tmp_path), "migrate", *options])
        out, err = capsys.readouterr()
        assert code != 130 or err == "interrupted: migrate is no longer followed; its task keeps running\n"
        return code, out

    return run


def test_a_job_that_succeeds(run_job: RunJob, scripted: ScriptedAws) -> None:
    code, out = run_job("--", "python", "migrate.py", "--check")
    assert code == 0
    assert "3 tables made\n" in out
    assert out.splitlines()[-1] == "demo-dev-migrate:3 exited with code 0"
    (asked,) = scripted.asked("RunTask")
    (override,) = asked["overrides"]["containerOverrides"]
    assert override == {"name": "migrate", "command": ["python", "migrate.py", "--check"]}


def test_its_exit_code_is_the_verbs(run_job: RunJob) -> None:
    code, out = run_job("--json", ends=42)
    found = json.loads(out)
    assert (code, found["exit_code"], found["ok"], found["log"]) == (42, 42, False, ["3 tables made"])


@pytest.mark.parametrize("how", [{"ends": None}, {"started": False}])
def test_a_job_that_never_ran(run_job: RunJob, how: dict[str, Any]) -> None:
    assert run_job(**how)[0] == 125


def test_a_run_that_is_interrupted_says_that_the_task_goes_on(
    run_job: RunJob, scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **_more: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("moorage.operate.aws.place.AwsPlace.run_job", interrupted)
    assert run_job()[0] == 130
