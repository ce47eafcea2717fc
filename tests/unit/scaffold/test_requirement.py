"""A new project requires moorage from the place where the running one was installed from."""

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest

from moorage.errors import MoorageError
from moorage.scaffold.requirement import is_local, line_of, requirement

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            {"url": "file:///src/moorage/components", "dir_info": {"editable": True}},
            "-e /src/moorage/components[local]",
        ),
        (
            {"url": "file:///my%20src/components", "dir_info": {"editable": True}},
            "moorage[local] @ file:///my%20src/components",
        ),
        (
            {"url": "file:///src/moorage/components", "dir_info": {}},
            "moorage[local] @ file:///src/moorage/components",
        ),
        (
            {"url": "file:///tmp/moorage-1-py3-none-any.whl", "archive_info": {"hashes": {"sha256": "ab"}}},
            "moorage[local] @ file:///tmp/moorage-1-py3-none-any.whl#sha256=ab",
        ),
        (
            {
                "url": "https://git.example/moorage",
                "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": COMMIT},
                "subdirectory": "components",
            },
            f"moorage[local] @ git+https://git.example/moorage@{COMMIT}#subdirectory=components",
        ),
        (
            {
                "url": "ssh://git@git.example/moorage",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT},
            },
            f"moorage[local] @ git+ssh://git@git.example/moorage@{COMMIT}",
        ),
        (
            {"url": "https://me:secret@files.example/moorage-1.whl", "archive_info": {}},
            "moorage[local] @ https://me@files.example/moorage-1.whl",
        ),
    ],
)
def test_the_line_names_the_recorded_origin(record: dict[str, Any], line: str) -> None:
    assert line_of(record) == line


@pytest.mark.parametrize(
    ("line", "local"),
    [("-e /src[local]", True), ("moorage @ file:///a.whl", True), ("moorage @ https://a/b.whl", False)],
)
def test_a_path_of_this_machine_is_known(line: str, local: bool) -> None:
    assert is_local(line) == local


def test_the_running_one_is_described() -> None:
    record = importlib.metadata.distribution("moorage").read_text("direct_url.json")
    assert record
    assert requirement() == line_of(json.loads(record))


def test_one_that_was_installed_by_name_is_not_guessed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = importlib.metadata.PathDistribution(tmp_path)
    monkeypatch.setattr("moorage.scaffold.requirement.distribution", lambda name: installed)
    with pytest.raises(MoorageError, match="the place it came from is not recorded") as error:
        requirement()
    assert error.value.hint.startswith("pass --requirement")


def test_one_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> importlib.metadata.Distribution:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("moorage.scaffold.requirement.distribution", missing)
    with pytest.raises(MoorageError, match="not an installed package"):
        requirement()
