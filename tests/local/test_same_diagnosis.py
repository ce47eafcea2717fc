"""A release that fails is explained here as on AWS, by the same watcher."""

import json
import re

import pytest
from support.local_project import STATELESS, Project

SERVER = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({status})
        self.end_headers()

    def log_message(self, *_): pass

http.server.ThreadingHTTPServer((os.environ["HOST"], {port}), Handler).serve_forever()
"""

CASES = {
    "crash": (
        "print('first words')\nraise RuntimeError('no such feature')\n",
        "the container exits with code 1 soon after it starts",
        "RuntimeError: no such feature",
    ),
    "exits": (
        "print('all done')\n",
        "the container exits, but a service's container must keep running",
        "all done",
    ),
    "killed": (
        "import os, signal\nprint('it grew', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n",
        "a task's process was killed with SIGKILL; the kernel",
        "it grew",
    ),
    "port-taken": (
        "print('OSError: [Errno 98] Address already in use')\nraise SystemExit(1)\n",
        "the app cannot listen on its port: another process in its container already does",
        "Errno 98",
    ),
}


@pytest.fixture
def running(kept: Project) -> Project:
    """The project that stays up, with the app that every project begins with as web:1."""
    kept.write_program(STATELESS)
    kept.up()
    return kept


@pytest.mark.parametrize("case", CASES)
def test_a_release_that_ends_is_rolled_back_and_explained(running: Project, case: str) -> None:
    code, cause, last = CASES[case]
    running.write("app/server.py", code)
    done = running.run("up")
    assert done.returncode == 1
    match = re.search(
        r"^web: (web:\d+) was rolled back, web:1 is running: "
        r"ECS deployment circuit breaker: tasks failed to start\.$",
        done.stdout,
        re.M,
    )
    assert match is not None, done.stdout
    said, failed = match[0], match[1]
    assert failed != "web:1"
    assert f"most likely: {cause}" in done.stdout
    assert "last log lines:\n" in done.stdout
    assert last in done.stdout
    why = running.run("why")
    # The same three lines: what happened, why, and what to do.
    first = done.stdout.splitlines().index(said)
    assert why.stdout.splitlines()[:3] == done.stdout.splitlines()[first : first + 3]
    assert why.returncode == 1
    failure = json.loads(running.run("why", "--json").stdout)["apps"][0]["failure"]
    assert (failure["kind"], failure["revision"], failure["running"]) == ("rolled_back", failed, "web:1")
    assert running.run("status").returncode == 1


def test_going_back_heals(running: Project) -> None:
    running.write("app/server.py", "raise SystemExit(3)\n")
    assert running.run("up").returncode == 1
    running.serve("one")
    assert "web: unchanged" in running.up().stdout
    why = running.run("why")
    assert why.returncode == 0
    assert "healthy now. The last failure began" in why.stdout
    assert "most likely: the container exits with code 3 soon after it starts" in why.stdout
    assert running.run("status").returncode == 0


def test_a_health_check_that_is_answered_404(stateless: Project) -> None:
    program = (stateless.path / "__main__.py").read_text()
    # The test does not wait for a grace period, nor for health checks.
    faster = {
        "period_seconds=20": "period_seconds=1",
        '"interval": 5, "timeout": 4': '"interval": 1, "timeout": 1',
    }
    for slow, fast in faster.items():
        assert slow in program
        program = program.replace(slow, fast)
    stateless.write("__main__.py", program)
    stateless.up()
    stateless.write("app/server.py", SERVER.format(status=404, port='int(os.environ["PORT"])'))
    done = stateless.run("up")
    assert done.returncode == 1
    assert "most likely: the health check's path returns 404, which is not accepted" in done.stdout
    assert "what to do: point `health_check.path` at a path that returns 200" in done.stdout


def test_a_program_that_is_not_there(stateless: Project) -> None:
    stateless.write("app/Dockerfile", 'FROM x\nCMD ["no-such-program-anywhere"]\n')
    done = stateless.run("up")
    assert done.returncode == 1
    assert "web: web:1 could not be started: ECS deployment circuit breaker" in done.stdout
    assert (
        "most likely: the container's command does not exist in the image, or is not executable"
        in done.stdout
    )
    assert "start Docker, or set `local: {command: [...]}`" in done.stdout
