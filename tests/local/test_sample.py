"""The repository's own program, as `make up` runs it, with tasks as processes."""

import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def moorage(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "moorage.cli", "local", *arguments]
    return subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=300)


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Path]:
    """A copy of the project; what its requirements.txt installs is kept from run to run."""
    for name in (
        "app",
        *(path.name for path in ROOT.glob("*.py")),
        *(p.name for p in ROOT.glob("Pulumi*.yaml")),
    ):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    kept = ROOT / ".cache" / "local-venvs"
    kept.mkdir(parents=True, exist_ok=True)
    (tmp_path / ".moorage").mkdir()
    (tmp_path / ".moorage" / "venvs").symlink_to(kept)
    yield tmp_path
    for stack in ("dev", "prod"):
        moorage(tmp_path, "down", "--data", "--stack", stack)


def opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def sign(browser: urllib.request.OpenerDirector, url: str, page: str) -> str:
    with browser.open(f"{url}/{page}", timeout=30) as form:
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.read().decode())
    assert token is not None
    fields = {"csrf_token": token[1], "name": "anna", "password": "correct-horse-battery"}
    with browser.open(f"{url}/{page}", urllib.parse.urlencode(fields).encode(), timeout=30) as answer:
        return answer.read().decode()


def test_notetaker_runs_on_two_tasks_and_keeps_its_data(sample: Path) -> None:
    up = moorage(sample, "up", "--runner", "process")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "Not run locally" not in up.stdout
    found = re.search(r"http://127\.0\.0\.1:\d+", up.stdout)
    assert found is not None, up.stdout
    url = found[0]
    assert "anna" in sign(opener(), url, "signup")
    tasks: set[str] = set()
    for _ in range(20):
        with urllib.request.urlopen(f"{url}/", timeout=30) as page:
            tasks.add(page.headers["x-task-id"])
    assert len(tasks) == 2
    assert moorage(sample, "down").returncode == 0
    assert moorage(sample, "up", "--runner", "process").returncode == 0
    assert "anna" in sign(opener(), url, "login")


def test_the_production_stack_runs_behind_https_with_its_redirect(sample: Path) -> None:
    pytest.importorskip("cryptography", reason="an HTTPS listener makes its certificate with it")
    up = moorage(sample, "up", "--runner", "process", "--stack", "prod")
    assert up.returncode == 0, up.stdout + up.stderr
    assert re.search(r"https://127\.0\.0\.1:\d+", up.stdout), up.stdout
    shown = moorage(sample, "ps", "--stack", "prod").stdout.splitlines()[1:]
    assert len(shown) == 3
    assert len({line.split()[6] for line in shown}) == 3
