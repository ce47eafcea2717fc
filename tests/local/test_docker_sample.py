"""The whole program of this repository in containers, as `moorage local up --runner docker` runs it."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEADLINE = 300


def docker(*arguments: str) -> list[str]:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.split()


def of(project: Path) -> list[str]:
    label = ("--quiet", "--filter", f"label=moorage.project={project.name}")
    return docker("container", "ls", "--all", *label) + docker("network", "ls", *label)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / f"sample-{os.getpid()}"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".moorage", ".build", "__pycache__", "node_modules", "bin"
    )
    shutil.copytree(ROOT, folder, ignore=ignored)
    yield folder
    moorage(folder, "down", "--data")
    assert of(folder) == []


def moorage(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "moorage.cli", "local", *arguments]
    return subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=DEADLINE)


def test_the_sample_runs_and_leaves_nothing_when_its_supervisor_is_killed(
    docker_daemon: str, project: Path
) -> None:
    up = moorage(project, "up", "--runner", "docker", "--config", f"baseImage={docker_daemon}")
    assert up.returncode == 0, up.stdout + up.stderr
    url = re.search(r"http://127\.0\.0\.1:\d+", up.stdout)
    assert url is not None, up.stdout
    assert "anna" in sign_up(url[0])
    answered = {ask(url[0]) for _ in range(20)}
    assert len(answered) == len(docker("ps", "--quiet", "--filter", f"label=moorage.project={project.name}"))
    assert len(answered) > 1
    log = (project / ".moorage/dev/supervisor.log").read_text()
    os.kill(int(re.findall(r"ready, pid (\d+)", log)[-1]), signal.SIGKILL)
    asyncio.run(until_gone(project))


def ask(url: str) -> str:
    """Return which task answered."""
    with urllib.request.urlopen(f"{url}/", timeout=30) as page:
        return page.headers["x-task-id"]


def sign_up(url: str) -> str:
    """Make an account, which is kept in the table; return the page that follows."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(f"{url}/signup", timeout=30) as page:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
    assert token is not None
    form = {"csrf_token": token[1], "name": "anna", "password": "correct-horse-battery"}
    with browser.open(f"{url}/signup", urllib.parse.urlencode(form).encode(), timeout=30) as page:
        return page.read().decode()


async def until_gone(project: Path) -> None:
    deadline = time.monotonic() + 60
    while left := of(project):
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.1)
