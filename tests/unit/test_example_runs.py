"""The engine tests' table, checked without an engine: it covers every stack, and its rows say what is so."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.example_runs import DRIFTS, GAPS, ROOT, RUNS, Run, stacks
from support.stacks import stack

from moorage.offline import ResourceGraph, evaluate

PYTHON = [run for run in RUNS if run.runtime == "python"]


def _graph(run: Run) -> ResourceGraph:
    return stack(run.stack if run.project == "." else f"{Path(run.project).name} {run.stack}")


def _inputs(graph: ResourceGraph) -> dict[str, Any]:
    """Return the inputs of the resources that are not components, by type without its package, and name."""
    return {
        f"{one.type.rpartition(':')[2]} {one.name}": one.inputs
        for one in graph
        if not one.type.startswith(("moorage:", "awsx:"))
    }


def test_every_stack_is_run_once() -> None:
    assert sorted((run.project, run.stack) for run in RUNS) == sorted(stacks())


def test_every_example_has_a_stack() -> None:
    examples = {f"examples/{folder.name}" for folder in (ROOT / "examples").iterdir() if folder.is_dir()}
    assert examples == {folder for folder, _ in stacks()} - {"."}


@pytest.mark.parametrize("run", [run for run in RUNS if run not in PYTHON], ids=str)
def test_an_update_changes_its_file(run: Run, tmp_path: Path) -> None:
    source = ROOT / run.project / run.update.file
    shutil.copy(source, tmp_path)
    run.change(tmp_path)
    assert (tmp_path / run.update.file).read_text() != source.read_text()
    assert run.changes


@pytest.mark.parametrize("run", PYTHON, ids=str)
def test_an_update_changes_what_the_table_says(run: Run, tmp_path: Path) -> None:
    project = run.copy(tmp_path)
    run.change(project)
    before, after = _inputs(_graph(run)), _inputs(evaluate(project, stack=run.stack))
    changed = {f"create {name}" for name in after.keys() - before.keys()}
    changed |= {f"delete {name}" for name in before.keys() - after.keys()}
    # An engine says whether it updates or replaces one, and what changes with the ARN of a replaced one.
    updated = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    table = {change.partition(" ")[2] for change in run.changes if change.startswith(("update ", "replace "))}
    assert changed == {change for change in run.changes if change.startswith(("create ", "delete "))}
    assert changed or updated
    assert updated <= table <= after.keys()


def test_gaps_are_of_resources_that_some_stack_has() -> None:
    resources = [one for run in PYTHON for one in _graph(run)]
    assert all(any(gap.has(one.type, one.inputs) for one in resources) for gap in GAPS)
    assert {drift.type for drift in DRIFTS} <= {one.type for one in resources}
