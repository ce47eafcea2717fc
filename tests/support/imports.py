"""The imports between the modules of a package, read from its source."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import resolve_name
from itertools import islice
from pathlib import Path

from support.syntax import parsed

Edges = Mapping[str, set[str]]
"""The imports of each module, or package."""


@dataclass(frozen=True)
class Sources:
    """The modules of one package, by dotted name."""

    files: Mapping[str, Path]

    @classmethod
    def of(cls, folder: Path) -> "Sources":
        """Find the modules in a package's folder."""
        return cls({_name(file.relative_to(folder.parent)): file for file in sorted(folder.rglob("*.py"))})

    def imports(self) -> Edges:
        """Return the modules that each module imports: in functions, for types and by name too.

        Importing a module counts as using it alone, not the packages that it is in.
        """
        return {module: set(self._imported(module)) - {module} for module in self.files}

    def third_party(self) -> Edges:
        """Return the packages that each module imports, of those that are neither its own nor Python's."""
        own = {module.partition(".")[0] for module in self.files} | sys.stdlib_module_names
        return {
            module: {name.partition(".")[0] for name in self._absolute(parsed(file))} - own
            for module, file in self.files.items()
        }

    def unreadable(self) -> list[str]:
        """Return the places that import a module whose name is not in the source."""
        return [
            f"{file}:{call.lineno}"
            for file in self.files.values()
            for call in _calls(parsed(file))
            if _name_in(call) is None
        ]

    def _absolute(self, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
        yield from (name for call in _calls(tree) if (name := _name_in(call)) and name[0] != ".")

    def _imported(self, module: str) -> Iterator[str]:
        file = self.files[module]
        package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names if alias.name in self.files)
            elif isinstance(node, ast.ImportFrom):
                parents = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
                source = ".".join([*parents, *filter(None, [node.module])])
                for alias in node.names:
                    if (submodule := f"{source}.{alias.name}") in self.files:
                        yield submodule
                    elif source in self.files:
                        yield source
        for call in _calls(parsed(file)):
            name = resolve_name(_name_in(call) or "", package).rstrip(".")
            # The rest of an f-string's name is unknown: it counts as its package.
            known = (one for one in (name, name.rpartition(".")[0]) if one in self.files)
            yield from islice(known, 1)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield the calls that import a module by its name, directly or through another function."""
    importing = ("import_module", "__import__")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names = (part for part in (node.func, *node.args) if isinstance(part, ast.Name | ast.Attribute))
            if any(ast.unparse(name).rpartition(".")[2] in importing for name in names):
                yield node


def _name_in(call: ast.Call) -> str | None:
    """Return the name of the module that a call imports, up to the first value of an f-string."""
    for argument in call.args:
        first = argument.values[0] if isinstance(argument, ast.JoinedStr) else argument
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            return first.value
    return None


def _name(file: Path) -> str:
    names = file.with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def within(edges: Edges, package: str) -> Edges:
    """Return the imports between what is directly in a package, its modules and packages as wholes."""
    depth = package.count(".") + 2
    merged: dict[str, set[str]] = {}
    for importer, imported in edges.items():
        for module in imported:
            if all(name.startswith(f"{package}.") for name in (importer, module)):
                ends = [".".join(name.split(".")[:depth]) for name in (importer, module)]
                if ends[0] != ends[1]:
                    merged.setdefault(ends[0], set()).add(ends[1])
    return merged


def circles(edges: Edges) -> list[list[str]]:
    """Return every group of modules that import each other, directly or through others."""
    reached = {module: _reached(edges, module) for module in edges}
    groups = {
        frozenset(other for other in reached[module] if module in reached.get(other, ()))
        for module in edges
        if module in reached[module]
    }
    return sorted(sorted(group) for group in groups)


def _reached(edges: Edges, start: str) -> set[str]:
    seen, ahead = set[str](), list[str](edges.get(start, ()))
    while ahead:
        if (module := ahead.pop()) not in seen:
            seen.add(module)
            ahead += edges.get(module, ())
    return seen
