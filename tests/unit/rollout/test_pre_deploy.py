"""The pre-deploy job while a program runs against an engine over gRPC."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from support import aws_answers as answers
from support.engine import REGION, Engine, StartEngine, engines
from support.scripted_aws import Clock, ScriptedAws
from support.scripted_tasks import ScriptedTasks

import moorage
from moorage.offline import evaluate
from moorage.resources.app.pre_deploy import SUCCEEDED, TAG
from moorage.rollout.ask import Loop

SERVICE = "aws:ecs/service:Service"
ARN = "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-dev-notes"
JOB = f"{ARN}-pre-deploy:1"


@pytest.fixture
def start(
    clock: Clock, ecs_tasks: ScriptedTasks, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StartEngine[Engine]]:
    """Start engines; jobs are followed on a clock without waiting."""
    monkeypatch.setattr(Loop, "real", lambda say: Loop(say, asyncio.to_thread, clock.sleep, clock.now))
    ecs_tasks.container = "notes"
    with engines(Engine) as start:
        yield start


@pytest.fixture
def steady_notes(scripted: ScriptedAws) -> None:
    """The app's service runs what was asked for."""
    running = answers.deployment(7, f"{ARN}:1", "COMPLETED", running=2)
    scripted.answers["DescribeServices"] = answers.service(running)


def program(**more: Any) -> Callable[[], None]:
    def run() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        moorage.ContainerApp(
            "notes",
            {
                "cluster": cluster.ref,
                "network": network.ref,
                "image": "notes:1",
                "pre_deploy": {"command": ["python", "migrate.py"]},
                **more,
            },
        )

    return run


def services(engine: Engine) -> list[Any]:
    return [one for one in engine.monitor.resources.values() if one.type == SERVICE]


@pytest.mark.usefixtures("steady_notes")
def test_the_service_comes_after_the_job(
    start: StartEngine[Engine], ecs_tasks: ScriptedTasks, scripted: ScriptedAws
) -> None:
    ecs_tasks.ends(exit_code=0, log=["applied 0001"])
    engine = start()
    engine.run(program())

    (service,) = services(engine)
    assert service.inputs["taskDefinition"] == f"{ARN}:1"
    assert "pre-deploy: applied 0001" in engine.lines("notes", "info")
    assert all(line.ephemeral for line in engine.log)
    (task,) = ecs_tasks.tasks.values()
    (group,) = [
        one for one in engine.monitor.resources.values() if one.type == "aws:ec2/securityGroup:SecurityGroup"
    ]
    assert task["asked"]["taskDefinition"] == JOB
    assert task["asked"]["cluster"] == service.inputs["cluster"]
    assert task["asked"]["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "base": 0, "weight": 1}
    ]
    assert task["asked"]["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": service.inputs["networkConfiguration"]["subnets"],
        "securityGroups": [group.id],
        "assignPublicIp": "ENABLED",
    }
    (log,) = [asked for name, asked in scripted.calls if name == "GetLogEvents"][:1]
    assert log["logStreamName"] == f"notes-pre-deploy/notes/{1:032x}"
    assert ecs_tasks.tags == {JOB: {TAG: SUCCEEDED}}


@pytest.mark.usefixtures("steady_notes")
def test_an_unchanged_up_asks_once_and_runs_nothing(
    start: StartEngine[Engine], ecs_tasks: ScriptedTasks, scripted: ScriptedAws
) -> None:
    ecs_tasks.tags[JOB] = {TAG: SUCCEEDED}
    engine = start()
    engine.run(program())

    assert services(engine)
    assert [name for name, _ in scripted.calls] == ["ListTagsForResource", "DescribeServices"]


def test_the_service_is_never_registered_when_the_job_fails(
    start: StartEngine[Engine], ecs_tasks: ScriptedTasks, scripted: ScriptedAws
) -> None:
    ecs_tasks.ends(exit_code=1, log=["duplicate column: state"])
    engine = start()
    with pytest.raises(pulumi.RunError, match=r"^notes-pre-deploy: failed, and nothing was deployed$"):
        engine.run(program())

    assert services(engine) == []
    (error,) = engine.lines("notes", "error")
    assert error.startswith("shop-dev-notes-pre-deploy:1 failed: exit code 1\n")
    assert "  duplicate column: state\n" in error
    assert error.endswith("nothing was deployed; the service is unchanged")
    assert len(scripted.asked("DescribeServices")) == len(scripted.asked("UpdateService")) == 0
    assert ecs_tasks.tags == {}


def test_it_is_run_without_verify_too(start: StartEngine[Engine], ecs_tasks: ScriptedTasks) -> None:
    ecs_tasks.ends(exit_code=1)
    engine = start()
    with pytest.raises(pulumi.RunError):
        engine.run(program(verify=False))

    assert services(engine) == []


def test_nothing_is_run_in_a_preview(start: StartEngine[Engine], scripted: ScriptedAws) -> None:
    engine = start(preview=True)
    engine.run(program())

    assert services(engine)
    assert scripted.calls == []


def test_nothing_is_run_offline(scripted: ScriptedAws, preview: bool) -> None:
    graph = evaluate(program(), project="shop", preview=preview, config=REGION)

    (service,) = [one for one in graph if one.type == SERVICE]
    assert preview or service.inputs["taskDefinition"] == f"{ARN}:1"
    assert scripted.calls == []
