"""Jobs in a local run: before a service changes, and on demand."""

import json
from pathlib import Path

import pytest
from support.local_project import Project

from moorage.errors import LocalError
from moorage.local.command.client import Client, NotRunning
from moorage.local.state import State

PROGRAM = """
import moorage, pulumi

network = moorage.Network("net", {})
cluster = moorage.EcsCluster("main", {"network": network.ref})
balancer = moorage.LoadBalancer("alb", {"network": network.ref})
place = {"cluster": cluster.ref, "network": network.ref, "build": {"context": "app"}}
app = moorage.ContainerApp("web", {
    **place,
    "load_balancer": balancer.ref,
    "environment": {"PASSWORD": "x", "TABLE": "y"},
    "health_check": {"path": "/healthz"},
    "deregistration_delay": 1,
    "pre_deploy": {"command": ["python3", "migrate.py"], "timeout": 60, "environment": {"WHO": "migration"}},
})
moorage.Job("nightly", {
    **place,
    "command": ["python3", "-c", "print('from', __import__('os').environ['WHO'])"],
    "environment": {"WHO": "nightly"},
    "schedule": "cron(0 3 * * ? *)",
})
pulumi.export("url", app.url)
"""

MIGRATE = """
import os, pathlib
steps = pathlib.Path(os.environ["HOME"], "steps")
steps.write_text(steps.read_text() + "1" if steps.exists() else "1")
print("applied by", os.environ["WHO"])
"""


@pytest.fixture
def migrating(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Project:
    """A project whose app migrates first; each migration adds a digit to a file."""
    monkeypatch.setenv("HOME", str(tmp_path))
    project.write("__main__.py", PROGRAM)
    project.write("app/migrate.py", MIGRATE)
    return project


def steps(project: Project) -> int:
    """Return how many migrations were applied."""
    return len((project.path.parent / "steps").read_text())


def test_a_migration_comes_first_and_once(migrating: Project) -> None:
    done = migrating.up()
    lines = done.stdout.splitlines()
    assert lines.index("web-pre-deploy: applied by migration") < lines.index(
        "web: deploying demo-dev-web:1, 1 task(s)"
    )
    assert steps(migrating) == 1

    again = migrating.up()
    assert "web: unchanged" in again.stdout
    assert steps(migrating) == 1

    migrating.serve("two")
    migrating.up()
    assert migrating.get()["version"] == "two"
    # Another image is another job.
    assert steps(migrating) == 2


def test_a_failing_migration_leaves_the_old_tasks_serving_and_is_tried_again(migrating: Project) -> None:
    migrating.up()
    before = migrating.tasks()
    migrating.serve("two")
    migrating.write("app/migrate.py", "raise SystemExit('duplicate column: state')")

    for _ in range(2):
        done = migrating.run("up")
        assert done.returncode == 1
        assert (
            "web: failed: its pre-deploy job failed, and nothing was changed: exit code 1\n"
            "last log lines:\n  duplicate column: state\n"
        ) in done.stdout
        assert "deploying" not in done.stdout
        assert migrating.tasks().keys() == before.keys()
        assert migrating.get()["version"] == "one"

    migrating.write("app/migrate.py", MIGRATE)
    migrating.up()
    assert migrating.get()["version"] == "two"


def test_a_first_migration_that_fails_starts_nothing(migrating: Project) -> None:
    migrating.write("app/migrate.py", "raise SystemExit(3)")
    done = migrating.run("up")

    assert done.returncode == 1
    assert "web: failed: its pre-deploy job failed, and nothing was changed: exit code 3" in done.stdout
    assert migrating.tasks() == {}


def test_what_succeeded_outlives_down_but_not_its_data(migrating: Project) -> None:
    migrating.up()
    migrating.run("down")
    migrating.up()
    assert steps(migrating) == 1

    migrating.run("down", "--data")
    migrating.up()
    assert steps(migrating) == 2


def test_a_job_is_run_on_demand_and_not_on_its_schedule(migrating: Project) -> None:
    done = migrating.up()
    assert "nightly-schedule (on its schedule; run it with `moorage run nightly`)" in done.stdout
    assert "sfn" not in done.stdout
    client, lines = Client(migrating.paths), list[str]()

    end = client.run_job("nightly", log=lines.append)
    assert (end.exit_code, end.reason, end.timed_out) == (0, "", False)
    assert lines == ["from nightly"]

    end = client.run_job("nightly", ["python3", "-c", "raise SystemExit(4)"])
    assert (end.exit_code, end.reason) == (4, "exit code 4")

    end = client.run_job("nightly", ["no-such-program"])
    assert end.exit_code is None
    assert "cannot run 'no-such-program'" in end.reason

    with pytest.raises(LocalError, match=r"^unknown job 'nigtly'; did you mean nightly\?$"):
        client.run_job("nigtly")
    assert set(migrating.describe()["jobs"]) == {"nightly", "web-pre-deploy"}
    assert [entry["app"] for entry in migrating.describe()["services"]] == ["web"]


def test_without_a_supervisor_there_are_no_jobs(migrating: Project) -> None:
    with pytest.raises(NotRunning):
        Client(migrating.paths).run_job("nightly")


def test_the_state_remembers_the_last_success_of_a_family(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    state = State(file)
    assert not state.has_succeeded("web", "a")
    state.remember_success("web", "a")
    assert State(file).has_succeeded("web", "a")
    assert not State(file).has_succeeded("web", "b")

    state.remember_success("web", "b")
    # As on AWS, what was there before is a new revision.
    assert not State(file).has_succeeded("web", "a")
    state.forget_successes()
    assert json.loads(file.read_text())["jobs"] == {}
