"""The verbs on a local run, through the command line, with and without `local`."""

import json
import os
import signal
import subprocess
import sys

from support.command import run_moorage
from support.local_project import Project


def verb(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb that finds the local run by itself."""
    return run_moorage([words[0], "--cwd", str(project.path), *words[1:]])


def interrupted(project: Project, *words: str) -> tuple[int, str]:
    """Press Ctrl-C once a verb has printed a line; return its exit code and stderr."""
    line = [sys.executable, "-m", "moorage.cli", words[0], "--cwd", str(project.path), *words[1:]]
    process = subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


def test_every_verb_on_what_runs(stateless: Project) -> None:
    nothing = verb(stateless, "status")
    assert (nothing.returncode, "`moorage local up`" in nothing.stderr) == (2, True)
    stateless.up()
    status = verb(stateless, "status", "--json")
    assert status.returncode == 0, status.stderr
    found = json.loads(status.stdout)
    assert (found["version"], found["place"]["kind"], found["apps"][0]["state"]) == (1, "local", "healthy")
    assert {target["state"] for target in found["apps"][0]["targets"]} == {"healthy"}
    for shown in (verb(stateless, "status"), stateless.run("status")):
        assert shown.stdout.startswith("web: healthy; web:1: 2/2 tasks running\n")
    why = verb(stateless, "why")
    assert (why.returncode, why.stdout) == (0, "web: nothing failed: web:1 is running, 2/2 tasks\n")
    tasks = json.loads(stateless.run("ps", "--json").stdout)["tasks"]
    assert [*found["apps"][0]["addresses"], *(a for task in tasks for a in task["public_addresses"])] == []
    assert [(task["revision"], task["health"], task["restarts"]) for task in tasks] == [
        ("web:1", "HEALTHY", 0),
        ("web:1", "HEALTHY", 0),
    ]
    assert json.loads(stateless.run("scale", "web", "1", "--json").stdout)["count"] == 1
    inside = verb(stateless, "exec", "web", "--", "sh", "-c", "echo $PORT; exit 7")
    assert inside.returncode == 7
    passed = verb(stateless, "exec", "--", "printf", "%s ", "--json", "--", "-x", "--help")
    assert (passed.returncode, passed.stdout) == (0, "--json -- -x --help ")
    sleeping = ("exec", "web", "--", "sh", "-c", "echo; exec sleep 60")
    assert interrupted(stateless, *sleeping) == (130, "interrupted\n")
    handling = ("exec", "web", "--", "sh", "-c", "trap 'exit 3' INT; echo; while :; do sleep 0.1; done")
    assert interrupted(stateless, *handling) == (3, "")
    assert interrupted(stateless, "logs", "--follow") == (130, "interrupted\n")
    (left,) = json.loads(stateless.run("ps", "--json").stdout)["tasks"]
    assert left["address"] == f"127.0.0.1:{inside.stdout.strip()}"
    lines = verb(stateless, "logs", "--json", "--since", "1h").stdout.splitlines()
    records = [json.loads(line) for line in lines]
    assert {record["text"] for record in records} == {"serving version one"}


def test_rollback_and_back_by_up(stateless: Project) -> None:
    stateless.up()
    stateless.serve("two")
    stateless.up()
    done = verb(stateless, "rollback", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["from"], found["to"], found["outcome"]) == ("web:2", "web:1", "completed")
    assert "the next `moorage local up` deploys the program's revision again" in done.stderr
    assert {stateless.get()["version"] for _ in range(6)} == {"one"}
    again = stateless.run("rollback", "1", "--yes")
    assert (again.returncode, "web:1 is already running" in again.stderr) == (1, True)
    missing = stateless.run("rollback", "99", "--yes")
    assert (missing.returncode, "known revisions: web:1, web:2" in missing.stderr) == (1, True)
    assert "web: deployed" in stateless.up().stdout
    assert {stateless.get()["version"] for _ in range(6)} == {"two"}


def test_what_is_not_there(stateless: Project) -> None:
    stateless.up()
    for words, code, text in (
        (("why", "wep"), 2, "did you mean web?"),
        (("run", "migrate"), 2, "unknown job 'migrate'"),
        (("exec", "--task", "zz", "--", "ls"), 1, "web has no running task zz"),
        (("exec", "--container", "zz", "--", "ls"), 1, "has no container 'zz'; it has web"),
        (("exec", "--", "no-such-program"), 1, "cannot run no-such-program"),
        (("rollback",), 1, "there is no other revision"),
    ):
        shown = stateless.run(*words)
        assert (shown.returncode, text in shown.stderr) == (code, True), shown.stderr
