"""The benchmarks find the modules that they measure, and an app costs little more than its resources."""

import ast
import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.syntax import parse

from moorage.offline import evaluate
from moorage.offline.loop import InlineLoop

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = sorted((ROOT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_what_a_benchmark_imports_exists(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports within functions count too: those of what is measured in another process, or timed."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    monkeypatch.syspath_prepend(ROOT / "app")
    imports = [node for node in ast.walk(parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    for name in [f"{node.module}.{alias.name}" for node in imports for alias in node.names]:
        assert pkgutil.resolve_name(name) is not None, name


def test_an_app_has_few_more_tasks_of_the_loop_than_its_resources_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An Output is such a task: their number is the cost of an app that does not vary from run to run."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    create_task, tasks = InlineLoop.create_task, 0

    def counted(loop: InlineLoop, coro: Any, **more: Any) -> Any:
        nonlocal tasks
        tasks += 1
        return create_task(loop, coro, **more)

    def of_a_second_app(program: Callable[[int], None]) -> int:
        nonlocal tasks
        counts: list[int] = []
        for apps in (1, 2):
            tasks = 0
            evaluate(lambda apps=apps: program(apps))
            counts.append(tasks)
        return counts[1] - counts[0]

    monkeypatch.setattr(InlineLoop, "create_task", counted)
    library, by_hand = (
        of_a_second_app(importlib.import_module(f"programs.{name}").program)
        for name in ("moorage_apps", "aws_apps")
    )
    assert by_hand > 100
    assert library - by_hand <= 10
