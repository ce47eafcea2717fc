"""Ctrl-C ends every command with 130 and one line, a reader that went away with nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Start = Callable[..., subprocess.Popen[str]]

WAITS = "import sys\nprint('waiting', file=sys.stderr, flush=True)\n"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `moorage` in a project whose program is given, in a process group of its own."""
    started: list[subprocess.Popen[str]] = []
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")

    def run(*arguments: str, program: str = "", **environment: str) -> subprocess.Popen[str]:
        (tmp_path / "__main__.py").write_text(program)
        process = subprocess.Popen(
            [sys.executable, "-m", "moorage.cli", *arguments],
            cwd=tmp_path, env=os.environ | environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def interrupted(process: subprocess.Popen[str], line: str = "waiting\n") -> tuple[int, str, str]:
    """Press Ctrl-C once a line of stderr is there; return exit code, stdout, and what else was on stderr."""
    assert process.stderr is not None
    assert process.stderr.readline() == line
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize(
    "program",
    [
        WAITS + "import time; time.sleep(60)",
        WAITS + "while True: pass",
        "async def main():\n    import asyncio\n    await asyncio.sleep(60)\n"
        "import pulumi\npulumi.run(main)\n" + WAITS,
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        + WAITS + "threading.Event().wait()",
        "import helper",
    ],
    ids=["sleeping", "computing", "async", "in a thread", "importing"],
)  # fmt: skip
def test_plan(start: Start, tmp_path: Path, program: str) -> None:
    (tmp_path / "helper.py").write_text(WAITS + "import time; time.sleep(60)")
    assert interrupted(start("plan", program=program)) == (130, "", "interrupted\n")


def test_local_up_before_anything_is_changed(start: Start) -> None:
    code, _, err = interrupted(start("local", "up", program=WAITS + "import time; time.sleep(60)"))
    assert (code, err) == (130, "interrupted: nothing was changed\n")


ENDS_LATE = """
import atexit, sys, time
atexit.register(lambda: (print('waiting', file=sys.stderr, flush=True), time.sleep(60)))
"""


def test_a_command_that_has_ended_but_for_its_interpreter(start: Start) -> None:
    code, _, err = interrupted(start("plan", "--json", program=ENDS_LATE))
    assert (code, err) == (130, "interrupted\n")


def test_watch_in_its_first_up(start: Start) -> None:
    process = start("local", "up", "--watch", program=WAITS + "import time; time.sleep(60)")
    code, _, err = interrupted(process)
    assert (code, err) == (130, "interrupted: nothing was changed\n")


def test_watch_as_its_first_up_ends(start: Start) -> None:
    program = ENDS_LATE + "raise SystemExit('no such program')"
    process = start("local", "up", "--watch", program=program)
    assert process.stderr is not None
    said = list(iter(process.stderr.readline, "waiting\n"))
    assert any("no such program" in line for line in said)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted\n")


def test_watch_as_the_interpreter_of_its_up_starts(start: Start, tmp_path: Path) -> None:
    held = (
        "import signal, sys, time\n"
        "if 'up' in sys.orig_argv and '--watch' not in sys.orig_argv:\n"
        "    print('waiting', file=sys.stderr, flush=True)\n"
        "    while signal.SIGINT not in signal.sigpending(): time.sleep(0.01)\n"
    )
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(held)
    process = start("local", "up", "--watch", PYTHONPATH=str(tmp_path / "path"))
    assert interrupted(process) == (130, "", "interrupted\n")


def test_watch_when_its_up_gets_no_ctrl_c(start: Start, tmp_path: Path) -> None:
    program = (
        WAITS + "import pathlib, time\n"
        "while not pathlib.Path('interrupted').exists(): time.sleep(0.01)\n"
        "raise SystemExit('no such program')"
    )
    process = start("local", "up", "--watch", program=program)
    assert process.stderr is not None
    assert process.stderr.readline() == "waiting\n"
    os.kill(process.pid, signal.SIGINT)
    (tmp_path / "interrupted").touch()
    _, err = process.communicate(timeout=60)
    *_, last = err.splitlines()
    assert (process.returncode, last) == (
        130,
        "interrupted: the services keep running; `moorage local down` stops them",
    )
    assert err.count("interrupted") == 1


def test_the_pulumi_cli_ends_in_its_own_time(start: Start, tmp_path: Path) -> None:
    """It cancels its update at a Ctrl-C, which takes a while, and must not be killed meanwhile."""
    command = tmp_path / "bin" / "pulumi"
    command.parent.mkdir()
    command.write_text(
        f"#!{sys.executable}\nimport sys, time\n"
        "try: print('waiting', file=sys.stderr, flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt: time.sleep(0.5); print('state saved'); sys.exit(255)\n"
    )
    command.chmod(0o755)
    process = start("pulumi", "logs", PATH=f"{command.parent}:{os.environ['PATH']}")
    assert interrupted(process) == (130, "state saved\n", "interrupted\n")


def test_a_reader_that_went_away(start: Start) -> None:
    process = start("plan", "--json", program=WAITS)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "waiting\n")
