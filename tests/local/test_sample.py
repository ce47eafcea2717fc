"""The repository's own program on this machine, the same cases with tasks as processes and as containers."""

import os
import re
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.local_project import eventually

Moorage = Callable[..., subprocess.CompletedProcess[str]]


@dataclass
class Sample:
    """NoteTaker in a folder of its own, run by one kind of runner."""

    project: Path
    runner: str
    moorage: Moorage
    config: tuple[str, ...] = ()
    url: str = ""
    cookies: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    )

    def up(self, *arguments: str, check: bool = True) -> str:
        """Bring it up and return what was printed."""
        words = ("local", "up", "--runner", self.runner, *self.config, *arguments)
        done = self.moorage(*words, cwd=self.project, timeout=400, check=check)
        found = re.search(r"^url +(\S+)$", done.stdout, re.M)
        self.url = found[1] if found else self.url
        return done.stdout

    def tasks(self) -> dict[str, list[str]]:
        """Return the columns of `ps` by task."""
        shown = self.moorage("local", "ps", cwd=self.project).stdout.splitlines()[1:]
        return {line.split()[1]: line.split() for line in shown if " RUNNING " in line}

    def get(self, path: str = "/") -> tuple[str, str]:
        """Return a page and the task that answered."""
        with self.cookies.open(self.url + path, timeout=30) as answer:
            return answer.read().decode(), answer.headers["x-task-id"][:8]

    def post(self, path: str, page: str = "", **fields: str) -> str:
        """Fill in a form of a page and return what follows."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page or path)[0])
        assert token is not None
        form = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        with self.cookies.open(self.url + path, form, timeout=30) as answer:
            return answer.read().decode()

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the application."""
        path = self.project / "app" / "notetaker" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="module", params=["process", "docker"])
def sample(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    copy_sample: Callable[[Path], Path],
    moorage: Moorage,
) -> Iterator[Sample]:
    """The sample, up and healthy; the tests of this file use it one after the other."""
    config: tuple[str, ...] = ()
    if request.param == "docker":
        config = ("--config", f"baseImage={request.getfixturevalue('docker_daemon')}")
    project = copy_sample(tmp_path_factory.mktemp(request.param) / f"sample-{os.getpid()}")
    made = Sample(project, request.param, moorage, config)
    try:
        assert "Not run locally" not in made.up()
        yield made
    finally:
        moorage("local", "down", "--data", cwd=project)


def test_requests_are_spread_over_the_replicas(sample: Sample) -> None:
    assert {sample.get()[1] for _ in range(20)} == set(sample.tasks())
    assert len(sample.tasks()) == 2


def test_a_second_up_changes_nothing(sample: Sample) -> None:
    before = sample.tasks()
    assert "unchanged" in sample.up()
    assert set(sample.tasks()) == set(before)


def test_a_killed_task_is_replaced(sample: Sample) -> None:
    before = set(sample.tasks())
    kill(sample, next(iter(before)))
    eventually(lambda: len(set(sample.tasks()) - before) == 1 and len(sample.tasks()) == 2)
    assert sample.get("/healthz")[0]


def test_data_is_kept_when_it_is_stopped_and_started(sample: Sample) -> None:
    assert "anna" in sample.post("/signup", name="anna", password="correct-horse-battery")
    sample.post("/notes", page="/", text="Kept over a night")
    sample.moorage("local", "down", cwd=sample.project)
    sample.up()
    assert "Kept over a night" in sample.get()[0]


def test_a_release_rolls_without_a_failed_request(sample: Sample) -> None:
    before = set(sample.tasks())
    sample.edit("templates/base.html", ">NoteTaker</a>", ">NoteTaker Two</a>")
    with Load(sample.url) as load:
        sample.up()
    assert load.failures == []
    assert load.answers > 50
    assert not before & set(sample.tasks())
    assert "NoteTaker Two" in sample.get()[0]


def test_a_broken_release_is_rolled_back_and_says_why(sample: Sample) -> None:
    before = set(sample.tasks())
    sample.edit("__main__.py", "import signal\n", 'raise RuntimeError("no such feature")\n')
    with Load(sample.url) as load:
        printed = sample.up(check=False)
    assert "rolled back" in printed
    assert "RuntimeError: no such feature" in printed
    assert load.failures == []
    assert set(sample.tasks()) == before


def kill(sample: Sample, task: str) -> None:
    """End a task from outside, as a crash would."""
    if sample.runner == "docker":
        named = subprocess.run(
            ["docker", "ps", "--format", "{{.ID}} {{.Labels}}"], capture_output=True, text=True, check=True
        )
        ids = [line.split()[0] for line in named.stdout.splitlines() if f"={task}" in line]
        subprocess.run(["docker", "kill", *ids], check=True, capture_output=True)
        return
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"/v4/{task}".encode() in (process / "environ").read_bytes():
                os.kill(int(process.name), 9)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue


class Load:
    """Requests without a pause from two clients, while something else goes on."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers = 0
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._clients = [threading.Thread(target=self._ask) for _ in range(2)]

    def _ask(self) -> None:
        while not self._stop.is_set():
            try:
                with urllib.request.urlopen(self.url + "/login", timeout=30) as answer:
                    answer.read()
                    self.answers += 1
            except (urllib.error.URLError, OSError) as error:
                self.failures.append(str(error))

    def __enter__(self) -> "Load":
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for client in self._clients:
            client.join()


def test_the_production_stack_runs_behind_https_in_three_zones(
    tmp_path: Path, copy_sample: Callable[[Path], Path], moorage: Moorage
) -> None:
    project = copy_sample(tmp_path / "prod")
    try:
        up = moorage("local", "up", "--runner", "process", "--stack", "prod", cwd=project)
        assert re.search(r"^url +https://127\.0\.0\.1:\d+$", up.stdout, re.M), up.stdout
        shown = moorage("local", "ps", "--stack", "prod", cwd=project).stdout.splitlines()[1:]
        assert len({line.split()[6] for line in shown}) == len(shown) == 3
    finally:
        moorage("local", "down", "--data", "--stack", "prod", cwd=project)
