"""An upgrade to this version of the library replaces and deletes nothing in the live stacks of a release.

The programs are those of the release: a user's program stays the same when the library is upgraded.
"""

import shutil
from pathlib import Path

import pytest
from support.aws_models.requests import REQUESTS
from support.compatibility.programs import (
    PROGRAMS,
    RECORDS,
    ROOT,
    programs_in,
    record_file,
    stacks_of,
    versions,
)
from support.compatibility.record import read
from support.compatibility.upgrade import announced, faults

from moorage.offline import evaluate
from moorage.version import __version__

STACKS = [
    pytest.param(version, program, stack, id=f"{version} {record_file(version, program).stem} {stack}")
    for version in versions()
    for program in programs_in(RECORDS / version / PROGRAMS)
    for stack in stacks_of(program)
]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the programs of all versions, as evaluating one stages its build context in its folder."""
    folder = tmp_path_factory.mktemp("records")
    for version in versions():
        shutil.copytree(RECORDS / version / PROGRAMS, folder / version / PROGRAMS)
    return folder


@pytest.mark.parametrize(("version", "program", "stack"), STACKS)
def test_nothing_is_replaced_or_deleted(copies: Path, version: str, program: Path, stack: str) -> None:
    record = read(record_file(version, program).read_text(encoding="utf-8"), stack)
    assert record
    graph = evaluate(copies / program.relative_to(RECORDS), stack=stack)
    found = faults(record, graph, announced(CHANGELOG, version))
    assert "\n".join(map(str, found)) == "", (
        f"an upgrade from {version} breaks live stacks: give the resource an alias, keep the input, or "
        "announce it under `### Replaced` in CHANGELOG.md (see RELEASING.md)"
    )


def test_this_version_is_recorded() -> None:
    assert __version__ in versions(), "run python tests/compatibility/record.py, as RELEASING.md says"


def test_the_record_has_every_type_that_components_make() -> None:
    recorded = "".join(file.read_text(encoding="utf-8") for file in (RECORDS / __version__).glob("*.json"))
    types = {type_: f"{type_.partition('/')[0]}:{type_.rpartition(':')[2]}::" for type_ in REQUESTS}
    assert [type_ for type_, short in types.items() if short not in recorded] == []
