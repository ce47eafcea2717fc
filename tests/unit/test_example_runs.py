"""The engine tests' table, checked without an engine: it covers every stack, and its rows say what is so."""

from pathlib import Path

import pytest
from support.example_runs import DRIFTS, NOT_EMULATED, ROOT, RUNS, Run, stacks
from support.stacks import stack

PYTHON = [run for run in RUNS if run.runtime == "python"]


def _types(run: Run) -> dict[str, str]:
    """Return the type of each resource, without its package and module, by `Type name`."""
    name = run.stack if run.folder == "." else f"{Path(run.folder).name} {run.stack}"
    return {f"{one.type.rpartition(':')[2]} {one.name}": one.type for one in stack(name)}


def test_every_stack_is_run_once() -> None:
    assert sorted((run.folder, run.stack) for run in RUNS) == sorted(stacks())


def test_every_example_has_a_stack() -> None:
    examples = {f"examples/{folder.name}" for folder in (ROOT / "examples").iterdir() if folder.is_dir()}
    assert examples == {folder for folder, _ in stacks()} - {"."}


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_an_update_changes_its_file(run: Run, tmp_path: Path) -> None:
    source = ROOT / run.folder / run.update.file
    file = tmp_path / run.update.file
    file.parent.mkdir(exist_ok=True)
    file.write_text(source.read_text())
    run.change(tmp_path)
    assert file.read_text() != source.read_text()
    assert run.update.changes


@pytest.mark.parametrize("run", PYTHON, ids=str)
def test_an_update_changes_resources_of_the_stack(run: Run) -> None:
    changed = {change.partition(" ")[2] for change in run.update.changes if not change.startswith("create ")}
    assert changed <= set(_types(run))


def test_gaps_are_of_resources_that_some_stack_has() -> None:
    used = {type_ for run in PYTHON for type_ in _types(run).values()}
    assert set(NOT_EMULATED) | set(DRIFTS) <= used
    assert all(NOT_EMULATED.values())
    assert all(reason for properties in DRIFTS.values() for reason in properties.values())
