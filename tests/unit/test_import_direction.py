"""Imports of the library point one way, and in no circle, also those for types and those within functions."""

from functools import cache
from pathlib import Path

import pytest
from support.imports import Edges, Sources, circles, within

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "components" / "moorage"
SOURCES = Sources.of(LIBRARY)

FOR_ALL = {"errors", "version"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "version": set(),
    "console": set(),
    "pulumi_private": set(),
    "model": set(),
    "compose_file": {"model"},
    "rollout": {"model"},
    "offline": {"pulumi_private"},
    "graph": {"offline", "model"},
    "resources": {"compose_file", "rollout", "model", "offline", "pulumi_private"},
    "plan": {"graph", "offline", "model", "console"},
    "local": {"graph", "offline", "rollout", "model", "console"},
    "operate": {"local", "graph", "offline", "rollout", "model", "console"},
    "pipeline": {"offline"},
    "scaffold": {"compose_file", "model"},
    "doctor": {"operate", "local", "offline", "model", "console"},
    "cli": {
        *("scaffold", "doctor", "importing", "pipeline", "plan", "operate", "local"),
        *("graph", "offline", "rollout", "model", "console"),
    },
    "testing": {"plan", "graph", "offline"},
    "plugin": {"resources", "model"},
    "importing": {"resources", "compose_file", "rollout", "offline", "model"},
    "moorage": {"resources"},
}
"""What each package and module of the top level may import besides FOR_ALL; `moorage` is `__init__.py`."""

EXCEPTIONS: set[tuple[str, str]] = set()
"""Imports against the direction or in a circle that are still there: to be removed, never to be added to."""


@cache
def imports() -> Edges:
    """Read the library's imports; once, and not while tests are collected."""
    return SOURCES.imports()


def without_exceptions() -> Edges:
    return {
        module: {other for other in imported if (module, other) not in EXCEPTIONS}
        for module, imported in imports().items()
    }


def part(module: str) -> str:
    """Return the package or module of the top level that a module belongs to."""
    return module.split(".")[1] if "." in module else module


def against_the_direction() -> set[tuple[str, str]]:
    return {
        (importer, imported)
        for importer, modules in imports().items()
        for imported in modules
        if part(imported) not in MAY_IMPORT[part(importer)] | FOR_ALL | {part(importer)}
    }


def test_top_level_is_that_of_the_design() -> None:
    files = {file.name for file in LIBRARY.iterdir() if file.is_file()}
    modules = {"__init__", "console", "errors", "plugin", "pulumi_private", "version"}
    assert files <= {"py.typed", *(f"{name}.py" for name in modules)}
    assert {part(module) for module in SOURCES.files} <= MAY_IMPORT.keys()


def test_imports_point_one_way() -> None:
    assert against_the_direction() - EXCEPTIONS == set()


def test_no_circle_of_modules() -> None:
    assert circles(without_exceptions()) == []


@pytest.mark.parametrize("package", [name for name, file in SOURCES.files.items() if file.stem == "__init__"])
def test_no_circle_of_packages_beside_each_other(package: str) -> None:
    assert circles(within(without_exceptions(), package)) == []


def test_exceptions_are_needed() -> None:
    in_a_circle = {
        (importer, imported)
        for group in circles(imports())
        for importer in group
        for imported in imports()[importer] & set(group)
    }
    assert EXCEPTIONS - against_the_direction() - in_a_circle == set()


def test_a_circle_is_found_wherever_the_import_is(tmp_path: Path) -> None:
    library = tmp_path / "library"
    for name, text in {
        "__init__.py": "",
        "alone.py": "import json\n",
        "types.py": "import typing\nif typing.TYPE_CHECKING:\n    from library.inner import deep\n",
        "inner/__init__.py": "def late():\n    from . import deep\n",
        "inner/deep.py": "from ..types import Thing\nfrom .beside import x\n",
        "inner/beside.py": "import library.alone\n",
    }.items():
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_text(text)
    edges = Sources.of(library).imports()
    assert edges == {
        "library": set(),
        "library.alone": set(),
        "library.types": {"library.inner.deep"},
        "library.inner": {"library.inner.deep"},
        "library.inner.deep": {"library.types", "library.inner.beside"},
        "library.inner.beside": {"library.alone"},
    }
    assert circles(edges) == [["library.inner.deep", "library.types"]]
    assert circles(within(edges, "library")) == [["library.inner", "library.types"]]
