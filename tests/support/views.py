"""A count of the views of graphs that are built."""

import sys
from typing import Any

import pytest

from moorage.graph import Links, View
from moorage.offline import ResourceGraph


def counted_views(monkeypatch: pytest.MonkeyPatch) -> list[ResourceGraph]:
    """Return a list that gets the graph of each `Links`, and so of each `View`, that is built from now on."""
    built: list[ResourceGraph] = []

    class Counted(Links):
        def __init__(self, graph: ResourceGraph) -> None:
            built.append(graph)
            super().__init__(graph)

    # `moorage.graph.view` is the function of this name.
    module: Any = sys.modules[View.__module__]
    monkeypatch.setattr(module, "Links", Counted)
    return built
