"""The command line over a scripted AWS."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import running_app as words
from support.fixtures import RunMoorage, Shown
from support.scripted_aws import ScriptedAws, answering

from moorage.cli import main
from moorage.operate.pulumi import state as stack


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    """An AWS with one healthy app, which answers real boto3 clients."""
    known = ScriptedAws(
        answers={
            "DescribeServices": {"services": [words.service(words.deployment(7, words.NEW))]},
            "ListServiceDeployments": {
                "serviceDeployments": [words.past(7, "SUCCESSFUL"), words.past(6, "SUCCESSFUL")]
            },
            "DescribeServiceRevisions": lambda asked: {
                "serviceRevisions": [
                    {
                        "serviceRevisionArn": arn,
                        "taskDefinition": f"{words.ARN}:task-definition/notes:{arn[4:]}",
                    }
                    for arn in asked["serviceRevisionArns"]
                ]
            },
            "ListTasks": lambda asked: {
                "taskArns": [] if asked.get("desiredStatus") == "STOPPED" else [words.task(1)["taskArn"]]
            },
            "DescribeTasks": lambda asked: {
                "tasks": [words.task(int(arn[-32:], 16)) for arn in asked["tasks"]]
            },
            "DescribeServiceDeployments": {"serviceDeployments": []},
            "DescribeScalableTargets": {"ScalableTargets": []},
        },
        targets=[("healthy", "", "")],
    )
    monkeypatch.setattr("moorage.operate.aws.place.AwsPlace.pause", 0)
    monkeypatch.setattr("moorage.rollout.watch.POLL", 0)
    with answering(known.handle, monkeypatch):
        yield known


@pytest.fixture
def moorage_on_aws(
    scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> RunMoorage:
    """Run a verb on the stack `dev` of a project; return exit code, output and what was said beside it."""
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    exported = words.state()
    monkeypatch.setattr(stack, "exported", lambda project, name: exported)

    def run(*words: str) -> Shown:
        code = main([words[0], "--stack", "dev", "--cwd", str(tmp_path), *words[1:]])
        captured = capsys.readouterr()
        assert "never-to-be-printed" not in captured.out + captured.err
        return Shown(code, captured.out, captured.err)

    return run
