"""Keeps what is evaluated in this process."""

import importlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from moorage.offline import ResourceGraph

_evaluate = importlib.import_module("moorage.offline.evaluate")


@contextmanager
def recorded() -> Generator[list[tuple[ResourceGraph, Path | None]]]:
    """Collect the graphs that are evaluated, each with the folder of its project, None for a function."""
    graphs: list[tuple[ResourceGraph, Path | None]] = []
    original = _evaluate._Run.graph

    def graph(run: object) -> ResourceGraph:
        found: ResourceGraph = original(run)
        graphs.append((found, getattr(run, "root", None)))
        return found

    _evaluate._Run.graph = graph
    try:
        yield graphs
    finally:
        _evaluate._Run.graph = original
