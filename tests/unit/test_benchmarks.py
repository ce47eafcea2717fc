"""The benchmarks find the modules that they measure."""

import ast
import pkgutil
from pathlib import Path

import pytest
from support.syntax import parse

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
