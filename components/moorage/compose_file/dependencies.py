"""The dependencies of services on each other."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from .nodes import Node
from .report import Report
from .services import ComposeService

Edges = Mapping[str, Mapping[str, Node]]
"""For each service those that it depends on, with the place in the file."""


def dependencies(services: Mapping[str, ComposeService]) -> Edges:
    """Return the dependencies in `depends_on`, `links`, `volumes_from` and `network_mode`."""
    edges: dict[str, dict[str, Node]] = {}
    for name, service in services.items():
        named = {other: node for other, (_, node) in service.depends_on.items()}
        for item in (*service.node.listed("links"), *service.node.listed("volumes_from")):
            named.setdefault(item.text().partition(":")[0], item)
        mode = service.node.get("network_mode")
        if mode is not None and mode.text().startswith("service:"):
            named.setdefault(mode.text().removeprefix("service:"), mode)
        edges[name] = {other: node for other, node in named.items() if other in services}
    return edges


def check_cycle(edges: Edges, report: Report) -> None:
    """Refuse services that depend on each other in a cycle."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        # It lists each one before those that depend on it, and the first one again at the end.
        cycle: list[str] = error.args[1][:0:-1]
        first = min(range(len(cycle)), key=lambda index: list(edges).index(cycle[index]))
        cycle = [*cycle[first:], *cycle[: first + 1]]
        text = f"dependency cycle: {' -> '.join(cycle)}"
        report.refuse(edges[cycle[0]][cycle[1]].with_value(None), f"services.{cycle[0]}", text)
