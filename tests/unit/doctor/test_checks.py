"""Each check of `moorage doctor` finds what is missing, and says what to do."""

import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from support.folders import folder_with

from moorage.doctor import deploy, local, machine
from moorage.doctor.examination import ALL
from moorage.doctor.subject import Check, Subject
from moorage.local.command.client import Client
from moorage.local.runner import processes
from moorage.local.state import Paths, State
from moorage.operate.pulumi.check_result import CheckResult, Level
from moorage.operate.pulumi.prerequisites import CHECKS, logged_in, readable
from moorage.version import __version__

PROGRAM = "import pulumi_aws as aws\naws.sqs.Queue('jobs')\n"
NO_PROJECT = Subject(None, "", False)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without caches and without a Pulumi CLI."""
    for name in ("XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return folder_with(tmp_path / "home", {})


def project(tmp_path: Path, settings: str = "", program: str = PROGRAM, runtime: str = "python") -> Subject:
    files = {
        "Pulumi.yaml": f"name: demo\nruntime: {runtime}\n",
        "Pulumi.dev.yaml": settings,
        "__main__.py": program,
    }
    return Subject(folder_with(tmp_path / "demo", files), "dev", False)


def one(check: Check, subject: Subject) -> CheckResult:
    (result,) = check(subject)
    return result


def level(check: Check, subject: Subject) -> Level:
    return one(check, subject).level


def paths_of(subject: Subject) -> Paths:
    assert subject.paths
    subject.paths.make()
    return subject.paths


def test_every_prerequisite_of_an_update_is_a_check() -> None:
    assert {logged_in, *CHECKS["up"]} == deploy.NAMES.keys()
    names = [name for _, name, _ in ALL]
    assert set(deploy.NAMES.values()) <= set(names)
    assert len(set(names)) == len(names)


def test_every_check_without_a_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    levels = {name: [finding.level for finding in check(NO_PROJECT)] for _, name, check in ALL}
    assert {name for name, found in levels.items() if found == [Level.UNKNOWN]} == {
        *("project", "program", "supervisor", "environment"),
        *deploy.NAMES.values(),
    }
    assert levels["inotify"] == []
    assert not any(Level.FAILED in found for found in levels.values())


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert level(machine.python, NO_PROJECT) is Level.OK
    monkeypatch.setattr("sys.version_info", (3, 10, 1))
    assert "Python 3.11 or newer" in one(machine.python, NO_PROJECT).remedy


def test_the_files_of_the_project(tmp_path: Path) -> None:
    assert level(machine.project, project(tmp_path)) is Level.OK
    broken = one(machine.project, project(tmp_path, settings="config: ["))
    assert broken.level is Level.FAILED
    assert "Pulumi.dev.yaml" in broken.text


class Usage(NamedTuple):
    free: int


@pytest.mark.parametrize(
    ("free", "expected"),
    [(1 << 31, Level.OK), (1 << 29, Level.WARNING), (100 << 20, Level.FAILED)],
)
def test_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path, free: int, expected: Level
) -> None:
    def usage(folder: str) -> Usage:
        return Usage(free if folder == str(home) else 1 << 40)

    monkeypatch.setattr("shutil.disk_usage", usage)
    found = one(machine.disk, project(tmp_path))
    assert found.level is expected
    assert found.text.endswith(f"GiB free at {home}")


@pytest.mark.parametrize("name", ["demo/.moorage", "demo/.build", "home/.cache"])
def test_a_file_where_a_folder_is_needed(tmp_path: Path, name: str) -> None:
    subject = project(tmp_path)
    assert level(machine.folders, subject) is Level.OK
    folder_with(tmp_path, {name: ""})
    found = one(machine.folders, subject)
    assert (found.level, found.text) == (Level.FAILED, f"{tmp_path / name} is not a folder")


def test_a_folder_for_sockets_that_others_can_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The path of a socket is short.
    with TemporaryDirectory(dir="/tmp") as base:
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
        Path(base, "moorage").mkdir(mode=0o755)
        found = one(machine.folders, project(tmp_path))
    assert found.level is Level.FAILED
    assert found.text.startswith(f"{base}/moorage is not a folder of this user with mode 0700")


def test_the_program(tmp_path: Path) -> None:
    assert one(local.program, project(tmp_path)).text == "evaluates to 1 resources; ECS services: 0"
    broken = one(local.program, project(tmp_path, program="import nothing_like_this\n"))
    assert broken.level is Level.FAILED
    assert "nothing_like_this" in broken.text


@pytest.mark.parametrize(("reason", "expected"), [(None, Level.OK), ("no daemon", Level.WARNING)])
def test_docker(monkeypatch: pytest.MonkeyPatch, reason: str | None, expected: Level) -> None:
    async def unavailable() -> str | None:
        return reason

    monkeypatch.setattr("moorage.local.runner.docker.unavailable", unavailable)
    found = one(local.docker, NO_PROJECT)
    assert found.level is expected
    assert (reason or "as containers") in found.text


@pytest.mark.parametrize(("version", "expected"), [(__version__, Level.OK), ("0.0.1", Level.FAILED)])
def test_a_running_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, expected: Level
) -> None:
    def get(client: Client, path: str) -> dict[str, object]:
        return {"version": version, "runner": "process", "pid": 7, "contexts": []}

    monkeypatch.setattr(Client, "get", get)
    found = one(local.supervisor, project(tmp_path))
    assert (found.level, "moorage local down" in str(found)) == (expected, expected is Level.FAILED)
    assert one(local.ports, project(tmp_path)).text == "in use by the local run"


def test_what_a_killed_supervisor_left(tmp_path: Path) -> None:
    subject = project(tmp_path)
    assert level(local.supervisor, subject) is Level.OK
    groups = paths_of(subject).groups
    groups.write_text(f"{os.getpid()} {processes.started_at(os.getpid())}\n999999999 1.0\n")
    found = one(local.supervisor, subject)
    assert found.level is Level.WARNING
    assert found.text == f"1 process groups of a killed local run are left: {os.getpid()}"
    assert groups.exists()


@pytest.fixture
def busy() -> Iterator[int]:
    """A port of 127.0.0.1 that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_of_the_last_run(tmp_path: Path, busy: int) -> None:
    subject = project(tmp_path)
    state = State(paths_of(subject).state)
    state.remember_port("data", busy)
    state.remember_port("http:80:0", busy)
    found = one(local.ports, subject)
    assert found.level is Level.WARNING
    assert found.text.startswith(f"{busy}, where the last run listened, is in use")


def test_a_port_of_the_first_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy: int) -> None:
    monkeypatch.setattr(local, "FIRST_HTTP", busy)
    found = one(local.ports, project(tmp_path))
    assert (found.level, found.text.startswith(f"{busy} is in use")) == (Level.OK, True)


def test_a_state_that_cannot_be_read(tmp_path: Path) -> None:
    subject = project(tmp_path)
    paths_of(subject).state.write_text("[")
    assert level(local.ports, subject) is Level.FAILED


@pytest.mark.parametrize(("limit", "expected"), [(100, Level.OK), (3, Level.WARNING)])
def test_watched_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, expected: Level
) -> None:
    subject = project(tmp_path)
    folder_with(tmp_path / "demo", {"a/b/c": "", "d/e": ""})
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(local, "_WATCHES", folder_with(tmp_path, {"watches": f"{limit}\n"}) / "watches")
    found = one(local.watches, subject)
    assert found.level is expected
    assert "4" in found.text.split()
    monkeypatch.setattr("sys.platform", "darwin")
    assert list(local.watches(subject)) == []


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(256, Level.WARNING), (1024, Level.OK), (resource.RLIM_INFINITY, Level.OK)],
)
def test_open_files(monkeypatch: pytest.MonkeyPatch, limit: int, expected: Level) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda what: (limit, limit))  # pyright: ignore
    assert level(local.open_files, NO_PROJECT) is expected


@pytest.mark.parametrize(
    ("script", "expected", "text"),
    [
        ("echo v3.300.1", Level.OK, "3.300.1 at "),
        ("echo v3.237.0", Level.OK, "3.237.0 at "),
        ("echo v3.99.0", Level.WARNING, "is older than 3.237"),
        ("echo broken >&2; exit 1", Level.FAILED, "broken"),
        ("echo nothing", Level.FAILED, "nothing"),
    ],
)
def test_the_pulumi_cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: Level, text: str
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    file = folder_with(tmp_path, {"pulumi": f"#!/bin/sh\n{script}\n"}) / "pulumi"
    file.chmod(0o755)
    found = one(deploy.pulumi_cli, Subject(None, "", False))
    assert found.level is expected
    assert text in found.text


def test_no_pulumi_cli(tmp_path: Path) -> None:
    subject = project(tmp_path)
    assert level(deploy.pulumi_cli, subject) is Level.WARNING
    assert one(deploy.prerequisite(logged_in), subject).text == "no Pulumi CLI"


VIRTUALENV = "{name: python, options: {virtualenv: .venv}}"


@pytest.mark.parametrize(
    ("runtime", "file", "expected"),
    [
        ("python", "", Level.OK),
        (VIRTUALENV, "", Level.FAILED),
        (VIRTUALENV, "requirements.txt", Level.OK),
        (VIRTUALENV, ".venv/pyvenv.cfg", Level.FAILED),
        (VIRTUALENV, ".venv/lib/python3.12/site-packages/moorage-0.0.1.dist-info/METADATA", Level.WARNING),
        (
            VIRTUALENV,
            f".venv/lib/python3.12/site-packages/moorage-{__version__}.dist-info/METADATA",
            Level.OK,
        ),
    ],
)
def test_the_environment_of_the_program(tmp_path: Path, runtime: str, file: str, expected: Level) -> None:
    subject = project(tmp_path, runtime=runtime)
    folder_with(tmp_path / "demo", {file: ""} if file else {})
    assert level(deploy.environment, subject) is expected


def test_a_program_in_another_language(tmp_path: Path) -> None:
    subject = project(tmp_path, runtime="nodejs", program="raise SystemExit('was run')\n")
    for folder in (subject, project(tmp_path / "without", runtime="{name: nodejs, options: {}}", program="")):
        found = one(local.program, folder)
        assert found.level is Level.FAILED
        assert found.text.startswith(
            "runtime nodejs: `moorage plan` and `moorage local` evaluate only programs"
        )
    assert level(machine.project, subject) is Level.OK
    assert one(deploy.environment, subject).text.startswith("runtime nodejs: `pulumi install` installs")


def test_pulumi_deploys_a_program_in_another_language(tmp_path: Path) -> None:
    subject = project(tmp_path, runtime="nodejs")
    (tmp_path / "demo" / "__main__.py").unlink()
    assert subject.pulumi
    assert list(readable(subject.pulumi)) == []
