"""Imports of the library point one way, and in no circle; each third-party package has its places.

Imports for types, within functions and by name count too.
"""

from collections.abc import Mapping
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

THIRD_PARTY: dict[str, set[str]] = {
    "pulumi": {
        *("resources", "offline", "pulumi_private", "plugin", "plan.explain", "plan.policy_pack"),
        # The installer of the CLI.
        "operate.pulumi.command",
    },
    "pulumi_aws": {"resources"},
    "pulumi_docker_build": {"resources.image"},
    "pulumi_policy": {"plan.policy_pack"},
    "google": {"offline"},
    "cryptography": {"offline.secret_values"},
    # Two readers, of two dialects (docs/decisions/libraries-not-used.md), and what writes a project.
    "yaml": {"offline.yaml_text", "compose_file.yaml_reader", "importing.writer"},
    "jsonschema": {"compose_file.schema"},
    "re2": {"model.dockerignore"},
    "boto3": {"rollout.login", "local.aws.declared"},
    "botocore": {"rollout.login", "rollout.aws", "local.aws.declared", "local.aws.guard"},
    "ministack": {"local.aws.server"},
    "hypercorn": {"local.aws.server"},
    "aiohttp": {"local"},
    "multidict": {"local.balancer"},
    "yarl": {"local.balancer"},
    "h2": {"local.balancer"},
    "hyperframe": {"local.balancer.http2"},
    "trustme": {"local.balancer.tls"},
    "psutil": {"local.runner"},
    "watchfiles": {"local.command.watch"},
    "click": {"cli"},
    "rich": {"console", "cli", "plan"},
    "pytest": {"testing"},
}
"""The packages and modules of the library that may import each package of others."""

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


def is_in(module: str, place: str) -> bool:
    """Return whether a module is a place of the library, or within it."""
    return f"{module}.".startswith(f"moorage.{place}.")


def test_third_party_packages_are_imported_where_they_belong() -> None:
    others = SOURCES.third_party()
    misplaced = {
        (module, name)
        for module, names in others.items()
        for name in names
        if not any(is_in(module, place) for place in THIRD_PARTY.get(name, ()))
    }
    unused = {
        (name, place)
        for name, places in THIRD_PARTY.items()
        for place in places
        if not any(name in names for module, names in others.items() if is_in(module, place))
    }
    assert misplaced == set()
    assert unused == set()


def test_modules_imported_by_name_have_it_in_the_source() -> None:
    assert SOURCES.unreadable() == []


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


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_circle_is_found_wherever_the_import_is(tmp_path: Path) -> None:
    library = tmp_path / "library"
    files = {
        "__init__.py": "",
        "alone.py": "import json\n",
        "types.py": "import typing\nif typing.TYPE_CHECKING:\n    from library.inner import deep\n",
        "inner/__init__.py": "def late():\n    from . import deep\n",
        "inner/deep.py": "from ..types import Thing\nfrom .beside import x\n",
        "inner/beside.py": "import library.alone\n",
    }
    _write(library, files)
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


def test_an_import_is_found_whatever_its_form(tmp_path: Path) -> None:
    library = tmp_path / "library"
    files = {
        "__init__.py": "",
        "one.py": "",
        "inner/__init__.py": "import importlib\nx = importlib.import_module('..one', __name__)\n",
        "named.py": "def late(run):\n    return run(import_module, 'library.one')\n",
        "begun.py": "def late(name):\n    return __import__(f'library.inner.{name}')\n",
        "others.py": (
            "import json, first.part\nfrom typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from second import x\n"
            "def late():\n    import third\n    return import_module('fourth.part'), import_module(name)\n"
        ),
    }
    _write(library, files)
    sources = Sources.of(library)

    assert {module: imported for module, imported in sources.imports().items() if imported} == {
        "library.inner": {"library.one"},
        "library.named": {"library.one"},
        "library.begun": {"library.inner"},
    }
    others = {module: names for module, names in sources.third_party().items() if names}
    assert others == {"library.others": {"first", "second", "third", "fourth"}}
    assert sources.unreadable() == [f"{library / 'others.py'}:7"]
