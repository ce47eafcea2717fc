"""The imports between the modules of a package, read from its source."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
        """Return the modules that each module imports: anywhere in it, in functions and for types too.

        Importing a module counts as using it alone, not the packages that it is in.
        """
        return {module: set(self._imported(module)) - {module} for module in self.files}

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
