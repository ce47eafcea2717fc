"""The jobs of a program in a local run."""

import json
from pathlib import Path
from typing import Any

import moorage
from moorage.graph import view
from moorage.local.model import LocalStack, decode
from moorage.local.translate.program import translate
from moorage.offline import evaluate


def translated(**app: Any) -> LocalStack:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        place = {"cluster": cluster.ref, "network": network.ref, "image": "notes:1"}
        moorage.ContainerApp("notes", {**place, **app})
        moorage.Job("nightly", {**place, "command": ["report"], "schedule": "rate(1 day)", "timeout": 90})

    return translate(view(evaluate(program, project="shop")), Path("/nowhere"), {})


def test_jobs_and_what_they_gate() -> None:
    stack = translated(pre_deploy={"command": ["migrate"], "timeout": 120})

    known = {job.task.app: (job.gates, job.timeout, job.task.family) for job in stack.jobs}
    assert known == {
        "notes-pre-deploy": ("notes", 120, "shop-dev-notes-pre-deploy"),
        "nightly": ("", 90, "shop-dev-nightly"),
    }
    assert [service.app for service in stack.services] == ["notes"]
    assert decode(LocalStack, json.loads(json.dumps(stack))) == stack


def test_a_schedule_is_not_run_and_its_state_machine_not_missed() -> None:
    assert translated().not_run == (
        (
            "aws:scheduler/schedule:Schedule",
            "nightly-schedule (on its schedule; run it with `moorage run nightly`)",
        ),
    )


def test_the_job_of_an_app_with_a_local_command_is_a_process_too() -> None:
    stack = translated(
        pre_deploy={"command": ["migrate", "--all"]}, local={"command": ["python3", "server.py"]}
    )
    images = {job.task.app: job.task.containers[0].image for job in stack.jobs}

    assert images["notes-pre-deploy"].local_command == ("migrate", "--all")
    assert images["nightly"].local_command is None


def test_what_a_job_lacks_is_named_and_its_apps_once() -> None:
    stack = translated(
        pre_deploy={"command": ["migrate"]}, read_only=True, ulimits={"nofile": {"soft": 512, "hard": 1024}}
    )
    assert stack.not_as_process == (
        ("aws:ecs/service:Service", "notes (its read-only root file system, ulimits)"),
    )
