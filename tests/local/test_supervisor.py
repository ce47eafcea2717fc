"""One supervisor of a stack at a time, also where one ends while the next one starts."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from moorage.errors import LocalError
from moorage.local.command.client import Client, NotRunning
from moorage.local.runner.groups import Groups
from moorage.local.state import Paths
from moorage.local.supervisor import main

# The supervisor is meant to outlive the process that starts it.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A client of a stack whose supervisor, if it has one, is stopped at the end."""
    client = Client(Paths(tmp_path, "dev"))
    client.paths.make()
    yield client
    with contextlib.suppress(NotRunning):
        client.down(data=True)


def is_free(paths: Paths) -> bool:
    with paths.lock() as lock:
        return lock is not None


def test_down_returns_when_the_supervisor_has_ended(client: Client) -> None:
    client.wait(client.start("process"), "process")
    assert not is_free(client.paths)
    client.down(data=False)
    assert (is_free(client.paths), client.running()) == (True, False)


def test_down_works_where_the_folder_of_the_run_was_removed(client: Client) -> None:
    client.wait(client.start("process"), "process")
    shutil.rmtree(client.paths.root)
    client.down(data=False)
    assert not client.running()


def test_a_supervisor_waits_for_one_that_is_ending(client: Client) -> None:
    with client.paths.lock():
        process = client.start("process")
        assert process is not None
        # Longer than a supervisor takes to start.
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        assert not client.running()
    client.wait(process, "process")
    assert client.get("/hello")["pid"] == process.pid


def test_a_supervisor_that_ends_after_it_answered_is_started_again(client: Client) -> None:
    client.wait(client.start("process"), "process")
    first = client.get("/hello")["pid"]
    assert client.start("process") is None
    client.down(data=False)
    client.wait(None, "process")
    assert client.get("/hello")["pid"] != first


def test_a_second_supervisor_leaves_the_first_one_alone(client: Client) -> None:
    client.wait(client.start("process"), "process")
    main.serve(client.paths, "process")
    assert client.running()


def test_a_supervisor_that_neither_answers_nor_ends_is_an_error(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "START_WITHIN", 0.1)
    with client.paths.lock(), pytest.raises(LocalError, match="neither answers nor ends"):
        main.serve(client.paths, "process")


def test_nothing_starts_before_the_reaper_of_a_killed_supervisor_has_ended(client: Client) -> None:
    groups = Groups(client.paths.groups)
    with client.paths.lock() as lock:
        assert lock is not None
        groups.start(None, lock)
    assert not is_free(client.paths)
    groups.close()
    assert is_free(client.paths)


def test_a_killed_supervisor_is_followed_by_another(client: Client) -> None:
    client.wait(client.start("process"), "process")
    os.kill(client.get("/hello")["pid"], signal.SIGKILL)
    client.wait(client.start("process"), "process")
    assert client.running()
