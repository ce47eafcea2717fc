"""Imported projects as tests look at them: written, checked as a person's own code, and evaluated."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session

from moorage.importing.project import Project
from moorage.importing.report import Kind
from moorage.importing.writer import write
from moorage.offline import ResourceGraph, evaluate, reveal
from moorage.plan.plan import plan


def written(project: Project, folder: Path) -> Path:
    """Write a project, and check that ruff accepts its program and would not change its layout."""
    write(project, folder, "moorage[local]")
    ruff = [sys.executable, "-m", "ruff"]
    program = str(folder / "__main__.py")
    linted = [*ruff, "check", "--isolated", "--select", "E4,E7,E9,F,I,B,UP,SIM", program]
    for command in (linted, [*ruff, "format", "--isolated", "--diff", program]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{Path(program).read_text()}"
    return folder


def evaluated(project: Project, folder: Path) -> dict[str, ResourceGraph]:
    """Write a project, and evaluate its program in each stack, up and preview."""
    written(project, folder)
    graphs = {stack: evaluate(folder, stack=stack) for stack in project.stacks}
    for stack in project.stacks:
        evaluate(folder, stack=stack, preview=True)
    return graphs


def arguments(project: Project, variable: str, stack: str = "") -> dict[str, Any]:
    """Return the arguments of a variable of the program."""
    made = next(item for item in project.declarations if item.variable == variable)
    return made.by_stack[stack or project.stacks[0]]


def reported(project: Project, kind: Kind) -> dict[str, str]:
    """Return the texts of a kind by key."""
    return {entry.key: entry.text for entry in project.report.of(kind)}


def inputs(graph: ResourceGraph, resource_type: str) -> list[dict[str, Any]]:
    """Return the inputs of all resources of a type."""
    return [reveal(item.inputs) for item in graph.resources if item.type == resource_type]


def members(service: str, shape: str) -> list[str]:
    """Return the paths of all members of a shape of AWS, with `[0]` for items of lists."""
    model = botocore.session.get_session().get_service_model(service)

    def walk(node: Any, path: str, seen: tuple[str, ...]) -> list[str]:
        if node.type_name == "structure" and node.name not in seen:
            found: list[str] = []
            for name, member in node.members.items():
                inner = walk(member, f"{path}.{name}" if path else name, (*seen, node.name))
                found += inner
            return found
        if node.type_name == "list" and node.member.type_name == "structure":
            return walk(node.member, f"{path}[0]", seen)
        return [path]

    return walk(model.shape_for(shape), "", ())


def sample(service: str, shape: str, values: dict[str, Any]) -> Any:
    """Return a value of a shape with all its members; `values` has those that are not free, by name."""
    model = botocore.session.get_session().get_service_model(service)

    def made(node: Any, name: str, seen: tuple[str, ...]) -> Any:
        if name in values:
            return values[name]
        if node.type_name == "structure":
            if node.name in seen:
                return {}
            return {key: made(item, key, (*seen, node.name)) for key, item in node.members.items()}
        if node.type_name == "list":
            return [made(node.member, name, seen)]
        if node.type_name == "map":
            return {"key": "value"}
        if node.type_name == "boolean":
            return True
        if node.type_name in ("integer", "long", "float", "double"):
            return 30
        if node.type_name == "timestamp":
            return "2026-01-01"
        return node.enum[0] if getattr(node, "enum", None) else name.lower()

    return made(model.shape_for(shape), "", ())


def findings(folder: Path, stack: str) -> set[str]:
    """Return the rules that a project's plan finds broken."""
    return {finding.rule for finding in plan(folder, stack=stack).findings}
